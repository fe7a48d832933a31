/**
 * The descriptions of alerts (RFC 9846 §6): the names on which the error codes stand, and their numbers on the wire.
 *
 * @module
 */

/** Numbers of the alerts, by their RFC names; those that only TLS 1.1 and older have are left out. */
export const AlertDescription = {
  close_notify: 0x00,
  unexpected_message: 0x0a,
  bad_record_mac: 0x14,
  record_overflow: 0x16,
  handshake_failure: 0x28,
  bad_certificate: 0x2a,
  unsupported_certificate: 0x2b,
  certificate_revoked: 0x2c,
  certificate_expired: 0x2d,
  certificate_unknown: 0x2e,
  illegal_parameter: 0x2f,
  unknown_ca: 0x30,
  access_denied: 0x31,
  decode_error: 0x32,
  decrypt_error: 0x33,
  protocol_version: 0x46,
  insufficient_security: 0x47,
  internal_error: 0x50,
  inappropriate_fallback: 0x56,
  user_canceled: 0x5a,
  no_renegotiation: 0x64, // RFC 5246 §7.2.2
  missing_extension: 0x6d,
  unsupported_extension: 0x6e,
  unrecognized_name: 0x70,
  bad_certificate_status_response: 0x71,
  unknown_psk_identity: 0x73,
  certificate_required: 0x74,
  general_error: 0x75,
  no_application_protocol: 0x78,
  ech_required: 0x79, // RFC 9849 §5
} as const;

/** Name of an alert, such as `handshake_failure`. */
export type AlertName = keyof typeof AlertDescription;

/** The name of the alert with a number, such as `handshake_failure` for 40; `undefined` for an unknown number. */
export function alertName(description: number): AlertName | undefined {
  return NAMES.get(description);
}

const NAMES: ReadonlyMap<number, AlertName> = new Map(
  // Object.entries types the names as strings; they are the keys of AlertDescription.
  Object.entries(AlertDescription).map(([name, number]) => [number, name as AlertName]),
);
