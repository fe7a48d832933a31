/** Field names, values and lists, as both versions read them. */

import { assertEquals } from "@std/assert";
import {
  hasOuterBlanks,
  isFieldValue,
  isToken,
  listMembers,
  parseContentLength,
  trimBlanks,
} from "../../http/fields.ts";
import { assertLinearCpu } from "../support/cost.ts";

const TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

Deno.test("fields: a token has the characters of RFC 9110 §5.6.2, and no others", () => {
  for (let code = 0; code < 0x300; code++) {
    const char = String.fromCharCode(code);
    assertEquals(isToken(char), TOKEN_CHARACTERS.includes(char), `U+${code.toString(16)}`);
    assertEquals(isToken(`a${char}b`), TOKEN_CHARACTERS.includes(char), `U+${code.toString(16)}`);
  }
  assertEquals(isToken(""), false);
});

Deno.test("fields: a value has HTAB, SP, visible ASCII and bytes beyond it, and no other code unit", () => {
  for (let code = 0; code < 0x300; code++) {
    const allowed = code === 0x09 || (code >= 0x20 && code <= 0xff && code !== 0x7f);
    assertEquals(isFieldValue(String.fromCharCode(code)), allowed, `U+${code.toString(16)}`);
  }
  assertEquals([isFieldValue(""), isFieldValue("a\nb"), isFieldValue("a\u010ab")], [true, false, false]);
});

const TRIMMED: readonly (readonly [string, string])[] = [
  ["", ""],
  ["a", "a"],
  [" a", "a"],
  ["a\t", "a"],
  [" \t a \t b \t ", "a \t b"],
  [" ", ""],
  ["\t \t", ""],
  ["\na\r", "\na\r"],
  ["\xa0a\v", "\xa0a\v"],
];
for (const [text, trimmed] of TRIMMED) {
  Deno.test(`fields: ${JSON.stringify(text)} without the blanks around it`, () => {
    assertEquals(trimBlanks(text), trimmed);
    assertEquals(hasOuterBlanks(text), text !== trimmed);
  });
}

const LISTS: readonly (readonly [string, readonly string[]])[] = [
  ["", []],
  ["a", ["a"]],
  ["A, b", ["a", "b"]],
  [" ,\ta b\t,,c ,", ["a b", "c"]],
  ["a;q=1,b", ["a;q=1", "b"]],
];
for (const [value, members] of LISTS) {
  Deno.test(`fields: the members of ${JSON.stringify(value)}`, () =>
    assertEquals(listMembers(value), members));
}

const LENGTHS: readonly (readonly [string, number | undefined])[] = [
  ["0", 0],
  ["42", 42],
  ["0042", 42],
  ["999999999999999", 999_999_999_999_999],
  ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ["0000000000000000000042", 42],
  ["5, 5", 5],
  ["5,05\t, 5", 5],
  ["9007199254740992", undefined],
  ["", undefined],
  [" ", undefined],
  ["5,", undefined],
  [",5", undefined],
  ["5, 6", undefined],
  ["5, 5, 6", undefined],
  ["5 5", undefined],
  ["+5", undefined],
  ["-5", undefined],
  ["5.0", undefined],
  ["0x5", undefined],
  ["1e3", undefined],
  ["/", undefined],
  [":", undefined],
  ["\u0665", undefined],
];
for (const [value, length] of LENGTHS) {
  Deno.test(`fields: the length in ${JSON.stringify(value)}`, () =>
    assertEquals(parseContentLength(value), length));
}

const FUNCTIONS = { trimBlanks, listMembers, parseContentLength, isToken, isFieldValue, hasOuterBlanks };
const TEXTS: Readonly<Record<string, (size: number) => string>> = {
  "blanks inside": (size) => `1${" ".repeat(size)}1`,
  "blanks around": (size) => `${" ".repeat(size)}1${"\t".repeat(size)}`,
  "blanks alone": (size) => " ".repeat(size),
  "commas": (size) => `1${",1".repeat(size / 2)}`,
  "blanks and commas": (size) => " ,".repeat(size / 2),
  "one long word": (size) => "1".repeat(size),
};
for (const [name, work] of Object.entries(FUNCTIONS)) {
  for (const [what, text] of Object.entries(TEXTS)) {
    Deno.test(`cost: ${name}: ${what}`, () => assertLinearCpu(text, work, { from: 4000 }));
  }
}
