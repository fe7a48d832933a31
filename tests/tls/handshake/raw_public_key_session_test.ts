/** Sessions of ends that showed raw public keys: they resume, and are judged again before they do. */

import { assert, assertEquals } from "@std/assert";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { ClientSession, type ClientSessionStore } from "../../../tls/session/session.ts";
import { rotatingTicketer } from "../../../tls/session/ticketer.ts";
import type { End } from "../connection/connection_pair.ts";
import { CRYPTO, identity, ROOTS, shakeHands } from "../tls12/pair.ts";
import { rawIdentity } from "./raw_keys.ts";

const VERSIONS = ["TLSv1.3", "TLSv1.2"] as const;
const RAW = ["RawPublicKey"] as const;
const raw = await rawIdentity();
const other = await rawIdentity("p256", "b");

interface Ends {
  readonly client: End;
  readonly server: End;
}

function resumed({ client, server }: Ends): boolean | undefined {
  assertEquals([client.failure, server.failure], [undefined, undefined]);
  assertEquals(client.connection.facts?.resumed, server.connection.facts?.resumed);
  return client.connection.facts?.resumed;
}

/** Keeps one session, as bytes. */
class OneSession implements ClientSessionStore {
  bytes: Uint8Array | undefined;

  put(_serverName: string, session: ClientSession): void {
    this.bytes = session.serialize();
  }

  take(): ClientSession | undefined {
    const { bytes } = this;
    return bytes && ClientSession.deserialize(bytes);
  }
}

for (const version of VERSIONS) {
  const versions = [version];
  const client = (options: Partial<ClientConfigOptions>): ClientConfig =>
    new ClientConfig({ crypto: CRYPTO, versions, ...options });
  const server = (options: Partial<ServerConfigOptions>): ServerConfig =>
    new ServerConfig({ crypto: CRYPTO, versions, identity: raw.identity, ...options });

  for (const store of ["a store", "tickets"] as const) {
    Deno.test(`${version}: raw public keys of both ends resume by ${store}, and are told again`, async () => {
      const judged: string[] = [];
      const config = client({
        serverCertificateTypes: RAW,
        identity: other.identity,
        verifier: ({ rawPublicKey }) => void judged.push(`server ${rawPublicKey?.length}`),
      });
      const clientAuth = {
        certificateTypes: RAW,
        verifier: ({ rawPublicKey }: { readonly rawPublicKey?: Uint8Array }) =>
          void judged.push(`client ${rawPublicKey?.length}`),
      };
      const peer = server({ clientAuth, ...(store === "tickets" && { ticketer: rotatingTicketer(CRYPTO) }) });
      assertEquals(resumed(await shakeHands(config, peer)), false);
      const again = await shakeHands(config, peer);
      assertEquals(resumed(again), true);
      assertEquals(again.client.connection.facts?.peerRawPublicKey, raw.publicKey);
      assertEquals(again.server.connection.facts?.peerRawPublicKey, other.publicKey);
      const length = raw.publicKey.length;
      assertEquals(judged, [`server ${length}`, `client ${length}`, `server ${length}`, `client ${length}`]);
    });
  }

  Deno.test(`${version}: a session has the key that was proved, whatever the application writes over its copy`, async () => {
    const judged: (Uint8Array | undefined)[] = [];
    const config = client({
      serverCertificateTypes: RAW,
      verifier: ({ rawPublicKey }) => void judged.push(rawPublicKey),
    });
    const peer = server({});
    const first = await shakeHands(config, peer);
    first.client.connection.facts?.peerRawPublicKey?.fill(0);
    assertEquals(resumed(await shakeHands(config, peer)), true);
    assertEquals(judged, [raw.publicKey, raw.publicKey]);
  });

  Deno.test(`bad input 98: ${version}: a session does not resume once the verifier refuses its key`, async () => {
    let refuse = false;
    const verifier = () => {
      if (refuse) throw new Error("not any more");
    };
    const config = client({ serverCertificateTypes: RAW, verifier });
    const peer = server({});
    resumed(await shakeHands(config, peer));
    refuse = true;
    const { client: end } = await shakeHands(config, peer);
    assert(end.failure !== undefined && end.connection.isHandshaking);
  });

  Deno.test(`bad input 98: ${version}: a server judges a client's key again, too`, async () => {
    let refuse = false;
    const verifier = () => {
      if (refuse) throw new Error("not any more");
    };
    const config = client({ roots: ROOTS, identity: other.identity });
    const peer = server({ identity: await identity(), clientAuth: { certificateTypes: RAW, verifier } });
    resumed(await shakeHands(config, peer));
    assertEquals(resumed(await shakeHands(config, peer)), true);
    refuse = true;
    const { server: end } = await shakeHands(config, peer);
    assert(end.failure !== undefined && end.connection.isHandshaking);
  });

  Deno.test(`bad input 98: ${version}: a ticket of a raw key is no way around a server that takes certificates alone`, async () => {
    const ticketer = rotatingTicketer(CRYPTO);
    const own = await identity();
    const options = {
      roots: ROOTS,
      identity: [own, other.identity],
      clientCertificateTypes: ["X509", "RawPublicKey"],
    } as const;
    const config = client(options);
    const keys = server({
      identity: own,
      ticketer,
      clientAuth: { certificateTypes: RAW, verifier: () => {} },
    });
    assertEquals(resumed(await shakeHands(config, keys)), false);
    const certificates = server({ identity: own, ticketer, clientAuth: { roots: ROOTS } });
    const ends = await shakeHands(config, certificates);
    assertEquals(resumed(ends), false);
    assertEquals(ends.server.connection.facts?.peerCertificates.length, 1);
  });

  Deno.test(`bad input 98: ${version}: a stored session of a raw key is not offered by a config that takes certificates alone`, async () => {
    const sessions = new OneSession();
    const keys = client({ serverCertificateTypes: RAW, verifier: () => {}, sessions });
    assertEquals(resumed(await shakeHands(keys, server({}))), false);
    assert(sessions.bytes !== undefined);
    assertEquals(resumed(await shakeHands(keys, server({}))), false); // another server, which has no such session
    const peer = server({});
    resumed(await shakeHands(keys, peer));
    assertEquals(resumed(await shakeHands(keys, peer)), true);
    const certificates = client({ verifier: () => {}, sessions });
    const ends = await shakeHands(certificates, server({ identity: await identity() }));
    assertEquals(resumed(ends), false);
    assertEquals(ends.client.connection.facts?.peerRawPublicKey, undefined);
  });

  Deno.test(`bad input 98: ${version}: a session with another pinned key is not offered`, async () => {
    const sessions = new OneSession();
    const peer = server({ ticketer: rotatingTicketer(CRYPTO) });
    resumed(await shakeHands(client({ serverCertificateTypes: RAW, pins: [raw.pin], sessions }), peer));
    const { client: end } = await shakeHands(
      client({ serverCertificateTypes: RAW, pins: [other.pin], sessions }),
      peer,
    );
    assert(end.failure !== undefined && end.connection.isHandshaking);
  });
}
