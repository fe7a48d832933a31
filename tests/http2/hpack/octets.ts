/**
 * What the HPACK tests share: octets by hand, written without the code under test, and reproducible chance.
 *
 * @module
 */

import { decodeHex } from "@std/encoding";
import type { Field } from "../../../http/fields.ts";
import { HUFFMAN_CODES, HUFFMAN_LENGTHS } from "../../../http2/hpack/huffman_table.ts";

/** A limit that no test list meets by accident. */
export const ROOMY: number = 1 << 20;

/** The octets that `text` gives in hexadecimal, white space aside. */
export function hex(text: string): Uint8Array {
  return decodeHex(text.replace(/\s+/g, ""));
}

/** All of `parts` in one array: arrays as they are, numbers as single octets. */
export function octets(...parts: (number | Iterable<number>)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => typeof part === "number" ? [part] : [...part]));
}

/** An integer as RFC 7541 §5.1 writes it in pseudocode. */
export function integer(flags: number, prefix: number, value: number): number[] {
  if (value < prefix) return [flags | value];
  const octets = [flags | prefix];
  let rest = value - prefix;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push(rest % 128 + 128);
  return [...octets, rest];
}

/** A string literal that is not Huffman-coded. */
export function plain(text: string): number[] {
  return [...integer(0, 0x7f, text.length), ...latin1(text)];
}

/** A string literal that is Huffman-coded, with `padding` in place of the ones that fill the last octet. */
export function huffman(text: string, padding?: string): number[] {
  const bits = latin1(text).map(codeBits).join("");
  return coded(bits + (padding ?? "1".repeat((8 - bits.length % 8) % 8)));
}

/** A string literal of Huffman code, bit by bit. */
export function coded(bits: string): number[] {
  const octets = (bits.match(/.{8}/g) ?? []).map((octet) => parseInt(octet, 2));
  return [...integer(0x80, 0x7f, octets.length), ...octets];
}

/** The code of a symbol as bits. */
export function codeBits(symbol: number): string {
  return (HUFFMAN_CODES[symbol] ?? 0).toString(2).padStart(HUFFMAN_LENGTHS[symbol] ?? 0, "0");
}

/** The code units of a binary string. */
export function latin1(text: string): number[] {
  return Array.from(text, (char) => char.charCodeAt(0));
}

/** The size of a list (RFC 9113 §6.5.2). */
export function listSize(fields: Iterable<Field>): number {
  let size = 0;
  for (const [name, value] of fields) size += name.length + value.length + 32;
  return size;
}

/** Numbers that look random and are the same for the same seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 up to, not including, `bound`. */
  below(bound: number): number {
    // A counter, and a hash of it that mixes every bit into every other.
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ mixed >>> 16, 0x21f0aaad);
    mixed = Math.imul(mixed ^ mixed >>> 15, 0x735a2d97);
    return ((mixed ^ mixed >>> 15) >>> 0) % bound;
  }

  /** One of `choices`. */
  pick<T>(choices: readonly T[]): T {
    const chosen = choices[this.below(choices.length)];
    if (chosen === undefined) throw new RangeError("Cannot pick: there is nothing to choose from");
    return chosen;
  }

  /** Up to `most` code units, all below `above`. */
  text(most: number, above = 0x100): string {
    return String.fromCharCode(...Array.from({ length: this.below(most + 1) }, () => this.below(above)));
  }
}

const NAMES = [
  ":method",
  ":path",
  ":status",
  "accept",
  "cookie",
  "set-cookie",
  "etag",
  "date",
  "x-a",
  "x-bb",
  "",
];
const VALUES = [
  "",
  "GET",
  "/",
  "200",
  "gzip, deflate",
  "no-cache",
  "a=1",
  "x".repeat(60),
  'W/"{tag}"',
  "\xff\x00",
];

/** A list of fields in which some repeat, some share names, and some are only noise. */
export function randomFields(random: Random): Field[] {
  return Array.from({ length: random.below(12) }, (): Field => [
    random.below(5) > 0 ? random.pick(NAMES) : random.text(20),
    random.below(3) > 0 ? random.pick(VALUES) : random.text(random.below(20) > 0 ? 40 : 600),
  ]);
}
