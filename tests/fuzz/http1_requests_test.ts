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
import { Http1Error } from "../../http1/error.ts";
import { readRequests, type RequestReading } from "../http1/request_reference.ts";
import { bytes, inPieces, text } from "../http1/wires.ts";
import { inputs, seed as firstSeed } from "./support/amount.ts";
import { type Below, mutate, pick, random } from "./support/http1_mutations.ts";

/** Wires to try; each is read in three ways. */
const REQUESTS = inputs(6_000);

/** So small that mutations meet them. */
const LIMITS = { maxHeadBytes: 600, maxTrailerBytes: 200 };

/** What a machine made of a wire: the requests that it read to their end, and the code of a refusal. */
interface Result {
  readonly requests: readonly RequestReading[];
  readonly refused?: string;
}

/** What is fuzzed: reads requests, in pieces, up to the end of the connection. */
type Subject = (pieces: readonly Uint8Array[]) => Result;

const sound: Subject = (pieces) => {
  const machine = new Http1Connection("server", LIMITS);
  const requests: RequestReading[] = [];
  let head = { request: "", fields: NO_FIELDS };
  let body = "";
  const readOn = (): void => {
    for (let event = machine.next(); event !== undefined; event = machine.next()) {
      if (event.type === "request") {
        head = { request: `${event.method} ${event.target}`, fields: event.fields };
      } else if (event.type === "data") {
        body += text(event.data);
      } else if (event.type === "end_of_message") {
        requests.push({ ...head, body, trailers: event.trailers });
        body = "";
        machine.sendResponse({ status: 404, fields: [] });
        machine.sendEnd();
        if (!machine.reusable) return;
        machine.startNextCycle();
      }
    }
  };
  try {
    for (const piece of pieces) {
      machine.receive(piece.slice());
      readOn();
    }
    machine.receiveEnd();
    readOn();
  } catch (error) {
    if (!(error instanceof Http1Error)) throw error;
    return { requests, refused: error.code };
  }
  return { requests };
};

const NO_FIELDS: readonly Field[] = [];

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
  const { requests, refused } = sound(pieces);
  return refused === code ? { requests: [...requests, ODD] } : { requests, ...(refused && { refused }) };
};

/** A machine that reads the last request otherwise. */
const changed = (change: (last: RequestReading) => Partial<RequestReading>): Subject => (pieces) => {
  const { requests, ...rest } = sound(pieces);
  const last = requests.at(-1);
  return last === undefined
    ? { requests, ...rest }
    : { requests: [...requests.slice(0, -1), { ...last, ...change(last) }], ...rest };
};

const ODD: RequestReading = { request: "GET /odd", fields: [], body: "", trailers: [] };

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
    subject: changed(({ body }) => ({ body: body.slice(1) })),
    found: "reads something else than the grammar",
  },
  {
    name: "hides trailers",
    subject: changed(() => ({ trailers: [] })),
    found: "reads something else than the grammar",
  },
  {
    name: "does not read the request behind another",
    subject: (pieces) => ({ requests: sound(pieces).requests.slice(0, 1) }),
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
  const readings = readRequests(wire);
  const { requests, refused } = result;
  if (refused === undefined) counts.complete++;
  else counts.refused++;
  if (!equal(requests, readings.slice(0, requests.length))) {
    return requests.length > readings.length
      ? "takes what the grammar does not"
      : "reads something else than the grammar";
  }
  const isLimited = refused !== undefined && LIMITED.includes(refused);
  return requests.length < readings.length && !isLimited ? "refuses what the grammar takes" : undefined;
}
