/** Ductile's client against real servers, in every suite, group and signature scheme that both know. */

import { assertEquals } from "@std/assert";
import { pooledMap } from "@std/async/pool";
import { type CryptoProvider, nodeCrypto, type SignatureSchemeName, webCrypto } from "../../tls/mod.ts";
import type { Minted } from "../support/certificates.ts";
import { serveConnections } from "../support/listening.ts";
import { installed, startGnutls, startNginx, startOpenssl, startScript } from "../support/peers.ts";
import { connectorTo, CRYPTO, dial, talk } from "./tls_machine.ts";
import { echoAll } from "./tls_machine_server.ts";
import { AUTHORITY_SCHEME, mintIdentities, SCHEMES, withAuthority } from "./tls_machine_identities.ts";
import { type Combination, combinations } from "./tls_machine_names.ts";

type Server = AsyncDisposable & { readonly port: number };

interface Kind {
  readonly name: string;
  readonly program: string;
  start(certificate: Minted): Server | Promise<Server>;
  /** What is said to it, and what it answers. */
  readonly says: readonly [ask: string, answer: string];
  readonly schemes: readonly SignatureSchemeName[];
  readonly groups?: Parameters<typeof combinations>[1];
  /** How many connections it serves at once. */
  readonly atOnce: number;
}

const ALL_SCHEMES = SCHEMES.map(({ scheme }) => scheme);
const ECHO = ["ductile\n", "ductile\n"] as const;

const NODE_ECHO = `
  import { readFileSync } from "node:fs";
  import tls from "node:tls";
  const options = { cert: readFileSync("cert.pem"), key: readFileSync("key.pem"), minVersion: "TLSv1.3" };
  tls.createServer(options, (socket) => socket.on("error", () => {}).pipe(socket))
    .on("tlsClientError", () => {}).listen(Number(process.env.PORT), "127.0.0.1");
`;

const SERVERS: readonly Kind[] = [
  {
    name: "openssl s_server",
    program: "openssl",
    start: (certificate) => startOpenssl({ certificate, args: ["-tls1_3", "-rev"] }),
    says: ["ductile\n", "elitcud\n"],
    schemes: ALL_SCHEMES,
    atOnce: 1,
  },
  {
    name: "gnutls-serv",
    program: "gnutls-serv",
    start: (certificate) => startGnutls({ certificate }),
    says: ECHO,
    schemes: ALL_SCHEMES,
    atOnce: 4,
  },
  {
    name: "nginx",
    program: "nginx",
    start: async (certificate) => await startNginx({ certificate }),
    says: ["GET / HTTP/1.0\r\n\r\n", "hello from nginx\n"],
    schemes: ALL_SCHEMES,
    atOnce: 4,
  },
  {
    name: "Node's tls.createServer",
    program: "node",
    start: (certificate) => startScript("node", NODE_ECHO, { certificate }),
    says: ECHO,
    schemes: ALL_SCHEMES,
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
    schemes: ALL_SCHEMES.filter((scheme) => !scheme.startsWith("rsa_pss_pss")),
    groups: ["X25519MLKEM768", "x25519", "secp256r1", "secp384r1"],
    atOnce: 4,
  },
];

const identities = await mintIdentities();

for (const { name, program, start, says, schemes, groups, atOnce } of SERVERS) {
  Deno.test({
    name: `Ductile's client and ${name}: every suite in every group with every signature`,
    ignore: program !== "deno" && !installed(program),
    async fn(t) {
      for (const { scheme, kind } of SCHEMES) {
        if (!schemes.includes(scheme)) continue;
        await t.step(`the server signs with ${scheme}`, async () => {
          await using server = await start(identities[kind]);
          const all = combinations(scheme, groups);
          const done = pooledMap(atOnce, all, (each) => shakeHands(server.port, each, says));
          assertEquals((await Array.fromAsync(done)).length, all.length);
        });
      }
    },
  });
}

/** One handshake in exactly this way, and a word or two. */
async function shakeHands(
  port: number,
  { suite, group, scheme }: Combination,
  [ask, answer]: readonly [string, string],
  crypto: CryptoProvider = CRYPTO,
): Promise<void> {
  const connector = connectorTo({
    crypto,
    cipherSuites: [suite],
    groups: [group],
    signatureSchemes: withAuthority(scheme),
  });
  await using stream = await dial(port, connector);
  const { cipherSuite, keyExchangeGroup, peerSignatureScheme, handshakeKind } = stream.connection;
  assertEquals(
    { suite: cipherSuite, group: keyExchangeGroup, scheme: peerSignatureScheme, handshakeKind },
    { suite, group, scheme, handshakeKind: "full" },
  );
  const heard = await talk(stream, ask, (heard) => heard.endsWith(answer));
  assertEquals(heard.endsWith(answer), true);
}

for (const crypto of [nodeCrypto(), webCrypto()]) {
  Deno.test({
    name:
      `Ductile's client by ${crypto.name}Crypto() and openssl s_server: each suite, each group, each signature`,
    ignore: !installed("openssl"),
    async fn() {
      const suites = crypto.cipherSuites.map((suite) => suite.name);
      const [suite = "TLS_AES_128_GCM_SHA256"] = suites;
      for (const { scheme, kind } of SCHEMES) {
        await using server = await startOpenssl({ certificate: identities[kind], args: ["-tls1_3", "-rev"] });
        const known = crypto.groups.flatMap(({ name }) => name === "X25519MLKEM768" ? [] : [name]);
        const [group = "secp256r1"] = known;
        const rows: Combination[] = scheme === AUTHORITY_SCHEME
          ? [
            ...suites.map((suite) => ({ suite, group, scheme })),
            ...known.slice(1).map((group) => ({ suite, group, scheme })),
          ]
          : [{ suite, group, scheme }];
        for (const row of rows) await shakeHands(server.port, row, ["ductile\n", "elitcud\n"], crypto);
      }
    },
  });
}
