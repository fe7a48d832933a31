/**
 * The outcome of early data (RFC 9846 §4.3.10), in both roles.
 *
 * @module
 */

/**
 * The reason for which early data was refused. A client knows only the first two, and `declined` for all others.
 *
 * - `hello_retry_request`: the server asked for a second ClientHello.
 * - `session_not_resumed`: the handshake was a full one, or resumed another ticket than the first.
 * - `disabled`: the server accepts no early data.
 * - `unsupported_for_session`: the ticket allowed none, or could be used more than once.
 * - `cipher_suite_mismatch`, `alpn_mismatch`: the handshake chose another one than the ticket's connection.
 * - `ticket_age_skew`: the ClientHello is not as old as it says, so it may have been recorded.
 * - `declined`: the server's application refused it (`acceptEarlyData`).
 */
export type EarlyDataRefusal =
  | "hello_retry_request"
  | "session_not_resumed"
  | "disabled"
  | "unsupported_for_session"
  | "cipher_suite_mismatch"
  | "alpn_mismatch"
  | "ticket_age_skew"
  | "declined";

/** The outcome of early data that a client announced. */
export type EarlyDataOutcome = "accepted" | EarlyDataRefusal;

/** Server: data of the client that came before the handshake was done. An attacker can send it again (RFC 9846 §8). */
export interface TlsEarlyDataEvent {
  /** `early_data`. */
  readonly type: "early_data";
  /** At least one byte; the memory belongs to the caller. */
  readonly data: Uint8Array;
}

/**
 * Server with `sendHalfRttData`: data can be sent from here on, although the client has not proved yet that it takes
 * part in the handshake now.
 */
export interface TlsHalfRttEvent {
  /** `half_rtt`. */
  readonly type: "half_rtt";
}
