/**
 * The outcome of a handshake: what was agreed on, or why it failed.
 *
 * @module
 */

import { TlsError, type TlsErrorCode } from "../error/tls_error.ts";
import type { TlsConnectionFacts } from "../handshake/connection_facts.ts";
import type { ConnectionLog } from "./connection_log.ts";
import type { ExplainedDecision, ExplainedOutcome } from "./explained_step.ts";
import { hexPairs, lengthText, quoted, visible } from "./visible_text.ts";

/** A handshake that is done. */
export function establishedOutcome(facts: TlsConnectionFacts, at: number): ExplainedOutcome {
  const { protocolVersion, cipherSuite, keyExchangeGroup, alpnProtocol, serverName, handshakeKind } = facts;
  const { earlyDataAccepted, earlyDataLength, earlyDataRefusal, ech } = facts;
  const details: [string, string][] = [
    ["version", protocolVersion],
    ["cipher suite", cipherSuite],
    ["group", keyExchangeGroup],
    ["application protocol", alpnProtocol === null ? "none" : visible(alpnProtocol)],
    ["server name", serverName === undefined ? "none" : visible(serverName)],
    ["handshake", handshakeKind.replaceAll("_", " ")],
  ];
  if (earlyDataAccepted !== undefined) {
    const length = lengthText(earlyDataLength);
    details.push(["early data", earlyDataAccepted ? `accepted, ${length}` : `refused: ${earlyDataRefusal}`]);
  }
  if (ech !== "not_offered") details.push(["Encrypted ClientHello", ech]);
  return { type: "outcome", succeeded: true, text: "The handshake is done", details, at };
}

/** A connection that has failed. */
export function failedOutcome(reason: unknown, log: ConnectionLog, at: number): ExplainedOutcome {
  const text = visible(reason instanceof Error ? reason.message : String(reason));
  if (!(reason instanceof TlsError)) return { type: "outcome", succeeded: false, text, details: [], at };
  const { code, hint, alert, certificate } = reason;
  const details: [string, string][] = [];
  if (alert !== undefined) details.push(["alert of the peer", alert]);
  if (certificate !== undefined) {
    details.push(["reason", certificate.code]);
    if (certificate.subject !== undefined) details.push(["certificate", visible(certificate.subject)]);
  }
  if (SHOWS_FIRST_BYTES.has(code) && log.firstBytes.length > 0) {
    details.push(["first bytes of the peer", hexPairs(log.firstBytes)]);
    details.push(["as text", quoted(log.firstBytes)]);
  }
  const advice = certificate?.hint ?? hint;
  return {
    type: "outcome",
    succeeded: false,
    text,
    code,
    ...(advice !== undefined && { hint: visible(advice) }),
    details,
    at,
  };
}

/** Failures that what the peer said first explains best. */
const SHOWS_FIRST_BYTES: ReadonlySet<TlsErrorCode> = new Set(["not_tls", "record_overflow"]);

/** The refusal of the last message of the peer; `undefined` where the failure is no fault of a message. */
export function refusedMessage(reason: unknown): ExplainedDecision | undefined {
  if (!(reason instanceof TlsError) || reason.alert !== undefined) return undefined;
  if (NO_MESSAGE.has(reason.code)) return undefined;
  return {
    about: "refusal",
    decision: visible(reason.message),
    because: `The code is ${reason.code}`,
    refuses: true,
  };
}

/** Whether a failure is about an alert or a ChangeCipherSpec, not about a handshake message. */
export function isAboutRecord(reason: unknown): boolean {
  return reason instanceof TlsError && ABOUT_RECORDS.has(reason.code);
}

const ABOUT_RECORDS: ReadonlySet<TlsErrorCode> = new Set(["illegal_alert", "illegal_change_cipher_spec"]);

/** Failures of the transport, or of this end. */
const NO_MESSAGE: ReadonlySet<TlsErrorCode> = new Set([
  "not_tls",
  "unexpected_eof",
  "connection_reset",
  "connect_timeout",
  "handshake_timeout",
  "write_zero",
  "bad_record_mac",
  "record_overflow",
  "signing_failed",
]);
