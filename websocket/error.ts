/**
 * The error class of WebSockets, and its codes.
 *
 * @module
 */

/**
 * The kind of a {@linkcode WebSocketError}.
 *
 * There is no WebSocket:
 * - `refused`: the server's response is none to an upgrade, such as a 403 or a redirect.
 * - `bad_handshake`: the response, or the request, breaks a rule of the opening handshake.
 *
 * The peer broke a rule:
 * - `bad_frame`: a reserved bit or opcode, the mask, the length, a fragment out of place.
 * - `bad_close`: the payload of a Close frame.
 * - `bad_text`: text that is not UTF-8.
 * - `bad_compression`: a compressed message that cannot be inflated.
 *
 * The peer exceeded a limit:
 * - `message_too_large`.
 * - `ping_timeout`: there was no pong in time.
 * - `close_timeout`: there was no Close frame in time.
 *
 * The connection ended:
 * - `truncated`: the transport ended, or failed, without a Close frame.
 * - `closed`: by this end.
 */
export type WebSocketErrorCode =
  | "refused"
  | "bad_handshake"
  | "bad_frame"
  | "bad_close"
  | "bad_text"
  | "bad_compression"
  | "message_too_large"
  | "ping_timeout"
  | "close_timeout"
  | "truncated"
  | "closed";

/** Options of {@linkcode WebSocketError}. */
export interface WebSocketErrorOptions extends ErrorOptions {
  /** The reason of a close; empty by default. */
  readonly reason?: string;
  /** The status of a server's response to a handshake that it refuses; 400 by default. */
  readonly statusHint?: number;
}

/**
 * A failure of a WebSocket, which cannot be used afterwards.
 *
 * @example A frame with a reserved bit
 * ```ts
 * import { WebSocketConnection, WebSocketError } from "@ductile/ductile/websocket";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const machine = new WebSocketConnection("client");
 * machine.receive(Uint8Array.of(0xa1, 0x00));
 * const error = assertThrows(() => machine.next(), WebSocketError);
 * assertEquals([error.code, error.closeCode], ["bad_frame", 1002]);
 * ```
 */
export class WebSocketError extends Error {
  /** `WebSocketError`. */
  override readonly name = "WebSocketError";
  /** The kind of failure. */
  readonly code: WebSocketErrorCode;
  /** The status code of the close (RFC 6455 §7.4): 1006 where none was sent, `null` where no WebSocket was open. */
  readonly closeCode: number | null;
  /** The reason of the close; empty when there is none. */
  readonly reason: string;
  /** The status of a server's response to a handshake that it refuses, such as 400 or 426 (RFC 6455 §4.2.2). */
  readonly statusHint: number;

  /**
   * Makes an error.
   *
   * @param code The kind of failure.
   * @param message What cannot be done, and why.
   * @param options The cause, and the reason of a close.
   */
  constructor(code: WebSocketErrorCode, message: string, options: WebSocketErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.closeCode = CLOSE_CODES[code];
    this.reason = options.reason ?? "";
    this.statusHint = options.statusHint ?? 400;
  }
}

/** The status code of each failure (RFC 6455 §7.4.1). */
const CLOSE_CODES: Readonly<Record<WebSocketErrorCode, number | null>> = {
  refused: null,
  bad_handshake: null,
  bad_frame: 1002,
  bad_close: 1002,
  bad_text: 1007,
  bad_compression: 1007,
  message_too_large: 1009,
  ping_timeout: 1006,
  close_timeout: 1006,
  truncated: 1006,
  closed: 1006,
};
