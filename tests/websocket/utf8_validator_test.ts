/** UTF-8 as it arrives: every kind of sequence at the ends of its ranges, and each judged as TextDecoder judges it. */

import { assertEquals } from "@std/assert";
import { Utf8Validator } from "../../websocket/utf8_validator.ts";

/** The bytes at the ends of the ranges of RFC 3629 §4, and beyond. */
const FIRST = [
  0x00,
  0x7f,
  0x80,
  0xbf,
  0xc0,
  0xc1,
  0xc2,
  0xdf,
  0xe0,
  0xe1,
  0xec,
  0xed,
  0xee,
  0xef,
  0xf0,
  0xf1,
  0xf3,
  0xf4,
  0xf5,
  0xff,
];
const NEXT = [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0];

/** Whether all of these bytes are UTF-8. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Whether the validator takes all of these pieces as one text. */
function takes(...pieces: readonly Uint8Array[]): boolean {
  const validator = new Utf8Validator();
  return pieces.every((piece) => validator.push(piece));
}

for (const first of FIRST) {
  Deno.test(`Utf8Validator: sequences that begin with 0x${first.toString(16)}, cut anywhere`, () => {
    for (const second of NEXT) {
      for (const third of NEXT) {
        for (const fourth of NEXT) {
          for (let length = 1; length <= 4; length++) {
            // With a character behind it whose bytes have the widest range.
            const bytes = Uint8Array.of(...[first, second, third, fourth].slice(0, length), 0xe1, 0x80, 0xbf);
            const expected = isUtf8(bytes);
            assertEquals(takes(bytes), expected, String(bytes));
            for (let at = 1; at < bytes.length; at++) {
              assertEquals(takes(bytes.subarray(0, at), bytes.subarray(at)), expected, `${bytes} at ${at}`);
            }
          }
        }
      }
    }
  });
}

Deno.test("Utf8Validator: a byte that begins nothing is found anywhere in a long text, wherever that lies in memory", () => {
  for (let start = 0; start < 4; start++) {
    const bytes = new Uint8Array(start + 140).subarray(start).fill(0x61);
    assertEquals(takes(bytes), true);
    for (let at = 0; at < bytes.length; at++) {
      bytes[at] = 0xff;
      assertEquals(takes(bytes), false, `${start} + ${at}`);
      bytes[at] = 0x61;
    }
  }
});

Deno.test("Utf8Validator: a long text beyond ASCII goes on in a long piece", () => {
  const bytes = new TextEncoder().encode(`${"a".repeat(150)}€${"b".repeat(150)}`);
  for (let at = 0; at < bytes.length; at++) {
    assertEquals(takes(bytes.subarray(0, at), bytes.subarray(at)), true);
  }
  assertEquals(takes(bytes.subarray(0, 151), bytes.subarray(153)), false);
});
