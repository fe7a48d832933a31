/** The table of limits in `docs/` is what the limits files have. */

import { assertEquals } from "@std/assert";
import { LIMITS_FILE, limitsDocument, readLimits } from "./limits.ts";

Deno.test("docs/LIMITS.md is what deno task limits makes", async () => {
  const written = (await Deno.readTextFile(LIMITS_FILE)).split("\n");
  const made = (await limitsDocument()).split("\n");
  const message = "run deno task limits";
  // The lines that differ first: the whole document would hide them.
  assertEquals(
    written.filter((line) => !made.includes(line)),
    made.filter((line) => !written.includes(line)),
    message,
  );
  assertEquals(written, made, message);
});

const SOURCE = `/**
 * All limits.
 *
 * @module
 */

/** No section yet. */
export const MAX_FIRST = 1;

// Records. Meeting one of these
// ends the connection.

/**
 * Bytes of a {@linkcode Thing}: 5 * 2,
 * as elsewhere.
 */
export const MAX_SECOND_BYTES: number = 2;

// This explains nothing that is listed.
const PRIVATE = 3;

/** A type is no limit. */
export interface Options {
  /** Nor is its field. */
  readonly maxThird?: number;
}

/** A function neither. */
export function third(): number {
  return PRIVATE;
}

// Streams

/** The last. */
export const DEFAULT_FOURTH_MS = 4;
`;

Deno.test("readLimits: constants with their comments and sections, nothing else", () => {
  const section = "Records. Meeting one of these ends the connection.";
  assertEquals(readLimits(SOURCE), [
    { name: "MAX_FIRST", reason: "No section yet.", section: "" },
    { name: "MAX_SECOND_BYTES", reason: "Bytes of a `Thing`: 5 * 2, as elsewhere.", section },
    { name: "DEFAULT_FOURTH_MS", reason: "The last.", section: "Streams" },
  ]);
});
