/** `ductile ws://...`: lines go out as messages, and messages come out as lines. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { ExitCode, exitCodeFor } from "../../cli/error.ts";
import { WebSocketError } from "../../websocket/error.ts";
import { linesOf } from "../../cli/web_socket.ts";
import { ROOT } from "../support/checkout.ts";
import { run, type RunResult } from "../support/run.ts";
import { runMain } from "./run_main.ts";

function ductile(args: readonly string[], input: string): Promise<RunResult> {
  const mod = new URL("cli/mod.ts", ROOT).href;
  return run("deno", ["run", "--no-prompt", "-N", mod, ...args], { stdin: input });
}

function serve(onMessage: (socket: WebSocket, data: string) => void) {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => onMessage(socket, data);
    return response;
  });
}

Deno.test("cli: each line is a message, and what comes back a line, also behind the end of the input", async () => {
  await using server = serve((socket, data) => socket.send(data.toUpperCase()));
  const { code, stdout, stderr } = await ductile(
    [`ws://127.0.0.1:${server.addr.port}/`],
    "one\r\ntwo\n\nthree",
  );
  assertEquals({ code, stdout }, { code: 0, stdout: "ONE\nTWO\n\nTHREE\n" }, stderr);
  assertStringIncludes(stderr, "* WebSocket open\n");
  assertStringIncludes(stderr, "* Closed with 1000");
});

Deno.test("cli: --max-time ends a WebSocket that is open, and what came before is there", async () => {
  await using server = serve((socket, data) => socket.send(data));
  const mod = new URL("cli/mod.ts", ROOT).href;
  const args = ["run", "--no-prompt", "-N", mod, "-m", "2", `ws://127.0.0.1:${server.addr.port}/`];
  const program = new Deno.Command("deno", { args, stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const writer = program.stdin.getWriter(); // which stays open
  await writer.write(new TextEncoder().encode("one\n"));
  const { code, stdout, stderr } = await program.output();
  const said = new TextDecoder().decode(stderr);
  assertEquals([code, new TextDecoder().decode(stdout)], [28, "one\n"], said);
  assertStringIncludes(said, "the WebSocket took over 2000 ms");
  await writer.close().catch(() => {});
});

Deno.test("cli: a server without WebSockets is an error with its status", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("no"),
  );
  const { code, stdout, stderr } = await ductile([`ws://127.0.0.1:${server.addr.port}/`], "");
  assertEquals({ code, stdout }, { code: 16, stdout: "" });
  assertStringIncludes(stderr, "200");
});

const REFUSED = [
  ...[["-d", "x"], ["--json", "x"], ["-I"], ["-X", "PUT"], ["-i"], ["-o", "x"], ["-O"], ["-f"]],
  ...[["--explain"], ["--har", "x"], ["--key-log", "x"]],
];

for (const flags of REFUSED) {
  Deno.test(`cli: ${flags[0]} is refused with the URL of a WebSocket`, async () => {
    const { code, host } = await runMain([...flags, "wss://example.com/"]);
    assertEquals(code, 2, host.said);
  });
}

Deno.test("cli: lines are put together from pieces, characters that are cut in two included", async () => {
  const bytes = new TextEncoder().encode("a€b\n\nc\r\nd");
  for (let at = 0; at <= bytes.length; at++) {
    const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
    const lines = await Array.fromAsync(linesOf((async function* () {
      yield* pieces;
    })()));
    assertEquals(lines, ["a€b", "", "c", "d"]);
  }
});

Deno.test("cli: the end of a WebSocket has an exit code by its kind", () => {
  for (
    const [code, expected] of [
      ["truncated", ExitCode.truncated],
      ["ping_timeout", ExitCode.timeout],
      ["close_timeout", ExitCode.timeout],
      ["bad_frame", ExitCode.protocol],
      ["closed", ExitCode.protocol],
    ] as const
  ) {
    assertEquals(exitCodeFor(new WebSocketError(code, "Cannot go on")), expected, code);
  }
});
