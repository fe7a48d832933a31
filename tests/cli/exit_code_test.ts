/**
 * Every exit code: a command that ends with it. Those that a server brings about are compared with curl's in the rows of
 * `curl/failure_rows.ts` as well.
 */

import { assertEquals } from "@std/assert";
import { ClientError, type ClientErrorCode } from "../../client/error/client_error.ts";
import { EXIT_CODES, type ExitCode } from "../../cli/error.ts";
import { type FakeWorld, respond } from "./fake_host.ts";
import { runMain, URL_ } from "./run_main.ts";

interface Row {
  readonly code: ExitCode;
  readonly args?: readonly string[];
  readonly world?: FakeWorld;
  /** The client's error. */
  readonly fails?: ClientErrorCode;
}

const OUT = ["-o", "f", URL_];

const ROWS: readonly Row[] = [
  { code: 0 },
  { code: 1, args: ["ftp://a.test/"] },
  { code: 2, args: ["--none", URL_] },
  { code: 3, args: ["http://a b/"] },
  { code: 4, args: ["-c", "-", URL_], world: { missing: ["npm:tough-cookie@^5.1.2"] } },
  { code: 6, fails: "dns" },
  { code: 7, fails: "connection_refused" },
  { code: 7, fails: "permission_denied" },
  { code: 8, fails: "protocol_error" },
  { code: 16, fails: "refused" },
  { code: 18, fails: "truncated" },
  { code: 22, args: ["-f", URL_], world: { answer: () => respond({ status: 400 }) } },
  { code: 22, args: ["--fail-with-body", URL_], world: { answer: () => respond({ status: 599 }) } },
  { code: 23, args: OUT, world: { forbidden: ["f"] } },
  { code: 23, args: OUT, world: { unopenable: ["f"] } },
  { code: 23, world: { room: 1, answer: () => respond({ body: ["ab"] }) } },
  { code: 26, args: ["-T", "none", URL_] },
  { code: 26, args: ["-F", "a=@none", URL_] },
  { code: 26, args: ["-K", "none", URL_] },
  { code: 26, args: ["-w", "@none", URL_] },
  { code: 26, args: ["--netrc-file", "none", URL_] },
  { code: 28, fails: "headers_timeout" },
  { code: 33, args: ["-C", "1", ...OUT] },
  { code: 35, fails: "handshake_failed" },
  { code: 36, args: ["-C", "-", ...OUT], world: { files: { f: "forbidden" } } },
  { code: 43, fails: "client_closed" },
  { code: 47, fails: "too_many_redirects" },
  { code: 52, fails: "connection_closed" },
  { code: 58, args: ["-E", "none", URL_] },
  { code: 60, fails: "certificate_expired" },
  { code: 61, fails: "decoding_failed" },
  { code: 63, args: ["--max-filesize", "1", URL_], world: { answer: () => respond({ body: ["ab"] }) } },
  { code: 63, fails: "too_large" },
  { code: 77, args: ["--cacert", "none", URL_] },
  { code: 90, fails: "pin_mismatch" },
  { code: 92, fails: "stream_reset" },
  { code: 97, fails: "proxy_refused" },
  {
    code: 130,
    world: {
      answer(_request, world) {
        world.interrupt?.();
        return respond({ body: ["a"] });
      },
    },
    args: ["--limit-rate", "1", URL_],
  },
];

for (const { code, args = [URL_], world = {}, fails } of ROWS) {
  Deno.test(`exit code ${code}: ${fails ?? (args.join(" ") + JSON.stringify(world))}`, async () => {
    const failing: FakeWorld = fails === undefined ? {} : {
      answer: () => Promise.reject(new ClientError(fails, "Cannot connect: x")),
    };
    assertEquals((await runMain(args, { ...world, ...failing })).code, code);
  });
}

Deno.test("exit code: each of the list has a command that ends with it", () => {
  const seen = new Set(ROWS.map(({ code }) => code));
  assertEquals(EXIT_CODES.map(([code]) => code).filter((code) => !seen.has(code)), []);
});
