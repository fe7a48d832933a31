/**
 * Writes the DER (ITU-T X.690 §8, §10) of keys and signatures.
 *
 * Every function returns the whole encoding of one value, so that nesting in the code is nesting in the output.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { DerTag } from "./der.ts";

/**
 * One value: its tag, the shortest form of its length, its content.
 *
 * @throws {RangeError} when the content has more than 65535 bytes, which no key has.
 */
export function derValue(tag: number, ...content: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of content) length += part.length;
  return concat([header(tag, length), ...content]);
}

function header(tag: number, length: number): Uint8Array<ArrayBuffer> {
  if (length < 0x80) return Uint8Array.of(tag, length);
  if (length < 0x100) return Uint8Array.of(tag, 0x81, length);
  if (length < 0x10000) return Uint8Array.of(tag, 0x82, length >> 8, length);
  throw new RangeError(`Cannot write DER: a value of ${length} bytes is too long`);
}

/** SEQUENCE of the values given. */
export function derSequence(...values: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return derValue(DerTag.SEQUENCE, ...values);
}

/** INTEGER from the big-endian bytes of an unsigned number, with leading zeros or without. */
export function derInteger(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const shortest = withoutZeros(bytes);
  // The top bit is the sign, and zero has one byte.
  return (shortest[0] ?? 0x80) >= 0x80
    ? derValue(DerTag.INTEGER, Uint8Array.of(0), shortest)
    : derValue(DerTag.INTEGER, shortest);
}

/** BIT STRING of whole bytes. */
export function derBitString(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return derValue(DerTag.BIT_STRING, Uint8Array.of(0), bytes);
}

/** OCTET STRING. */
export function derOctetString(...bytes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return derValue(DerTag.OCTET_STRING, ...bytes);
}

/** A view of an unsigned number without the zeros that it begins with; zero is empty. */
export function withoutZeros(number: Uint8Array): Uint8Array {
  let start = 0;
  while (start < number.length && number[start] === 0) start++;
  return number.subarray(start);
}
