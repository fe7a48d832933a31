/** Unwanted content: what is read to its end, and what is cancelled. */

import { assertEquals } from "@std/assert";
import { MAX_DRAIN_BYTES } from "../../../client/defaults.ts";
import { drain } from "../../../client/response/drain.ts";
import { Deadlines } from "../../../client/time/deadlines.ts";
import type { IncomingBody } from "../../../http/message.ts";

/** Content in chunks of these lengths, and what becomes of it; an error fails the read. */
function content(
  ...chunks: readonly (number | Error)[]
): { readonly body: IncomingBody; readonly log: string[] } {
  const left = [...chunks];
  const log: string[] = [];
  return {
    log,
    body: {
      read() {
        const next = left.shift();
        if (next instanceof Error) return Promise.reject(next);
        log.push(next === undefined ? "end" : String(next));
        return Promise.resolve(next === undefined ? undefined : new Uint8Array(next));
      },
      cancel: () => log.push("cancel"),
    },
  };
}

const ROWS:
  readonly (readonly [name: string, chunks: readonly (number | Error)[], log: readonly string[]])[] = [
    ["nothing is read to its end", [], ["end"]],
    ["few bytes are read to their end", [1, 2], ["1", "2", "end"]],
    ["as many as the limit are read to their end", [MAX_DRAIN_BYTES - 1, 1], ["65535", "1", "end"]],
    ["one more is cancelled", [MAX_DRAIN_BYTES, 1, 1], ["65536", "1", "cancel"]],
    ["a failure is no failure", [1, new Error("cut short")], ["1"]],
  ];

for (const [name, chunks, expected] of ROWS) {
  Deno.test(`drain: of unwanted content, ${name}, and no deadline is left`, async () => {
    const deadlines = new Deadlines();
    const { body, log } = content(...chunks);
    await drain(body, deadlines);
    assertEquals([log, deadlines.size], [[...expected], 0]);
    await drain(new Uint8Array(9), deadlines);
    assertEquals(deadlines.size, 0);
    deadlines.close();
  });
}
