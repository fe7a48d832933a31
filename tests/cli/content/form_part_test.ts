/** The syntax of --form. */

import { assertEquals, assertThrows } from "@std/assert";
import { type FormPart, parseFormPart } from "../../../cli/content/form_part.ts";
import { CliError, ExitCode } from "../../../cli/error.ts";

const ROWS: readonly {
  readonly name: string;
  readonly text: string;
  readonly part: Partial<FormPart>;
}[] = [
  { name: "text", text: "a=b=c", part: { content: "b=c" } },
  { name: "no text", text: "a=", part: { content: "" } },
  { name: "no name", text: "=b", part: { name: "", content: "b" } },
  { name: "text of a type", text: "a=b;type=c/d", part: { content: "b", type: "c/d" } },
  { name: "a type with a parameter", text: "a=b;type=c/d;e=f", part: { content: "b", type: "c/d;e=f" } },
  {
    name: "a type in quotes",
    text: 'a=b;type="c/d; e=\\"f\\""',
    part: { content: "b", type: 'c/d; e="f"' },
  },
  { name: "text in quotes", text: 'a="b;c\\"\\\\d"', part: { content: 'b;c"\\d' } },
  { name: "text in quotes with a type", text: 'a="b;";type=c/d', part: { content: "b;", type: "c/d" } },
  { name: "text with a name", text: "a=b;filename=c", part: { content: "b", fileName: "c" } },
  {
    name: "a file",
    text: "a=@d/f.txt",
    part: { content: "d/f.txt", source: "file", fileName: "f.txt", type: "text/plain" },
  },
  {
    name: "a file in quotes",
    text: 'a=@"d/f;,.txt"',
    part: { content: "d/f;,.txt", source: "file", fileName: "f;,.txt", type: "text/plain" },
  },
  {
    name: "a file with a name and a type",
    text: "a=@f;filename=g.png;type=h/i",
    part: { content: "f", source: "file", fileName: "g.png", type: "h/i" },
  },
  {
    name: "the type goes by the name that is sent",
    text: "a=@f;filename=g.png",
    part: { content: "f", source: "file", fileName: "g.png", type: "image/png" },
  },
  {
    name: "the text of a file",
    text: "a=<f;type=b/c",
    part: { content: "f", source: "text_file", type: "b/c" },
  },
  { name: "standard input", text: "a=@-", part: { content: "-", source: "file", fileName: "-" } },
  {
    name: "fields",
    text: "a=b;headers=X-A: 1;headers=X-B: 2",
    part: { content: "b", headers: ["X-A: 1", "X-B: 2"] },
  },
];

for (const { name, text, part } of ROWS) {
  Deno.test(`parseFormPart: ${name}`, () => {
    assertEquals(
      parseFormPart({ text, isPlain: false }),
      { name: "a", source: "text", headers: [], ...part } as FormPart,
    );
  });
}

Deno.test("parseFormPart: a plain string is itself", () => {
  assertEquals(parseFormPart({ text: 'a=@b;type="c', isPlain: true }), {
    name: "a",
    content: '@b;type="c',
    source: "text",
    headers: [],
  });
});

const REFUSED = [
  ["a part without an equals sign", "secret"],
  ["quotes without an end", 'a="secret'],
  ["text behind quotes", 'a="b"secret'],
  ["an unknown parameter", "a=b;secret"],
  ["an encoder", "a=b;encoder=base64"],
  ["an encoder behind a type", "a=b;type=c/d;encoder=base64"],
  ["two files", "a=@b,secret"],
  ["a form in a form", "a=(;type=multipart/alternative"],
  ["a type with a line break", "a=b;type=c\r\nsecret: d"],
  ["a field with a line break", "a=b;headers=c\nsecret: d"],
] as const;

for (const [name, text] of REFUSED) {
  Deno.test(`parseFormPart refuses ${name}`, () => {
    const error = assertThrows(() => parseFormPart({ text, isPlain: false }), CliError);
    assertEquals(error.exitCode, ExitCode.usage);
    assertEquals(
      `${error.message}${error.hint}`.includes("secret"),
      name === "an unknown parameter" && false,
    );
  });
}
