/**
 * Alerts, as they are received (RFC 9846 §6).
 *
 * @module
 */

import type { AlertName } from "../error/alert_description.ts";
import { TlsError, type TlsErrorCode, type TlsErrorOptions } from "../error/tls_error.ts";
import { AlertLevel, decodeAlert } from "../wire/alert.ts";

/** Alerts that are no failure: the end of the peer's data, and those that are ignored. */
export type HarmlessAlert = "close_notify" | "warning";

/**
 * Reads an alert.
 *
 * @param content Content of its record.
 * @param handshaking Whether the handshake is under way.
 * @param hasWarnings Whether the version has warnings other than user_canceled.
 * @throws {TlsError} `handshake_failed` or `protocol_error` with the peer's alert, when it ends the connection;
 * `certificate_required` where that is the alert, during the handshake or after it, since a client's handshake is done
 * before the server has seen its certificate; `no_application_protocol` where that is the alert; `empty_fragment`,
 * `illegal_alert` or `illegal_parameter` for a malformed alert.
 */
export function readAlert(content: Uint8Array, handshaking: boolean, hasWarnings = false): HarmlessAlert {
  if (content.length === 0) throw new TlsError("empty_fragment", "Cannot read an alert: its record is empty");
  // "a record with an Alert type MUST contain exactly one message" (RFC 9846 §5.1)
  if (content.length !== 2) {
    throw new TlsError("illegal_alert", `Cannot read an alert: it has ${content.length} bytes, not 2`);
  }
  const { level, description, name } = decodeAlert(content);
  if (level !== AlertLevel.warning && level !== AlertLevel.fatal) {
    throw new TlsError("illegal_parameter", `Cannot read an alert: there is no level ${level}`);
  }
  if (name === "close_notify") return name;
  if (level === AlertLevel.warning) {
    // TLS 1.3 has no other warnings.
    if (name === "user_canceled" || hasWarnings) return "warning";
    throw new TlsError("illegal_alert", `Cannot accept an alert: ${name ?? description} is no warning`);
  }
  const word = name ?? `number ${description}`;
  throw new TlsError(
    codeOf(name, handshaking),
    `Cannot ${handshaking ? "finish the handshake" : "go on"}: the peer sent the alert ${word}`,
    alert(name),
  );
}

function codeOf(name: AlertName | undefined, handshaking: boolean): TlsErrorCode {
  if (name === "certificate_required") return name;
  if (!handshaking) return "protocol_error";
  return name === "no_application_protocol" ? name : "handshake_failed";
}

function alert(name: AlertName | undefined): TlsErrorOptions {
  if (name === undefined) return {};
  const hint = HINTS[name];
  return { alert: name, ...(hint !== undefined && { hint }) };
}

const REFUSED_CERTIFICATE = "The peer refuses the certificate that it was shown, or wants one.";

/**
 * Advice for alerts that the reader of the error can act on. It names no option: those of a connector have other names in
 * a client.
 */
const HINTS: Readonly<Partial<Record<AlertName, string>>> = {
  bad_certificate: REFUSED_CERTIFICATE,
  unsupported_certificate: REFUSED_CERTIFICATE,
  certificate_revoked: REFUSED_CERTIFICATE,
  certificate_expired: REFUSED_CERTIFICATE,
  certificate_unknown: REFUSED_CERTIFICATE,
  access_denied: REFUSED_CERTIFICATE,
  unknown_ca:
    "The peer must trust the authority behind the certificate that it was shown, or be sent those between.",
  certificate_required: "The server wants a client certificate, and was shown none.",
  unrecognized_name: "The server has no site of the name that it was asked for.",
  no_application_protocol: "The peer speaks none of the protocols that ALPN offers.",
};
