/**
 * What a machine tells of the bytes that it received.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import type { Http1Version } from "./start_line.ts";

/** A request has begun. */
export interface RequestEvent {
  /** Which event it is. */
  readonly type: "request";
  /** The method, case as it came. */
  readonly method: string;
  /** The request target: a path, a whole URL, `host:port` for CONNECT, or `*`. */
  readonly target: string;
  /** The sender's version. */
  readonly version: Http1Version;
  /** The fields as received, `host` among them; a Content-Length that does not hold is left out. */
  readonly fields: readonly Field[];
  /** How long the content is, where that is known; 0 when there is none. */
  readonly length: number | undefined;
}

/** A 1xx response other than 101; the final one is still to come. */
export interface InformationalEvent {
  /** Which event it is. */
  readonly type: "informational";
  /** 100, or 102 to 199. */
  readonly status: number;
  /** The reason phrase. */
  readonly statusText: string;
  /** The fields. */
  readonly fields: readonly Field[];
}

/** The final response has begun. */
export interface ResponseEvent {
  /** Which event it is. */
  readonly type: "response";
  /** 200 to 999. */
  readonly status: number;
  /** The reason phrase. */
  readonly statusText: string;
  /** The sender's version. */
  readonly version: Http1Version;
  /** The fields as received; a Content-Length that does not hold is left out. */
  readonly fields: readonly Field[];
  /** How long the content is, where that is known; 0 when there is none. */
  readonly length: number | undefined;
}

/** Content. */
export interface DataEvent {
  /** Which event it is. */
  readonly type: "data";
  /** At least one byte: a view of what was received, valid until the next call of `receive`. */
  readonly data: Uint8Array;
}

/** The message has ended. */
export interface EndOfMessageEvent {
  /** Which event it is. */
  readonly type: "end_of_message";
  /** The trailer fields; those that may not stand in trailers are left out. */
  readonly trailers: readonly Field[];
}

/** A 101, or a 2xx to CONNECT: what follows is not HTTP, and `takeRest` has what came of it. */
export interface SwitchedEvent {
  /** Which event it is. */
  readonly type: "switched";
  /** 101, or 200 to 299. */
  readonly status: number;
  /** The reason phrase. */
  readonly statusText: string;
  /** The sender's version. */
  readonly version: Http1Version;
  /** The fields. */
  readonly fields: readonly Field[];
}

/** The peer has ended the connection, between messages. */
export interface ConnectionClosedEvent {
  /** Which event it is. */
  readonly type: "connection_closed";
}

/** Whatever a machine may tell. */
export type Http1Event =
  | RequestEvent
  | InformationalEvent
  | ResponseEvent
  | DataEvent
  | EndOfMessageEvent
  | SwitchedEvent
  | ConnectionClosedEvent;
