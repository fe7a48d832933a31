/** The progress bar of a download, and how sizes and durations are printed. */

import { assert, assertEquals } from "@std/assert";
import { duration, size } from "../../cli/print.ts";
import { Progress } from "../../cli/progress.ts";

const MIB = 1_048_576;

interface Row {
  readonly name: string;
  readonly total?: number;
  /** What comes when: seconds and bytes. */
  readonly comes: readonly (readonly [seconds: number, bytes: number])[];
  /** When it is drawn, in seconds. */
  readonly at: number;
  readonly columns?: number;
  readonly shows: string;
}

const ROWS: readonly Row[] = [
  {
    name: "nothing has come yet",
    total: 100 * MIB,
    comes: [],
    at: 0,
    shows: "  0%  0 B of 100.0 MiB  0 B/s  -:-- left  [                                        ]",
  },
  {
    name: "half has come in one second",
    total: 100 * MIB,
    comes: [[1, 50 * MIB]],
    at: 1,
    shows: " 50%  50.0 MiB of 100.0 MiB  50.0 MiB/s  0:01 left  [####################                    ]",
  },
  {
    name: "everything has come",
    total: 10 * MIB,
    comes: [[1, 10 * MIB]],
    at: 2,
    shows: "100%  10.0 MiB of 10.0 MiB  5.0 MiB/s  0:02  [########################################]",
  },
  {
    name: "an empty body is complete",
    total: 0,
    comes: [],
    at: 0,
    shows: "100%  0 B of 0 B  0 B/s  0:00  [########################################]",
  },
  { name: "the length is not known", comes: [[1, 3 * MIB]], at: 2, shows: "3.0 MiB  1.5 MiB/s  0:02" },
  {
    name: "a narrow terminal has a short bar",
    total: 100,
    comes: [[1, 50]],
    at: 1,
    columns: 50,
    shows: " 50%  50 B of 100 B  50 B/s  0:01 left  [####    ]",
  },
  {
    name: "a narrower one has none",
    total: 100,
    comes: [[1, 50]],
    at: 1,
    columns: 40,
    shows: " 50%  50 B of 100 B  50 B/s  0:01 left",
  },
  {
    name: "the narrowest shows what fits",
    total: 100,
    comes: [[1, 50]],
    at: 1,
    columns: 9,
    shows: " 50%  50 ",
  },
  {
    name: "99.9% is not everything",
    total: 1_000,
    comes: [[1, 999]],
    at: 1,
    columns: 45,
    shows: " 99%  999 B of 1000 B  999 B/s  0:01 left",
  },
];

for (const { name, total, comes, at, columns = 120, shows } of ROWS) {
  Deno.test(`Progress: ${name}`, () => {
    const progress = new Progress(total, 5_000);
    for (const [seconds, bytes] of comes) {
      progress.draw(5_000 + seconds * 1_000 - 1, columns);
      progress.add(bytes);
    }
    const line = progress.draw(5_000 + at * 1_000, columns);
    assertEquals(line.trimEnd(), shows.trimEnd());
    assert(line.length <= columns);
  });
}

Deno.test("Progress: the speed is that of the last seconds, and a stall is noticed", () => {
  const progress = new Progress(1_000 * MIB, 0);
  for (let time = 100; time <= 10_000; time += 100) {
    progress.add(MIB);
    progress.draw(time, 120);
  }
  assert(progress.draw(10_000, 120).includes("10.0 MiB/s"));
  for (let time = 10_100; time <= 15_500; time += 100) progress.draw(time, 120);
  assert(progress.draw(15_500, 120).includes("0 B/s  stalled"));
});

Deno.test("Progress: a rest of many days has no clock", () => {
  const progress = new Progress(Number.MAX_SAFE_INTEGER, 0);
  progress.add(1);
  assert(progress.draw(1_000, 120).includes("days left"));
});

const SIZES = [
  { bytes: 0, shown: "0 B" },
  { bytes: 1_023, shown: "1023 B" },
  { bytes: 1_024, shown: "1.0 KiB" },
  { bytes: MIB - 1, shown: "1.0 MiB" },
  { bytes: MIB, shown: "1.0 MiB" },
  { bytes: 1.5 * 1_024 * MIB, shown: "1.5 GiB" },
  { bytes: 2_000 * 1_024 * MIB, shown: "2.0 TiB" },
];

for (const { bytes, shown } of SIZES) {
  Deno.test(`size: ${bytes} bytes are ${shown}`, () => assertEquals(size(bytes), shown));
}

const DURATIONS = [
  { time: 0.04, shown: "0.0 ms" },
  { time: 9.94, shown: "9.9 ms" },
  { time: 9.96, shown: "10 ms" },
  { time: 9_999, shown: "9999 ms" },
  { time: 9_999.9, shown: "10.0 s" },
];

for (const { time, shown } of DURATIONS) {
  Deno.test(`duration: ${time} milliseconds are ${shown}`, () => assertEquals(duration(time), shown));
}
