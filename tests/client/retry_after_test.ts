/** The pauses before retries: what a server asks for, what an option says, and options that are refused. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Client, ClientError, type RetryOptions } from "../../mod.ts";
import { resolveRetry } from "../../client/request/retry_options.ts";
import { parseHttpDate, retryAfter } from "../../client/retry/retry_after.ts";

Deno.test("the pause before a retry is what is asked for and more, and random up to a limit that doubles", () => {
  const refused = (reason: string) => new Error(reason);
  const policy = resolveRetry({ backoff: { initial: 100, max: 350 } }, undefined, refused);
  const most = [0, 0, 0, 0];
  for (let i = 0; i < 500; i++) {
    for (const retry of [1, 2, 3, 4]) {
      const pause = policy?.backoff(retry) ?? -1;
      most[retry - 1] = Math.max(most[retry - 1] ?? 0, pause);
      assertEquals(pause >= 0 && pause <= Math.min(350, 100 * 2 ** (retry - 1)), true);
    }
  }
  assertEquals(most.map((pause, i) => pause > 50 * Math.min(2 ** i, 4)), [true, true, true, true]);
});

const NOW = Date.UTC(2026, 11, 1, 12, 0, 0);
const RETRY_AFTER: readonly (readonly [value: string, milliseconds: number | undefined])[] = [
  ["0", 0],
  ["120", 120_000],
  ["Tue, 01 Dec 2026 12:00:30 GMT", 30_000],
  ["Tuesday, 01-Dec-26 12:00:30 GMT", 30_000],
  ["Tue Dec  1 12:00:30 2026", 30_000],
  ["Tue, 01 Dec 2026 11:00:00 GMT", 0],
  ["", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["+1", undefined],
  ["1e3", undefined],
  ["0x10", undefined],
  ["12345678901", 12_345_678_901_000],
  ["9".repeat(400), Infinity],
  ["Tue, 01 Dec 2026 12:00:30", undefined],
  ["Tue, 01 Dec 2026 12:00:30 +0000", undefined],
  ["Tue, 01 Foo 2026 12:00:30 GMT", undefined],
  ["Tue, 00 Dec 2026 12:00:30 GMT", undefined],
  ["Tue, 32 Dec 2026 12:00:30 GMT", undefined],
  ["Tue, 01 Dec 2026 24:00:30 GMT", undefined],
  ["Tue, 01 Dec 2026 12:60:30 GMT", undefined],
  ["2026-12-01T12:00:30Z", undefined],
];

for (const [value, milliseconds] of RETRY_AFTER) {
  Deno.test(`a Retry-After of "${value}"`, () => {
    assertEquals(retryAfter([["retry-after", value]], NOW), milliseconds);
  });
}

Deno.test("an HTTP-date of each format, and the century of two digits", () => {
  const time = Date.UTC(1994, 10, 6, 8, 49, 37);
  assertEquals(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), time);
  assertEquals(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT", NOW), time, "not 2094");
  assertEquals(parseHttpDate("Sun Nov  6 08:49:37 1994"), time);
  assertEquals(parseHttpDate("Sunday, 06-Nov-76 08:49:37 GMT", NOW), Date.UTC(2076, 10, 6, 8, 49, 37));
  assertEquals(parseHttpDate("Sunday, 06-Nov-77 08:49:37 GMT", NOW), Date.UTC(1977, 10, 6, 8, 49, 37));
});

for (
  const [retry, says] of [
    ["3", '"retry" is neither a number nor an object'],
    [null, '"retry" is neither a number nor an object'],
    [{ limit: 3 }, '"retry.limit" is not an option of this version'],
    [-1, '"retry.attempts" must be a whole number of at least 0'],
    [1.5, '"retry.attempts" must be a whole number of at least 0'],
    [Infinity, '"retry.attempts" must be a whole number of at least 0'],
    [{ statuses: 503 }, '"retry.statuses" must be a list of statuses from 400 to 599'],
    [{ statuses: [200] }, '"retry.statuses" must be a list of statuses from 400 to 599'],
    [{ methods: "GET" }, '"retry.methods" must be a list of methods'],
    [{ methods: ["GET /"] }, '"retry.methods" must be a list of methods'],
    [{ backoff: { initial: -1 } }, '"retry.backoff" must have milliseconds'],
    [{ backoff: { factor: 2 } }, '"retry.backoff.factor" is not an option of this version'],
    [{ backoff: 100 }, '"retry.backoff" is neither a function nor an object'],
    [{ maxRetryAfter: "60" }, '"retry.maxRetryAfter" must be milliseconds'],
  ] as const
) {
  Deno.test(`an option retry that is refused: ${JSON.stringify(retry)}`, async () => {
    const given = retry as unknown as RetryOptions; // no caller whose types are checked could
    assertThrows(() => new Client({ retry: given }), ClientError, says);
    using client = new Client();
    await assertRejects(() => client.get("http://localhost/", { retry: given }), ClientError, says);
  });
}
