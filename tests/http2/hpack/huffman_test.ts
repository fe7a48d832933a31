/**
 * The Huffman code: its table against RFC 7541 Appendix B, coding at every offset, and codes that are refused.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { HpackError } from "../../../http2/hpack/error.ts";
import {
  decodeHuffman,
  encodeHuffman,
  huffmanCapacity,
  huffmanLength,
} from "../../../http2/hpack/huffman.ts";
import { EOS, HUFFMAN_CODES, HUFFMAN_LENGTHS } from "../../../http2/hpack/huffman_table.ts";
import { codeBits, hex, latin1, Random } from "./octets.ts";

/** Rows of RFC 7541 Appendix B, one at least for each length that occurs. */
const CODES = [
  { symbol: "0", code: 0x0, bits: 5 },
  { symbol: "t", code: 0x9, bits: 5 },
  { symbol: " ", code: 0x14, bits: 6 },
  { symbol: "u", code: 0x2d, bits: 6 },
  { symbol: ":", code: 0x5c, bits: 7 },
  { symbol: "z", code: 0x7b, bits: 7 },
  { symbol: "&", code: 0xf8, bits: 8 },
  { symbol: "Z", code: 0xfd, bits: 8 },
  { symbol: "!", code: 0x3f8, bits: 10 },
  { symbol: "?", code: 0x3fc, bits: 10 },
  { symbol: "'", code: 0x7fa, bits: 11 },
  { symbol: "|", code: 0x7fc, bits: 11 },
  { symbol: "#", code: 0xffa, bits: 12 },
  { symbol: ">", code: 0xffb, bits: 12 },
  { symbol: "\x00", code: 0x1ff8, bits: 13 },
  { symbol: "~", code: 0x1ffd, bits: 13 },
  { symbol: "^", code: 0x3ffc, bits: 14 },
  { symbol: "}", code: 0x3ffd, bits: 14 },
  { symbol: "<", code: 0x7ffc, bits: 15 },
  { symbol: "{", code: 0x7ffe, bits: 15 },
  { symbol: "\\", code: 0x7fff0, bits: 19 },
  { symbol: "\xd0", code: 0x7fff2, bits: 19 },
  { symbol: "\x80", code: 0xfffe6, bits: 20 },
  { symbol: "\xe2", code: 0xfffed, bits: 20 },
  { symbol: "\x99", code: 0x1fffdc, bits: 21 },
  { symbol: "\xe6", code: 0x1fffe8, bits: 21 },
  { symbol: "\x81", code: 0x3fffd2, bits: 22 },
  { symbol: "\xe9", code: 0x3fffeb, bits: 22 },
  { symbol: "\x01", code: 0x7fffd8, bits: 23 },
  { symbol: "\xef", code: 0x7ffff4, bits: 23 },
  { symbol: "\x09", code: 0xffffea, bits: 24 },
  { symbol: "\xed", code: 0xfffff5, bits: 24 },
  { symbol: "\xc7", code: 0x1ffffec, bits: 25 },
  { symbol: "\xeb", code: 0x1ffffef, bits: 25 },
  { symbol: "\xc0", code: 0x3ffffe0, bits: 26 },
  { symbol: "\xff", code: 0x3ffffee, bits: 26 },
  { symbol: "\xcb", code: 0x7ffffde, bits: 27 },
  { symbol: "\xfe", code: 0x7fffff0, bits: 27 },
  { symbol: "\x02", code: 0xfffffe2, bits: 28 },
  { symbol: "\xf9", code: 0xffffffe, bits: 28 },
  { symbol: "\x0a", code: 0x3ffffffc, bits: 30 },
  { symbol: "\x16", code: 0x3ffffffe, bits: 30 },
  { symbol: String.fromCharCode(EOS), code: 0x3fffffff, bits: 30 },
] as const;

Deno.test("Huffman code: the code of each length is that of RFC 7541 Appendix B", () => {
  for (const { symbol, code, bits } of CODES) {
    const at = symbol.charCodeAt(0);
    assertEquals([HUFFMAN_CODES[at], HUFFMAN_LENGTHS[at]], [code, bits], `symbol ${at}`);
  }
});

Deno.test("Huffman code: no code begins another, and together they leave no gap", () => {
  const codes = Array.from({ length: 257 }, (_, symbol) => codeBits(symbol)).sort();
  codes.forEach((code, i) => assert(!codes[i + 1]?.startsWith(code), code));
  assertEquals(codes.reduce((sum, code) => sum + 2 ** -code.length, 0), 1);
});

Deno.test("Huffman coding: every pair of symbols, at every offset within an octet", () => {
  // Digits of 5 bits before the pair move it along.
  for (let a = 0; a < 256; a++) {
    for (let b = 0; b < 256; b++) {
      const text = "0".repeat((a + b) % 8) + String.fromCharCode(a, b);
      const octets = encode(text);
      const bits = latin1(text).map(codeBits).join("");
      if (octets.length !== Math.ceil(bits.length / 8) || decode(octets) !== text) {
        throw new Error(`symbols ${a} and ${b} do not come back`);
      }
    }
  }
});

Deno.test("Huffman coding: strings of symbols of all lengths, mixed", () => {
  const random = new Random(1);
  for (let i = 0; i < 500; i++) {
    const text = random.text(100, random.pick([0x100, 0x80, 0x3a]));
    assertEquals(decode(encode(text)), text);
  }
});

Deno.test("Huffman decoding: what comes after the end of a string does not matter", () => {
  const random = new Random(2);
  for (let i = 0; i < 1_000; i++) {
    const text = random.text(6, random.pick([0x100, 0x80]));
    const length = huffmanLength(text);
    for (const after of [0x00, 0x1f, 0xff]) {
      const octets = new Uint8Array(length + 8).fill(after);
      encodeHuffman(text, octets, 0);
      const into = new Uint8Array(40);
      const decoded = decodeHuffman(octets, 0, length, into);
      assertEquals(String.fromCharCode(...into.subarray(0, decoded)), text);
    }
  }
});

Deno.test("Huffman coding: octets outside of the given range are neither read nor written", () => {
  const text = "www.example.com\xff";
  const into = new Uint8Array(40).fill(0xaa);
  const end = encodeHuffman(text, into, 10);
  assertEquals(end, 10 + huffmanLength(text));
  assert(into.subarray(0, 10).every((octet) => octet === 0xaa));
  assert(into.subarray(end).every((octet) => octet === 0xaa));

  const room = huffmanCapacity(end - 10) + 2;
  const decoded = new Uint8Array(room + 1).fill(0xbb);
  const length = decodeHuffman(into, 10, end, decoded);
  assertEquals(String.fromCharCode(...decoded.subarray(0, length)), text);
  assertEquals(decoded[room], 0xbb);
});

const BAD_END = "ends inside a code, or is not padded with fewer than eight ones";

/** `0x1f` is the code of "a" and three ones: a string that ends well. */
const REFUSED = [
  { name: "T-27: padding of eight ones is refused", wire: "1fff", error: BAD_END },
  { name: "T-27: padding of fifteen ones is refused", wire: "1fffff", error: BAD_END },
  { name: "T-27: one octet of padding alone is refused", wire: "ff", error: BAD_END },
  { name: "T-27: padding of zeros is refused", wire: "18", error: BAD_END },
  { name: "T-27: padding with its first bit zero is refused", wire: "1b", error: BAD_END },
  { name: "T-27: padding with its last bit zero is refused", wire: "1e", error: BAD_END },
  {
    name: "T-27: padding of seven bits, the last one zero, is refused",
    wire: "18c631fe",
    error: BAD_END,
  },
  { name: "T-27: EOS is refused", wire: "ffffffff", error: "contains EOS" },
  { name: "T-27: EOS after a symbol is refused", wire: "1fffffffff", error: "contains EOS" },
  { name: "T-27: EOS before a symbol is refused", wire: "fffffffc1f", error: "contains EOS" },
  { name: "T-27: a long code that is cut off is refused", wire: "fffffd", error: BAD_END },
  { name: "T-27: a code of ten bits that is cut off is refused", wire: "fe", error: BAD_END },
] as const;

for (const { name, wire, error } of REFUSED) {
  Deno.test(`Huffman decoding: ${name}`, () => {
    const refusal = assertThrows(() => decode(hex(wire)), HpackError, error);
    assertEquals(refusal.code, "COMPRESSION_ERROR");
  });
}

const ACCEPTED = [
  { name: "an empty string", wire: "", text: "" },
  { name: "padding of three ones", wire: "1f", text: "a" },
  { name: "padding of seven ones", wire: "18c631ff", text: "aaaaa" },
  { name: "no padding", wire: "f8", text: "&" },
  { name: "the longest code, padded", wire: "fffffff3", text: "\n" },
] as const;

for (const { name, wire, text } of ACCEPTED) {
  Deno.test(`Huffman decoding: ${name}`, () => assertEquals(decode(hex(wire)), text));
}

function encode(text: string): Uint8Array {
  const octets = new Uint8Array(huffmanLength(text));
  assertEquals(encodeHuffman(text, octets, 0), octets.length);
  return octets;
}

function decode(octets: Uint8Array): string {
  const into = new Uint8Array(huffmanCapacity(octets.length) + 2);
  const length = decodeHuffman(octets, 0, octets.length, into);
  return String.fromCharCode(...into.subarray(0, length));
}
