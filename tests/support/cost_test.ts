/** The cost helper finds quadratic work, and lets linear work pass. */

import { assertAlmostEquals, assertThrows } from "@std/assert";
import { assertLinearCount, assertLinearCpu, exponentOf } from "./cost.ts";

Deno.test("exponentOf: linear, quadratic and cubic costs", () => {
  assertAlmostEquals(exponentOf([10, 20, 40]), 1);
  assertAlmostEquals(exponentOf([10, 40, 160]), 2);
  assertAlmostEquals(exponentOf([1, 8]), 3);
});

Deno.test("assertLinearCount passes linear counts and refuses quadratic ones", () => {
  assertLinearCount((size) => 7 * size + 3);
  assertThrows(() => assertLinearCount((size) => size * size), Error, "to the power of 2.00");
});

/** Text whose blanks a trailing repetition tries again from each of them. */
const blanks = (size: number): string => `${" ".repeat(size)}x`;

Deno.test("assertLinearCpu passes a linear search", () => {
  assertLinearCpu(blanks, (text) => [...text].filter((character) => character === "x").length, {
    from: 4000,
  });
});

Deno.test("assertLinearCpu refuses a regular expression with a trailing repetition", () => {
  assertThrows(
    () => assertLinearCpu(blanks, (text) => text.replace(/ +$/, ""), { from: 250, doublings: 2 }),
    Error,
    "the time grows with the input to the power of",
  );
});

Deno.test("assertLinearCpu measures decoders that refuse their input too", () => {
  const refuse = (text: string): never => {
    throw new TypeError(`${[...text].length}`);
  };
  assertLinearCpu(blanks, refuse, { from: 4000 });
});
