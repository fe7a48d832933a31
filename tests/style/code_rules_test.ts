/** The rules of style that are about code hold, and each is noticed where it is broken. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { LIBRARY } from "../support/checkout.ts";
import { listModules, readSource } from "../support/module_graph.ts";
import { brokenRules, MAX_FUNCTION_LINES } from "./code_rules.ts";

Deno.test("style: functions are short, limits are named as limits, machines are machines", async () => {
  const found: string[] = [];
  for (const path of await listModules([...LIBRARY, "bench", "tests"])) {
    found.push(...brokenRules(path, await readSource(path)));
  }
  assertEquals(found, []);
});

const LONG = `{${"\n  f();".repeat(MAX_FUNCTION_LINES)}\n}`;

/** One violation of each rule, and its lawful neighbour. */
const PLANTED = [
  { path: "client/a.ts", source: `function f() ${LONG}`, found: "a function of 82 lines" },
  { path: "client/a.ts", source: `const f = () => ${LONG};`, found: "a function of 82 lines" },
  { path: "client/a.ts", source: `class A { f() ${LONG} }`, found: "a function of 82 lines" },
  { path: "tests/a_test.ts", source: `test("a", () => ${LONG});`, found: "a function of 82 lines" },
  { path: "client/a.ts", source: `class A ${LONG.replaceAll("f();", "x = 1;")}`, found: undefined },
  { path: "tls/a.ts", source: "const MOST_TICKETS = 8;", found: "MOST_TICKETS: a limit is named MAX_" },
  {
    path: "tls/a.ts",
    source: "export const LONGEST_NAME = 8;",
    found: "LONGEST_NAME: a limit is named MAX_",
  },
  { path: "tls/a.ts", source: "const READ_LIMIT = 8;", found: "READ_LIMIT: a limit is named MAX_" },
  { path: "tls/a.ts", source: "const MAX_TIMEOUT = 8;", found: "MAX_TIMEOUT: its unit comes last" },
  { path: "tls/a.ts", source: "const ALERT_TIMEOUT = 8;", found: "ALERT_TIMEOUT: its unit comes last" },
  { path: "tls/a.ts", source: "const MAX_TICKETS = 8, ALERT_TIMEOUT_MS = 8;", found: undefined },
  { path: "tests/a.ts", source: "const LONGEST = 8;", found: undefined },
  { path: "http1/a.ts", source: "let a: Promise<void>;", found: "a promise in a machine" },
  { path: "http2/a.ts", source: "async function f() {}", found: "an async function in a machine" },
  { path: "http2/hpack/a.ts", source: "const f = async () => {};", found: "an async function in a machine" },
  { path: "http1/a.ts", source: "setTimeout(f, 1);", found: "a timer in a machine" },
  {
    path: "http1/a.ts",
    source: 'import type { Duplex } from "../io/duplex.ts";',
    found: "a duplex in a machine",
  },
  {
    path: "http1/client/a.ts",
    source: 'import { setTimeout } from "../../io/timers.ts"; setTimeout(f, 1); let a: Promise<void>;',
    found: undefined,
  },
  { path: "tls/handshake/a.ts", source: "new Promise(() => {});", found: "a promise in a machine" },
  { path: "tls/x509/path/a.ts", source: "Promise.all([]);", found: "a promise in a machine" },
  { path: "tls/wire/a.ts", source: "if (a instanceof Promise) f();", found: undefined },
  {
    path: "tls/stream/a.ts",
    source: "setTimeout(f, 1); Promise.all([]);",
    found: "a timer that tests can fake",
  },
  {
    path: "tls/stream/a.ts",
    source: 'import { setTimeout } from "../../io/timers.ts"; setTimeout(f, 1); Promise.all([]);',
    found: undefined,
  },
  { path: "cli/a.ts", source: "setInterval(f, 1);", found: undefined },
] as const;
for (const { path, source, found } of PLANTED) {
  const code = source.split("\n", 1)[0];
  Deno.test(`style: ${path}: ${code}: ${found === undefined ? "allowed" : "refused"}`, () => {
    const broken = brokenRules(path, source);
    assertEquals(broken.length > 0, found !== undefined, broken.join("\n"));
    if (found !== undefined) assertStringIncludes(broken[0] ?? "", found);
  });
}
