/** The DER writer of the tests, against values written out by hand. */

import { assertEquals } from "@std/assert";
import { decodeHex, encodeHex } from "@std/encoding/hex";
import * as der from "./der.ts";

const ROWS = [
  { name: "NULL", value: der.nothing(), hex: "0500" },
  { name: "BOOLEAN true", value: der.boolean(true), hex: "0101ff" },
  { name: "BOOLEAN false", value: der.boolean(false), hex: "010100" },
  { name: "INTEGER 0", value: der.integer(0), hex: "020100" },
  { name: "INTEGER 127, without a sign byte", value: der.integer(127), hex: "02017f" },
  { name: "INTEGER 128, with a sign byte", value: der.integer(128), hex: "02020080" },
  { name: "INTEGER 65536", value: der.integer(65536), hex: "0203010000" },
  { name: "INTEGER of bytes with zeros in front", value: der.integer(decodeHex("000001")), hex: "020101" },
  { name: "INTEGER of bytes with the top bit", value: der.integer(decodeHex("0080")), hex: "02020080" },
  { name: "INTEGER of zeros", value: der.integer(decodeHex("0000")), hex: "020100" },
  { name: "OBJECT IDENTIFIER of small arcs", value: der.oid("2.5.29.17"), hex: "0603551d11" },
  {
    name: "OBJECT IDENTIFIER of long arcs",
    value: der.oid("1.2.840.113549.1.1.11"),
    hex: "06092a864886f70d01010b",
  },
  { name: "OCTET STRING", value: der.octetString(decodeHex("0102"), decodeHex("03")), hex: "0403010203" },
  { name: "BIT STRING", value: der.bitString(decodeHex("06"), 1), hex: "03020106" },
  { name: "UTF8String", value: der.utf8String("é"), hex: "0c02c3a9" },
  { name: "an empty SEQUENCE", value: der.sequence(), hex: "3000" },
  { name: "a SEQUENCE in a SET", value: der.set(der.sequence(der.nothing())), hex: "310430020500" },
  { name: "[0] EXPLICIT", value: der.explicit(0, der.integer(2)), hex: "a003020102" },
  { name: "[2] IMPLICIT", value: der.implicit(2, decodeHex("61")), hex: "820161" },
  {
    name: "UTCTime",
    value: der.time(new Date("2049-12-31T23:59:59.999Z")),
    hex: "170d3439313233313233353935395a",
  },
  {
    name: "GeneralizedTime from 2050 on",
    value: der.time(new Date("2050-01-01T00:00:00Z")),
    hex: "180f32303530303130313030303030305a",
  },
] as const;

for (const { name, value, hex } of ROWS) {
  Deno.test(`the DER writer writes ${name}`, () => assertEquals(encodeHex(value), hex));
}

const LENGTHS = [[127, "047f"], [128, "048180"], [255, "0481ff"], [256, "04820100"], [
  65536,
  "0483010000",
]] as const;
for (const [length, head] of LENGTHS) {
  Deno.test(`the DER writer writes a length of ${length} in its shortest form`, () => {
    const value = der.octetString(new Uint8Array(length));
    assertEquals(encodeHex(value.subarray(0, head.length / 2)), head);
    assertEquals(value.length, length + head.length / 2);
  });
}
