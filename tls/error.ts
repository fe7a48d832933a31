/**
 * The one error of TLS.
 *
 * It has a code to branch on, the failure underneath as `cause`, and a hint that says what to do.
 *
 * @module
 */

import type { AlertName } from "./wire/alert.ts";

/**
 * What went wrong. The words are stable; the messages are not. More of them may come.
 *
 * | code | meaning |
 * |---|---|
 * | `certificate_expired` | the peer's certificate, or one above it, is past its time |
 * | `certificate_not_yet_valid` | its time has not come |
 * | `certificate_wrong_name` | it is valid for other names than the one asked for |
 * | `certificate_unknown_issuer` | no trusted authority stands behind it |
 * | `certificate_revoked` | its authority took it back |
 * | `certificate_invalid` | it cannot be accepted for another reason |
 * | `handshake_failed` | the two ends could not agree, or one broke the rules; see `alert` |
 * | `protocol_error` | after the handshake, the peer broke the rules or gave up with an alert |
 * | `no_application_protocol` | the two ends share no protocol, or the server chose one that was not offered |
 * | `unexpected_eof` | the connection ended without saying so |
 * | `connection_reset` | the connection was torn down |
 * | `connect_timeout` | dialling took too long |
 * | `handshake_timeout` | the handshake took too long |
 * | `unsupported_option` | this way of doing TLS cannot do what was asked |
 * | `bad_certificate_pem` | a certificate that was handed in cannot be read |
 * | `bad_key_pem` | a private key that was handed in cannot be read or does not fit its certificate |
 */
export type TlsErrorCode =
  | "certificate_expired"
  | "certificate_not_yet_valid"
  | "certificate_wrong_name"
  | "certificate_unknown_issuer"
  | "certificate_revoked"
  | "certificate_invalid"
  | "handshake_failed"
  | "protocol_error"
  | "no_application_protocol"
  | "unexpected_eof"
  | "connection_reset"
  | "connect_timeout"
  | "handshake_timeout"
  | "unsupported_option"
  | "bad_certificate_pem"
  | "bad_key_pem";

/** What {@linkcode TlsError} takes besides code and message. */
export interface TlsErrorOptions extends ErrorOptions {
  /** The alert that the peer ended the connection with, where it sent one. */
  readonly alert?: AlertName;
  /** What the reader can do about it, as a sentence. */
  readonly hint?: string;
}

/**
 * Why TLS failed.
 *
 * Messages name hosts and dates, never keys, nor anything that was sent through the connection.
 *
 * @example Branching on the code
 * ```ts
 * import { DenoTls, TlsError } from "@ductile/ductile/tls";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const error = assertThrows(() => new DenoTls({ caCerts: "not a certificate" }), TlsError);
 * assertEquals(error.code, "bad_certificate_pem");
 * ```
 */
export class TlsError extends Error {
  /** `TlsError`. */
  override readonly name = "TlsError";
  /** What went wrong. */
  readonly code: TlsErrorCode;
  /** The alert that the peer ended the connection with, where it sent one. */
  readonly alert?: AlertName;
  /** What can be done about it, where there is something. */
  readonly hint?: string;

  /**
   * Says why TLS failed.
   *
   * @param code What went wrong.
   * @param message What was refused and why.
   * @param options The failure underneath, the alert and the hint.
   */
  constructor(code: TlsErrorCode, message: string, options: TlsErrorOptions = {}) {
    super(message, options);
    this.code = code;
    if (options.alert !== undefined) this.alert = options.alert;
    if (options.hint !== undefined) this.hint = options.hint;
  }
}
