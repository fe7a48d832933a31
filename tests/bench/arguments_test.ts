/** The arguments of `deno task bench`. */

import { assertEquals, assertThrows } from "@std/assert";
import { choose, parseArguments } from "../../bench/arguments.ts";
import { QUESTIONS } from "../../bench/questions/all.ts";

const NONE = { json: false, quick: false, list: false, help: false, names: [] };

for (
  const { name, args, parsed } of [
    { name: "nothing asks for everything", args: [], parsed: NONE },
    {
      name: "flags and names may be mixed",
      args: ["http1", "--json", "start", "--quick"],
      parsed: { ...NONE, json: true, quick: true, names: ["http1", "start"] },
    },
    {
      name: "rounds and the server have values",
      args: ["--rounds=3", "--server=deno"],
      parsed: { ...NONE, rounds: 3, program: "deno" },
    },
    {
      name: "the list and the help are flags",
      args: ["--list", "--help"],
      parsed: { ...NONE, list: true, help: true },
    },
  ]
) {
  Deno.test(`parseArguments: ${name}`, () => assertEquals<unknown>(parseArguments(args), parsed));
}

for (const arg of ["--fast", "-q", "--json=1", "--rounds", "--rounds=0", "--rounds=1.5", "--server=apache"]) {
  Deno.test(`parseArguments refuses ${arg}`, () => {
    assertThrows(() => parseArguments([arg]), TypeError, `Cannot read "${arg}"`);
  });
}

Deno.test("choose takes what a name begins with, in the order of the questions, each once", () => {
  const names = (asked: string[]) => choose(QUESTIONS, asked).map(({ name }) => name);
  assertEquals(names(["start-http2", "http1-serial", "start"]), [
    "http1-serial",
    "start-http1",
    "start-http2",
  ]);
  assertEquals(names(["http2-download"]), ["http2-download", "http2-download-whole"]);
  assertEquals(names([]), QUESTIONS.map(({ name }) => name));
  assertThrows(() => choose(QUESTIONS, ["http3"]), TypeError, 'Cannot find the question "http3"');
});

Deno.test("no two questions have one name or one title", () => {
  assertEquals(new Set(QUESTIONS.map(({ name }) => name)).size, QUESTIONS.length);
  assertEquals(new Set(QUESTIONS.map(({ title }) => title)).size, QUESTIONS.length);
});
