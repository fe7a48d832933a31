/**
 * Fuzzes the server's HTTP/1.1 machine with requests that are nearly right.
 *
 * What it takes for a complete request is what a reader by the grammar takes for one, to the byte behind it; what that
 * reader refuses it refuses; and how the bytes were cut makes no difference. So no change of the machine can make it read
 * what an intermediary would read otherwise, unnoticed.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, equal } from "@std/assert";
import type { Field } from "../../http/fields.ts";
import { Http1Connection } from "../../http1/connection.ts";
import { readRequest } from "../http1/request_reference.ts";
import { bytes, feed, inPieces } from "../http1/wires.ts";
import { inputs, seed as firstSeed } from "./support/amount.ts";
import { type Below, mutate, pick, random } from "./support/http1_mutations.ts";

/** Wires to try; each is read in three ways. */
const REQUESTS = inputs(6_000);

/** So small that mutations meet them. */
const LIMITS = { maxHeadBytes: 600, maxTrailerBytes: 200 };

/** What a machine made of the first request of a wire. */
interface Result {
  readonly request?: string;
  readonly fields?: readonly Field[];
  readonly body: string;
  readonly trailers?: readonly Field[];
  readonly ended: boolean;
  readonly refused?: string;
}

/** What is fuzzed: reads one request, in pieces, up to the end of the connection. */
type Subject = (pieces: readonly Uint8Array[]) => Result;

const sound: Subject = (pieces) => feed(new Http1Connection("server", LIMITS), pieces, true);

const SEEDS: readonly string[] = [
  "GET /a?b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
  "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n\x16\x03",
  "\r\nOPTIONS * HTTP/1.0\r\nConnection: keep-alive, upgrade\r\nUpgrade: a\r\n\r\n",
  "GET http://b:81/x HTTP/1.1\r\nhost: a\r\nContent-Length: 0\r\n\r\n",
  "POST /%41 HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 5, 5\r\nContent-Length: 05\r\n\r\nhello",
];

Deno.test("fuzz: a server's machine throws Http1Error alone, whatever the cut, and agrees with the grammar", () => {
  const counts = { complete: 0, refused: 0 };
  assertEquals(findFault(sound, counts), undefined);
  assert(counts.complete > REQUESTS / 10 && counts.refused > REQUESTS / 10, JSON.stringify(counts));
});

/** A machine that takes what it should refuse for `code`. */
const lax = (code: string): Subject => (pieces) => {
  const { refused, ...result } = sound(pieces);
  return refused === code ? { ...result, ended: true } : { ...result, ...(refused && { refused }) };
};

/** Machines with one fault each, and how it must be found. */
const PLANTED: readonly { readonly name: string; readonly subject: Subject; readonly found: string }[] = [
  ...[
    "bad_host",
    "bad_header",
    "bad_chunk",
    "bad_request_line",
    "bad_content_length",
    "bad_transfer_encoding",
    "unknown_transfer_coding",
  ].map((code) => ({
    name: `does not refuse ${code}`,
    subject: lax(code),
    found: "takes what the grammar does not",
  })),
  {
    name: "loses a byte of content",
    subject: (pieces) => {
      const result = sound(pieces);
      return { ...result, body: result.body.slice(1) };
    },
    found: "reads something else than the grammar",
  },
  {
    name: "refuses trailers",
    subject: (pieces) => {
      const result = sound(pieces);
      return result.trailers === undefined ? result : { ...result, ended: false, refused: "bad_header" };
    },
    found: "refuses what the grammar takes",
  },
];

for (const { name, subject, found } of PLANTED) {
  Deno.test(`fuzz: finds a server's machine that ${name}`, () => {
    assertStringIncludes(findFault(subject, { complete: 0, refused: 0 }) ?? "no fault", found);
  });
}

/** Tries wires until one makes `subject` do what it must not; what that was. */
function findFault(subject: Subject, counts: { complete: number; refused: number }): string | undefined {
  const below = random(firstSeed(2));
  for (let i = 0; i < REQUESTS; i++) {
    const wire = mutate(pick(SEEDS, below), below);
    const fault = faultOf(subject, wire, below, counts);
    if (fault !== undefined) return `${fault}: ${JSON.stringify(wire)}`;
  }
  return undefined;
}

/** Limits, which the grammar has not. */
const LIMITED = ["head_too_large", "trailers_too_large", "uri_too_long"];

function faultOf(
  subject: Subject,
  wire: string,
  below: Below,
  counts: { complete: number; refused: number },
): string | undefined {
  const all = bytes(wire);
  const result = subject([all]);
  for (const pieces of [inPieces(all, 1), inPieces(all, 1 + below(all.length + 1))]) {
    if (pieces.length > 1 && !equal(subject(pieces), result)) return "depends on the cut";
  }
  const reading = readRequest(wire);
  if (result.ended) {
    counts.complete++;
    if (reading === undefined) return "takes what the grammar does not";
    const { request, fields, body, trailers = [] } = result;
    const { rest: _, ...expected } = reading;
    if (!equal({ request, fields, body, trailers }, expected)) return "reads something else than the grammar";
  } else if (result.refused !== undefined) {
    counts.refused++;
    const isLimited = LIMITED.includes(result.refused);
    if (reading !== undefined && !isLimited) return "refuses what the grammar takes";
  }
  return undefined;
}
