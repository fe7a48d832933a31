/** Patterns in URLs, and names of files with what they gave. */

import { assertEquals, assertThrows } from "@std/assert";
import { CliError, ExitCode } from "../../cli/error.ts";
import { globbedName, globUrl } from "../../cli/url_glob.ts";

const ROWS: readonly { readonly name: string; readonly pattern: string; readonly urls: readonly string[] }[] =
  [
    { name: "a URL without patterns is itself", pattern: "http://h/a?b#c", urls: ["http://h/a?b#c"] },
    { name: "a set", pattern: "h/{a,b,}", urls: ["h/a", "h/b", "h/"] },
    { name: "a set of one", pattern: "h/{a}", urls: ["h/a"] },
    { name: "a range", pattern: "h/[9-11]", urls: ["h/9", "h/10", "h/11"] },
    { name: "a range of one", pattern: "h/[5-5]", urls: ["h/5"] },
    { name: "a padded range", pattern: "h/[098-100]", urls: ["h/098", "h/099", "h/100"] },
    {
      name: "a range with a step that does not meet its end",
      pattern: "h/[0-7:3]",
      urls: ["h/0", "h/3", "h/6"],
    },
    { name: "letters", pattern: "h/[X-Z]", urls: ["h/X", "h/Y", "h/Z"] },
    { name: "the last pattern varies first", pattern: "{a,b}/[1-2]", urls: ["a/1", "a/2", "b/1", "b/2"] },
    {
      name: "an address of IPv6",
      pattern: "http://[::1]:80/{a,b}",
      urls: ["http://[::1]:80/a", "http://[::1]:80/b"],
    },
    {
      name: "an address of IPv6 with a zone",
      pattern: "http://[fe80::1%251]/",
      urls: ["http://[fe80::1%251]/"],
    },
    { name: "escaped brackets", pattern: "h/\\[a\\]\\{b\\}", urls: ["h/[a]{b}"] },
    { name: "another backslash", pattern: "h/\\a", urls: ["h/\\a"] },
  ];

for (const { name, pattern, urls } of ROWS) {
  Deno.test(`globUrl: ${name}`, () => assertEquals([...globUrl(pattern)].map(({ url }) => url), urls));
}

for (
  const pattern of [
    "h/{a",
    "h/[1-2",
    "h/a}",
    "h/a]",
    "h/{}",
    "h/{a{b}}",
    "h/[]",
    "h/[a]",
    "h/[2-1]",
    "h/[z-a]",
  ]
    .concat(["h/[a-9]", "h/[1-5:0]", "h/[1-5:]", "h/[1--2]", "h/[é-ö]"])
) {
  Deno.test(`globUrl refuses ${pattern}, before the first URL`, () => {
    const error = assertThrows(() => globUrl(pattern), CliError);
    assertEquals(error.exitCode, ExitCode.malformed_url);
  });
}

Deno.test("globUrl: a range without an end in sight is made URL by URL", () => {
  const urls = globUrl("h/[1-999999999999999]")[Symbol.iterator]();
  assertEquals([urls.next().value?.url, urls.next().value?.url], ["h/1", "h/2"]);
});

Deno.test("globbedName: numbers stand for what the patterns gave, and others for themselves", () => {
  assertEquals(globbedName("#1-#2-#3-#0-#", ["a", "#1"]), "a-#1-#3-#0-#");
});
