/**
 * What to make of an alert from the peer (RFC 9846 §6).
 *
 * @module
 */

import { TlsError } from "../error.ts";
import { AlertLevel, decodeAlert } from "../wire/alert.ts";

/** What an alert that is no failure says: the end of the peer's data, or nothing that matters. */
export type HarmlessAlert = "close_notify" | "user_canceled";

/**
 * Reads an alert.
 *
 * @param content What its record carries.
 * @param handshaking Whether the handshake is under way.
 * @throws {TlsError} `handshake_failed` or `protocol_error` with the peer's alert, when it ends the connection;
 * `empty_fragment`, `illegal_alert` or `illegal_parameter` for what is no alert.
 */
export function readAlert(content: Uint8Array, handshaking: boolean): HarmlessAlert {
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
    if (name === "user_canceled") return name;
    // TLS 1.3 knows no other warnings.
    throw new TlsError("illegal_alert", `Cannot accept an alert: ${name ?? description} is no warning`);
  }
  const word = name ?? `number ${description}`;
  if (handshaking) {
    throw new TlsError(
      "handshake_failed",
      `Cannot finish the handshake: the peer sent the alert ${word}`,
      alert(name),
    );
  }
  throw new TlsError("protocol_error", `Cannot go on: the peer sent the alert ${word}`, alert(name));
}

function alert(name: ReturnType<typeof decodeAlert>["name"]): { alert?: NonNullable<typeof name> } {
  return name === undefined ? {} : { alert: name };
}
