/** The content that benches send, and the check that it arrives whole. */

import { assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes";
import {
  bulk,
  BulkCheck,
  expectLength,
  expectSmall,
  expectStatus,
  SMALL,
  WrongAnswer,
} from "../../bench/pattern.ts";

/** Longer than the pattern's period, so that its seam is inside. */
const LENGTH = 2_500_000;

function bytes(length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of bulk(length)) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function check(pieces: Iterable<Uint8Array>): void {
  const checker = new BulkCheck();
  for (const piece of pieces) checker.take(piece);
  checker.end(LENGTH);
}

function* cut(all: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}

for (const size of [1_021, 16_384, 65_536, 1_000_003, 1_000_004, LENGTH]) {
  Deno.test(`BulkCheck accepts the bulk in pieces of ${size} bytes`, () => {
    check(cut(bytes(LENGTH), size));
  });
}

for (const size of [1, 1_000, 65_536, 2_000_000]) {
  Deno.test(`bulk gives the same bytes in pieces of at most ${size}`, () => {
    const length = Math.min(LENGTH, size * 5_000);
    let total = 0;
    const checker = new BulkCheck();
    for (const piece of bulk(length, size)) {
      assertEquals(piece.length <= size, true);
      total += piece.length;
      checker.take(piece);
    }
    assertEquals(total, length);
  });
}

for (
  const { name, spoil } of [
    { name: "a flipped bit", spoil: (all: Uint8Array) => all.with(1_234_567, (all[1_234_567] ?? 0) ^ 1) },
    { name: "a missing byte at the end", spoil: (all: Uint8Array) => all.subarray(0, -1) },
    { name: "a byte too many", spoil: (all: Uint8Array) => concat([all, Uint8Array.of(0)]) },
    {
      name: "two frames that changed places",
      spoil: (all: Uint8Array) => {
        const other = all.slice();
        other.set(all.subarray(16_384, 32_768), 0);
        other.set(all.subarray(0, 16_384), 16_384);
        return other;
      },
    },
    {
      name: "a mebibyte that came twice",
      spoil: (all: Uint8Array) => {
        const other = all.slice();
        other.copyWithin(1_048_576, 0, 1_048_576);
        return other;
      },
    },
  ]
) {
  Deno.test(`BulkCheck refuses ${name}`, () => {
    assertThrows(() => check(cut(spoil(bytes(LENGTH)), 65_536)), WrongAnswer);
  });
}

Deno.test("the small answer is a kibibyte, and only itself passes", () => {
  assertEquals(SMALL.length, 1_024);
  expectSmall(SMALL);
  assertThrows(() => expectSmall(SMALL.slice(1)), WrongAnswer, "1023 characters");
});

for (const status of [199, 304, 404, 500, NaN, undefined]) {
  Deno.test(`expectStatus refuses ${status}`, () => {
    expectStatus(200);
    expectStatus(204);
    assertThrows(() => expectStatus(status), WrongAnswer);
  });
}

Deno.test("expectLength tells both lengths", () => {
  expectLength(5, 5);
  assertThrows(() => expectLength(4, 5), WrongAnswer, "4 bytes instead of 5");
});
