/**
 * The events of the HTTP/1.1 machine.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import type { Http1Version } from "./start_line.ts";

/** The head of a request has arrived. */
export interface RequestEvent {
  /** Discriminates the events. */
  readonly type: "request";
  /** The method, case as it came. */
  readonly method: string;
  /** The request target: a path and query, an absolute URL, `host:port` for CONNECT, or `*`. */
  readonly target: string;
  /** Host and port, as the target names them or else the Host field; empty where both name none. */
  readonly authority: string;
  /** The version of the message. */
  readonly version: Http1Version;
  /** The fields as received, `host` among them: that of the target where it names one. */
  readonly fields: readonly Field[];
  /** The length of the content, where it is known; 0 when there is none. */
  readonly length: number | undefined;
}

/** A 1xx response other than 101 has arrived; the final response is still to come. */
export interface InformationalEvent {
  /** Discriminates the events. */
  readonly type: "informational";
  /** 100, or 102 to 199. */
  readonly status: number;
  /** The reason phrase. */
  readonly statusText: string;
  /** The fields. */
  readonly fields: readonly Field[];
}

/** The head of the final response has arrived. */
export interface ResponseEvent {
  /** Discriminates the events. */
  readonly type: "response";
  /** 200 to 999. */
  readonly status: number;
  /** The reason phrase. */
  readonly statusText: string;
  /** The version of the message. */
  readonly version: Http1Version;
  /** The fields as received; a Content-Length that Transfer-Encoding overrides is left out. */
  readonly fields: readonly Field[];
  /** The length of the content, where it is known; 0 when there is none. */
  readonly length: number | undefined;
}

/** A piece of content has arrived. */
export interface DataEvent {
  /** Discriminates the events. */
  readonly type: "data";
  /** At least one byte: a view of what was received, valid until the next call of `receive`. */
  readonly data: Uint8Array;
}

/** The message has ended. */
export interface EndOfMessageEvent {
  /** Discriminates the events. */
  readonly type: "end_of_message";
  /** The trailer fields; those that may not stand in trailers are left out. */
  readonly trailers: readonly Field[];
}

/** A 101, or a 2xx to CONNECT, has arrived. The bytes after it are not HTTP: `takeRest` returns those received. */
export interface SwitchedEvent {
  /** Discriminates the events. */
  readonly type: "switched";
  /** 101, or 200 to 299. */
  readonly status: number;
  /** The reason phrase. */
  readonly statusText: string;
  /** The version of the message. */
  readonly version: Http1Version;
  /** The fields. */
  readonly fields: readonly Field[];
}

/** The peer has ended the connection between messages. */
export interface ConnectionClosedEvent {
  /** Discriminates the events. */
  readonly type: "connection_closed";
}

/** An event of {@linkcode Http1Connection}. */
export type Http1Event =
  | RequestEvent
  | InformationalEvent
  | ResponseEvent
  | DataEvent
  | EndOfMessageEvent
  | SwitchedEvent
  | ConnectionClosedEvent;
