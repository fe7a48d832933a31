/** Keys that change in the middle of a connection (RFC 9846 §4.7.3), at either end's wish. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { writeAll } from "../../io/duplex.ts";
import type { TlsStream } from "../../tls/mod.ts";
import { installed, startOpenssl } from "../support/peers.ts";
import { Program } from "../support/process.ts";
import { eventually } from "../support/eventually.ts";
import { dial, hear, talk } from "./tls_client.ts";
import { folderWith, sClient } from "./tls_program.ts";
import { echoLines, serve } from "./tls_server.ts";
import { identityOf, mintIdentity } from "./tls_identities.ts";
import { type ClientName, deno, gnutls, node, type StartServer, VISITS } from "./tls_peers.ts";

const p256 = await mintIdentity("p256");

/** How often the keys change in each way: GnuTLS takes no more than eight changes in a second. */
const TIMES = 3;

const SERVERS: readonly { readonly program: string; readonly start: StartServer }[] = [
  { program: "gnutls-serv", start: gnutls() },
  { program: "node", start: node() },
  { program: "deno", start: deno() },
];

for (const { program, start } of SERVERS) {
  Deno.test({
    name: `Ductile's client changes its keys, and has ${program} change its own, with data in between`,
    ignore: program !== "deno" && !installed(program),
    async fn() {
      await using server = await start(p256);
      await using stream = await dial(server.port);
      for (const requestPeer of [false, true]) {
        for (let times = 0; times < TIMES; times++) {
          await stream.refreshTrafficKeys(requestPeer);
          const heard = await talk(stream, `${times}${times}\n`); // which is the same in reverse
          assertEquals(heard, `${times}${times}\n`);
        }
      }
    },
  });
}

/** The messages that openssl shows with -msg. */
const RECEIVED = /<<< TLS 1.3, Handshake \[length 0005\], KeyUpdate/g;
const SENT = />>> TLS 1.3, Handshake \[length 0005\], KeyUpdate/g;

function countOf(pattern: RegExp, output: string): number {
  return output.match(pattern)?.length ?? 0;
}

Deno.test({
  name: "openssl s_server changes its keys by k, and by K has Ductile's client change its own",
  ignore: !installed("openssl"),
  async fn() {
    await using server = await startOpenssl({ certificate: p256, args: ["-tls1_3", "-msg"] });
    await using stream = await dial(server.port);
    for (const [command, sent, received] of [["k", 1, 0], ["K", 2, 1], ["K", 3, 2], ["k", 4, 2]] as const) {
      await server.write(`${command}\n`);
      await eventually("the server has sent a KeyUpdate", () => countOf(SENT, server.output) === sent);
      await server.write(`data after ${sent}\n`);
      assertEquals(await hear(stream, (heard) => heard.endsWith("\n")), `data after ${sent}\n`);
      await writeAll(stream, new TextEncoder().encode(`ductile ${sent}\n`));
      await stream.flush();
      await eventually("the server has received it", () => server.output.includes(`ductile ${sent}\n`));
      assertEquals(countOf(RECEIVED, server.output), received);
    }
  },
});

Deno.test({
  name: "Ductile's client changes its keys, and has openssl s_server change its own, with data in between",
  ignore: !installed("openssl"),
  async fn() {
    await using server = await startOpenssl({ certificate: p256, args: ["-tls1_3", "-msg"] });
    await using stream = await dial(server.port);
    for (
      const [requestPeer, received, sent] of [[false, 1, 0], [true, 2, 1], [true, 3, 2], [
        false,
        4,
        2,
      ]] as const
    ) {
      await stream.refreshTrafficKeys(requestPeer);
      await writeAll(stream, new TextEncoder().encode(`ductile ${received}\n`));
      await stream.flush();
      await eventually("the server has received it", () => server.output.includes(`ductile ${received}\n`));
      await server.write(`data after ${sent}\n`);
      assertEquals(await hear(stream, (heard) => heard.endsWith("\n")), `data after ${sent}\n`);
      assertEquals([countOf(RECEIVED, server.output), countOf(SENT, server.output)], [received, sent]);
    }
  },
});

Deno.test({
  name: "openssl s_client changes its keys by k, and by K has Ductile's server change its own",
  ignore: !installed("openssl"),
  async fn() {
    await using server = serve({ identity: identityOf(p256) }, echoLines);
    await using folder = await folderWith();
    const command = sClient(server.port, "-msg", "-no_ign_eof");
    await using client = await Program.start({
      command,
      cwd: folder.path,
      ready: (output) => output.includes("Verify return code: 0"),
    });
    for (const [command, sent, received] of [["k", 1, 0], ["K", 2, 1], ["K", 3, 2], ["k", 4, 2]] as const) {
      await client.write(`${command}\n`);
      await eventually("the client has sent a KeyUpdate", () => countOf(SENT, client.output) === sent);
      await client.write(`ductile ${sent}\n`);
      await eventually("the client has received it", () => client.output.includes(`ductile ${sent}\n`));
      assertEquals(countOf(RECEIVED, client.output), received);
    }
    await client.write("Q\n");
    const { error } = await server.outcome();
    assertEquals(error, undefined);
  },
});

Deno.test({
  name: "gnutls-cli changes its keys, and has Ductile's server change its own",
  ignore: !installed("gnutls-cli"),
  async fn() {
    await using server = serve({ identity: identityOf(p256) }, echoLines);
    const args = ["--inline-commands"];
    const says = "one\n^rekey^\ntwo\n^rekey^\nthree\n";
    const { output } = await VISITS["gnutls-cli"](server.port, { args, says, end: true });
    const { error } = await server.outcome();
    assertEquals(error, undefined);
    for (const line of ["one", "two", "three"]) assertStringIncludes(output, `\n${line}\n`);
  },
});

for (const name of ["openssl", "gnutls-cli", "node", "deno"] as const satisfies readonly ClientName[]) {
  Deno.test({
    name: `Ductile's server changes its keys, and has ${name} change its own, with data in between`,
    ignore: name !== "deno" && !installed(name),
    async fn() {
      await using server = serve({ identity: identityOf(p256) }, updateAndEcho);
      const { output } = await VISITS[name](server.port);
      const { error } = await server.outcome();
      if (error !== undefined) throw error;
      for (let times = 0; times < 2 * TIMES; times++) assertStringIncludes(output, `keys ${times}\n`);
      assertStringIncludes(output, "ductile\n");
    },
  });
}

/** Changes keys between lines, then sends the client's line back, and ends. */
async function updateAndEcho(stream: TlsStream): Promise<void> {
  for (let times = 0; times < 2 * TIMES; times++) {
    await stream.refreshTrafficKeys(times % 2 === 0);
    await writeAll(stream, new TextEncoder().encode(`keys ${times}\n`));
  }
  await stream.flush();
  const line = await hear(stream, (heard) => heard.endsWith("\n"));
  await writeAll(stream, new TextEncoder().encode(line));
  await stream.shutdown();
  await hear(stream).catch(() => {}); // how it leaves is looked at elsewhere
}
