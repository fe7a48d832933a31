/** DEFLATE: blocks written bit by bit, sound and malformed, each cut short anywhere; and what zlib writes. */

import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { constants, deflateRawSync } from "node:zlib";
import { Inflater } from "../../websocket/inflate.ts";

const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);
const MAX_BYTES = 100_000;

/** Writes bits as RFC 1951 §3.1.1 packs them. */
class Bits {
  readonly #bytes: number[] = [];
  #count = 0;

  /** A number, the lowest bit first. */
  put(value: number, count: number): this {
    for (let i = 0; i < count; i++) {
      if (this.#count % 8 === 0) this.#bytes.push(0);
      const last = this.#bytes.length - 1;
      this.#bytes[last] = (this.#bytes[last] ?? 0) | (((value >>> i) & 1) << (this.#count++ % 8));
    }
    return this;
  }

  /** A code, the highest bit first. */
  code([code, length]: Code): this {
    for (let i = length - 1; i >= 0; i--) this.put((code >>> i) & 1, 1);
    return this;
  }

  /** The block's end, and the header of the empty block behind it. */
  end(): Uint8Array<ArrayBuffer> {
    this.put(0, 3);
    return Uint8Array.from(this.#bytes);
  }
}

type Code = readonly [code: number, length: number];

/** The codes of symbols with these lengths (RFC 1951 §3.2.2). */
function codesOf(lengths: readonly number[]): (symbol: number) => Code {
  const codes = new Map<number, Code>();
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    for (const [symbol, own] of lengths.entries()) if (own === length) codes.set(symbol, [code++, length]);
    code <<= 1;
  }
  return (symbol) => codes.get(symbol) ?? [0, 1];
}

/** A code of the code lengths in which each of the 19 symbols has one. */
const LENGTH_LENGTHS = [...Array(13).fill(4), ...Array(6).fill(5)];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The head of a dynamic block with these code lengths, or symbols with bits behind them. */
function dynamic(
  literalCount: number,
  distanceCount: number,
  symbols: readonly (number | readonly [symbol: number, value: number, bits: number])[],
): Bits {
  const bits = new Bits().put(0b100, 3).put(literalCount - 257, 5).put(distanceCount - 1, 5).put(15, 4);
  for (const symbol of ORDER) bits.put(LENGTH_LENGTHS[symbol] ?? 0, 3);
  const codes = codesOf(LENGTH_LENGTHS);
  for (const each of symbols) {
    const [symbol, value, count] = typeof each === "number" ? [each, 0, 0] : each;
    bits.code(codes(symbol)).put(value, count);
  }
  return bits;
}

/** Code lengths of literals and lengths, zeros but for these. */
function lengthsOf(count: number, some: Readonly<Record<number, number>>): number[] {
  return Array.from({ length: count }, (_, symbol) => some[symbol] ?? 0);
}

const A = 0x61;
const END = 256;
const SOME = lengthsOf(258, { [A]: 1, [END]: 2, 257: 2 });
const FIXED = codesOf([
  ...Array(144).fill(8),
  ...Array(112).fill(9),
  ...Array(24).fill(7),
  ...Array(8).fill(8),
]);
const FIXED_DISTANCE = codesOf(Array(32).fill(5));

function fixed(): Bits {
  return new Bits().put(0b010, 3);
}

function stored(length: number, complement: number, content: string): Uint8Array {
  const head = new Bits().put(0, 3).end();
  return concat([
    head.subarray(0, 1),
    new Uint8Array(new Uint16Array([length, complement]).buffer),
    new TextEncoder().encode(content),
  ]);
}

/** Code lengths from 1 to 15 bits, so that codes are longer than any table. */
const CHAIN = lengthsOf(257, {
  ...Object.fromEntries(Array.from({ length: 15 }, (_, i) => [A + i, i + 1])),
  [END]: 15,
});

const SOUND: readonly (readonly [name: string, message: Uint8Array, text: string])[] = [
  [
    "a literal and a copy of it",
    dynamic(258, 1, [...SOME, 1]).code(codesOf(SOME)(A)).code(codesOf(SOME)(257)).put(0, 1)
      .code(codesOf(SOME)(END)).end(),
    "aaaa",
  ],
  [
    "literals alone, and no code of distances",
    dynamic(258, 1, [...SOME, 0]).code(codesOf(SOME)(A)).code(codesOf(SOME)(END)).end(),
    "a",
  ],
  [
    "code lengths in runs, of which one goes on from literals to distances",
    // Zeros, 2 for a and b, zeros, and six times 2: for 256, 257 and the distances 1 to 4.
    dynamic(258, 4, [[18, 86, 7], 2, 2, [18, 127, 7], [18, 8, 7], 2, [16, 2, 2]])
      .code([0, 2]).code([0b11, 2]).code([0, 2]).code([0b10, 2]).end(),
    "aaaa",
  ],
  [
    "codes of each length up to 15",
    Array.from({ length: 15 }, (_, i) => A + i)
      .reduce((bits, symbol) => bits.code(codesOf(CHAIN)(symbol)), dynamic(257, 1, [...CHAIN, 0]))
      .code(codesOf(CHAIN)(END)).end(),
    "abcdefghijklmno",
  ],
  ["a stored block", concat([stored(3, 0xfffc, "abc"), Uint8Array.of(0)]), "abc"],
  ["an empty stored block", concat([stored(0, 0xffff, ""), Uint8Array.of(0)]), ""],
];

for (const [name, message, text] of SOUND) {
  Deno.test(`inflate: ${name}`, () => {
    const inflate = (bytes: Uint8Array, max = MAX_BYTES) =>
      new Inflater(false).inflate(concat([bytes, TAIL]), max);
    const inflated = inflate(message);
    assert(typeof inflated !== "string", String(inflated));
    assertEquals(new TextDecoder().decode(inflated), text);
    if (text !== "") assertEquals(inflate(message, text.length - 1), "too_large");
    assertEquals(inflate(message, text.length), inflated);
    // Without the empty block that every sender removes, its header has nothing behind it.
    if (!name.includes("stored")) assertEquals(new Inflater(false).inflate(message, MAX_BYTES), "malformed");
    for (let length = 1; length < message.length - 1; length++) {
      assertEquals(
        new Inflater(false).inflate(message.subarray(0, length), MAX_BYTES),
        "malformed",
        `${length} bytes`,
      );
    }
  });
}

/** A block with fixed codes of one copy behind a literal. */
function copyOf(lengthSymbol: number, distanceSymbol: number, distanceBits = 0, distance = 0): Uint8Array {
  return fixed().code(FIXED(A)).code(FIXED(lengthSymbol)).code(FIXED_DISTANCE(distanceSymbol))
    .put(distance, distanceBits).code(FIXED(END)).end();
}

/** Lengths of the codes of code lengths, of which one is wrong. */
function badLengths(lengths: Readonly<Record<number, number>>): Uint8Array {
  const bits = new Bits().put(0b100, 3).put(0, 5).put(0, 5).put(15, 4);
  for (const symbol of ORDER) bits.put(lengths[symbol] ?? 0, 3);
  return bits.put(0, 2000).end();
}

const MALFORMED: readonly (readonly [name: string, message: Uint8Array])[] = [
  ["a reserved kind of block", new Bits().put(0b110, 3).end()],
  ["a stored block whose length has no complement", stored(3, 0xfffd, "abc")],
  ["a stored block that is longer than the message", stored(8, 0xfff7, "abc")],
  ["a copy before the first byte", fixed().code(FIXED(257)).code(FIXED_DISTANCE(0)).code(FIXED(END)).end()],
  ["a copy from one byte before the first", copyOf(257, 1)],
  ["a copy from far before the first byte", copyOf(257, 29, 13, 8191)],
  ["the length symbol 286", copyOf(286, 0)],
  ["the length symbol 287", copyOf(287, 0)],
  ["the distance symbol 30", copyOf(257, 30)],
  ["the distance symbol 31", copyOf(257, 31)],
  ["287 codes of literals", dynamic(287, 1, [...lengthsOf(287, { [A]: 1, [END]: 1 }), 0]).code([1, 1]).end()],
  [
    "31 codes of distances",
    dynamic(257, 31, [...lengthsOf(257, { [A]: 1, [END]: 1 }), ...Array(31).fill(0)]).code([1, 1]).end(),
  ],
  [
    "no code that ends the block",
    dynamic(257, 1, [...lengthsOf(257, { [A]: 1, 98: 1 }), 0]).code([1, 1]).end(),
  ],
  [
    "a repetition of nothing",
    dynamic(257, 1, [[16, 3, 2], ...lengthsOf(251, { [A]: 1, 250: 1 })]).code([1, 1]).end(),
  ],
  [
    "a repetition beyond the last length",
    dynamic(257, 1, [...lengthsOf(257, { [A]: 1, [END]: 1 }), [16, 0, 2]]).code([1, 1]).end(),
  ],
  [
    "zeros beyond the last length",
    dynamic(257, 1, [...lengthsOf(257, { [A]: 1, [END]: 1 }), [17, 0, 3]]).code([1, 1]).end(),
  ],
  [
    "more codes of literals than bits allow",
    dynamic(257, 1, [...lengthsOf(257, { [A]: 1, 98: 1, [END]: 1 }), 0]).code([0, 1]).end(),
  ],
  [
    "fewer codes of literals than bits allow",
    dynamic(257, 1, [...lengthsOf(257, { [A]: 2, [END]: 2 }), 0]).code([1, 2]).end(),
  ],
  [
    "more codes of distances than bits allow",
    dynamic(257, 3, [...lengthsOf(257, { [A]: 1, [END]: 1 }), 1, 1, 1]).code([1, 1]).end(),
  ],
  [
    "fewer codes of distances than bits allow",
    dynamic(257, 2, [...lengthsOf(257, { [A]: 1, [END]: 1 }), 2, 2]).code([1, 1]).end(),
  ],
  [
    "bits that are no code of one literal",
    dynamic(257, 1, [...lengthsOf(257, { [END]: 1 }), 0]).code([1, 1]).end(),
  ],
  [
    "bits that are no code of one distance",
    dynamic(258, 1, [...SOME, 1]).code(codesOf(SOME)(A)).code(codesOf(SOME)(257)).put(1, 1).code(
      codesOf(SOME)(END),
    ).end(),
  ],
  [
    "a distance where none has a code",
    dynamic(258, 1, [...SOME, 0]).code(codesOf(SOME)(A)).code(codesOf(SOME)(257)).put(0, 1).code(
      codesOf(SOME)(END),
    ).end(),
  ],
  ["more codes of code lengths than bits allow", badLengths({ 0: 1, 1: 1, 2: 1 })],
  ["fewer codes of code lengths than bits allow", badLengths({ 0: 2, 1: 2 })],
];

for (const [name, message] of MALFORMED) {
  Deno.test(`inflate: ${name} is malformed`, () => {
    assertEquals(new Inflater(true).inflate(concat([message, TAIL]), MAX_BYTES), "malformed");
  });
}

/** A generator of Lehmer's kind. */
function randomFrom(seed: number): () => number {
  let state = seed * 48_271 % 0x7fffffff;
  return () => (state = state * 48_271 % 0x7fffffff) / 0x7fffffff;
}

/** Texts that zlib compresses in different ways: few bytes, many, runs, repetitions near and far. */
function texts(): Uint8Array<ArrayBuffer>[] {
  const random = randomFrom(7);
  const noise = Uint8Array.from({ length: 40_000 }, () => 256 * random());
  const skewed = Uint8Array.from({ length: 40_000 }, () => 40 * random() ** 8);
  return [
    new Uint8Array(),
    Uint8Array.of(7),
    new Uint8Array(70_000).fill(A),
    noise,
    skewed,
    concat([noise.subarray(0, 32_768), noise.subarray(0, 300)]),
    concat([noise.subarray(0, 32_769), noise.subarray(0, 300)]),
    Uint8Array.from({ length: 20_000 }, (_, i) => (i % 97) ^ (i >>> 9)),
    concat(
      Array.from(
        { length: 258 },
        (_, length) => concat([noise.subarray(300, 300 + length), noise.subarray(length, length + 1)]),
      ),
    ),
  ];
}

Deno.test("inflate: what zlib writes, at every level and by every strategy", () => {
  for (const [index, text] of texts().entries()) {
    for (const level of [0, 1, 6, 9]) {
      for (
        const strategy of [
          constants.Z_DEFAULT_STRATEGY,
          constants.Z_FIXED,
          constants.Z_HUFFMAN_ONLY,
          constants.Z_RLE,
        ]
      ) {
        const deflated = new Uint8Array(
          deflateRawSync(text, { level, strategy, finishFlush: constants.Z_SYNC_FLUSH }),
        );
        const inflated = new Inflater(false).inflate(deflated, text.length);
        assertEquals(inflated, text, `text ${index}, level ${level}, strategy ${strategy}`);
        if (text.length > 0) {
          assertEquals(new Inflater(false).inflate(deflated, text.length - 1), "too_large");
        }
      }
    }
  }
});

/** A copy of three bytes from `distance` bytes back, of the longest distances. */
function farCopy(distance: number): Uint8Array {
  return concat([
    fixed().code(FIXED(257)).code(FIXED_DISTANCE(29)).put(distance - 24_577, 13).code(FIXED(END)).end(),
    TAIL,
  ]);
}

Deno.test("inflate: the window is the last 32,768 bytes of all messages, and no more", () => {
  const random = randomFrom(3);
  const text = Uint8Array.from({ length: 30_000 }, () => 256 * random());
  const messageOf = (bytes: Uint8Array) =>
    new Uint8Array(deflateRawSync(bytes, { level: 0, finishFlush: constants.Z_SYNC_FLUSH }));
  const inflater = new Inflater(true);
  for (const part of [text, text.subarray(0, 2_768)]) inflater.inflate(messageOf(part), MAX_BYTES);
  assertEquals(inflater.inflate(farCopy(32_768), 3), text.slice(0, 3));
  // Its three bytes have moved the window on; the limit of a message does not count the window.
  assertEquals(inflater.inflate(farCopy(32_768), 3), text.slice(3, 6));
  const short = new Inflater(true);
  short.inflate(messageOf(text), MAX_BYTES);
  assertEquals(short.inflate(farCopy(30_001), 3), "malformed");
  assertEquals(short.inflate(farCopy(30_000), 3), text.slice(0, 3));
  const forgetful = new Inflater(false);
  forgetful.inflate(messageOf(text), MAX_BYTES);
  assertEquals(forgetful.inflate(farCopy(30_000), 3), "malformed");
});

Deno.test("inflate: a block that says it is the last is followed by another in the next byte", () => {
  const last = new Bits().put(0b011, 3).code(FIXED(A)).code(FIXED(END));
  const message = concat([last.end(), fixed().code(FIXED(0x62)).code(FIXED(END)).end(), TAIL]);
  assertEquals(new Inflater(false).inflate(message, MAX_BYTES), Uint8Array.of(A, 0x62));
});
