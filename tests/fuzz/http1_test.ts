/**
 * Fuzzes the HTTP/1.1 machine with messages that are nearly right.
 *
 * What has to hold for whatever comes: it is read or refused with an `Http1Error`, and nothing else is thrown; how
 * it was cut in transit makes no difference; a machine that has told of nothing does not hold more than its limits;
 * and what a client takes for a complete response is what a reader by the grammar takes for one, to the byte.
 * Whatever a machine agrees to send, another reads as it was meant.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, equal } from "@std/assert";
import type { Field } from "../../http/fields.ts";
import { Http1Connection } from "../../http1/connection.ts";
import { Http1Error } from "../../http1/error.ts";
import { readResponse } from "../http1/reference.ts";
import { asking, bytes, feed, inPieces, type Outcome, written } from "../http1/wires.ts";
import { type Below, mutate, pick, random } from "./support/http1_mutations.ts";

/** Wires to try; each is read in three ways. */
const RESPONSES = 10_000;
/** Heads to send. */
const SENT = 5_000;

/** So small that mutations meet them. */
const LIMITS = { maxHeadBytes: 600, maxFields: 100, maxTrailerBytes: 200 };
/** What a machine may be given without telling of anything: a head, or a size line with extensions. */
const MAX_HELD_BYTES = 17_000;

/** What is fuzzed: reads responses to `method`, in pieces, up to the end of the connection. */
type Subject = (pieces: readonly Uint8Array[], method: string) => Result;

interface Result extends Outcome {
  /** Whether another exchange may follow. */
  readonly reusable: boolean;
}

const sound: Subject = (pieces, method) => {
  const machine = asking({ method }, LIMITS);
  const outcome = feed(machine, pieces, true);
  // Whether the connection may go on is settled before its end.
  const again = asking({ method }, LIMITS);
  feed(again, pieces);
  return { ...outcome, reusable: again.reusable };
};

const SEEDS: readonly string[] = [
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n10;a=b\r\n0123456789abcdef\r\n0\r\nX-Sum: 1\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
  "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
  "HTTP/1.1 200 OK\nServer: x\n\nto the end",
  "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\nrest",
];

Deno.test("fuzz: a client's machine throws Http1Error alone, whatever the cut, and agrees with the grammar", () => {
  const counts = { complete: 0, refused: 0 };
  assertEquals(findFault(sound, RESPONSES, counts), undefined);
  // Were nearly all wires refused, or none, the generator would not get far into the machine.
  assert(counts.complete > RESPONSES / 10 && counts.refused > RESPONSES / 10, JSON.stringify(counts));
});

/** Machines with one fault each, and how it must be found. */
const PLANTED: readonly { readonly name: string; readonly subject: Subject; readonly found: string }[] = [
  {
    name: "crashes on some bytes",
    subject: (pieces, method) => {
      const result = sound(pieces, method);
      if (result.refused === "bad_chunk") throw new TypeError("Cannot read properties of undefined");
      return result;
    },
    found: "throws TypeError",
  },
  {
    name: "takes content in chunks that do not end in CRLF",
    subject: (pieces, method) => {
      const result = sound(pieces, method);
      return result.refused === "bad_chunk" ? { ...result, refused: "", ended: true } : result;
    },
    found: "takes what the grammar does not",
  },
  {
    name: "loses a byte where a piece begins",
    subject: (pieces, method) => {
      const result = sound(pieces, method);
      return { ...result, body: pieces.length > 1 ? result.body.slice(1) : result.body };
    },
    found: "depends on the cut",
  },
  {
    name: "goes on where bytes were left over",
    subject: (pieces, method) => {
      const result = sound(pieces, method);
      return { ...result, reusable: result.ended };
    },
    found: "reads something else than the grammar",
  },
  {
    name: "makes the lengths of two lines into one",
    subject: (pieces, method) => {
      const result = sound(pieces, method);
      return result.refused === "bad_content_length" ? { ...result, refused: "", ended: true } : result;
    },
    found: "takes what the grammar does not",
  },
  {
    name: "does not take what it should",
    subject: (pieces, method) => {
      const result = sound(pieces, method);
      return result.trailers === undefined ? result : { ...result, ended: false, refused: "bad_header" };
    },
    found: "refuses what the grammar takes",
  },
];

for (const { name, subject, found } of PLANTED) {
  Deno.test(`fuzz: finds a machine that ${name}`, () => {
    assertStringIncludes(findFault(subject, RESPONSES, { complete: 0, refused: 0 }) ?? "no fault", found);
  });
}

/** Tries wires until one makes `subject` do what it must not; what that was. */
function findFault(
  subject: Subject,
  wires: number,
  counts: { complete: number; refused: number },
): string | undefined {
  const below = random(1);
  for (let i = 0; i < wires; i++) {
    const wire = mutate(pick(SEEDS, below), below);
    const method = pick(["GET", "GET", "GET", "HEAD"], below);
    const fault = faultOf(subject, wire, method, below, counts);
    if (fault !== undefined) return `${fault}: ${method} ${JSON.stringify(wire)}`;
  }
  return undefined;
}

function faultOf(
  subject: Subject,
  wire: string,
  method: string,
  below: Below,
  counts: { complete: number; refused: number },
): string | undefined {
  const all = bytes(wire);
  let result: Result;
  try {
    result = subject([all], method);
    for (const pieces of [inPieces(all, 1), inPieces(all, 1 + below(all.length + 1))]) {
      if (pieces.length > 1 && !equal(subject(pieces, method), result)) return "depends on the cut";
    }
  } catch (error) {
    return `throws ${error instanceof Error ? error.name : error}`;
  }
  const reading = readResponse(wire, method);
  if (result.ended) {
    counts.complete++;
    if (reading === undefined) return "takes what the grammar does not";
    const { status, fields, body, trailers = [], reusable } = result;
    if (!equal({ status, fields, body, trailers, reusable }, reading)) {
      return "reads something else than the grammar";
    }
  } else if (result.refused !== undefined) {
    counts.refused++;
    const limited = result.refused === "head_too_large" || result.refused === "trailers_too_large";
    if (reading !== undefined && !limited) return "refuses what the grammar takes";
  }
  return undefined;
}

Deno.test("fuzz: a machine that gives no event does not keep bytes without limit", () => {
  const below = random(3);
  const starts = ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ""];
  for (const start of [...starts, `${starts[1]}0\r\n`, `${starts[1]}1;`, "HTTP/1.1 100 x\r\n\r\n"]) {
    for (const filler of ["a", "x: y\r\n", "0", " ", ";", "1;a\r\nb\r\n", "\r\n", "HTTP/1.1 100 x\r\n\r\n"]) {
      const machine = asking({}, LIMITS);
      const piece = bytes(filler.repeat(1 + below(50)));
      let silent = 0;
      let told = 0;
      try {
        machine.receive(bytes(start));
        for (let fed = 0; fed < 200_000 && told < 2_000; fed += piece.length) {
          const event = machine.next();
          if (event === undefined) machine.receive(piece);
          else told++;
          silent = event === undefined ? silent + piece.length : 0;
          // Past its end, what comes is thrown away.
          assert(
            silent < MAX_HELD_BYTES || machine.serverState !== "send_response",
            JSON.stringify({ start, filler }),
          );
        }
      } catch (error) {
        assert(error instanceof Http1Error, String(error));
      }
    }
  }
});

Deno.test("fuzz: a message that one machine sends is read alike by another", () => {
  const below = random(4);
  const text = (most: number): string =>
    Array.from({ length: below(most) }, () => pick(NASTY, below)).join("");
  let sent = 0;
  for (let i = 0; i < SENT; i++) {
    const client = new Http1Connection("client");
    const method = pick(["GET", "POST", "HEAD", "get", text(3)], below);
    const target = `/${text(4)}`;
    const fields: Field[] = Array.from({ length: below(3) }, () => [`x-${text(2)}`, `v${text(4)}v`]);
    const content = pick([0, 5, "unknown" as const], below);
    try {
      client.sendRequest({ method, target, authority: `a${text(2)}`, fields }, content);
    } catch (error) {
      assert(error instanceof TypeError, String(error));
      continue;
    }
    sent++;
    if (content !== 0) client.sendData(bytes("hello"));
    client.sendEnd();
    const got = feed(new Http1Connection("server"), [bytes(written(client))]);
    assertEquals(got.request, `${method} ${target}`);
    assertEquals(got.body, content === 0 ? "" : "hello");
    assertEquals(got.fields?.filter(([name]) => name.startsWith("x-")), fields);
    assertEquals(got.ended, true);
  }
  assert(sent > SENT / 20, `${sent}`);
});

/** What header injection is made of, and some harmless letters. */
const NASTY: readonly string[] = [
  ...[
    "\r",
    "\n",
    "\r\n",
    "\r\nx: y",
    "\x00",
    "\x7f",
    "\x1f",
    " ",
    "\t",
    ":",
    "\u010a",
    "\u010d",
    "\u{1f600}",
    "\xe9",
    "\xff",
  ],
  ...["a", "b", "c", "d", "e", "f", "g", "h", "1", "2", "-", ".", "!", "~"],
];
