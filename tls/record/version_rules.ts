/**
 * The rules of a channel that differ between the versions of TLS; those of TLS 1.2 are in `tls12_rules.ts`, which is
 * loaded by the first handshake of that version.
 *
 * @module
 */

import type { AlertName } from "../error/alert_description.ts";
import { decodeHandshake } from "../wire/handshake_codec.ts";
import type { HandshakeMessage } from "../wire/messages.ts";

/** What a version decides of the reading of records and messages. */
export interface VersionRules {
  /** Reads a message. @param body Without its header. */
  decode(type: number, body: Uint8Array): HandshakeMessage;
  /** Whether a ChangeCipherSpec means nothing and is dropped (RFC 9846 §5); otherwise it is a message in its turn. */
  readonly dropsChangeCipherSpec: boolean;
  /** Whether there are warnings that end nothing (RFC 5246 §7.2). */
  readonly hasWarnings: boolean;
  /** The alerts that stand for those that the version does not have. */
  readonly alerts: ReadonlyMap<AlertName, AlertName>;
}

/** TLS 1.3. */
export const TLS13_RULES: VersionRules = {
  decode: decodeHandshake,
  dropsChangeCipherSpec: true,
  hasWarnings: false,
  alerts: new Map(),
};

/** Before the ServerHello of one or the other: servers of TLS 1.2 send the warning unrecognized_name in front of it. */
export const ANY_VERSION_RULES: VersionRules = { ...TLS13_RULES, hasWarnings: true };
