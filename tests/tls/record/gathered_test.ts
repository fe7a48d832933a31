/** Memory for what a header announces: in proportion to what came. */

import { assertEquals } from "@std/assert";
import { makeRoom } from "../../../tls/record/gathered.ts";

const ROWS: readonly {
  readonly name: string;
  readonly length: number;
  readonly used: number;
  readonly announced: number;
  readonly atHand: number;
  readonly room: number;
}[] = [
  { name: "nothing has come of little", length: 5, used: 5, announced: 100, atHand: 0, room: 100 },
  {
    name: "bad input 90: nothing has come of much",
    length: 5,
    used: 5,
    announced: 16_389,
    atHand: 0,
    room: 1024,
  },
  {
    name: "bad input 90: a byte has come of much",
    length: 4,
    used: 4,
    announced: 65_540,
    atHand: 1,
    room: 1024,
  },
  { name: "half of it has come", length: 5, used: 5, announced: 16_389, atHand: 8_190, room: 16_389 },
  { name: "there is room left", length: 1024, used: 300, announced: 16_389, atHand: 100, room: 1024 },
  { name: "it is full", length: 1024, used: 1024, announced: 16_389, atHand: 1, room: 2050 },
  { name: "the last byte is missing", length: 9_000, used: 9_000, announced: 9_001, atHand: 1, room: 9_001 },
];
for (const { name, length, used, announced, atHand, room } of ROWS) {
  Deno.test(`makeRoom: ${name}`, () => {
    const gathered = new Uint8Array(length).map((_, at) => at);
    const larger = makeRoom(gathered, used, announced, atHand);
    assertEquals(larger.length, room);
    assertEquals(larger.subarray(0, used), gathered.subarray(0, used));
  });
}
