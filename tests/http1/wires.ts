/**
 * What the tests of HTTP/1.1 share: wires cut in every way, and what a machine makes of them.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { Http1Connection } from "../../http1/connection.ts";
import { Http1Error } from "../../http1/error.ts";
import type { Http1ConnectionOptions } from "../../http1/limits.ts";
import type { RequestHead } from "../../http1/request_head.ts";

/** Text as bytes, each code unit one. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Bytes as text, each one code unit. */
export function text(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Above this many bytes, not every cut is tried: the machine would spend more time here than in all other tests. */
const MAX_CUT_BYTES = 600;

/** The wire whole, byte by byte, and cut once at each place; a long one in fewer ways. */
export function* splits(wire: Uint8Array): Generator<Uint8Array[]> {
  yield [wire];
  if (wire.length > MAX_CUT_BYTES) {
    yield inPieces(wire, 1000);
    yield inPieces(wire, 4093);
    return;
  }
  yield inPieces(wire, 1);
  for (let at = 1; at < wire.length; at++) yield [wire.subarray(0, at), wire.subarray(at)];
}

/** The wire in pieces of one size. */
export function inPieces(wire: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < wire.length; at += size) pieces.push(wire.subarray(at, at + size));
  return pieces;
}

/** A request without content, with what a test needs said differently. */
export function request(head: Partial<RequestHead> = {}): RequestHead {
  return { method: "GET", target: "/", authority: "example.com", fields: [], ...head };
}

/** What a machine made of what it received, in a form that is easy to compare. */
export interface Outcome {
  /** The method and target of a request. */
  request?: string;
  /** The status of a response, or of a switch. */
  status?: number;
  statusText?: string;
  version?: string;
  fields?: readonly Field[];
  /** The length that is known when the head is. */
  length?: number;
  body: string;
  trailers?: readonly Field[];
  /** The statuses of the 1xx responses. */
  informational?: number[];
  /** Whether the message has ended. */
  ended: boolean;
  /** What follows a switch of protocols. */
  rest?: string;
  /** Whether the peer has ended the connection between messages. */
  closed?: true;
  /** The code of the error. */
  refused?: string;
}

/** Feeds a machine, and gathers its events. Each piece is overwritten as soon as the machine may not look any more. */
export function feed(machine: Http1Connection, pieces: Iterable<Uint8Array>, end = false): Outcome {
  const outcome: Outcome = { body: "", ended: false };
  try {
    for (const piece of pieces) {
      const memory = piece.slice();
      machine.receive(memory);
      drain(machine, outcome);
      memory.fill(0x21);
    }
    if (end) {
      machine.receiveEnd();
      drain(machine, outcome);
    }
  } catch (error) {
    if (!(error instanceof Http1Error)) throw error;
    outcome.refused = error.code;
  }
  if (outcome.rest !== undefined) outcome.rest += text(machine.takeRest());
  return outcome;
}

/** More events than any test's bytes amount to. */
const MAX_EVENTS = 200_000;

function drain(machine: Http1Connection, outcome: Outcome): void {
  let events = 0;
  for (let event = machine.next(); event !== undefined; event = machine.next()) {
    if (++events > MAX_EVENTS) throw new Error("the machine makes events out of nothing");
    switch (event.type) {
      case "request":
        outcome.request = `${event.method} ${event.target}`;
        outcome.version = event.version;
        outcome.fields = event.fields;
        if (event.length !== undefined) outcome.length = event.length;
        break;
      case "informational":
        (outcome.informational ??= []).push(event.status);
        break;
      case "response":
        outcome.status = event.status;
        outcome.statusText = event.statusText;
        outcome.version = event.version;
        outcome.fields = event.fields;
        if (event.length !== undefined) outcome.length = event.length;
        break;
      case "switched":
        outcome.status = event.status;
        outcome.fields = event.fields;
        outcome.rest = "";
        break;
      case "data":
        outcome.body += text(event.data);
        break;
      case "end_of_message":
        outcome.ended = true;
        if (event.trailers.length > 0) outcome.trailers = event.trailers;
        break;
      case "connection_closed":
        outcome.closed = true;
        break;
    }
  }
}

/** A client's machine that has sent a request and waits for the answer. */
export function asking(
  head: Partial<RequestHead> = {},
  options: Http1ConnectionOptions = {},
): Http1Connection {
  const machine = new Http1Connection("client", options);
  machine.sendRequest(request(head));
  machine.sendEnd();
  while (machine.output() !== undefined);
  return machine;
}

/** Everything that a machine has to write. */
export function written(machine: Http1Connection): string {
  let wire = "";
  for (let piece = machine.output(); piece !== undefined; piece = machine.output()) wire += text(piece);
  return wire;
}
