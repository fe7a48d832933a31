/**
 * Rows of what a hostile server sends, fed to a client machine in every way that the bytes can be cut.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes";
import type { Field } from "../../http/fields.ts";
import { client, feed, headers, type Outcome, splits, type Start } from "./raw_frames.ts";

/** What a server sends, and what a client makes of it; what is not named does not happen. */
export interface Row extends Partial<Outcome> {
  readonly name: string;
  /** What the client did before. By default, one request without content on stream 1. */
  readonly start?: Start;
  readonly wire: readonly Uint8Array[];
  /** Too long to be cut at every place; fed whole, and in pieces of 1000 bytes. */
  readonly long?: true;
  /** A part of the message of the error that ends the connection, where other rules have the same code. */
  readonly because?: string;
}

/** The connection ends with this code. */
export function fatal(code: string, events: string[] = [], output: string[] = []): Partial<Outcome> {
  return { failure: code, events, output: [...output, `GOAWAY 0 ${code}`] };
}

/** Stream 1 ends, the connection goes on. */
export function refused(events: string[] = [], code = "PROTOCOL_ERROR"): Partial<Outcome> {
  return { events: [...events, `reset 1 ${code} local responding`], output: [`RST_STREAM 1 ${code}`] };
}

/** A response that must not be one. */
export function malformed(name: string, fields: readonly Field[], end = false): Row {
  return { name, wire: [headers(1, fields, end)], ...refused() };
}

/** `:status` of a response that is right. */
export const OK: Field = [":status", "200"];

/** Makes a test of each row. */
export function testRows(rows: readonly Row[]): void {
  for (const { name, start, wire, long, because, ...outcome } of rows) {
    Deno.test(`client machine: ${name}`, () => {
      const whole = concat([...wire]);
      for (const pieces of long ? lengths(whole) : splits(whole)) {
        const machine = client(start);
        assertEquals(feed(machine, pieces), { ...NONE, ...outcome }, `${pieces.length} pieces`);
        if (because !== undefined) assertStringIncludes(machine.failure?.message ?? "", because);
      }
    });
  }
}

const NONE = { events: [], output: [], failure: undefined };

/** Bytes whole, and in pieces of 1000. */
export function* lengths(whole: Uint8Array): Generator<Uint8Array[]> {
  for (const length of [whole.length, 1000]) {
    yield Array.from(
      { length: Math.ceil(whole.length / length) },
      (_, i) => whole.subarray(i * length, (i + 1) * length),
    );
  }
}
