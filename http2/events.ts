/**
 * The events of the HTTP/2 machine.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import type { Http2Error } from "./error.ts";
import type { ErrorCodeName } from "./protocol.ts";
import type { Http2Settings } from "./settings.ts";

/** An event that {@linkcode Http2Connection.next} returns. */
export type Http2Event =
  | Http2RequestEvent
  | Http2InformationalEvent
  | Http2ResponseEvent
  | Http2DataEvent
  | Http2EndOfMessageEvent
  | Http2ResetEvent
  | Http2WindowEvent
  | Http2SettingsEvent
  | Http2PingAckEvent
  | Http2GoAwayEvent
  | Http2PriorityUpdateEvent
  | Http2ConnectionClosedEvent;

/** Server: a request opens a stream. */
export interface Http2RequestEvent {
  /** `request`. */
  readonly type: "request";
  /** The new stream. */
  readonly streamId: number;
  /** `:method`. */
  readonly method: string;
  /** `:protocol` of an extended CONNECT: the protocol that the stream is to carry (RFC 8441 §4). */
  readonly protocol?: string;
  /** `:scheme`; empty for CONNECT, unless it is an extended one. */
  readonly scheme: string;
  /** `:authority` or `host`; empty when there is neither. */
  readonly authority: string;
  /** `:path`; empty for CONNECT, unless it is an extended one. */
  readonly path: string;
  /** The fields, without pseudo-fields. */
  readonly fields: readonly Field[];
  /** The value of content-length. */
  readonly contentLength: number | undefined;
}

/** Client: a 1xx response. */
export interface Http2InformationalEvent {
  /** `informational`. */
  readonly type: "informational";
  /** The stream. */
  readonly streamId: number;
  /** 100 to 199, without 101. */
  readonly status: number;
  /** The fields, without `:status`. */
  readonly fields: readonly Field[];
}

/** Client: the head of the final response. */
export interface Http2ResponseEvent {
  /** `response`. */
  readonly type: "response";
  /** The stream. */
  readonly streamId: number;
  /** 200 to 999. */
  readonly status: number;
  /** The fields, without `:status`. */
  readonly fields: readonly Field[];
  /** The value of content-length. */
  readonly contentLength: number | undefined;
}

/** Content. {@linkcode Http2Connection.consume} lets the peer send more when it was used. */
export interface Http2DataEvent {
  /** `data`. */
  readonly type: "data";
  /** The stream. */
  readonly streamId: number;
  /**
   * At least one byte: a view of what was received, valid until {@linkcode Http2Connection.next} returns
   * `undefined`.
   */
  readonly data: Uint8Array;
}

/** A request or response ends: its END_STREAM came. */
export interface Http2EndOfMessageEvent {
  /** `end_of_message`. */
  readonly type: "end_of_message";
  /** The stream. */
  readonly streamId: number;
  /** The trailer fields; those that may not stand in trailers are left out. */
  readonly trailers: readonly Field[];
}

/** A stream ended before its messages did. */
export interface Http2ResetEvent {
  /** `reset`. */
  readonly type: "reset";
  /** The stream. */
  readonly streamId: number;
  /** The reason; its `initiator` is `remote` when it was the peer's RST_STREAM or GOAWAY. */
  readonly error: Http2Error;
}

/** The peer's WINDOW_UPDATE lets this end send more. */
export interface Http2WindowEvent {
  /** `window`. */
  readonly type: "window";
  /** The stream; 0 for all of them. */
  readonly streamId: number;
}

/** The peer's SETTINGS came, and apply. */
export interface Http2SettingsEvent {
  /** `settings`. */
  readonly type: "settings";
  /** All settings as they are now. */
  readonly settings: Http2Settings;
}

/** The peer acknowledges a PING of this end. */
export interface Http2PingAckEvent {
  /** `ping_ack`. */
  readonly type: "ping_ack";
  /** The eight bytes of the PING. */
  readonly data: Uint8Array;
}

/** The peer's GOAWAY: it takes no more streams. */
export interface Http2GoAwayEvent {
  /** `go_away`. */
  readonly type: "go_away";
  /** The last stream that the peer acts on. Those above have a `reset` event each, and are safe to retry. */
  readonly lastStreamId: number;
  /** The error code. */
  readonly code: ErrorCodeName;
}

/** Server: the client gives the response of a stream another priority (RFC 9218). The stream may not be open yet. */
export interface Http2PriorityUpdateEvent {
  /** `priority_update`. */
  readonly type: "priority_update";
  /** The stream. */
  readonly streamId: number;
  /** The value, in the form of the Priority field, such as `u=1, i`; not parsed. */
  readonly priority: string;
}

/** The peer ended the connection, with no stream open. The last event. */
export interface Http2ConnectionClosedEvent {
  /** `connection_closed`. */
  readonly type: "connection_closed";
}
