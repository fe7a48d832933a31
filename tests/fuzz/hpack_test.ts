/**
 * Fuzzes the HPACK decoder with blocks that are nearly right.
 *
 * What has to hold for every block: it is decoded or refused with an `HpackError`, nothing else is ever thrown,
 * the outcome is that of a decoder that reads like the RFC, and what was decoded survives being encoded again.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, equal } from "@std/assert";
import { encodeHex } from "@std/encoding";
import type { Field } from "../../http/fields.ts";
import { HpackDecoder } from "../../http2/hpack/decoder.ts";
import { HpackEncoder } from "../../http2/hpack/encoder.ts";
import { HpackError } from "../../http2/hpack/error.ts";
import { ReferenceDecoder, Refusal } from "../http2/hpack/reference.ts";
import { codeBits, coded, huffman, integer, plain, Random, ROOMY } from "../http2/hpack/octets.ts";

/** Connections to try; each is up to eight blocks. */
const CONNECTIONS = 6_000;

/** What is fuzzed: decodes a block, in one way or another. */
interface Subject {
  decode(block: Uint8Array): readonly Field[];
}

class Sound implements Subject {
  readonly #decoder = new HpackDecoder();
  decode(block: Uint8Array): readonly Field[] {
    return this.#decoder.decode(block, ROOMY).fields;
  }
}

Deno.test("fuzz: HpackDecoder throws HpackError alone, agrees with the RFC, and is understood by the encoder", () => {
  const counts = { decoded: 0, refused: 0 };
  assertEquals(findFault(() => new Sound(), counts), undefined);
  // Were nearly all blocks refused, or none, the generator would not get far into the decoder.
  assert(counts.decoded > CONNECTIONS && counts.refused > CONNECTIONS / 2, JSON.stringify(counts));
});

/** A decoder that does something else where the sound one refuses a block with these words. */
function planted(words: string, act: () => readonly Field[]): () => Subject {
  return () => {
    const sound = new Sound();
    return {
      decode: (block) => {
        try {
          return sound.decode(block);
        } catch (error) {
          if (error instanceof HpackError && error.message.includes(words)) return act();
          throw error;
        }
      },
    };
  };
}

function accept(): Field[] {
  return [];
}

function crash(): never {
  throw new TypeError("Cannot read properties of undefined");
}

const PLANTED: { readonly name: string; readonly subject: () => Subject; readonly found: string }[] = [
  {
    name: "reads a field that is not there",
    subject: planted("no field has the index", crash),
    found: "throws TypeError",
  },
  { name: "takes any padding", subject: planted("padded", accept), found: "is to be refused" },
  { name: "takes EOS", subject: planted("EOS", accept), found: "is to be refused" },
  {
    name: "takes a table size anywhere",
    subject: planted("after a field", accept),
    found: "is to be refused",
  },
  { name: "takes any table size", subject: planted("above the maximum", accept), found: "is to be refused" },
  {
    name: "gives an equal block the same list, whatever became of the table",
    found: "decodes otherwise",
    subject: () => {
      const sound = new Sound();
      const lists = new Map<string, readonly Field[]>();
      return {
        decode: (block) => {
          const list = lists.get(block.join()) ?? sound.decode(block);
          lists.set(block.join(), list);
          return list;
        },
      };
    },
  },
  {
    name: "loses the last bit of a value",
    found: "decodes otherwise",
    subject: () => {
      const sound = new Sound();
      return {
        decode: (block) =>
          sound.decode(block).map(([name, value]): Field => [name, value.replaceAll("\xff", "\xfe")]),
      };
    },
  },
];

for (const { name, subject, found } of PLANTED) {
  Deno.test(`fuzz: a decoder is found out that ${name}`, () => {
    assertStringIncludes(findFault(subject) ?? "nothing", found);
  });
}

/** The first thing that does not hold for `makeSubject`'s decoders, or `undefined`. */
function findFault(makeSubject: () => Subject, counts = { decoded: 0, refused: 0 }): string | undefined {
  const random = new Random(0x7541);
  for (let connection = 0; connection < CONNECTIONS; connection++) {
    const subject = makeSubject();
    const reference = new ReferenceDecoder();
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    let block = new Uint8Array();
    for (let blocks = 0; blocks < 8; blocks++) {
      // A block that comes again is what the decoder remembers.
      if (random.below(4) > 0) block = randomBlock(random);
      const wire = encodeHex(block);
      let expected: Field[] | undefined;
      try {
        expected = reference.decode(block);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
      try {
        const fields = subject.decode(block);
        if (expected === undefined) return `${wire} is to be refused`;
        if (!equal(fields, expected)) return `${wire} decodes otherwise`;
        if (!equal(decoder.decode(encoder.encode(fields), ROOMY).fields, expected)) {
          return `${wire} does not return`;
        }
        counts.decoded++;
      } catch (error) {
        if (!(error instanceof HpackError)) return `${wire} throws ${error}`;
        if (expected !== undefined) return `${wire} is to be decoded`;
        counts.refused++;
        break;
      }
    }
  }
  return undefined;
}

/** A block of a few representations, often with something wrong in it. */
function randomBlock(random: Random): Uint8Array<ArrayBuffer> {
  const octets: number[] = [];
  while (random.below(12) === 0) {
    octets.push(...integer(0x20, 0x1f, random.pick([0, 31, 100, 4096, 4096, 4097])));
  }
  for (let fields = random.below(5); fields > 0; fields--) octets.push(...randomField(random));
  if (random.below(8) === 0) mutate(octets, random);
  return Uint8Array.from(octets);
}

function randomField(random: Random): number[] {
  switch (random.below(20)) {
    case 0:
      return integer(0x20, 0x1f, random.below(5000));
    case 1:
      return integer(0x80, 0x7f, random.pick([0, 61, 62, 63, 126, 127, 128, 500]));
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
      return integer(0x80, 0x7f, 1 + random.below(61));
    case 7:
    case 8:
      return integer(0x80, 0x7f, 62 + random.below(2));
    default: {
      const [flags, prefix] = random.pick([[0x40, 0x3f], [0x40, 0x3f], [0x00, 0x0f], [0x10, 0x0f]] as const);
      const index = random.below(3) > 0 ? 0 : 1 + random.below(random.below(10) > 0 ? 61 : 70);
      const name = index === 0 ? randomString(random) : [];
      return [...integer(flags, prefix, index), ...name, ...randomString(random)];
    }
  }
}

function randomString(random: Random): number[] {
  const text = random.text(
    random.below(30) === 0 ? 3_000 : random.pick([3, 12, 60]),
    random.pick([0x3a, 0x80, 0x100]),
  );
  switch (random.below(24)) {
    case 0:
      return huffman(text, random.pick(["", "0", "1", "1111", "1111111", "11111111", "0000000", "1111110"]));
    case 1:
      return coded(
        [...text].map((char) => codeBits(char.charCodeAt(0))).join("") + codeBits(256) + "1111111",
      );
    default:
      return random.below(3) === 0 ? plain(text) : huffman(text);
  }
}

/** Flips, cuts out, puts in, cuts off, repeats. */
function mutate(octets: number[], random: Random): void {
  const at = random.below(octets.length + 1);
  switch (random.below(5)) {
    case 0:
      octets[at] = (octets[at] ?? 0) ^ 1 << random.below(8);
      break;
    case 1:
      octets.splice(at, 1 + random.below(3));
      break;
    case 2:
      octets.splice(at, 0, random.pick([0x00, 0x7f, 0x80, 0xff, random.below(256)]));
      break;
    case 3:
      octets.length = Math.min(octets.length, at);
      break;
    case 4:
      octets.splice(at, 0, ...octets.slice(at, at + 8));
      break;
  }
}
