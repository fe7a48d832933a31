/**
 * The events of a WebSocket connection.
 *
 * @module
 */

/** A whole message, its fragments joined. */
export interface WebSocketMessageEvent {
  /** The kind of event. */
  readonly type: "message";
  /** The text of a text message, the bytes of a binary one, which belong to the receiver of the event. */
  readonly data: string | Uint8Array<ArrayBuffer>;
}

/** A Ping frame. The machine has made the pong. */
export interface WebSocketPingEvent {
  /** The kind of event. */
  readonly type: "ping";
  /** Its payload, at most 125 bytes. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** A Pong frame, which may be unsolicited. */
export interface WebSocketPongEvent {
  /** The kind of event. */
  readonly type: "pong";
  /** Its payload, at most 125 bytes. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** A Close frame: the peer sends no more, and whatever follows it is ignored. The machine has made the Close frame that confirms it. */
export interface WebSocketCloseEvent {
  /** The kind of event. */
  readonly type: "close";
  /** Its status code; 1005 when it has none (RFC 6455 §7.1.5). */
  readonly code: number;
  /** Its reason; empty when it has none. */
  readonly reason: string;
}

/** An event of a WebSocket connection. */
export type WebSocketEvent =
  | WebSocketMessageEvent
  | WebSocketPingEvent
  | WebSocketPongEvent
  | WebSocketCloseEvent;
