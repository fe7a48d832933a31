/** Files of arguments: their lines, and files in files. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { configArguments, expandConfigs } from "../../cli/config_file.ts";
import { CliError, ExitCode } from "../../cli/error.ts";
import { FakeHost } from "./fake_host.ts";

const LINES: readonly { readonly name: string; readonly text: string; readonly args: readonly string[] }[] = [
  { name: "a flag without its dashes", text: "silent", args: ["--silent"] },
  { name: "a flag with its dashes", text: "--silent", args: ["--silent"] },
  { name: "a letter", text: "-s", args: ["--silent"] },
  { name: "a value behind white space", text: "request  PUT", args: ["--request=PUT"] },
  { name: "a value behind an equals sign", text: "request = PUT", args: ["--request=PUT"] },
  { name: "a value behind a colon", text: "request: PUT", args: ["--request=PUT"] },
  { name: "a value behind a letter", text: "-X PUT", args: ["--request=PUT"] },
  { name: "a value in quotes", text: 'header = "a: \\"b\\\\c\\" \\t\\n"', args: ['--header=a: "b\\c" \t\n'] },
  { name: "a value that ends at white space", text: "url h/a # rest", args: ["--url=h/a"] },
  { name: "an empty value in quotes", text: 'data ""', args: ["--data="] },
  { name: "comments and empty lines", text: "# a\n\n  # b\r\n \nsilent\r\n", args: ["--silent"] },
  { name: "a value for a flag that takes none is left out", text: "silent yes", args: ["--silent"] },
  { name: "an unknown flag stays, without its value", text: "nonsense secret", args: ["--nonsense"] },
  { name: "an optional value may be left out", text: "explain", args: ["--explain"] },
];

for (const { name, text, args } of LINES) {
  Deno.test(`configArguments: ${name}`, () => assertEquals(configArguments(text), args));
}

for (const text of ['header "secret', "silent\nheader", "silent\nheader ="]) {
  Deno.test(`configArguments refuses ${JSON.stringify(text)}, by its line alone`, () => {
    const error = assertThrows(() => configArguments(text), CliError);
    assertEquals(error.exitCode, ExitCode.usage);
    assertEquals(`${error.message}${error.hint}`.includes("secret"), false);
  });
}

Deno.test("expandConfigs: a file stands where its flag stood, and files may name others", async () => {
  const host = new FakeHost({
    files: { one: "url=h/1\nnext\nconfig two", two: "user = a:b" },
    input: "url = h/3",
  });
  assertEquals(await expandConfigs(["-s", "-K", "one", "h/2", "--explain", "-K-"], host), [
    "--silent",
    "--url=h/1",
    "--next",
    "--user=a:b",
    "--url",
    "h/2",
    "--explain",
    "--url=h/3",
  ]);
  assertEquals(await expandConfigs(["-s", "h"], host), ["-s", "h"]);
});

Deno.test("expandConfigs: a file that names itself is refused, and one that is not there", async () => {
  const host = new FakeHost({ files: { loop: "config = loop" } });
  const loop = await assertRejects(() => expandConfigs(["-K", "loop"], host), CliError, "name each other");
  const none = await assertRejects(() => expandConfigs(["-K", "none"], host), CliError, '"none"');
  assertEquals([loop.exitCode, none.exitCode], [ExitCode.usage, ExitCode.read]);
});
