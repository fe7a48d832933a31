/** Raw public keys between both ends, in both versions: who shows what, who trusts it, and who refuses. */

import { assert, assertEquals } from "@std/assert";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { ServerIdentity } from "../../../tls/config/config_types.ts";
import type { ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { memorySessions } from "../../../tls/session/session.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { bytewise, type Cut, type End } from "../connection/connection_pair.ts";
import { CRYPTO, identity, ROOTS, serverConfig, shakeHands } from "../tls12/pair.ts";
import { rawIdentity } from "./raw_keys.ts";

const VERSIONS = ["TLSv1.3", "TLSv1.2"] as const;
type Version = (typeof VERSIONS)[number];

interface Ends {
  readonly client: End;
  readonly server: End;
}

interface Options {
  readonly client: Partial<ClientConfigOptions>;
  readonly server?: Partial<ServerConfigOptions>;
  readonly cut?: Cut;
}

/** Shakes hands by one version; the server has a certificate, unless its options say otherwise. */
async function play(version: Version, { client, server, cut }: Options): Promise<Ends> {
  const versions = [version];
  return await shakeHands(
    new ClientConfig({ crypto: CRYPTO, versions, ...client }),
    await serverConfig({ versions, ...server }),
    cut,
  );
}

function assertDone({ client, server }: Ends): void {
  assertEquals([client.failure, server.failure], [undefined, undefined]);
  assert(!client.connection.isHandshaking && !server.connection.isHandshaking);
}

/** The code of the end that refuses, and the alert that the other gets. */
function refusalOf({ client, server }: Ends, by: "client" | "server"): (string | undefined)[] {
  const [refusal, told] = by === "client"
    ? [client.failure, server.failure]
    : [server.failure, client.failure];
  assert(refusal instanceof TlsError && told instanceof TlsError, `${refusal} ${told}`);
  return [refusal.code, told.alert];
}

const RAW = ["RawPublicKey"] as const;
const BOTH = ["RawPublicKey", "X509"] as const;
const raw = await rawIdentity();
const other = await rawIdentity("p256", "b");

for (const version of VERSIONS) {
  for (const keyType of ["p256", "p384", "rsa", "ed25519"] as const) {
    Deno.test(`${version}: a server shows a raw ${keyType} key, which is pinned`, async () => {
      const { identity, publicKey, pin } = await rawIdentity(keyType);
      const ends = await play(version, {
        client: { serverCertificateTypes: RAW, pins: [pin] },
        server: { identity },
      });
      assertDone(ends);
      const { facts } = ends.client.connection;
      assertEquals([facts?.peerCertificates, facts?.peerRawPublicKey], [[], publicKey]);
      assertEquals(facts?.protocolVersion, version);
      assertEquals(ends.server.connection.facts?.peerRawPublicKey, undefined);
    });
  }

  Deno.test(`${version}: both ends show raw public keys, on every split of what they send`, async () => {
    const asked: unknown[] = [];
    const ends = await play(version, {
      client: {
        serverCertificateTypes: RAW,
        identity: other.identity,
        verifier: (server: ServerIdentity) => void asked.push([server.chain, server.rawPublicKey]),
      },
      server: {
        identity: raw.identity,
        clientAuth: {
          certificateTypes: RAW,
          verifier: (client) => void asked.push([client.chain, client.rawPublicKey]),
        },
      },
      cut: bytewise,
    });
    assertDone(ends);
    assertEquals(asked, [[[], raw.publicKey], [[], other.publicKey]]);
    assertEquals(ends.server.connection.facts?.peerRawPublicKey, other.publicKey);
  });

  Deno.test(`${version}: a verifier that writes over the raw public key changes nothing of what is known`, async () => {
    const sessions = memorySessions();
    const config = new ClientConfig({
      crypto: CRYPTO,
      versions: [version],
      sessions,
      serverCertificateTypes: RAW,
      identity: other.identity,
      pins: [raw.pin],
      verifier: ({ rawPublicKey }) => void rawPublicKey?.fill(0),
    });
    const server = await serverConfig({
      versions: [version],
      identity: raw.identity,
      clientAuth: { certificateTypes: RAW, verifier: ({ rawPublicKey }) => void rawPublicKey?.fill(0) },
    });
    for (const resumed of [false, true]) {
      const ends = await shakeHands(config, server);
      assertDone(ends);
      const [mine, theirs] = [ends.client.connection.facts, ends.server.connection.facts];
      assertEquals([mine?.resumed, mine?.peerRawPublicKey], [resumed, raw.publicKey]);
      assertEquals([theirs?.resumed, theirs?.peerRawPublicKey], [resumed, other.publicKey]);
    }
  });

  Deno.test(`${version}: each end may show what the other does not`, async () => {
    const certificate = await identity();
    const keyAndCertificate = await play(version, {
      client: { serverCertificateTypes: RAW, pins: [raw.pin], identity: certificate },
      server: { identity: raw.identity, clientAuth: { roots: ROOTS } },
    });
    assertDone(keyAndCertificate);
    assertEquals(keyAndCertificate.server.connection.facts?.peerCertificates.length, 1);
    const certificateAndKey = await play(version, {
      client: { roots: ROOTS, identity: raw.identity },
      server: { clientAuth: { certificateTypes: RAW, verifier: () => {} } },
    });
    assertDone(certificateAndKey);
    assertEquals(certificateAndKey.client.connection.facts?.peerCertificates.length, 1);
    assertEquals(certificateAndKey.server.connection.facts?.peerRawPublicKey, raw.publicKey);
  });

  Deno.test(`${version}: of both types the server shows the first that it has, and the client its answer`, async () => {
    const client = { roots: ROOTS, pins: [raw.pin], serverCertificateTypes: BOTH };
    const shown = await play(version, {
      client,
      server: { identity: [raw.identity, await identity()] },
    });
    assertDone(shown);
    assertEquals(shown.client.connection.facts?.peerRawPublicKey, raw.publicKey);
    const certificates = await play(version, {
      client: { roots: ROOTS, verifier: () => {}, serverCertificateTypes: BOTH },
      server: { identity: [await identity(), raw.identity] },
    });
    assertDone(certificates);
    assertEquals(certificates.client.connection.facts?.peerRawPublicKey, undefined);
    const optional = await play(version, {
      client: { ...client, identity: [await identity(), raw.identity] },
      server: {
        identity: raw.identity,
        clientAuth: { certificateTypes: BOTH, roots: ROOTS, verifier: () => {}, optional: true },
      },
    });
    assertDone(optional);
    assertEquals(optional.server.connection.facts?.peerRawPublicKey, raw.publicKey);
  });

  Deno.test(`${version}: a client that has nothing to show goes on where that is optional`, async () => {
    const clientAuth = { certificateTypes: BOTH, verifier: () => {}, optional: true };
    const ends = await play(version, {
      client: { roots: ROOTS, clientCertificateTypes: RAW },
      server: { clientAuth },
    });
    assertDone(ends);
    assertEquals(ends.server.connection.facts?.peerRawPublicKey, undefined);
    const required = await play(version, {
      client: { roots: ROOTS, clientCertificateTypes: RAW },
      server: { clientAuth: { ...clientAuth, optional: false } },
    });
    assertEquals((required.server.failure as TlsError).code, "certificate_required");
  });

  Deno.test(`bad input 98: ${version}: another key than the pinned one is refused, also beside roots`, async () => {
    for (const client of [{}, { roots: ROOTS, serverCertificateTypes: BOTH }]) {
      const ends = await play(version, {
        client: { serverCertificateTypes: RAW, pins: [other.pin], ...client },
        server: { identity: raw.identity },
      });
      assertEquals(refusalOf(ends, "client"), ["pin_mismatch", "access_denied"]);
    }
  });

  Deno.test(`bad input 98: ${version}: the verifier decides about a key, roots do not`, async () => {
    const verifier = () => {
      throw new Error("not this one");
    };
    const refused = await play(version, {
      client: { roots: ROOTS, serverCertificateTypes: BOTH, verifier },
      server: { identity: raw.identity },
    });
    assertEquals(refusalOf(refused, "client")[0], "certificate_rejected");
    const client = { roots: ROOTS, identity: raw.identity };
    const clientAuth = { certificateTypes: BOTH, roots: ROOTS, verifier };
    assertEquals(
      refusalOf(await play(version, { client, server: { clientAuth } }), "server")[0],
      "certificate_rejected",
    );
    const any = { serverCertificateTypes: RAW, dangerAcceptInvalidCerts: true };
    assertDone(await play(version, { client: any, server: { identity: raw.identity } }));
  });

  Deno.test(`bad input 97: ${version}: two ends without a certificate type in common`, async () => {
    const unsupported = ["unsupported_certificate_type", "unsupported_certificate"];
    const keysOnly = { serverCertificateTypes: RAW, pins: [raw.pin] };
    assertEquals(refusalOf(await play(version, { client: keysOnly }), "server"), unsupported);
    // A client that sends no list takes certificates.
    const certificatesOnly = { roots: ROOTS };
    assertEquals(
      refusalOf(
        await play(version, { client: certificatesOnly, server: { identity: raw.identity } }),
        "server",
      ),
      ["no_suitable_certificate", "handshake_failure"],
    );
    const clientAuth = { certificateTypes: RAW, verifier: () => {} };
    for (const own of [{}, { identity: await identity() }]) {
      const ends = await play(version, { client: { roots: ROOTS, ...own }, server: { clientAuth } });
      assertEquals(refusalOf(ends, "server"), unsupported);
    }
    const onlyCertificates = await play(version, {
      client: { roots: ROOTS, identity: raw.identity },
      server: { clientAuth: { roots: ROOTS } },
    });
    assertEquals(refusalOf(onlyCertificates, "server"), unsupported);
  });

  Deno.test(`${version}: resolvers see the types of the peer`, async () => {
    const seen: unknown[] = [];
    const ends = await play(version, {
      client: {
        serverCertificateTypes: BOTH,
        clientCertificateTypes: BOTH,
        roots: ROOTS,
        pins: [raw.pin],
        identity: ({ certificateType }) => {
          seen.push(certificateType);
          return raw.identity;
        },
      },
      server: {
        identity: ({ serverCertificateTypes, clientCertificateTypes }) => {
          seen.push(serverCertificateTypes, clientCertificateTypes);
          return raw.identity;
        },
        clientAuth: { certificateTypes: RAW, verifier: () => {} },
      },
    });
    assertDone(ends);
    assertEquals(seen, [BOTH, BOTH, "RawPublicKey"]);
  });
}

Deno.test("a HelloRetryRequest keeps the types", async () => {
  const ends = await play("TLSv1.3", {
    client: { serverCertificateTypes: RAW, pins: [raw.pin], groups: ["x25519", "secp256r1"] },
    server: { identity: raw.identity, groups: ["secp256r1"] },
  });
  assertDone(ends);
  assertEquals(ends.client.connection.facts?.handshakeKind, "full_with_hello_retry_request");
});

Deno.test("a raw public key is compressed like a certificate, where it gets shorter", async () => {
  const { identity, pin } = await rawIdentity("rsa");
  assertDone(
    await play("TLSv1.3", {
      client: { serverCertificateTypes: RAW, pins: [pin], certificateCompression: ["zlib"] },
      server: { identity, certificateCompression: ["zlib"] },
    }),
  );
});
