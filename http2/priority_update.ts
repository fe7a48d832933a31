/**
 * PRIORITY_UPDATE: a client's word on how the response of a stream is to be scheduled beside others (RFC 9218 §7).
 *
 * The machine checks it and tells it; a server's application decides what comes of it.
 *
 * @module
 */

import type { Core } from "./core.ts";
import { Http2Error } from "./error.ts";
import type { Http2PriorityUpdateEvent } from "./events.ts";
import { MAX_STREAM_ID } from "./protocol.ts";
import { remoteHalf } from "./stream_state.ts";

/** Reads the PRIORITY_UPDATE frames of a connection. */
export class PriorityUpdates {
  readonly #core: Core;
  /** Streams that were prioritized before they were opened; some may have been opened since. */
  readonly #idle = new Set<number>();

  /** @param core The state of the connection. */
  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Takes a frame.
   *
   * @param payload The stream identifier, and the value in the form of the Priority field.
   * @returns The event; `undefined` for a stream that is closed.
   * @throws {Http2Error} When the peer must not have sent it.
   */
  receive(payload: Uint8Array): Http2PriorityUpdateEvent | undefined {
    const { role, streams } = this.#core;
    // "Servers MUST NOT send PRIORITY_UPDATE frames. If a client receives a PRIORITY_UPDATE frame, it MUST respond with a
    // connection error of type PROTOCOL_ERROR." (RFC 9218 §7.1)
    if (role === "client") throw refused("a server sends none");
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const streamId = view.getUint32(0) & MAX_STREAM_ID;
    // "If a PRIORITY_UPDATE frame is received with a prioritized stream ID of 0x0, the recipient MUST respond with a
    // connection error of type PROTOCOL_ERROR." (RFC 9218 §7.1) Pushed streams, with even ones, are all idle.
    if (streams.isOwn(streamId)) throw refused("it names no stream of a client");
    const priority = textOf(payload.subarray(4));
    const isIdle = streams.absence(streamId) === "idle" && streams.get(streamId) === undefined;
    if (streams.get(streamId) === undefined && !isIdle) return undefined;
    if (isIdle) this.#countIdle(streamId);
    return { type: "priority_update", streamId, priority };
  }

  /**
   * "The number of streams that have been prioritized but remain in the "idle" state plus the number of active streams
   * [...] MUST NOT exceed the value of the SETTINGS_MAX_CONCURRENT_STREAMS parameter. Servers that receive such a
   * PRIORITY_UPDATE MUST respond with a connection error of type PROTOCOL_ERROR." (RFC 9218 §7.1)
   */
  #countIdle(streamId: number): void {
    const { streams, local } = this.#core;
    this.#idle.add(streamId);
    if (this.#idle.size + streams.peers <= local.maxConcurrentStreams) return;
    for (const id of this.#idle) if (id <= streams.lastPeer) this.#idle.delete(id);
    if (this.#idle.size + streams.peers <= local.maxConcurrentStreams) return;
    throw refused("more streams have a priority than may be open");
  }
}

/**
 * Checks a PRIORITY_UPDATE of this end, and writes it.
 *
 * @throws {TypeError} When this end is a server, or the value is not one that a Priority field can have.
 */
export function sendPriorityUpdate(core: Core, streamId: number, priority: string): void {
  if (core.role === "server") throw new TypeError("Cannot send PRIORITY_UPDATE: a server sends none");
  if (!/^[\x20-\x7e]{0,1000}$/.test(priority)) {
    throw new TypeError("Cannot send PRIORITY_UPDATE: its value is not short ASCII text");
  }
  const stream = core.streams.get(streamId);
  if (stream === undefined || remoteHalf(stream.state) === undefined) return; // the response has ended
  core.writer.priorityUpdate(streamId, new TextEncoder().encode(priority));
}

/** "Failure to parse the Priority Field Value MAY be treated as a connection error." (RFC 9218 §7) */
function textOf(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte < 0x20 || byte > 0x7e)) throw refused("its value is not ASCII text");
  return new TextDecoder().decode(bytes);
}

function refused(reason: string): Http2Error {
  return new Http2Error("PROTOCOL_ERROR", `Cannot accept PRIORITY_UPDATE: ${reason}`);
}
