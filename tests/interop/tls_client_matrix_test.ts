/** Ductile's client against real servers, in every version, suite, group and signature scheme that both know. */

import { assertEquals } from "@std/assert";
import { pooledMap } from "@std/async/pool";
import { type CryptoProvider, nodeCrypto, type SignatureSchemeName, webCrypto } from "../../tls/mod.ts";
import type { Minted } from "../support/certificates.ts";
import { serveConnections } from "../support/listening.ts";
import { installed, startGnutls, startNginx, startOpenssl, startScript } from "../support/peers.ts";
import { connectorTo, CRYPTO, dial, talk } from "./tls_client.ts";
import { echoAll } from "./tls_server.ts";
import { AUTHORITY_SCHEME, mintIdentities, schemesOf, withAuthority } from "./tls_identities.ts";
import { type Combination, combinations, hasSuite, offeredGroups, suitesFor, VERSIONS } from "./tls_names.ts";

type Server = AsyncDisposable & { readonly port: number };

interface Kind {
  readonly name: string;
  readonly program: string;
  start(certificate: Minted): Server | Promise<Server>;
  /** What is said to it, and what it answers. */
  readonly says: readonly [ask: string, answer: string];
  /** Whether it signs with a scheme. Default: it does with every one. */
  readonly signs?: (scheme: SignatureSchemeName) => boolean;
  readonly groups?: Parameters<typeof combinations>[2];
  /** How many connections it serves at once. */
  readonly atOnce: number;
}

const ECHO = ["ductile\n", "ductile\n"] as const;

const NODE_ECHO = `
  import { readFileSync } from "node:fs";
  import tls from "node:tls";
  // The client's order decides the scheme as well, of which it offers one beside the authority's.
  const options = { cert: readFileSync("cert.pem"), key: readFileSync("key.pem"), honorCipherOrder: false };
  tls.createServer(options, (socket) => socket.on("error", () => {}).pipe(socket))
    .on("tlsClientError", () => {}).listen(Number(process.env.PORT), "127.0.0.1");
`;

const SERVERS: readonly Kind[] = [
  {
    name: "openssl s_server",
    program: "openssl",
    start: (certificate) => startOpenssl({ certificate, args: ["-rev"] }),
    says: ["ductile\n", "elitcud\n"],
    atOnce: 1,
  },
  {
    name: "gnutls-serv",
    program: "gnutls-serv",
    start: (certificate) => startGnutls({ certificate }),
    says: ECHO,
    atOnce: 4,
  },
  {
    name: "nginx",
    program: "nginx",
    start: async (certificate) => await startNginx({ certificate }),
    says: ["GET / HTTP/1.0\r\n\r\n", "hello from nginx\n"],
    atOnce: 4,
  },
  {
    name: "Node's tls.createServer",
    program: "node",
    start: (certificate) => startScript("node", NODE_ECHO, { certificate }),
    says: ECHO,
    atOnce: 4,
  },
  {
    name: "Deno.listenTls",
    program: "deno",
    start: ({ chainPem, keyPem }) =>
      serveConnections(
        Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: chainPem, key: keyPem }),
        echoAll,
      ),
    says: ECHO,
    signs: (scheme) => !scheme.startsWith("rsa_pss_pss"),
    groups: ["X25519MLKEM768", "x25519", "secp256r1", "secp384r1"],
    atOnce: 4,
  },
];

const identities = await mintIdentities();

for (const { name, program, start, says, signs = () => true, groups, atOnce } of SERVERS) {
  for (const version of VERSIONS) {
    Deno.test({
      name: `${version}: Ductile's client and ${name}: every suite in every group with every signature`,
      ignore: program !== "deno" && !installed(program),
      async fn(t) {
        for (const { scheme, kind } of schemesOf(version)) {
          if (!signs(scheme)) continue;
          await t.step(`the server signs with ${scheme}`, async () => {
            await using server = await start(identities[kind]);
            const all = combinations(version, scheme, groups);
            const done = pooledMap(atOnce, all, (each) => shakeHands(server.port, each, says));
            assertEquals((await Array.fromAsync(done)).length, all.length);
          });
        }
      },
    });
  }
}

/** One handshake in exactly this way, and a word or two. */
async function shakeHands(
  port: number,
  combination: Combination,
  [ask, answer]: readonly [string, string],
  crypto: CryptoProvider = CRYPTO,
): Promise<void> {
  const { version, suite, group, scheme } = combination;
  const connector = connectorTo({
    crypto,
    versions: [version],
    cipherSuites: [suite],
    groups: offeredGroups(combination),
    signatureSchemes: withAuthority(scheme),
  });
  await using stream = await dial(port, connector);
  const { protocolVersion, cipherSuite, keyExchangeGroup, peerSignatureScheme, handshakeKind } =
    stream.connection;
  assertEquals(
    { protocolVersion, cipherSuite, keyExchangeGroup, peerSignatureScheme, handshakeKind },
    {
      protocolVersion: version,
      cipherSuite: suite,
      keyExchangeGroup: group,
      peerSignatureScheme: scheme,
      handshakeKind: "full",
    },
  );
  const heard = await talk(stream, ask, (heard) => heard.endsWith(answer));
  assertEquals(heard.endsWith(answer), true);
}

for (const crypto of [nodeCrypto(), webCrypto()]) {
  for (const version of VERSIONS) {
    Deno.test({
      name:
        `${version}: Ductile's client by ${crypto.name}Crypto() and openssl s_server: each suite, each group, each signature`,
      ignore: !installed("openssl"),
      async fn() {
        const known = crypto.groups.flatMap(({ name }) => name === "X25519MLKEM768" ? [] : [name]);
        const [group = "secp256r1"] = known;
        for (const { scheme, kind } of schemesOf(version)) {
          await using server = await startOpenssl({ certificate: identities[kind], args: ["-rev"] });
          const suites = suitesFor(version, scheme).filter((suite) => hasSuite(crypto, suite));
          const [suite = "TLS_AES_128_GCM_SHA256"] = suites;
          const rows: Combination[] = scheme === AUTHORITY_SCHEME
            ? [
              ...suites.map((suite) => ({ version, suite, group, scheme })),
              ...known.slice(1).map((group) => ({ version, suite, group, scheme })),
            ]
            : [{ version, suite, group, scheme }];
          for (const row of rows) await shakeHands(server.port, row, ["ductile\n", "elitcud\n"], crypto);
        }
      },
    });
  }
}
