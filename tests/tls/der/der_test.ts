/** Every type that the DER reader knows: read, refused, and cut off at every byte. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { DerError, DerReader, DerTag } from "../../../tls/der/der.ts";
import { hex } from "../x509/certificate_parts.ts";

type Read = (reader: DerReader) => unknown;

const integer: Read = (reader) => [...reader.integer()];
const small: Read = (reader) => reader.smallInteger();
const oid: Read = (reader) => reader.oid();
const bits: Read = (reader) => [...reader.bitString()];
const named: Read = (reader) => reader.namedBits();
const boolean: Read = (reader) => reader.boolean();
const nothing: Read = (reader) => reader.null();
const octetString: Read = (reader) => [...reader.octetString()];
const sequence: Read = (reader) => reader.read(DerTag.SEQUENCE).left;
const any: Read = (reader) => [...reader.element()];

const READ: { name: string; der: string; read: Read; is: unknown }[] = [
  { name: "an INTEGER of one octet", der: "02 01 05", read: integer, is: [5] },
  { name: "an INTEGER of zero", der: "02 01 00", read: integer, is: [0] },
  {
    name: "an INTEGER with the zero that keeps it positive",
    der: "02 02 00 80",
    read: integer,
    is: [0, 0x80],
  },
  { name: "a small INTEGER", der: "02 02 01 00", read: small, is: 256 },
  { name: "the largest small INTEGER", der: "02 04 7f ff ff ff", read: small, is: 0x7fffffff },
  { name: "an OBJECT IDENTIFIER", der: "06 06 2a 86 48 86 f7 0d", read: oid, is: "1.2.840.113549" },
  { name: "an OBJECT IDENTIFIER of the first arc 0", der: "06 01 27", read: oid, is: "0.39" },
  { name: "an OBJECT IDENTIFIER of the first arc 1", der: "06 01 28", read: oid, is: "1.0" },
  {
    name: "an arc that is one more than a number can count",
    der: "06 09 2a 90 80 80 80 80 80 80 01",
    read: oid,
    is: "1.2.9007199254740993",
  },
  { name: "an OBJECT IDENTIFIER whose second arc is large", der: "06 03 88 37 03", read: oid, is: "2.999.3" },
  {
    name: "an OBJECT IDENTIFIER made from a UUID",
    der: "06 14 69 83" + "ff".repeat(17) + "7f",
    read: oid,
    is: `2.25.${(1n << 128n) - 1n}`,
  },
  {
    name: "an arc of more than 53 bits, to the last digit",
    der: "06 0a 2a 81 ff ff ff ff ff ff ff 7f",
    read: oid,
    is: `1.2.${(1n << 57n) - 1n}`,
  },
  { name: "a BIT STRING", der: "03 03 00 01 02", read: bits, is: [1, 2] },
  { name: "an empty BIT STRING", der: "03 01 00", read: bits, is: [] },
  { name: "named bits", der: "03 02 05 a0", read: named, is: 0b101 },
  {
    name: "named bits that reach into the second octet",
    der: "03 03 07 06 80",
    read: named,
    is: 0b101100000,
  },
  { name: "named bits with zeros that might be left out", der: "03 02 00 80", read: named, is: 1 },
  { name: "no named bits", der: "03 01 00", read: named, is: 0 },
  { name: "TRUE", der: "01 01 ff", read: boolean, is: true },
  { name: "FALSE", der: "01 01 00", read: boolean, is: false },
  { name: "NULL", der: "05 00", read: nothing, is: undefined },
  { name: "an OCTET STRING", der: "04 02 00 ff", read: octetString, is: [0, 0xff] },
  { name: "an empty SEQUENCE", der: "30 00", read: sequence, is: 0 },
  { name: "a length of 127 in its short form", der: "30 7f" + "00".repeat(127), read: sequence, is: 127 },
  { name: "a length of 128 in its long form", der: "30 81 80" + "00".repeat(128), read: sequence, is: 128 },
  { name: "a length of 256 in two octets", der: "30 82 01 00" + "00".repeat(256), read: sequence, is: 256 },
  {
    name: "a length of 65536 in three",
    der: "30 83 01 00 00" + "00".repeat(65536),
    read: sequence,
    is: 65536,
  },
  { name: "a value of any tag", der: "9a 01 07", read: any, is: [0x9a, 1, 7] },
];

for (const { name, der, read, is } of READ) {
  Deno.test(`DerReader reads ${name}, and refuses it cut off anywhere`, () => {
    const bytes = hex(der);
    const reader = new DerReader(bytes);
    assertEquals(read(reader), is);
    assertEquals(reader.left, 0);
    reader.end("it");
    // A large value is cut at its ends alone.
    for (let length = 0; length < bytes.length; length += length < 300 ? 1 : 7919) {
      assertThrows(() => read(new DerReader(bytes.subarray(0, length))), DerError);
      // A reader does not see past its own end, whatever follows.
      assertThrows(() => read(new DerReader(bytes, 0, length)), DerError);
    }
  });
}

const REFUSED: { name: string; der: string; read: Read; reason: string }[] = [
  {
    name: "another tag",
    der: "04 01 05",
    read: integer,
    reason: "INTEGER is expected at byte 0, not OCTET STRING",
  },
  { name: "a tag of two octets", der: "1f 81 01 00", read: any, reason: "more than one octet" },
  { name: "an indefinite length", der: "30 80 00 00", read: sequence, reason: "indefinite" },
  { name: "a length of five octets", der: "30 85 00 00 00 00 00", read: sequence, reason: "too large" },
  { name: "a length of 127 octets", der: "30 ff 00", read: sequence, reason: "too large" },
  {
    name: "a short length in its long form",
    der: "30 81 01 00",
    read: sequence,
    reason: "longer than it need be",
  },
  {
    name: "a length with a zero in front",
    der: "30 82 00 80",
    read: sequence,
    reason: "longer than it need be",
  },
  {
    name: "four gigabytes that are not there",
    der: "30 84 ff ff ff ff 00",
    read: sequence,
    reason: "of which 1 are",
  },
  { name: "an INTEGER of no octets", der: "02 00", read: integer, reason: "empty" },
  { name: "a negative INTEGER", der: "02 01 80", read: integer, reason: "negative" },
  {
    name: "an INTEGER with a zero too many",
    der: "02 02 00 7f",
    read: integer,
    reason: "longer than it need be",
  },
  { name: "a small INTEGER of five octets", der: "02 05 01 00 00 00 00", read: small, reason: "too large" },
  { name: "an OBJECT IDENTIFIER of no octets", der: "06 00", read: oid, reason: "empty" },
  { name: "an arc with a zero in front", der: "06 02 80 01", read: oid, reason: "longer than it need be" },
  { name: "an arc that does not end", der: "06 02 2a 86", read: oid, reason: "ends within an arc" },
  {
    name: "an OBJECT IDENTIFIER of 129 octets",
    der: "06 81 81" + "01".repeat(129),
    read: oid,
    reason: "too long",
  },
  { name: "a BIT STRING of no octets", der: "03 00", read: bits, reason: "whole octets" },
  { name: "a BIT STRING of half an octet", der: "03 02 04 f0", read: bits, reason: "whole octets" },
  { name: "named bits of no octets", der: "03 00", read: named, reason: "malformed" },
  { name: "named bits of which eight are unused", der: "03 02 08 80", read: named, reason: "malformed" },
  { name: "no named bits of which one is unused", der: "03 01 01", read: named, reason: "malformed" },
  { name: "a named bit that is unused", der: "03 02 01 01", read: named, reason: "unused" },
  { name: "more than 32 named bits", der: "03 06 00 01 01 01 01 01", read: named, reason: "malformed" },
  { name: "a BOOLEAN of 1", der: "01 01 01", read: boolean, reason: "neither 0x00 nor 0xff" },
  { name: "a BOOLEAN of two octets", der: "01 02 ff ff", read: boolean, reason: "neither 0x00 nor 0xff" },
  { name: "a NULL that is something", der: "05 01 00", read: nothing, reason: "not empty" },
];

for (const { name, der, read, reason } of REFUSED) {
  Deno.test(`DerReader refuses ${name}`, () => {
    const error = assertThrows(() => read(new DerReader(hex(der))), DerError);
    assertStringIncludes(error.message, reason);
    assert(error.message.startsWith("Cannot read DER: "));
  });
}

Deno.test("DerReader refuses bytes that are left over, by number", () => {
  const reader = new DerReader(hex("02 01 05 05 00"));
  reader.skip();
  assertThrows(() => reader.end("the thing"), DerError, "the thing has 2 bytes too many");
});

Deno.test("DerReader reads an optional value where there is one", () => {
  const reader = new DerReader(hex("30 08 80 01 07 a1 03 02 01 05")).read(DerTag.SEQUENCE);
  assertEquals(reader.optional(0x81), undefined);
  assertEquals(reader.peekTag(), 0x80);
  assertEquals(reader.content(0x80), hex("07"));
  assertEquals(reader.optional(0xa1)?.smallInteger(), 5);
  assertEquals(reader.peekTag(), undefined);
  assertEquals(reader.optional(0xa1), undefined);
  assertEquals(reader.rest(), new Uint8Array());
});

Deno.test("DerReader returns views, not copies", () => {
  const bytes = hex("30 03 02 01 05");
  assertEquals(new DerReader(bytes).element(DerTag.SEQUENCE).buffer, bytes.buffer);
  assertEquals(new DerReader(bytes).content(DerTag.SEQUENCE).buffer, bytes.buffer);
  assertEquals(new DerReader(bytes).rest().buffer, bytes.buffer);
});
