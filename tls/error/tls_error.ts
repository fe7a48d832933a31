/**
 * The one error of TLS.
 *
 * It has a code to branch on, the failure underneath as `cause`, and a hint that says what to do.
 *
 * @module
 */

import type { AlertName } from "./alert_description.ts";
import { ALERT_FOR, type TlsErrorCode } from "./error_codes.ts";

/** A refused certificate as {@linkcode TlsError} has it: the face of {@linkcode CertificateError}. */
export interface CertificateRefusal extends Error {
  /** The reason: a {@linkcode CertificateErrorCode}. */
  readonly code: string;
  /** Subject of the certificate, as text (RFC 4514), where it could be read. */
  readonly subject?: string;
  /** What can be done about it, where this is more than the code says. */
  readonly hint?: string;
  /** The alert that tells the peer. */
  readonly alert: AlertName;
}

/** What {@linkcode TlsError} takes besides code and message. */
export interface TlsErrorOptions extends ErrorOptions {
  /** The alert that the peer ended the connection with, where it sent one. */
  readonly alert?: AlertName;
  /** What the reader can do about it, as a sentence. */
  readonly hint?: string;
  /** Which certificate was refused and why, where one was. */
  readonly certificate?: CertificateRefusal;
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
  /** Which certificate was refused and why, where one was. */
  readonly certificate?: CertificateRefusal;

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
    if (options.certificate !== undefined) this.certificate = options.certificate;
  }
}

/** The alert that tells the peer of this failure, or `undefined` where none is to be sent. */
export function alertFor(error: unknown): AlertName | undefined {
  // A failure that is not the protocol's is ours.
  if (!(error instanceof TlsError)) return "internal_error";
  // The peer ended it: it needs no telling.
  if (error.alert !== undefined) return undefined;
  return error.certificate?.alert ?? ALERT_FOR[error.code];
}

export type { TlsErrorCode } from "./error_codes.ts";
