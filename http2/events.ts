/**
 * What the machine tells its driver.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import type { Http2Error } from "./error.ts";
import type { ErrorCodeName } from "./protocol.ts";
import type { Http2Settings } from "./settings.ts";

/** One of the events that {@linkcode Http2Connection.next} returns. */
export type Http2Event =
  | RequestEvent
  | InformationalEvent
  | ResponseEvent
  | DataEvent
  | TrailersEvent
  | ResetEvent
  | WindowEvent
  | SettingsEvent
  | PongEvent
  | GoAwayEvent
  | EndEvent;

/** Server: a request opens a stream. */
export interface RequestEvent {
  /** `request`. */
  readonly type: "request";
  /** The new stream. */
  readonly streamId: number;
  /** `:method`. */
  readonly method: string;
  /** `:scheme`; empty for CONNECT. */
  readonly scheme: string;
  /** `:authority` or `host`; empty when there is neither. */
  readonly authority: string;
  /** `:path`; empty for CONNECT. */
  readonly path: string;
  /** The fields, without pseudo-fields. */
  readonly fields: readonly Field[];
  /** What Content-Length says. */
  readonly contentLength: number | undefined;
  /** Whether the request ends here. */
  readonly end: boolean;
}

/** Client: a 1xx response. */
export interface InformationalEvent {
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
export interface ResponseEvent {
  /** `response`. */
  readonly type: "response";
  /** The stream. */
  readonly streamId: number;
  /** 200 to 999. */
  readonly status: number;
  /** The fields, without `:status`. */
  readonly fields: readonly Field[];
  /** What Content-Length says. */
  readonly contentLength: number | undefined;
  /** Whether the response ends here. */
  readonly end: boolean;
}

/** Content. When it was used, {@linkcode Http2Connection.consume} lets the peer send more. */
export interface DataEvent {
  /** `data`. */
  readonly type: "data";
  /** The stream. */
  readonly streamId: number;
  /** A view of what was received, valid until the next `undefined`. Empty only at the end. */
  readonly bytes: Uint8Array;
  /** Whether the message ends here. */
  readonly end: boolean;
}

/** Trailers, and the end of the message. */
export interface TrailersEvent {
  /** `trailers`. */
  readonly type: "trailers";
  /** The stream. */
  readonly streamId: number;
  /** The fields; those that may not stand in trailers are left out. */
  readonly fields: readonly Field[];
}

/** A stream ended before its messages did. */
export interface ResetEvent {
  /** `reset`. */
  readonly type: "reset";
  /** The stream. */
  readonly streamId: number;
  /** Why; its `initiator` is `remote` when the peer's RST_STREAM or GOAWAY did it. */
  readonly error: Http2Error;
}

/** The peer lets this end send more. */
export interface WindowEvent {
  /** `window`. */
  readonly type: "window";
  /** The stream; 0: on any. */
  readonly streamId: number;
}

/** The peer's settings came, and hold. */
export interface SettingsEvent {
  /** `settings`. */
  readonly type: "settings";
  /** All of them, as they are now. */
  readonly settings: Http2Settings;
}

/** A PING was answered. */
export interface PongEvent {
  /** `pong`. */
  readonly type: "pong";
  /** The eight bytes. */
  readonly data: Uint8Array;
}

/** The peer takes no more streams. */
export interface GoAwayEvent {
  /** `go_away`. */
  readonly type: "go_away";
  /** The last stream that it acts upon. Those above have a `reset` event each, and are safe to send again. */
  readonly lastStreamId: number;
  /** Why. */
  readonly code: ErrorCodeName;
}

/** The peer sends nothing more, and no stream is open. */
export interface EndEvent {
  /** `end`. */
  readonly type: "end";
}
