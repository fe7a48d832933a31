/**
 * Alerts: the reason for which one end of a TLS connection ends it (RFC 9846 §6).
 *
 * ```text
 * struct {
 *     AlertLevel level;
 *     AlertDescription description;
 * } Alert;
 * ```
 *
 * @module
 */

import { AlertDescription, type AlertName, alertName } from "../error/alert_description.ts";
import { TlsError } from "../error/tls_error.ts";

/** `enum { warning(1), fatal(2), (255) } AlertLevel` (RFC 9846 §6) */
export const AlertLevel = { warning: 0x01, fatal: 0x02 } as const;

/** Level of an alert; in TLS 1.3 the description alone decides. */
export type AlertLevel = typeof AlertLevel[keyof typeof AlertLevel];

/** The two bytes of an alert. */
export function encodeAlert(level: AlertLevel, name: AlertName): Uint8Array {
  return Uint8Array.of(level, AlertDescription[name]);
}

/** An alert as it was received; level and description may be unknown here. */
export interface ReceivedAlert {
  readonly level: number;
  readonly description: number;
  /** The name of `description`, where it has one. */
  readonly name?: AlertName;
}

/**
 * Reads an alert.
 *
 * @param body The whole content of its record: "a record with an Alert type MUST contain exactly one message"
 * (RFC 9846 §5.1).
 * @throws {TlsError} `decode_error` when it does not have two bytes.
 */
export function decodeAlert(body: Uint8Array): ReceivedAlert {
  const [level, description] = body;
  if (level === undefined || description === undefined || body.length !== 2) {
    throw new TlsError("decode_error", `Cannot read an alert: it has ${body.length} bytes, not 2`);
  }
  const name = alertName(description);
  return name === undefined ? { level, description } : { level, description, name };
}
