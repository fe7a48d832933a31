/**
 * The codes of {@linkcode TlsError}, and the alert that goes with each (RFC 9846 §6.2).
 *
 * @module
 */

import type { AlertName } from "./alert_description.ts";

/**
 * Code of a {@linkcode TlsError}. The codes are stable, the messages are not; more codes may come.
 *
 * ### Certificates
 *
 * | code | meaning |
 * |---|---|
 * | `certificate_expired` | the peer's certificate, or one above it, has expired |
 * | `certificate_not_yet_valid` | the peer's certificate, or one above it, is not valid yet |
 * | `certificate_wrong_name` | the peer's certificate is valid for other names than the one asked for |
 * | `certificate_unknown_issuer` | the peer's certificate has no certification path to a trusted root |
 * | `certificate_revoked` | the peer's certificate was revoked |
 * | `certificate_invalid` | the peer's certificate is not accepted for another reason; see `certificate` |
 * | `certificate_rejected` | the application's verifier refused the peer's certificate |
 * | `pin_mismatch` | no key of the peer's certification path is pinned |
 * | `certificate_required` | the server requires a client certificate, and the client sent none; with an `alert` where the server says so |
 * | `no_certificate` | a server sent no certificate |
 * | `unsupported_certificate_type` | the two ends agree on no certificate type (RFC 7250): certificates, or raw public keys |
 * | `invalid_certificate_compression` | the peer's CompressedCertificate cannot be decompressed, or not to the length that it says |
 *
 * ### The handshake
 *
 * | code | meaning |
 * |---|---|
 * | `handshake_failed` | the peer ended the handshake with an `alert` |
 * | `unsupported_protocol_version` | the peer supports no version that is enabled here |
 * | `no_shared_cipher_suite`, `no_shared_group`, `no_shared_signature_scheme` | the two ends support none in common |
 * | `no_application_protocol` | the two ends share no application protocol |
 * | `no_suitable_certificate` | this end has no certificate for the peer |
 * | `unrecognized_name` | a client asks a server for a name that it has no certificate for |
 * | `unoffered_cipher_suite`, `unoffered_group`, `unoffered_signature_scheme`, `unoffered_psk`, `unoffered_application_protocol` | the peer selected one that was not offered |
 * | `invalid_key_share` | the peer's public key is not a valid one |
 * | `bad_signature` | the peer does not hold the key of its certificate |
 * | `bad_finished`, `bad_binder` | the two ends have different transcripts of the handshake |
 * | `no_extended_main_secret` | the peer does not know the extended main secret (RFC 7627), which is required here |
 * | `bad_renegotiation_info` | the peer claims to renegotiate (RFC 5746) in a first handshake |
 * | `inappropriate_fallback` | a client falls back to an older version than both ends have (RFC 7507) |
 * | `early_data_wrong_version` | early data was sent, and the server speaks TLS 1.2 or older now: connect again without it |
 * | `early_data_wrong_protocol` | early data was refused, and ALPN selected another protocol than it was sent for |
 * | `downgrade_detected` | an attacker on the network suppressed the newer version |
 * | `bad_ech_payload` | the second ClientHello of a handshake with Encrypted ClientHello cannot be decrypted |
 * | `ech_rejected` | the server, authentic by its public name, rejected Encrypted ClientHello; see `retryConfigs` |
 * | `illegal_hello_retry_request` | a HelloRetryRequest changes nothing, or asks for what was not offered |
 * | `illegal_parameter`, `duplicate_extension`, `unsupported_extension`, `missing_extension` | a message violates the protocol |
 *
 * ### Messages and records
 *
 * | code | meaning |
 * |---|---|
 * | `not_tls` | the first bytes are no TLS record |
 * | `decode_error` | a message cannot be parsed |
 * | `unexpected_message` | a message is not allowed at this point |
 * | `excess_handshake_data`, `interleaved_handshake` | a message crosses a change of keys, or is interrupted |
 * | `handshake_too_large`, `certificate_too_large`, `record_overflow` | a limit of the protocol, or of this end |
 * | `bad_record_mac` | a record was altered in transit, or protected with other keys |
 * | `empty_fragment`, `illegal_inner_plaintext`, `illegal_change_cipher_spec`, `illegal_alert` | a record violates the protocol |
 * | `too_many_empty_fragments`, `too_many_warning_alerts`, `too_many_key_updates` | the peer sends too many of them without data |
 * | `too_much_early_data` | a client sends more early data than it may, or than is skipped |
 * | `protocol_error` | the peer ended the connection with an `alert` after the handshake |
 *
 * ### The connection
 *
 * | code | meaning |
 * |---|---|
 * | `unexpected_eof` | the connection ended without `close_notify` |
 * | `connection_reset` | the connection was reset |
 * | `connect_timeout` | dialling took too long |
 * | `handshake_timeout` | the handshake took too long |
 * | `write_zero` | the transport takes no more bytes |
 * | `write_after_shutdown` | data was written after `close_notify` was sent |
 * | `handshake_incomplete` | the operation needs a handshake that is done |
 * | `key_exhausted` | a key has protected as many records as it may |
 *
 * ### Configuration
 *
 * | code | meaning |
 * |---|---|
 * | `unsupported_option` | this implementation of TLS does not support an option |
 * | `invalid_option` | an option makes no sense, alone or beside another |
 * | `bad_certificate_pem` | a certificate in the options cannot be read |
 * | `bad_revocation_list` | a revocation list in the options cannot be read, or is of an unsupported kind |
 * | `bad_key_pem` | a private key in the options cannot be read, or does not fit its certificate |
 * | `signing_failed` | the private key failed to sign |
 */
export type TlsErrorCode =
  | "certificate_expired"
  | "certificate_not_yet_valid"
  | "certificate_wrong_name"
  | "certificate_unknown_issuer"
  | "certificate_revoked"
  | "certificate_invalid"
  | "certificate_rejected"
  | "pin_mismatch"
  | "certificate_required"
  | "no_certificate"
  | "unsupported_certificate_type"
  | "invalid_certificate_compression"
  | "handshake_failed"
  | "unsupported_protocol_version"
  | "no_shared_cipher_suite"
  | "no_shared_group"
  | "no_shared_signature_scheme"
  | "no_application_protocol"
  | "no_suitable_certificate"
  | "unrecognized_name"
  | "unoffered_cipher_suite"
  | "unoffered_group"
  | "unoffered_signature_scheme"
  | "unoffered_psk"
  | "unoffered_application_protocol"
  | "invalid_key_share"
  | "bad_signature"
  | "bad_finished"
  | "bad_binder"
  | "no_extended_main_secret"
  | "bad_renegotiation_info"
  | "inappropriate_fallback"
  | "early_data_wrong_version"
  | "early_data_wrong_protocol"
  | "downgrade_detected"
  | "bad_ech_payload"
  | "ech_rejected"
  | "illegal_hello_retry_request"
  | "illegal_parameter"
  | "duplicate_extension"
  | "unsupported_extension"
  | "missing_extension"
  | "not_tls"
  | "decode_error"
  | "unexpected_message"
  | "excess_handshake_data"
  | "interleaved_handshake"
  | "handshake_too_large"
  | "certificate_too_large"
  | "record_overflow"
  | "bad_record_mac"
  | "empty_fragment"
  | "illegal_inner_plaintext"
  | "illegal_change_cipher_spec"
  | "illegal_alert"
  | "too_many_empty_fragments"
  | "too_many_warning_alerts"
  | "too_many_key_updates"
  | "too_much_early_data"
  | "protocol_error"
  | "unexpected_eof"
  | "connection_reset"
  | "connect_timeout"
  | "handshake_timeout"
  | "write_zero"
  | "write_after_shutdown"
  | "handshake_incomplete"
  | "key_exhausted"
  | "unsupported_option"
  | "invalid_option"
  | "bad_certificate_pem"
  | "bad_revocation_list"
  | "bad_key_pem"
  | "signing_failed";

/** The alert that goes with each code; `undefined` where none is sent. */
export const ALERT_FOR: Readonly<Record<TlsErrorCode, AlertName | undefined>> = {
  certificate_expired: "certificate_expired",
  certificate_not_yet_valid: "certificate_expired",
  certificate_wrong_name: "bad_certificate",
  certificate_unknown_issuer: "unknown_ca",
  certificate_revoked: "certificate_revoked",
  certificate_invalid: "bad_certificate",
  certificate_rejected: "access_denied",
  pin_mismatch: "access_denied",
  certificate_required: "certificate_required",
  no_certificate: "decode_error",
  unsupported_certificate_type: "unsupported_certificate",
  invalid_certificate_compression: "bad_certificate",

  handshake_failed: undefined,
  unsupported_protocol_version: "protocol_version",
  no_shared_cipher_suite: "handshake_failure",
  no_shared_group: "handshake_failure",
  no_shared_signature_scheme: "handshake_failure",
  no_application_protocol: "no_application_protocol",
  no_suitable_certificate: "handshake_failure",
  // "If the server understood the ClientHello extension but does not recognize the server name, the server SHOULD take one
  // of two actions: either abort the handshake by sending a fatal-level unrecognized_name(112) alert or continue the
  // handshake." (RFC 6066 §3)
  unrecognized_name: "unrecognized_name",
  unoffered_cipher_suite: "illegal_parameter",
  unoffered_group: "illegal_parameter",
  unoffered_signature_scheme: "illegal_parameter",
  unoffered_psk: "illegal_parameter",
  unoffered_application_protocol: "illegal_parameter",
  invalid_key_share: "illegal_parameter",
  bad_signature: "decrypt_error",
  bad_finished: "decrypt_error",
  bad_binder: "decrypt_error",
  no_extended_main_secret: "handshake_failure",
  bad_renegotiation_info: "handshake_failure",
  inappropriate_fallback: "inappropriate_fallback",
  early_data_wrong_version: "protocol_version",
  early_data_wrong_protocol: undefined,
  downgrade_detected: "illegal_parameter",
  bad_ech_payload: "decrypt_error",
  ech_rejected: "ech_required",
  illegal_hello_retry_request: "illegal_parameter",
  illegal_parameter: "illegal_parameter",
  duplicate_extension: "illegal_parameter",
  unsupported_extension: "unsupported_extension",
  missing_extension: "missing_extension",

  not_tls: "unexpected_message",
  decode_error: "decode_error",
  unexpected_message: "unexpected_message",
  excess_handshake_data: "unexpected_message",
  interleaved_handshake: "unexpected_message",
  handshake_too_large: "decode_error",
  certificate_too_large: "bad_certificate",
  record_overflow: "record_overflow",
  bad_record_mac: "bad_record_mac",
  empty_fragment: "unexpected_message",
  illegal_inner_plaintext: "unexpected_message",
  illegal_change_cipher_spec: "unexpected_message",
  illegal_alert: "decode_error",
  too_many_empty_fragments: "unexpected_message",
  too_many_warning_alerts: "unexpected_message",
  too_many_key_updates: "unexpected_message",
  // "A server receiving more than max_early_data_size bytes of 0-RTT data SHOULD terminate the connection with an
  // "unexpected_message" alert." (RFC 9846 §4.7.1)
  too_much_early_data: "unexpected_message",
  protocol_error: undefined,

  unexpected_eof: undefined,
  connection_reset: undefined,
  connect_timeout: undefined,
  handshake_timeout: undefined,
  write_zero: undefined,
  write_after_shutdown: undefined,
  handshake_incomplete: undefined,
  key_exhausted: undefined,

  unsupported_option: undefined,
  invalid_option: "internal_error",
  bad_certificate_pem: "internal_error",
  bad_revocation_list: "internal_error",
  bad_key_pem: "internal_error",
  signing_failed: "internal_error",
};
