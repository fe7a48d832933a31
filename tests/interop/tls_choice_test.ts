/** Several identities before real peers: which one a peer gets, by schemes, suites, names and authorities. */

import { assertEquals, assertMatch } from "@std/assert";
import { identitiesByName, type Identity, TlsError } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { installed, startGnutls, startOpenssl } from "../support/peers.ts";
import { connectorTo, dial, talk } from "./tls_client.ts";
import { AUTHORITY, identityOf, mintIdentity } from "./tls_identities.ts";
import { VERSIONS } from "./tls_names.ts";
import { VISITS } from "./tls_peers.ts";
import { folderWith, runProgram, sClient } from "./tls_program.ts";
import { echoOneLine, serve } from "./tls_server.ts";

const p256 = await mintIdentity("p256");
const rsa = await mintIdentity("rsa");
const BOTH: readonly Identity[] = [identityOf(p256), identityOf(rsa)];
const REVERSED: readonly Identity[] = [identityOf(rsa), identityOf(p256)];

const GIVEN: readonly {
  readonly name: string;
  readonly identity: readonly Identity[];
  readonly args: readonly string[];
  readonly signature: RegExp;
}[] = [
  { name: "the first", identity: BOTH, args: [], signature: /Peer signature type: ECDSA/i },
  { name: "the first", identity: REVERSED, args: [], signature: /Peer signature type: RSA/i },
  {
    name: "the one that signs with its schemes",
    identity: REVERSED,
    args: ["-sigalgs", "ECDSA+SHA256"],
    signature: /Peer signature type: ECDSA/i,
  },
  {
    name: "the one of its suite's kind",
    identity: BOTH,
    args: ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"],
    signature: /Peer signature type: RSA/i,
  },
];
for (const version of VERSIONS) {
  for (const { name, identity, args, signature } of GIVEN) {
    if (args.includes("-tls1_2") && version !== "TLSv1.2") continue;
    Deno.test({
      name: `${version}: openssl s_client gets ${name} of the identities (${
        args.join(" ")
      }; ${signature.source})`,
      ignore: !installed("openssl"),
      async fn() {
        await using server = serve({ identity, versions: [version] }, echoOneLine);
        const { output } = await VISITS.openssl(server.port, { args });
        assertEquals((await server.outcome()).error, undefined);
        assertMatch(output, signature);
      },
    });
  }

  Deno.test({
    name: `${version}: openssl s_client is told that there is no identity for its name`,
    ignore: !installed("openssl"),
    async fn() {
      const identity = identitiesByName({ localhost: BOTH });
      await using server = serve({ identity, versions: [version] }, echoOneLine);
      await using folder = await folderWith();
      const command = sClient(server.port, "-servername", "unknown.example");
      const { output } = await runProgram(command, { cwd: folder.path });
      assertMatch(output, /unrecognized name/);
      const { error } = await server.outcome();
      assertEquals(error instanceof TlsError && error.code, "unrecognized_name");
    },
  });
}

const other = await mintAuthority({ commonName: "another authority" });
const OF_OTHER = identityOf(await mintCertificate(other, { commonName: "client" }));
const OF_AUTHORITY = identityOf(await mintCertificate(AUTHORITY, { commonName: "client" }));

for (const version of VERSIONS) {
  for (const mustMatchIssuer of [false, true]) {
    const identity = [OF_OTHER, OF_AUTHORITY].map((each) => ({ ...each, mustMatchIssuer }));
    const which = mustMatchIssuer ? "the one that only it gets" : "the one of its authority";
    const client = () => connectorTo({ identity, versions: [version] });

    Deno.test({
      name: `${version}: openssl s_server gets ${which} of the client's identities`,
      ignore: !installed("openssl"),
      async fn() {
        await using server = await startOpenssl({
          certificate: p256,
          clientAuthorities: AUTHORITY.certPem,
          args: ["-rev", "-Verify", "2", "-CAfile", "authorities.pem", "-verify_return_error"],
        });
        await using stream = await dial(server.port, client());
        assertEquals(await talk(stream, "ductile\n"), "elitcud\n");
      },
    });

    Deno.test({
      name: `${version}: gnutls-serv gets ${which} of the client's identities`,
      ignore: !installed("gnutls-serv"),
      async fn() {
        await using server = await startGnutls({
          certificate: p256,
          clientAuthorities: AUTHORITY.certPem,
          args: ["--require-client-cert", "--verify-client-cert", "--x509cafile=authorities.pem"],
        });
        await using stream = await dial(server.port, client());
        assertEquals(await talk(stream, "ductile\n"), "ductile\n");
      },
    });
  }
}
