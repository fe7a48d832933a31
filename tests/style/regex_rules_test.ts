/** The rule about regular expressions notices the slow ones, and lets others pass. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertLinearCpu } from "../support/cost.ts";
import { brokenRules } from "./code_rules.ts";
import { slowness } from "./regex_rules.ts";

const NESTED = "a repetition inside a repetition";
const ALIKE = "alternatives of a repetition that begin alike";
const AGAIN = "a repetition that begins again at each place of its run";
const SHARED = "two repetitions that share characters";

const ROWS: readonly (readonly [RegExp, string | undefined])[] = [
  [/\s+$/, AGAIN],
  [/ +$/, AGAIN],
  [/^[ \t]+|[ \t]+$/g, AGAIN],
  [/\s*,\s*/, AGAIN],
  [/[ \t]*;/, AGAIN],
  [/x*y/, AGAIN],
  [/"[^;]*;/, AGAIN],
  [/a?b*c/, AGAIN],
  [/\s{2,}$/, AGAIN],
  [/-----BEGIN [^]*?-----END/, AGAIN],
  [/^ +$/m, AGAIN],
  [/[^)]*\)/, AGAIN],
  [/(?:a| )+$/, AGAIN],
  [/ +(?=x)/, AGAIN],
  [/ +\b/, AGAIN],
  [/[A-Z]+:/i, AGAIN],
  [/^(?:a+)+$/, NESTED],
  [/^(?:\d+\.)*$/, NESTED],
  [/^(a|(b*c))+d/, NESTED],
  [/^(?:[^,]+,?){2,}$/, NESTED],
  [/^(?:\w|a)*$/, ALIKE],
  [/^(?:\r\n|\r)*x/, ALIKE],
  [/^\s*\s*x/, SHARED],
  [/^(.*)=(.*)$/, SHARED],
  [/^[a-z]+[a-z0-9]*$/, SHARED],
  [/^\S+\s*\S+x/, SHARED],
  [/^ *(?:x)? *$/, SHARED],
  [/^[a-f]+[A-F]*$/i, SHARED],
  [/[ \t]+/g, undefined],
  [/^[ \t]+/, undefined],
  [/\s+/gu, undefined],
  [/^\s*x/, undefined],
  [/ *x/y, undefined],
  [/,\s*/, undefined],
  [/^[^:]*: /, undefined],
  [/\?.*/s, undefined],
  [/\/\/[^/]*@/, undefined],
  [/^[a-z]+=[0-9]+$/, undefined],
  [/^\d+(?:\.\d+)?$/, undefined],
  [/Name\("([^"]*)"\)/, undefined],
  [/^(?:[a-z]|[0-9])*$/, undefined],
  [/^(?:ab|cd)+$/, undefined],
  [/ {1,4}$/, undefined],
  [/[\]^-]{2}|\x41|\u{1f600}|\p{L}/u, undefined],
];

for (const [regex, reason] of ROWS) {
  Deno.test(`style: ${regex} is ${reason ?? "linear"}`, () => {
    assertEquals(slowness(regex.source, regex.flags), reason);
  });
}

Deno.test("style: what the rule refuses is slow, and what it lets pass is not", () => {
  const blanks = (size: number): string => `${" ".repeat(size)}x`;
  assertLinearCpu(blanks, (text) => text.replace(/^ +| $/g, ""), { from: 4000 });
  let isSlow = false;
  try {
    assertLinearCpu(blanks, (text) => text.replace(/ +$/, ""), { from: 250, doublings: 2 });
  } catch {
    isSlow = true;
  }
  assert(isSlow);
});

for (
  const [path, source, found] of [
    ["client/a.ts", 'const a = text.replace(/\\s+$/, "");', "a slow regular expression"],
    ["http2/a.ts", "const a = new RegExp(text);", "made of text"],
    ["http2/a.ts", "const a = RegExp(text);", "made of text"],
    ["cli/text.ts", 'const a = new RegExp(TEXT, "g");', undefined],
    ["http1/a.ts", "const a = text.split(/,/);", undefined],
    ["tests/a.ts", 'const a = text.replace(/\\s+$/, "");', undefined],
  ] as const
) {
  Deno.test(`style: ${path}: ${source}: ${found === undefined ? "allowed" : "refused"}`, () => {
    const broken = brokenRules(path, source);
    assertEquals(broken.length > 0, found !== undefined, broken.join("\n"));
    if (found !== undefined) assertStringIncludes(broken[0] ?? "", found);
  });
}
