/** Range fields, of a file of 100 bytes unless a row says otherwise. */

import { assertEquals } from "@std/assert";
import { type ByteRange, parseByteRange } from "../../../../cli/serve/folder/byte_range.ts";

const WHOLE = undefined;
const UNSATISFIABLE = null;

const ROWS: readonly (readonly [field: string, range: ByteRange | null | undefined, size?: number])[] = [
  ["bytes=0-9", { start: 0, end: 10 }],
  ["bytes=99-99", { start: 99, end: 100 }],
  ["bytes=90-", { start: 90, end: 100 }],
  ["bytes=-10", { start: 90, end: 100 }],
  ["bytes=90-200", { start: 90, end: 100 }],
  ["bytes=-200", { start: 0, end: 100 }],
  ["bytes=0-99999999999999999999", { start: 0, end: 100 }],
  ["Bytes= 0-9 ", { start: 0, end: 10 }],
  ["bytes=100-", UNSATISFIABLE],
  ["bytes=100-200", UNSATISFIABLE],
  ["bytes=99999999999999999999-", UNSATISFIABLE],
  ["bytes=-0", UNSATISFIABLE],
  ["bytes=9-0", WHOLE],
  ["bytes=200-100", WHOLE],
  ["bytes=-", WHOLE],
  ["bytes=", WHOLE],
  ["bytes", WHOLE],
  ["", WHOLE],
  ["items=0-9", WHOLE],
  ["bytes=0-9,20-29", WHOLE],
  ["bytes=0x0-9", WHOLE],
  ["bytes=0-9-", WHOLE],
  ["bytes=--9", WHOLE],
  ["bytes=+0-9", WHOLE],
  ["bytes=0 - 9", WHOLE],
  [`bytes=${"0".repeat(21)}-9`, WHOLE],
  ["bytes=0-", WHOLE, 0],
  ["bytes=-1", WHOLE, 0],
];
for (const [field, range, size = 100] of ROWS) {
  const outcome = range === WHOLE
    ? "the whole"
    : range === UNSATISFIABLE
    ? "refused"
    : `${range.start} to ${range.end}`;
  Deno.test(`parseByteRange: "${field.slice(0, 40)}" of ${size} bytes: ${outcome}`, () => {
    assertEquals(parseByteRange(field, size), range);
  });
}
