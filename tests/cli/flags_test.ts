/** The table of flags, and the help that is written from it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT_CODES, ExitCode } from "../../cli/error.ts";
import { FLAGS } from "../../cli/flags.ts";
import { helpText } from "../../cli/help.ts";

Deno.test("helpText: every flag and every exit code is in it, in lines that fit a terminal", () => {
  const text = helpText("all");
  for (const { name, short } of FLAGS) {
    assertStringIncludes(text, short === undefined ? `     --${name}` : `  -${short}, --${name}`);
  }
  for (const code of Object.values(ExitCode)) {
    assert(EXIT_CODES.some(([listed]) => listed === code), `${code} is not explained`);
  }
  for (const line of text.split("\n")) assert(line.length <= 120, line);
});

Deno.test("FLAGS: no name and no letter stands for two", () => {
  const names = FLAGS.map(({ name }) => name);
  assertEquals(names.length, new Set(names).size);
  const letters = FLAGS.flatMap(({ short }) => short ?? []);
  assertEquals(letters.length, new Set(letters).size);
});

Deno.test("FLAGS: each has a reader or an action or stands for others, and only one that has no action takes a value", () => {
  for (const { name, read, action, does, takes } of FLAGS) {
    assertEquals([read, action, does].filter((each) => each !== undefined).length, 1, `--${name}`);
    assert(action === undefined || takes === undefined, `--${name}`);
  }
});
