/**
 * The error of TLS, which all rooms of this wing throw.
 *
 * @module
 */

import type { AlertName } from "./alert_description.ts";
import { ALERT_FOR, type TlsErrorCode } from "./error_codes.ts";

/** A refused certificate as {@linkcode TlsError} has it: the face of {@linkcode CertificateError}. */
export interface CertificateRefusal extends Error {
  /** Code of the reason: a {@linkcode CertificateErrorCode}. */
  readonly code: string;
  /** Subject of the certificate, as text (RFC 4514), where it could be read. */
  readonly subject?: string;
  /** Advice for the reader; absent when the code says as much. */
  readonly hint?: string;
  /** Alert for the peer. */
  readonly alert: AlertName;
}

/** Options of a {@linkcode TlsError}, beside its code and message. */
export interface TlsErrorOptions extends ErrorOptions {
  /** Alert with which the peer ended the connection; absent when it sent none. */
  readonly alert?: AlertName;
  /** Advice for the reader, as a sentence. */
  readonly hint?: string;
  /** The refused certificate and the reason; absent when none was refused. */
  readonly certificate?: CertificateRefusal;
  /** ECHConfigList of a server that rejected ECH; absent when it has none, or is not authentic. */
  readonly retryConfigs?: Uint8Array;
}

/**
 * Failure of TLS: a `code` to branch on, a `hint` for the reader, and the underlying failure as `cause`.
 *
 * Messages name hosts and dates, never keys or application data.
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
  /** Code of the failure. */
  readonly code: TlsErrorCode;
  /** Alert with which the peer ended the connection; absent when it sent none. */
  readonly alert?: AlertName;
  /** Advice for the reader; absent when there is none. */
  readonly hint?: string;
  /** The refused certificate and the reason; absent when none was refused. */
  readonly certificate?: CertificateRefusal;
  /**
   * With `ech_rejected`: the ECHConfigList that the server wants to be tried again with, in one new connection (RFC 9849
   * §6.1.6); absent when it has no ECH any more, or its certificate was not verified.
   */
  readonly retryConfigs?: Uint8Array;

  /**
   * Makes an error.
   *
   * @param code Code of the failure.
   * @param message Operation that failed and the reason: "Cannot do x: reason".
   * @param options The underlying failure, the alert, the hint, the certificate and the retry configurations.
   */
  constructor(code: TlsErrorCode, message: string, options: TlsErrorOptions = {}) {
    super(message, options);
    this.code = code;
    if (options.alert !== undefined) this.alert = options.alert;
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.certificate !== undefined) this.certificate = options.certificate;
    if (options.retryConfigs !== undefined) this.retryConfigs = options.retryConfigs;
  }
}

/** The alert to send for a failure, or `undefined` when none is to be sent. */
export function alertFor(error: unknown): AlertName | undefined {
  // Another error is no fault of the peer.
  if (!(error instanceof TlsError)) return "internal_error";
  // The peer has ended the connection itself.
  if (error.alert !== undefined) return undefined;
  return error.certificate?.alert ?? ALERT_FOR[error.code];
}

export type { TlsErrorCode } from "./error_codes.ts";
