/**
 * Frames of WebSockets as a peer may write them, well-formed or not, and what a machine makes of them.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { encodeHex } from "@std/encoding/hex";
import type { WebSocketConnection } from "../../websocket/connection.ts";
import { WebSocketError } from "../../websocket/error.ts";
import type { WebSocketEvent } from "../../websocket/events.ts";

/** The parts of a frame; a whole text frame without a mask by default. */
export interface RawFrame {
  /** The first byte: FIN, RSV and opcode. */
  readonly first?: number;
  readonly payload?: Uint8Array | string;
  readonly key?: readonly number[];
  /** The code of the length, 126 or 127, where it is longer than it must be. */
  readonly lengthCode?: number;
  /** The length that is announced, when it is not that of the payload. */
  readonly length?: number;
}

/** Writes one frame. */
export function frame(raw: RawFrame): Uint8Array<ArrayBuffer> {
  const payload = typeof raw.payload === "string"
    ? new TextEncoder().encode(raw.payload)
    : raw.payload?.slice() ?? new Uint8Array();
  const length = raw.length ?? payload.length;
  const code = raw.lengthCode ?? (length < 126 ? length : length < 65_536 ? 126 : 127);
  const extended = new Uint8Array(code === 126 ? 2 : code === 127 ? 8 : 0);
  if (code === 126) new DataView(extended.buffer).setUint16(0, length);
  if (code === 127) new DataView(extended.buffer).setBigUint64(0, BigInt(length));
  const { key } = raw;
  if (key !== undefined) {
    for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] ?? 0) ^ (key[i % 4] ?? 0);
  }
  const head = Uint8Array.of(raw.first ?? 0x81, code | (key === undefined ? 0 : 0x80));
  return concat([head, extended, Uint8Array.from(key ?? []), payload]);
}

/** What a machine told, wrote and failed with. */
export interface Outcome {
  readonly events: readonly WebSocketEvent[];
  /** All output, in hex. */
  readonly output: string;
  /** The code of the failure, and its status code. */
  readonly failure: readonly [string, number | null] | undefined;
}

/** Feeds a machine pieces, and takes its events and output. */
export function feed(machine: WebSocketConnection, pieces: readonly Uint8Array[], isEnded = false): Outcome {
  const events: WebSocketEvent[] = [];
  const output: Uint8Array[] = [];
  let failure: Outcome["failure"];
  const advance = () => {
    try {
      for (let event = machine.next(); event !== undefined; event = machine.next()) events.push(event);
    } catch (error) {
      if (!(error instanceof WebSocketError)) throw error;
      failure = [error.code, error.closeCode];
    }
    for (let piece = machine.output(); piece !== undefined; piece = machine.output()) {
      output.push(piece.slice());
    }
  };
  for (const piece of pieces) {
    const memory = piece.slice();
    machine.receive(memory);
    advance();
    memory.fill(0xdb);
  }
  if (isEnded) machine.receiveEnd();
  advance();
  return { events, output: encodeHex(concat(output)), failure };
}
