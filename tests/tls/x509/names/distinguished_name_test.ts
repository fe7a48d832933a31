/** Distinguished names as text, and in the form in which names that look alike are equal. */

import { assertEquals, assertThrows } from "@std/assert";
import { DerError } from "../../../../tls/der/der.ts";
import {
  escapeText,
  foldName,
  formatName,
  readName,
  readText,
  sameName,
} from "../../../../tls/x509/names/distinguished_name.ts";
import { integer, sequence, set, utf8String, value } from "../../../support/der.ts";
import { attribute, hex, nameOf, octets } from "../certificate_parts.ts";

const BMP = 0x1e;
const UNIVERSAL = 0x1c;
const TELETEX = 0x14;
const PRINTABLE = 0x13;
const IA5 = 0x16;

function named(type: string, content: Uint8Array): Uint8Array {
  return sequence(set(attribute(type, content)));
}

const FORMATTED: { name: string; der: Uint8Array; text: string }[] = [
  { name: "the empty name", der: sequence(), text: "" },
  { name: "a common name", der: nameOf("example.com"), text: "CN=example.com" },
  {
    name: "the last part first",
    der: sequence(
      set(attribute("2.5.4.6", value(PRINTABLE, octets("US")))),
      set(attribute("2.5.4.10", utf8String("Example, Inc."))),
      set(attribute("2.5.4.3", utf8String("example.com"))),
    ),
    text: "CN=example.com,O=Example\\, Inc.,C=US",
  },
  {
    name: "two attributes of one part",
    der: sequence(set(attribute("2.5.4.3", utf8String("a")), attribute("2.5.4.11", utf8String("b")))),
    text: "CN=a+OU=b",
  },
  { name: "characters that have a meaning", der: nameOf('",+;<>\\='), text: 'CN=\\"\\,\\+\\;\\<\\>\\\\=' },
  { name: "spaces at the ends", der: nameOf("  a b  "), text: "CN=\\  a b \\ " },
  { name: "a space alone", der: nameOf(" "), text: "CN=\\ " },
  { name: "a number sign at the beginning", der: nameOf("#a#"), text: "CN=\\#a#" },
  { name: "no text", der: nameOf(""), text: "CN=" },
  { name: "letters beyond ASCII", der: nameOf("Bücher 書"), text: "CN=Bücher 書" },
  { name: "a line end", der: nameOf("a\nERROR b\r"), text: "CN=a\\0AERROR b\\0D" },
  { name: "a NUL", der: nameOf("a\0b"), text: "CN=a\\00b" },
  { name: "the escape of a terminal", der: nameOf("\x1b[31m"), text: "CN=\\1B[31m" },
  { name: "a control of the second half", der: nameOf("\x9b31m"), text: "CN=\\C2\\9B31m" },
  {
    name: "text turned around",
    der: nameOf("\u202emoc.elpmaxe\u2066"),
    text: "CN=\\E2\\80\\AEmoc.elpmaxe\\E2\\81\\A6",
  },
  {
    name: "spaces that are not one",
    der: nameOf("a\u00a0b\u2028c\u200bd\ufeff"),
    text: "CN=a\\C2\\A0b\\E2\\80\\A8c\\E2\\80\\8Bd\\EF\\BB\\BF",
  },
  {
    name: "letters that are not drawn",
    der: nameOf("a\u3164b\u115f"),
    text: "CN=a\\E3\\85\\A4b\\E1\\85\\9F",
  },
  {
    name: "characters of private use",
    der: nameOf("\ue000\u{10fffd}"),
    text: "CN=\\EE\\80\\80\\F4\\8F\\BF\\BD",
  },
  { name: "a character above the first plane", der: nameOf("😜"), text: "CN=😜" },
  { name: "BMPString", der: named("2.5.4.3", value(BMP, hex("0041 66f8"))), text: "CN=A書" },
  {
    name: "half a character of BMPString",
    der: named("2.5.4.3", value(BMP, hex("004166"))),
    text: "CN=#1e03004166",
  },
  { name: "half a surrogate pair", der: named("2.5.4.3", value(BMP, hex("d83d"))), text: "CN=#1e02d83d" },
  { name: "UniversalString", der: named("2.5.4.3", value(UNIVERSAL, hex("0001f61c"))), text: "CN=😜" },
  {
    name: "UniversalString beyond Unicode",
    der: named("2.5.4.3", value(UNIVERSAL, hex("ffffffff"))),
    text: "CN=#1c04ffffffff",
  },
  { name: "TeletexString as Latin-1", der: named("2.5.4.10", value(TELETEX, hex("42fc"))), text: "O=Bü" },
  {
    name: "IA5String",
    der: named("1.2.840.113549.1.9.1", value(IA5, octets("a@b"))),
    text: "emailAddress=a@b",
  },
  { name: "IA5String beyond ASCII", der: named("2.5.4.3", value(IA5, hex("fc"))), text: "CN=#1601fc" },
  { name: "UTF8String that is none", der: named("2.5.4.3", value(0x0c, hex("c328"))), text: "CN=#0c02c328" },
  { name: "a value that is no text", der: named("2.5.4.3", integer(5)), text: "CN=#020105" },
  { name: "an attribute that is not known", der: named("1.2.3", utf8String("a")), text: "1.2.3=#0c0161" },
  { name: "what is no name", der: integer(5), text: "#020105" },
  { name: "nothing", der: new Uint8Array(), text: "#" },
  { name: "a part of no attribute", der: sequence(set()), text: "#30023100" },
  { name: "a name that goes on", der: hex("3000 00"), text: "#300000" },
];

for (const { name, der, text } of FORMATTED) {
  Deno.test(`formatName writes ${name}`, () => {
    assertEquals(formatName(der), text);
    // Never throws, and always one line of what can be seen.
    for (let length = 0; length < der.length; length++) {
      assertEquals(/[\p{C}\n]/u.test(formatName(der.subarray(0, length))), false);
    }
  });
}

Deno.test("sameName compares octets", () => {
  assertEquals(sameName(nameOf("a"), nameOf("a")), true);
  assertEquals(sameName(nameOf("a"), nameOf("A")), false);
  assertEquals(sameName(named("2.5.4.3", value(PRINTABLE, octets("a"))), nameOf("a")), false);
});

Deno.test("foldName removes differences of case, width, spaces and string type", () => {
  const folded = foldName(nameOf("Example Name"));
  assertEquals(foldName(nameOf("  EXAMPLE \t name ")), folded);
  assertEquals(foldName(named("2.5.4.3", value(PRINTABLE, octets("example name")))), folded);
  assertEquals(
    foldName(
      named("2.5.4.3", value(BMP, hex("ff25 0078 0061 006d 0070 006c 0065 0020 006e 0061 006d 0065"))),
    ),
    folded,
  );
  assertEquals(
    foldName(sequence(set(attribute("2.5.4.3", utf8String("a")), attribute("2.5.4.4", utf8String("b"))))),
    foldName(sequence(set(attribute("2.5.4.4", utf8String("B")), attribute("2.5.4.3", utf8String("A"))))),
  );
});

Deno.test("readName refuses a malformed name", () => {
  for (
    const der of [
      set(),
      sequence(sequence()),
      sequence(set(sequence())),
      sequence(set(attribute("1.2", hex("")))),
    ]
  ) {
    assertThrows(() => readName(der), DerError);
  }
});

Deno.test("readText returns no text for a value that is not of a string type", () => {
  assertEquals(readText(integer(1)), undefined);
  assertEquals(readText(utf8String("\ufeffa")), "\ufeffa");
});

Deno.test("escapeText escapes quotation marks and invisible characters", () => {
  assertEquals(escapeText('a"b\\c\nd e'), 'a\\"b\\\\c\\0Ad e');
});
