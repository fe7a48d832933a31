/** A client that leaves behind each byte of an exchange: nothing is left open, and nothing rejects unhandled. */

import { assert, assertEquals } from "@std/assert";
import { serveConnection } from "../../server/serve_connection.ts";
import type { ServeHandler } from "../../server/exchange/serve_info.ts";
import { writeAll } from "../../io/duplex.ts";
import { memoryDuplexPair } from "../support/memory_duplex.ts";

const ascii = (text: string) => Array.from(text, (char) => char.charCodeAt(0));
const frame = (type: number, flags: number, streamId: number, payload: readonly number[]) => [
  ...[0, 0, payload.length, type, flags, 0, 0, 0, streamId],
  ...payload,
];

const SENT: Readonly<Record<string, readonly number[]>> = {
  "HTTP/1.1": ascii(
    "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n" +
      "GET / HTTP/1.1\r\nhost: h\r\n\r\n",
  ),
  "HTTP/2": [
    ...ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ...frame(4, 0, 0, []),
    ...frame(1, 4, 1, [0x83, 0x86, 0x84, 0x41, 1, 0x68]),
    ...frame(0, 0, 1, ascii("ab")),
    ...frame(0, 1, 1, ascii("c")),
    ...frame(1, 5, 3, [0x82, 0x86, 0x84, 0x41, 1, 0x68]),
  ],
};

const HANDLERS: Readonly<Record<string, ServeHandler>> = {
  "reads": async (request) => new Response(await request.text()),
  "sends the content back": (request) => new Response(request.body),
  "never ends": () => new Promise(() => {}),
  "responds without end": () =>
    new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) })),
};

for (const [version, sent] of Object.entries(SENT)) {
  for (const [does, handler] of Object.entries(HANDLERS)) {
    for (const way of ["close", "reset"] as const) {
      Deno.test(`V-53: ${version} server whose handler ${does}: its client leaves by ${way} behind each byte`, async () => {
        for (let cut = 0; cut <= sent.length; cut++) {
          const exchanges: { readonly signal: AbortSignal; outcome: "open" | "completed" | "failed" }[] = [];
          const [client, server] = memoryDuplexPair();
          const connection = serveConnection(server, (request, info) => {
            const exchange = { signal: request.signal, outcome: "open" as "open" | "completed" | "failed" };
            exchanges.push(exchange);
            info.completed.then(() => exchange.outcome = "completed", () => exchange.outcome = "failed");
            return handler(request, info);
          }, { onError: () => new Response(null, { status: 500 }) });
          await writeAll(client, new Uint8Array(sent.slice(0, cut)));
          for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
          client[way]();
          await connection.finished;
          await Promise.resolve();
          for (const { signal, outcome } of exchanges) {
            assert(outcome !== "open", `behind byte ${cut}`);
            assertEquals(signal.aborted, outcome === "failed", `behind byte ${cut}`);
          }
        }
      });
    }
  }
}
