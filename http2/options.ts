/**
 * The options of a connection, and their defaults.
 *
 * @module
 */

import { MAX_TIMER_MS } from "../io/attempt.ts";
import { MAX_FIELDS, MAX_HEAD_BYTES, MAX_INFORMATIONAL_BYTES, MAX_TARGET_BYTES } from "../http/limits.ts";
import {
  DEFAULT_CONNECTION_WINDOW_BYTES,
  DEFAULT_MAX_CONCURRENT_STREAMS,
  DEFAULT_MAX_SEND_STREAMS,
  DEFAULT_STREAM_WINDOW_BYTES,
  MAX_EMPTY_DATA_FRAMES,
} from "./limits.ts";
import {
  DEFAULT_WINDOW,
  MAX_MAX_FRAME_SIZE,
  MAX_STREAM_ID,
  MAX_WINDOW,
  MIN_MAX_FRAME_SIZE,
} from "./protocol.ts";
import type { Http2Role } from "./streams.ts";

/** Options of {@linkcode Http2Connection}; all have defaults. */
export interface Http2ConnectionOptions {
  /** How many bytes the peer may send on one stream before they are consumed: 2 MiB. */
  readonly initialStreamWindow?: number;
  /**
   * How many bytes the peer may have on the way on all streams together: 5 MiB, at least 65,535. They are allowed
   * again as they arrive, so that a stream that is not read holds up no other.
   */
  readonly initialConnectionWindow?: number;
  /**
   * How large the window of a stream that is consumed may become, where the path holds more than `initialStreamWindow`
   * (bandwidth times delay): no larger, by default. It is measured with one PING for each half of the connection's window.
   */
  readonly maxStreamWindow?: number;
  /** The largest frame that the peer may send: 16,384 bytes, which is the least. */
  readonly maxFrameSize?: number;
  /**
   * The largest field section that is accepted, each field counting its name, its value and 32: 256 KiB, room for
   * the longest cookies and policies that servers send. A larger one costs its stream, and a server responds with 431;
   * one of four times as much costs the connection.
   */
  readonly maxHeaderListSize?: number;
  /** Server: bytes of a request's `:path`: 16,384. The response to a longer one is a 414. */
  readonly maxTargetBytes?: number;
  /** Fields of one head or trailer section: 1,000. One more costs the stream, and a server responds with 431. */
  readonly maxFields?: number;
  /** Client: bytes of the heads of all 1xx responses before a final one, counted like field sections: 1 MiB. */
  readonly maxInformationalBytes?: number;
  /** DATA frames of one stream without content that come one after another: 10,000. One more costs the stream. */
  readonly maxEmptyDataFrames?: number;
  /** Server: how many streams the client may have open at a time: 100. */
  readonly maxConcurrentStreams?: number;
  /** Server: whether it takes an extended CONNECT, by which a stream carries another protocol (RFC 8441): `false`. */
  readonly enableConnectProtocol?: boolean;
  /** Client: how many streams it opens before the server has said how many it takes: 100. */
  readonly initialMaxSendStreams?: number;
  /** Client: the identifier of its first stream: 1. It is odd. */
  readonly firstStreamId?: number;
  /** The time in milliseconds, by which floods are told from what comes in a long life: `performance.now`. */
  readonly now?: () => number;
}

/** {@linkcode Http2ConnectionOptions} with all defaults filled in, and in range. */
export type ResolvedConnectionOptions = Required<Http2ConnectionOptions>;

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} When a figure is out of its range.
 */
export function resolveOptions(role: Http2Role, options: Http2ConnectionOptions): ResolvedConnectionOptions {
  const initialStreamWindow = options.initialStreamWindow ?? DEFAULT_STREAM_WINDOW_BYTES;
  const resolved: ResolvedConnectionOptions = {
    initialStreamWindow,
    maxStreamWindow: options.maxStreamWindow ?? initialStreamWindow,
    initialConnectionWindow: options.initialConnectionWindow ?? DEFAULT_CONNECTION_WINDOW_BYTES,
    maxFrameSize: options.maxFrameSize ?? MIN_MAX_FRAME_SIZE,
    maxHeaderListSize: options.maxHeaderListSize ?? MAX_HEAD_BYTES,
    maxTargetBytes: options.maxTargetBytes ?? MAX_TARGET_BYTES,
    maxFields: options.maxFields ?? MAX_FIELDS,
    maxInformationalBytes: options.maxInformationalBytes ?? MAX_INFORMATIONAL_BYTES,
    maxEmptyDataFrames: options.maxEmptyDataFrames ?? MAX_EMPTY_DATA_FRAMES,
    maxConcurrentStreams: options.maxConcurrentStreams ?? DEFAULT_MAX_CONCURRENT_STREAMS,
    enableConnectProtocol: role === "server" && (options.enableConnectProtocol ?? false),
    initialMaxSendStreams: options.initialMaxSendStreams ?? DEFAULT_MAX_SEND_STREAMS,
    firstStreamId: options.firstStreamId ?? (role === "client" ? 1 : 2),
    now: options.now ?? (() => performance.now()),
  };
  checkRange("initialStreamWindow", resolved.initialStreamWindow, 1, MAX_WINDOW);
  checkRange("initialConnectionWindow", resolved.initialConnectionWindow, DEFAULT_WINDOW, MAX_WINDOW);
  checkRange("maxStreamWindow", resolved.maxStreamWindow, resolved.initialStreamWindow, MAX_WINDOW);
  checkRange("maxFrameSize", resolved.maxFrameSize, MIN_MAX_FRAME_SIZE, MAX_MAX_FRAME_SIZE);
  checkRange("maxHeaderListSize", resolved.maxHeaderListSize, 0, 0xffff_ffff);
  checkRange("maxTargetBytes", resolved.maxTargetBytes, 1, Number.MAX_SAFE_INTEGER);
  checkRange("maxFields", resolved.maxFields, 1, Number.MAX_SAFE_INTEGER);
  checkRange("maxInformationalBytes", resolved.maxInformationalBytes, 1, Number.MAX_SAFE_INTEGER);
  checkRange("maxEmptyDataFrames", resolved.maxEmptyDataFrames, 0, Number.MAX_SAFE_INTEGER);
  checkRange("maxConcurrentStreams", resolved.maxConcurrentStreams, 0, 0xffff_ffff);
  checkRange("initialMaxSendStreams", resolved.initialMaxSendStreams, 0, 0xffff_ffff);
  checkRange("firstStreamId", resolved.firstStreamId, 1, MAX_STREAM_ID);
  if (resolved.firstStreamId % 2 !== (role === "client" ? 1 : 0)) {
    const parity = role === "client" ? "odd" : "even";
    throw new RangeError(
      `Cannot use firstStreamId ${resolved.firstStreamId}: those of a ${role} are ${parity}`,
    );
  }
  return resolved;
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`Cannot use ${name} ${value}: it must be a whole number from ${least} to ${most}`);
  }
}

/** The times of a client's driver, in milliseconds. */
export interface DriverTimes {
  /** The time that the server's SETTINGS may take; 0 for no limit. */
  readonly settingsTimeout?: number;
  /** The silence before a keep-alive PING, and the time of its acknowledgement. */
  readonly keepAlive?: { readonly interval: number; readonly timeout: number };
}

/**
 * Checks the times of a client's driver.
 *
 * @throws {RangeError} When a time is out of its range.
 */
export function checkTimes({ settingsTimeout, keepAlive }: DriverTimes): void {
  if (settingsTimeout !== undefined) checkTime("settingsTimeout", settingsTimeout, 0);
  if (keepAlive === undefined) return;
  // Without an interval PINGs would follow each other at once, and without a timeout the first would be the last.
  checkTime("keepAlive.interval", keepAlive.interval, 1);
  checkTime("keepAlive.timeout", keepAlive.timeout, 1);
}

function checkTime(name: string, milliseconds: unknown, least: number): void {
  if (typeof milliseconds === "number" && milliseconds >= least && milliseconds <= MAX_TIMER_MS) return;
  throw new RangeError(
    `Cannot use ${name} ${String(milliseconds)}: it must be from ${least} to ${MAX_TIMER_MS} milliseconds`,
  );
}
