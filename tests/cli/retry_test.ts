/** Which attempts are repeated, and when. */

import { assertEquals } from "@std/assert";
import type { FetchOptions } from "../../cli/command.ts";
import { ExitCode } from "../../cli/error.ts";
import { type Attempt, retryDelay } from "../../cli/retry.ts";

interface Row {
  readonly name: string;
  readonly flags?: Partial<FetchOptions>;
  readonly attempt: Partial<Attempt>;
  readonly done?: number;
  readonly elapsed?: number;
  readonly delay: number | undefined;
}

const ROWS: readonly Row[] = [
  {
    name: "nothing is repeated without --retry",
    flags: { retries: 0 },
    attempt: { status: 503 },
    delay: undefined,
  },
  ...[408, 429, 500, 502, 503, 504].map((status) => ({
    name: `a status of ${status} is repeated`,
    attempt: { status },
    delay: 1_000,
  })),
  ...[200, 301, 400, 401, 404, 501].map((status) => ({
    name: `a status of ${status} is not repeated`,
    attempt: { status },
    delay: undefined,
  })),
  {
    name: "a status that is a failure is repeated",
    attempt: { status: 503, exitCode: ExitCode.http_status },
    delay: 1_000,
  },
  { name: "a timeout is repeated", attempt: { exitCode: ExitCode.timeout }, delay: 1_000 },
  { name: "a name without an address is repeated", attempt: { exitCode: ExitCode.dns }, delay: 1_000 },
  {
    name: "a refused connection is not",
    attempt: { exitCode: ExitCode.connect, isRefused: true },
    delay: undefined,
  },
  {
    name: "a refused connection is with --retry-connrefused",
    flags: { retryRefused: true },
    attempt: { exitCode: ExitCode.connect, isRefused: true },
    delay: 1_000,
  },
  {
    name: "another failure to connect is not, even so",
    flags: { retryRefused: true },
    attempt: { exitCode: ExitCode.connect },
    delay: undefined,
  },
  { name: "a broken response is not", attempt: { exitCode: ExitCode.truncated }, delay: undefined },
  {
    name: "everything is with --retry-all-errors",
    flags: { retryAllErrors: true },
    attempt: { exitCode: ExitCode.truncated },
    delay: 1_000,
  },
  {
    name: "a success is not, even so",
    flags: { retryAllErrors: true },
    attempt: { status: 200 },
    delay: undefined,
  },
  {
    name: "an interruption never is",
    flags: { retryAllErrors: true },
    attempt: { exitCode: ExitCode.interrupted },
    delay: undefined,
  },
  { name: "each wait is twice as long", attempt: { status: 503 }, done: 3, delay: 8_000 },
  { name: "up to ten minutes", flags: { retries: 99 }, attempt: { status: 503 }, done: 50, delay: 600_000 },
  { name: "no more than so often", attempt: { status: 503 }, done: 5, delay: undefined },
  { name: "a fixed wait", flags: { retryDelay: 3_000 }, attempt: { status: 503 }, done: 3, delay: 3_000 },
  {
    name: "the server's wait counts more",
    flags: { retryDelay: 3_000 },
    attempt: { status: 503, retryAfter: "7" },
    delay: 7_000,
  },
  {
    name: "the server's wait may be a date that is past",
    attempt: { status: 503, retryAfter: "Wed, 01 Jan 2020 00:00:00 GMT" },
    delay: 1_000,
  },
  { name: "a wait that is none", attempt: { status: 503, retryAfter: "soon" }, delay: 1_000 },
  { name: "a wait that no timer keeps", attempt: { status: 503, retryAfter: "999999999" }, delay: undefined },
  {
    name: "a wait of more digits than any time has",
    attempt: { status: 503, retryAfter: "9".repeat(400) },
    delay: undefined,
  },
  {
    name: "no other attempt after the time for all",
    flags: { retryMaxTime: 5_000 },
    attempt: { status: 503 },
    elapsed: 5_000,
    delay: undefined,
  },
  {
    name: "no wait beyond the time for all",
    flags: { retryMaxTime: 5_000 },
    attempt: { status: 503, retryAfter: "4" },
    elapsed: 2_000,
    delay: undefined,
  },
];

for (const { name, flags = {}, attempt, done = 0, elapsed = 0, delay } of ROWS) {
  Deno.test(`retryDelay: ${name}`, () => {
    const options: FetchOptions = { headers: [], data: [], talk: "normal", retries: 5, ...flags };
    const ended: Attempt = {
      exitCode: ExitCode.ok,
      status: 0,
      isRefused: false,
      retryAfter: null,
      ...attempt,
    };
    assertEquals(retryDelay(options, ended, done, elapsed), delay);
  });
}
