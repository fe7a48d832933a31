/** UTCTime and GeneralizedTime: every form that certificates may have, and others. */

import { assertEquals, assertThrows } from "@std/assert";
import { DerError, DerReader } from "../../../tls/der/der.ts";
import { readTime, TimeError } from "../../../tls/x509/time.ts";
import { integer } from "../../support/der.ts";
import { generalizedTime, utcTime } from "./certificate_parts.ts";

const READ: [string, Uint8Array, string][] = [
  ["UTCTime", utcTime("240229235959Z"), "2024-02-29T23:59:59.000Z"],
  ["the last year of UTCTime", utcTime("491231235959Z"), "2049-12-31T23:59:59.000Z"],
  ["the first year of UTCTime", utcTime("500101000000Z"), "1950-01-01T00:00:00.000Z"],
  ["GeneralizedTime", generalizedTime("20500101000000Z"), "2050-01-01T00:00:00.000Z"],
  ["GeneralizedTime where UTCTime would do", generalizedTime("20240102030405Z"), "2024-01-02T03:04:05.000Z"],
  ["the end of time", generalizedTime("99991231235959Z"), "9999-12-31T23:59:59.000Z"],
  ["29 February 2000", generalizedTime("20000229000000Z"), "2000-02-29T00:00:00.000Z"],
];

for (const [name, der, time] of READ) {
  Deno.test(`readTime reads ${name}, and refuses it cut off anywhere`, () => {
    assertEquals(readTime(new DerReader(der)).toISOString(), time);
    for (let length = 0; length < der.length; length++) {
      assertThrows(() => readTime(new DerReader(der.subarray(0, length))), DerError);
    }
  });
}

const REFUSED: [string, Uint8Array][] = [
  ["no seconds", utcTime("2402292359Z")],
  ["an offset", utcTime("240229235959+0000")],
  ["an offset in place of the Z", utcTime("240229235959+")],
  ["no Z", utcTime("240229235959")],
  ["fractions of a second", generalizedTime("20240229235959.5Z")],
  ["local time", generalizedTime("20240229235959")],
  ["four digits of year in UTCTime", utcTime("20240229235959Z")],
  ["two digits of year in GeneralizedTime", generalizedTime("240229235959Z")],
  ["month 0", utcTime("240029000000Z")],
  ["month 13", utcTime("241301000000Z")],
  ["day 0", utcTime("240100000000Z")],
  ["31 April", utcTime("240431000000Z")],
  ["32 January", utcTime("240132000000Z")],
  ["29 February 2023", utcTime("230229000000Z")],
  ["29 February 2100", generalizedTime("21000229000000Z")],
  ["hour 24", utcTime("240101240000Z")],
  ["minute 60", utcTime("240101006000Z")],
  ["a leap second", utcTime("161231235960Z")],
  ["a year before 1950", generalizedTime("19491231235959Z")],
  ["year 0", generalizedTime("00000101000000Z")],
  ["a sign", utcTime("-40101000000Z")],
  ["a space", utcTime("24 101000000Z")],
  ["a small z", utcTime("240101000000z")],
  ["nothing", utcTime("")],
];

for (const [name, der] of REFUSED) {
  Deno.test(`readTime refuses a time with ${name}`, () => {
    assertThrows(() => readTime(new DerReader(der)), TimeError, "Cannot read");
  });
}

Deno.test("readTime refuses a value of another type", () => {
  assertThrows(() => readTime(new DerReader(integer(1))), DerError, "neither UTCTime nor GeneralizedTime");
});
