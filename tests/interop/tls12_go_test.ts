/** Ductile's TLS and Go's crypto/tls with TLS 1.2 at most, in both roles. */

import { assertEquals } from "@std/assert";
import { rotatingTicketer } from "../../tls/mod.ts";
import { pathOf } from "../support/checkout.ts";
import { installed } from "../support/peers.ts";
import { Program } from "../support/process.ts";
import { connectorTo, CRYPTO, dial, talk } from "./tls_client.ts";
import { identityOf, mintIdentity } from "./tls_identities.ts";
import { folderWith, runProgram } from "./tls_program.ts";
import { echoOneLine, serve } from "./tls_server.ts";

const ignore = !installed("go");
const p256 = await mintIdentity("p256");

/** A folder with the peer and what it needs. */
async function folderWithPeer(): ReturnType<typeof folderWith> {
  const folder = await folderWith({ "cert.pem": p256.chainPem, "key.pem": p256.keyPem });
  const source = pathOf(new URL("tls12_go_peer.go", import.meta.url));
  const { code, stderr } = await new Deno.Command("go", {
    args: ["build", "-o", `${folder.path}/peer`, source],
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return folder;
}

for (
  const [name, args, kinds] of [
    ["resumes by its tickets", [], ["full", "resumed", "resumed"]],
    ["shakes hands in full with one that has none", ["no-tickets"], ["full", "full"]],
  ] as const
) {
  Deno.test({
    name: `Ductile's client and Go's server of TLS 1.2: it ${name}`,
    ignore,
    async fn() {
      await using folder = await folderWithPeer();
      await using server = await Program.start({
        command: ["./peer", "server", ...args],
        cwd: folder.path,
        ready: (output) => /port \d+\n/.test(output),
      });
      const port = Number(/port (\d+)/.exec(server.output)?.[1]);
      const connector = connectorTo();
      for (const kind of kinds) {
        await using stream = await dial(port, connector);
        const { protocolVersion, handshakeKind } = stream.connection;
        assertEquals([protocolVersion, handshakeKind], ["TLSv1.2", kind]);
        assertEquals(await talk(stream, "ductile\n"), "ductile\n");
        await server.untilOutput(new RegExp(`version 0x303 resumed ${kind === "resumed"}\n`));
      }
    },
  });
}

Deno.test({
  name: "Go's client of TLS 1.2 and Ductile's server: it resumes by Ductile's tickets",
  ignore,
  async fn() {
    await using folder = await folderWithPeer();
    await using server = serve(
      { identity: identityOf(p256), ticketer: rotatingTicketer(CRYPTO) },
      echoOneLine,
    );
    const { output } = await runProgram(["./peer", "client", `${server.port}`, "3"], { cwd: folder.path });
    const line = (resumed: boolean) => `ductile\nversion 0x303 resumed ${resumed}\n`;
    assertEquals(output, line(false) + line(true) + line(true));
    for (const resumed of [false, true, true]) {
      const { connection, error } = await server.outcome();
      assertEquals([error, connection?.protocolVersion, connection?.resumed], [
        undefined,
        "TLSv1.2",
        resumed,
      ]);
    }
  },
});
