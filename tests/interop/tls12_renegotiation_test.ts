/** Renegotiation, which Ductile's TLS declines, with real peers of TLS 1.2 that ask for it. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TlsError } from "../../tls/mod.ts";
import { installed, startOpenssl } from "../support/peers.ts";
import { Program } from "../support/process.ts";
import { dial, failureOf, hear } from "./tls_client.ts";
import { AUTHORITY, identityOf, mintIdentity } from "./tls_identities.ts";
import { VISITS } from "./tls_peers.ts";
import { folderWith, sClient } from "./tls_program.ts";
import { echoLines, serve } from "./tls_server.ts";

const p256 = await mintIdentity("p256");

for (
  const [command, asks] of [["r", "to shake hands again"], [
    "R",
    "for a certificate by another handshake",
  ]] as const
) {
  Deno.test({
    name: `openssl s_server asks ${asks}: Ductile's client declines at once, and knows why it is left`,
    ignore: !installed("openssl"),
    async fn() {
      const args = ["-tls1_2", "-msg", "-CAfile", "authorities.pem"];
      await using server = await startOpenssl({
        certificate: p256,
        clientAuthorities: AUTHORITY.certPem,
        args,
      });
      using stream = await dial(server.port);
      await server.write("before\n");
      assertEquals(await hear(stream, (heard) => heard.endsWith("\n")), "before\n");
      await server.write(`${command}\n`);
      // OpenSSL does not go on without; it may be gone before its alert is read.
      const error = await failureOf(hear(stream));
      assertEquals([error.code, error.alert], ["protocol_error", "handshake_failure"]);
      assertMatch(error.hint ?? "", /asked to shake hands again, perhaps for a client certificate/);
      await server.untilOutput(/warning no_renegotiation/);
    },
  });
}

Deno.test({
  name: "openssl s_client asks to shake hands again by R: Ductile's server declines by a warning",
  ignore: !installed("openssl"),
  async fn() {
    await using server = serve({ identity: identityOf(p256), versions: ["TLSv1.2"] }, echoLines);
    await using folder = await folderWith();
    await using client = await Program.start({
      command: sClient(server.port, "-msg", "-no_ign_eof"),
      cwd: folder.path,
      ready: (output) => output.includes("Verify return code: 0"),
    });
    await client.write("before\n");
    await client.untilOutput(/\nbefore\n/);
    await client.write("R\n");
    await client.untilOutput(/<<< TLS 1\.2, Alert .* warning no_renegotiation/);
    // OpenSSL gives up: it sends an alert.
    const { error } = await server.outcome();
    assertEquals(error instanceof TlsError && error.code, "protocol_error");
    assertStringIncludes(client.output, "no renegotiation");
  },
});

Deno.test({
  name: "gnutls-cli asks to shake hands again: Ductile's server declines by a warning",
  ignore: !installed("gnutls-cli"),
  async fn() {
    await using server = serve({ identity: identityOf(p256), versions: ["TLSv1.2"] }, echoLines);
    const args = ["--inline-commands", "--debug=5"]; // or it does not say which alert it got
    const { output } = await VISITS["gnutls-cli"](server.port, { args, says: "^renegotiate^\n", end: true });
    assertMatch(output, /Alert\[1\|100\]/); // no_renegotiation
    assertStringIncludes(output, "ReHandshake has failed");
    await server.outcome();
  },
});
