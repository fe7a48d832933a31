/**
 * Frames written and read by hand, so that the machine is not tested with its own tools.
 *
 * @module
 */

import { concat } from "@std/bytes";
import { encodeHex } from "@std/encoding";
import type { Field } from "../../http/fields.ts";
import { Http2Connection } from "../../http2/connection.ts";
import { Http2Error } from "../../http2/error.ts";
import type { Http2Event } from "../../http2/events.ts";
import type { Http2ConnectionOptions } from "../../http2/options.ts";
import { CLIENT_PREFACE, ErrorCode, type ErrorCodeName, Flag, FrameType } from "../../http2/protocol.ts";

/** Bytes out of numbers, binary strings and other bytes. */
export function bytes(...parts: (number | string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return concat(parts.map((part) => {
    if (typeof part === "number") return new Uint8Array([part]);
    return typeof part === "string" ? Uint8Array.from(part, (char) => char.charCodeAt(0)) : part;
  }));
}

/** A number in big-endian bytes. */
export function number(value: number, width: number): Uint8Array {
  return Uint8Array.from({ length: width }, (_, i) => Math.floor(value / 2 ** (8 * (width - 1 - i))) % 256);
}

/** A frame, whatever it says. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array | string = "",
): Uint8Array {
  const body = bytes(payload);
  return bytes(number(body.length, 3), type, flags, number(streamId, 4), body);
}

/** SETTINGS with pairs of identifier and value. */
export function settings(...pairs: [id: number, value: number][]): Uint8Array {
  return frame(
    FrameType.SETTINGS,
    0,
    0,
    bytes(...pairs.flatMap(([id, value]) => [number(id, 2), number(value, 4)])),
  );
}

/** The acknowledgement of SETTINGS. */
export const SETTINGS_ACK: Uint8Array = frame(FrameType.SETTINGS, Flag.ACK, 0);

/** DATA. */
export function data(streamId: number, content: Uint8Array | string, flags = 0): Uint8Array {
  return frame(FrameType.DATA, flags, streamId, content);
}

/** DATA with END_STREAM. */
export function lastData(streamId: number, content: Uint8Array | string): Uint8Array {
  return data(streamId, content, Flag.END_STREAM);
}

/** DATA with padding of `length` bytes. */
export function paddedData(streamId: number, content: string, length: number, flags = 0): Uint8Array {
  return data(streamId, bytes(length, content, new Uint8Array(length)), flags | Flag.PADDED);
}

/** A field block without compression: every field a literal that is not indexed (RFC 7541 §6.2.2). */
export function block(fields: readonly Field[]): Uint8Array {
  return bytes(...fields.flatMap(([name, value]) => [0x00, literal(name), literal(value)]));
}

function literal(text: string): Uint8Array {
  const { length } = text;
  if (length < 127) return bytes(length, text);
  const digits: number[] = [127];
  let rest = length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push(rest % 128 + 128);
  return bytes(...digits, rest, text);
}

/** HEADERS in one frame. */
export function headers(streamId: number, fields: readonly Field[], end = false): Uint8Array {
  const flags = Flag.END_HEADERS | (end ? Flag.END_STREAM : 0);
  return frame(FrameType.HEADERS, flags, streamId, block(fields));
}

/** HEADERS with a status alone. */
export function response(streamId: number, status = "200", end = false): Uint8Array {
  return headers(streamId, [[":status", status]], end);
}

/** RST_STREAM. */
export function reset(streamId: number, code: ErrorCodeName = "CANCEL"): Uint8Array {
  return frame(FrameType.RST_STREAM, 0, streamId, number(ErrorCode[code], 4));
}

/** WINDOW_UPDATE. */
export function windowUpdate(streamId: number, increment: number): Uint8Array {
  return frame(FrameType.WINDOW_UPDATE, 0, streamId, number(increment, 4));
}

/** GOAWAY. */
export function goAway(lastStreamId: number, code: ErrorCodeName = "NO_ERROR", debug = ""): Uint8Array {
  return frame(FrameType.GOAWAY, 0, 0, bytes(number(lastStreamId, 4), number(ErrorCode[code], 4), debug));
}

/** PING. */
export function ping(flags = 0): Uint8Array {
  return frame(FrameType.PING, flags, 0, "12345678");
}

/** A frame as it is on the wire. */
export interface WireFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
}

/** Cuts whole frames out of bytes; a client's preface before them is skipped. */
export function cut(wire: Uint8Array): WireFrame[] {
  const frames: WireFrame[] = [];
  const view = new DataView(wire.buffer, wire.byteOffset, wire.length);
  let at = wire[0] === 0x50 ? CLIENT_PREFACE.length : 0;
  while (at < wire.length) {
    const length = view.getUint32(at) >>> 8;
    frames.push({
      type: view.getUint8(at + 3),
      flags: view.getUint8(at + 4),
      streamId: view.getUint32(at + 5),
      payload: wire.slice(at + 9, at + 9 + length),
    });
    at += 9 + length;
  }
  return frames;
}

/** Frames as words: `RST_STREAM 1 CANCEL`, `DATA 1 end 5`, `PING ack`. */
export function describe(wire: Uint8Array = new Uint8Array()): string[] {
  return cut(wire).map(({ type, flags, streamId, payload }) => {
    const name = Object.keys(FrameType)[type] ?? "UNKNOWN";
    const word = (at: number) => new DataView(payload.buffer).getUint32(at);
    const code = (at: number) => Object.keys(ErrorCode)[word(at)] ?? "UNKNOWN";
    switch (type) {
      case FrameType.RST_STREAM:
        return `${name} ${streamId} ${code(0)}`;
      case FrameType.GOAWAY:
        return `${name} ${word(0)} ${code(4)}`;
      case FrameType.WINDOW_UPDATE:
        return `${name} ${streamId} ${word(0)}`;
      case FrameType.DATA:
        return `${name} ${streamId}${(flags & Flag.END_STREAM) !== 0 ? " end" : ""} ${payload.length}`;
      case FrameType.HEADERS:
        return `${name} ${streamId}${(flags & Flag.END_STREAM) !== 0 ? " end" : ""}`;
      case FrameType.PING:
      case FrameType.SETTINGS:
        return `${name}${(flags & Flag.ACK) !== 0 ? " ack" : ""}`;
      default:
        return `${name} ${streamId}`;
    }
  });
}

/** What a machine does with bytes: its events as words, the frames that it wrote, and the error that ended it. */
export interface Outcome {
  readonly events: string[];
  readonly output: string[];
  readonly failure: string | undefined;
}

/** Feeds pieces to a machine. Pieces of DATA that belong together are put together. */
export function feed(machine: Http2Connection, pieces: Iterable<Uint8Array>): Outcome {
  const events: string[] = [];
  const output: string[] = [];
  let failure: string | undefined;
  let last: { text: string; streamId: number } | undefined;
  for (const piece of pieces) {
    const own = piece.slice();
    machine.receive(own);
    try {
      let isHeldBack: boolean;
      do {
        for (let event = machine.next(); event !== undefined; event = machine.next()) {
          if (event.type === "data" && last?.streamId === event.streamId) events.pop();
          const text: string = last?.streamId === streamOf(event) && event.type === "data" ? last.text : "";
          last = event.type === "data"
            ? { text: text + encodeHex(event.data), streamId: event.streamId }
            : undefined;
          events.push(inWords(event, last?.text ?? ""));
        }
        isHeldBack = !machine.wantsRead;
        output.push(...describe(machine.output()));
      } while (isHeldBack && machine.failure === undefined);
    } catch (error) {
      if (!(error instanceof Http2Error)) throw error;
      failure = error.code;
      output.push(...describe(machine.output()));
      break;
    }
    own.fill(0xdb); // a view that is still in use shows garbage
  }
  return { events, output, failure };
}

function streamOf(event: Http2Event): number {
  return "streamId" in event ? event.streamId : 0;
}

function inWords(event: Http2Event, content: string): string {
  switch (event.type) {
    case "request":
      return `request ${event.streamId} ${event.method} ${event.path}`;
    case "informational":
    case "response":
      return `${event.type} ${event.streamId} ${event.status}`;
    case "data":
      return `data ${event.streamId} ${content.length / 2}`;
    case "end_of_message":
      return `${event.type} ${event.streamId}${
        event.trailers.length > 0 ? ` with ${event.trailers.length} trailers` : ""
      }`;
    case "reset":
      // Its scope is the stream's, always: words are for another.
      return `reset ${event.streamId} ${event.error.code} ${event.error.initiator} ${event.error.progress}${
        event.error.scope === "stream" ? "" : ` of the ${event.error.scope}`
      }`;
    case "window":
      return `window ${event.streamId}`;
    case "go_away":
      return `go_away ${event.lastStreamId} ${event.code}`;
    case "priority_update":
      return `priority_update ${event.streamId} ${event.priority}`;
    case "settings":
    case "ping_ack":
    case "connection_closed":
      return event.type;
  }
}

/** Feeds bytes at once. */
export function feedAll(machine: Http2Connection, ...parts: Uint8Array[]): Outcome {
  return feed(machine, [concat(parts)]);
}

/** Ways to cut bytes: whole, byte by byte, and in two at each place (or some places, when there are many). */
export function* splits(wire: Uint8Array): Generator<Uint8Array[]> {
  yield [wire];
  yield Array.from(wire, (_, i) => wire.subarray(i, i + 1));
  const step = Math.max(1, Math.floor(wire.length / 400));
  for (let at = 1; at < wire.length; at += step) yield [wire.subarray(0, at), wire.subarray(at)];
}

/** What {@linkcode client} and {@linkcode server} start with. */
export interface Start extends Http2ConnectionOptions {
  /** The method of the requests. `GET` by default. */
  readonly method?: string;
  /** How many requests the client has sent. 1 by default. */
  readonly requests?: number;
  /** Whether their content is still to come. */
  readonly open?: boolean;
}

/** A clock that stands still, so that nothing makes up for a flood. */
const noTimePasses = () => 0;

/** A client whose preface is exchanged, and whose requests are written. */
export function client(
  { method = "GET", requests = 1, open = false, ...options }: Start = {},
): Http2Connection {
  const machine = new Http2Connection("client", { now: noTimePasses, ...options });
  feedAll(machine, settings(), SETTINGS_ACK);
  for (let i = 0; i < requests; i++) {
    machine.sendRequest({ method, scheme: "https", authority: "a.test", path: "/" }, [], !open);
  }
  machine.output();
  return machine;
}

/** A server whose preface is exchanged. */
export function server(options: Http2ConnectionOptions = {}): Http2Connection {
  const machine = new Http2Connection("server", { now: noTimePasses, ...options });
  feedAll(machine, CLIENT_PREFACE, settings(), SETTINGS_ACK);
  machine.output();
  return machine;
}

/** The pseudo-fields of a request. */
export const GET: readonly Field[] = [
  [":method", "GET"],
  [":scheme", "https"],
  [":authority", "a.test"],
  [":path", "/"],
];

/** Carries bytes both ways until neither has anything to say, and returns the events of both. */
export function exchange(
  one: Http2Connection,
  other: Http2Connection,
  react: (event: Http2Event, machine: Http2Connection) => void,
): void {
  let quiet = false;
  while (!quiet) {
    quiet = true;
    for (const [from, to] of [[one, other], [other, one]] as const) {
      const output = from.output()?.slice();
      if (output !== undefined) to.receive(output);
      for (let event = to.next(); event !== undefined; event = to.next()) react(event, to);
      if (output !== undefined) quiet = false;
    }
  }
}
