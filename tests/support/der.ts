/**
 * A DER writer: just enough of ITU-T X.690 to write certificates and keys for tests.
 *
 * Every function returns the finished encoding of one value, so that nesting in the code is nesting in the
 * output: `sequence(oid("1.2.3"), integer(1))`.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";

/** The universal tags that certificates use (X.680 §8.6), constructed bit included where it is always set. */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bit_string: 0x03,
  octet_string: 0x04,
  null: 0x05,
  object_identifier: 0x06,
  utf8_string: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utc_time: 0x17,
  generalized_time: 0x18,
} as const;

/** One value: its tag, the shortest form of its length, its content. */
export function value(tag: number, ...content: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return concat([Uint8Array.of(tag), encodeLength(length), ...content]);
}

/** SEQUENCE of the values given. */
export function sequence(...values: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return value(Tag.sequence, ...values);
}

/** SET of the values given, which the caller has in order. */
export function set(...values: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return value(Tag.set, ...values);
}

/** BOOLEAN; DER writes true as 0xff. */
export function boolean(truth: boolean): Uint8Array<ArrayBuffer> {
  return value(Tag.boolean, Uint8Array.of(truth ? 0xff : 0x00));
}

/** NULL. */
export function nothing(): Uint8Array<ArrayBuffer> {
  return value(Tag.null);
}

/** INTEGER from a small number, or from the big-endian bytes of an unsigned one. */
export function integer(number: number | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof number === "number" ? bigEndian(number) : number;
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const shortest = bytes.subarray(start);
  // The top bit is the sign; an unsigned number that has it set needs a zero in front.
  const sign = (shortest[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array();
  return value(Tag.integer, sign, shortest);
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Uint8Array<ArrayBuffer> {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return value(
    Tag.object_identifier,
    Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)),
  );
}

/** BIT STRING of whole bytes, or with the number of unused bits at the end. */
export function bitString(bytes: Uint8Array, unusedBits: number = 0): Uint8Array<ArrayBuffer> {
  return value(Tag.bit_string, Uint8Array.of(unusedBits), bytes);
}

/** OCTET STRING. */
export function octetString(...bytes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return value(Tag.octet_string, ...bytes);
}

/** UTF8String. */
export function utf8String(text: string): Uint8Array<ArrayBuffer> {
  return value(Tag.utf8_string, new TextEncoder().encode(text));
}

/** UTCTime to 2049, GeneralizedTime from 2050 on, as RFC 5280 §4.1.2.5 has it; whole seconds. */
export function time(date: Date): Uint8Array<ArrayBuffer> {
  const digits = date.toISOString().replace(/\.[0-9]+|[^0-9]/g, "") + "Z";
  return date.getUTCFullYear() < 2050
    ? value(Tag.utc_time, new TextEncoder().encode(digits.slice(2)))
    : value(Tag.generalized_time, new TextEncoder().encode(digits));
}

/** `[number]` around whole values (EXPLICIT), which are constructed. */
export function explicit(number: number, ...values: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return value(0xa0 | number, ...values);
}

/** `[number]` in place of a primitive type's own tag (IMPLICIT). */
export function implicit(number: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  return value(0x80 | number, content);
}

function encodeLength(length: number): Uint8Array<ArrayBuffer> {
  if (length < 0x80) return Uint8Array.of(length);
  const bytes = bigEndian(length);
  return concat([Uint8Array.of(0x80 | bytes.length), bytes]);
}

function bigEndian(number: number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (let rest = number; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  return Uint8Array.from(bytes);
}

/** Seven bits a byte, all but the last with the top bit set. */
function base128(number: number): number[] {
  const bytes = [number & 0x7f];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(0x80 | (rest & 0x7f));
  }
  return bytes;
}
