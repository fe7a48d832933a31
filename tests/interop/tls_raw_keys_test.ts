/** Raw public keys with gnutls, in both roles. */

import { assertEquals, assertMatch } from "@std/assert";
import { TlsConnector } from "../../tls/mod.ts";
import { encodePem } from "../../io/pem_writer.ts";
import { installed, startGnutls } from "../support/peers.ts";
import { rawIdentity } from "../tls/handshake/raw_keys.ts";
import { CRYPTO, dial, failureOf, talk } from "./tls_client.ts";
import { identityOf, mintIdentities } from "./tls_identities.ts";
import { VISITS } from "./tls_peers.ts";
import { folderWith } from "./tls_program.ts";
import { echoOneLine, serve } from "./tls_server.ts";

const identities = await mintIdentities();
const { p256 } = identities;
const VERSIONS = ["TLSv1.3", "TLSv1.2"] as const;
const RAW = ["RawPublicKey"] as const;

/** What gnutls speaks: one version, and these types of certificates beside its own names of them. */
function priority(version: (typeof VERSIONS)[number], ...types: string[]): string {
  return `--priority=NORMAL:-VERS-ALL:+VERS-${version.replace("v", "")}:-CTYPE-ALL:${
    types.map((type) => `+CTYPE-${type}`).join(":")
  }`;
}

/** A raw key of the peer. */
interface RawFiles {
  readonly args: readonly string[];
  readonly publicKey: Uint8Array;
  readonly pin: string;
}

/** The files of a raw key of the peer, and the arguments that name them. */
async function rawFiles(
  keyType: "p256" | "rsa" | "ed25519",
): Promise<AsyncDisposable & RawFiles> {
  const { identity, publicKey, pin } = await rawIdentity(keyType, "gnutls");
  const folder = await folderWith({
    "raw.pem": `${identity.key}`,
    "public.pem": encodePem("PUBLIC KEY", publicKey),
  });
  const args = [`--rawpkkeyfile=${folder.path}/raw.pem`, `--rawpkfile=${folder.path}/public.pem`];
  return { args, publicKey, pin, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const own = await rawIdentity("p256", "own");

for (const version of VERSIONS) {
  for (const keyType of ["p256", "rsa", "ed25519"] as const) {
    Deno.test({
      name: `${version}: gnutls-serv shows a raw ${keyType} key, and gets one of Ductile's client`,
      ignore: !installed("gnutls-serv"),
      async fn() {
        await using files = await rawFiles(keyType);
        await using server = await startGnutls({
          certificate: p256,
          args: ["--require-client-cert", priority(version, "SRV-RAWPK", "CLI-RAWPK"), ...files.args],
        });
        const connector = new TlsConnector({
          crypto: CRYPTO,
          versions: [version],
          serverCertificateTypes: RAW,
          pins: [files.pin],
          identity: own.identity,
        });
        await using stream = await dial(server.port, connector);
        assertEquals(await talk(stream, "ductile\n"), "ductile\n");
        assertEquals(stream.connection.peerRawPublicKey, files.publicKey);
        await server.untilOutput(/Raw Public Key|Raw public-key/);
      },
    });

    Deno.test({
      name: `${version}: gnutls-cli gets a raw key of Ductile's server, and shows its raw ${keyType} key`,
      ignore: !installed("gnutls-cli"),
      async fn() {
        await using files = await rawFiles(keyType);
        const clientAuth = { certificateTypes: RAW, verifier: () => {} };
        await using server = serve({ identity: own.identity, versions: [version], clientAuth }, echoOneLine);
        const args = [priority(version, "SRV-RAWPK", "CLI-RAWPK"), "--insecure", ...files.args];
        const { output } = await VISITS["gnutls-cli"](server.port, { args });
        assertMatch(output, /Raw Public Key[^]*\nductile\n/);
        const { connection, error } = await server.outcome();
        assertEquals([connection?.peerRawPublicKey, error], [files.publicKey, undefined]);
      },
    });
  }

  Deno.test({
    name: `${version}: gnutls-cli that takes both types gets what Ductile's server has`,
    ignore: !installed("gnutls-cli"),
    async fn() {
      for (
        const [identity, types] of [[own.identity, /Raw Public Key/], [identityOf(p256), /X.509/]] as const
      ) {
        await using server = serve({ identity, versions: [version] }, echoOneLine);
        const args = [priority(version, "SRV-RAWPK", "SRV-X509", "CLI-X509"), "--insecure"];
        const { output } = await VISITS["gnutls-cli"](server.port, { args });
        assertMatch(output, types);
        assertMatch(output, /\nductile\n/);
      }
    },
  });

  Deno.test({
    name:
      `${version}: gnutls-serv that knows certificates alone is refused by a client that takes keys alone`,
    ignore: !installed("gnutls-serv"),
    async fn() {
      await using server = await startGnutls({
        certificate: p256,
        args: ["--disable-client-cert", priority(version, "SRV-X509", "CLI-X509")],
      });
      const connector = new TlsConnector({
        crypto: CRYPTO,
        versions: [version],
        serverCertificateTypes: RAW,
        pins: [own.pin],
      });
      const { code } = await failureOf(dial(server.port, connector));
      assertMatch(code, /unsupported_certificate_type|handshake_failed/); // whichever end is the first to refuse
    },
  });
}
