/** The library has no syntax and no names that a runtime of the README lacks. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { LIBRARY } from "../support/checkout.ts";
import { listModules, readSource } from "../support/module_graph.ts";
import { unportable } from "./portable_rules.ts";

Deno.test("style: the library is what every runtime of the README can parse and run", async () => {
  const found: string[] = [];
  for (const path of await listModules(LIBRARY)) found.push(...unportable(path, await readSource(path)));
  assertEquals(found, []);
});

/** One violation of each rule, and its lawful neighbour. */
const PLANTED = [
  { path: "tls/a.ts", source: "{ using a = f(); }", found: 'a "using" declaration' },
  { path: "cli/a.ts", source: "async () => { await using a = f(); };", found: 'a "await using" declaration' },
  { path: "tls/a.ts", source: "const using = 1; f(using);", found: undefined },
  { path: "tls/a.ts", source: "class A { [Symbol.dispose]() {} }", found: undefined },
  { path: "http1/a.ts", source: "f(/a(?i:b)/);", found: "modifiers in a regular expression" },
  { path: "http1/a.ts", source: "f(/a(?:b)(?=c)(?<d>e)/);", found: undefined },
  { path: "tls/a.ts", source: "class A { @f b() {} }", found: "a decorator" },
  { path: "io/a.ts", source: "Promise.withResolvers();", found: "withResolvers" },
  { path: "io/a.ts", source: "withResolvers();", found: undefined },
  { path: "io/a.ts", source: "Promise.try(f);", found: "try" },
  { path: "tls/a.ts", source: "Uint8Array.fromBase64(a);", found: "fromBase64" },
  { path: "tls/a.ts", source: "a.toHex();", found: "toHex" },
  { path: "tls/a.ts", source: "f(toHex);", found: undefined },
  { path: "client/a.ts", source: "a.getOrInsert(b, c);", found: "getOrInsert" },
  { path: "client/a.ts", source: "new DisposableStack();", found: "DisposableStack" },
  { path: "roots/mozilla.ts", source: "await Array.fromAsync(a);", found: "fromAsync" },
  { path: "roots/native.ts", source: "await Array.fromAsync(a);", found: undefined },
  { path: "client/a.ts", source: "a.fromAsync(); Array.from(a); /* Temporal */", found: undefined },
] as const;
for (const { path, source, found } of PLANTED) {
  Deno.test(`style: portable: ${path}: ${source}: ${found === undefined ? "allowed" : "refused"}`, () => {
    const broken = unportable(path, source);
    assertEquals(broken.length > 0, found !== undefined, broken.join("\n"));
    if (found !== undefined) assertStringIncludes(broken[0] ?? "", found);
  });
}
