/**
 * Rows of responses that a client's machine receives, and the test that each becomes: the wire cut in every way.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Http1ConnectionOptions } from "../../http1/limits.ts";
import type { RequestHead } from "../../http1/request_head.ts";
import { asking, bytes, feed, type Outcome, splits } from "./wires.ts";

/** A response, and what the machine makes of it. */
export interface ResponseRow {
  readonly name: string;
  /** The request; a GET by default. */
  readonly asked?: Partial<RequestHead>;
  readonly options?: Http1ConnectionOptions;
  readonly wire: string;
  /** Whether the connection ends after the wire. */
  readonly end?: true;
  /** The part of the outcome that is compared. */
  readonly outcome: Partial<Outcome>;
  /** Whether another exchange may follow; by default, whether the message has ended. */
  readonly reusable?: boolean;
}

/** A status line. */
export const OK = "HTTP/1.1 200 OK\r\n";

/** The head of a response in chunks. */
export const CHUNKED: string = `${OK}transfer-encoding: chunked\r\n\r\n`;

/** A message that is refused with this code; nothing after it is read. */
export const refused = (code: string): Partial<Outcome> => ({ refused: code, ended: false });

/** A complete message with this content. */
export const content = (body: string): Partial<Outcome> => ({ body, ended: true });

/** Makes a test of each row. */
export function testResponses(rows: readonly ResponseRow[]): void {
  for (const { name, asked = {}, options = {}, wire, end, outcome, reusable } of rows) {
    Deno.test(`response: ${name}`, () => {
      for (const pieces of splits(bytes(wire))) {
        const machine = asking(asked, options);
        const got = feed(machine, pieces, end);
        const seen = Object.fromEntries(Object.keys(outcome).map((key) => [key, got[key as keyof Outcome]]));
        assertEquals(seen, { ...outcome }, `in ${pieces.length} pieces`);
        assertEquals(got.refused, outcome.refused, `in ${pieces.length} pieces`);
        assertEquals(machine.reusable, reusable ?? got.ended, `in ${pieces.length} pieces`);
      }
    });
  }
}
