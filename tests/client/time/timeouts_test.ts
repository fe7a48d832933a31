/** Time limits that are accepted and refused. */

import { assertStrictEquals, assertThrows } from "@std/assert";
import { checkTimeouts, type Timeouts } from "../../../client/time/timeouts.ts";

const GOOD: readonly (Timeouts | undefined)[] = [
  undefined,
  {},
  JSON.parse("{}", () => ({ connect: undefined })), // which the type excludes
  { connect: 0 },
  {
    total: 0x7fffffff,
    headers: 0.5,
  },
];
for (const timeouts of GOOD) {
  Deno.test(`checkTimeouts: ${JSON.stringify(timeouts)} is returned`, () => {
    assertStrictEquals(checkTimeouts(timeouts), timeouts);
  });
}

const BAD: readonly [string, unknown][] = [
  ["a negative time", { connect: -1 }],
  ["a time beyond what timers keep, which would fire at once", { total: 0x80000000 }],
  ["infinity", { body: Infinity }],
  ["NaN", { headers: NaN }],
  ["a string", { headers: "5" }],
  ["null", { headers: null }],
  ["a stage that does not exist", { read: 5 }],
];
for (const [name, timeouts] of BAD) {
  Deno.test(`checkTimeouts: ${name} is refused`, () => {
    assertThrows(() => checkTimeouts(timeouts as Timeouts), RangeError);
  });
}
