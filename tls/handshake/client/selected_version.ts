/**
 * The version that a server selects: the one place where a client decides between TLS 1.3 and TLS 1.2 (RFC 9846 §4.2.3,
 * §4.3.1).
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import type { EnabledVersionName } from "../../config/common_config.ts";
import { TlsError } from "../../error/tls_error.ts";
import type { Script } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ServerHello } from "../../wire/messages.ts";
import { hexNumber, ProtocolVersion } from "../../wire/numbers.ts";
import type { ClientContext } from "./context.ts";
import { requireTls13AfterEarlyData } from "./early_data.ts";
import { silentServerHint } from "./silent_server_hint.ts";

/** The versions that a client offers, the newest first. */
export function offeredVersions({ suites, tls12Suites = [] }: ClientContext): readonly EnabledVersionName[] {
  return [
    ...(suites.length > 0 ? ["TLSv1.3" as const] : []),
    ...(tls12Suites.length > 0 ? ["TLSv1.2" as const] : []),
  ];
}

/**
 * Receives the server's first message; a refusal of the ClientHello gets a hint.
 *
 * @throws {TlsError} `handshake_failed`, `unsupported_protocol_version`, `unexpected_eof`, `unexpected_message`...
 */
export function* receiveServerHello(
  channel: HandshakeChannel,
  context: ClientContext,
): Script<ServerHello> {
  try {
    return yield* channel.expect("server_hello");
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    if (error.code === "unexpected_eof") {
      throw new TlsError(error.code, error.message, {
        cause: error,
        hint: silentServerHint(context.groups),
      });
    }
    if (error.code !== "handshake_failed" || !VERSION_ALERTS.has(error.alert)) throw error;
    const offered = offeredVersions(context);
    const [code, hint] = error.alert === "protocol_version"
      ? ["unsupported_protocol_version", oldServerHint(offered, context)] as const
      : [error.code, nothingSharedHint(offered, context)] as const;
    throw new TlsError(code, error.message, { cause: error, ...alertOf(error), hint });
  }
}

/** Alerts by which a server refuses a ClientHello that offers nothing that it knows. */
const VERSION_ALERTS: ReadonlySet<string | undefined> = new Set(["protocol_version", "handshake_failure"]);

function alertOf({ alert }: TlsError): Pick<TlsError, "alert"> {
  return alert === undefined ? {} : { alert };
}

/**
 * The version of a first ServerHello, or of a HelloRetryRequest, which TLS 1.3 alone has.
 *
 * @throws {TlsError} `unsupported_protocol_version`, `downgrade_detected`, `illegal_parameter`,
 * `early_data_wrong_version`.
 */
export function selectedVersion(hello: ServerHello, context: ClientContext): EnabledVersionName {
  const offered = offeredVersions(context);
  if (hello.selectedVersion !== undefined || hello.isHelloRetryRequest) {
    requireTls13(hello);
    if (!offered.includes("TLSv1.3")) throw notOffered(hello, ProtocolVersion["TLSv1.3"]);
    return "TLSv1.3";
  }
  requireTls13AfterEarlyData(context);
  refuseDowngrade(hello, offered);
  if (hello.legacyVersion === ProtocolVersion["TLSv1.2"] && offered.includes("TLSv1.2")) return "TLSv1.2";
  const version = VERSION_NAMES.get(hello.legacyVersion) ?? `version ${hexNumber(hello.legacyVersion)}`;
  throw new TlsError(
    "unsupported_protocol_version",
    `Cannot accept ServerHello: the server chose ${version}, and ${only(offered)}`,
    { hint: oldServerHint(offered, context) },
  );
}

/**
 * Checks that a ServerHello, or a HelloRetryRequest, is one of TLS 1.3.
 *
 * @throws {TlsError} `illegal_parameter`, `unsupported_protocol_version`.
 */
export function requireTls13(hello: ServerHello): void {
  // "If the "supported_versions" extension in the ServerHello contains a version not offered by the client or
  // contains a version prior to TLS 1.3, the client MUST abort the handshake with an "illegal_parameter" alert."
  // (RFC 9846 §4.3.1)
  if (hello.selectedVersion !== ProtocolVersion["TLSv1.3"]) throw notOffered(hello, hello.selectedVersion);
  // "A client which receives a TLS 1.3 Server Hello with a legacy_version value not equal to 0x0303 MUST abort the
  // handshake with a "protocol_version" alert." (RFC 9846 §4.2.3)
  if (hello.legacyVersion !== ProtocolVersion["TLSv1.2"]) {
    throw new TlsError(
      "unsupported_protocol_version",
      `Cannot accept ${nameOf(hello)}: its legacy_version is ${hexNumber(hello.legacyVersion)}`,
    );
  }
}

function notOffered(hello: ServerHello, version: number | undefined): TlsError {
  const reason = version === undefined
    ? "it selects no version by supported_versions"
    : `it selects version ${hexNumber(version)}, which was not offered`;
  return new TlsError("illegal_parameter", `Cannot accept ${nameOf(hello)}: ${reason}`);
}

function nameOf(hello: ServerHello): string {
  return hello.isHelloRetryRequest ? "HelloRetryRequest" : "ServerHello";
}

/** Last 8 bytes of the random of a server that knows TLS 1.3 and negotiates an older version (RFC 9846 §4.2.3). */
const DOWNGRADE_TO_TLS12 = new TextEncoder().encode("DOWNGRD\x01");
const DOWNGRADE_TO_TLS11 = new TextEncoder().encode("DOWNGRD\x00");

/**
 * "TLS 1.3 clients receiving a ServerHello indicating TLS 1.2 or below MUST check that the last 8 bytes are not equal to
 * either of these values. TLS 1.2 clients SHOULD also check that the last 8 bytes are not equal to the second value if
 * the ServerHello indicates TLS 1.1 or below. If a match is found, the client MUST abort the handshake with an
 * "illegal_parameter" alert." (RFC 9846 §4.2.3)
 */
function refuseDowngrade(
  { random, legacyVersion }: ServerHello,
  offered: readonly EnabledVersionName[],
): void {
  const tail = random.subarray(-DOWNGRADE_TO_TLS12.length);
  const knowsTls13 = offered.includes("TLSv1.3");
  const found =
    equals(tail, DOWNGRADE_TO_TLS11) && (knowsTls13 || legacyVersion < ProtocolVersion["TLSv1.2"]) ||
    equals(tail, DOWNGRADE_TO_TLS12) && knowsTls13;
  if (!found) return;
  const newer = knowsTls13 ? "TLS 1.3" : "TLS 1.2";
  throw new TlsError(
    "downgrade_detected",
    `Cannot accept ServerHello: the server speaks ${newer}, yet was made to answer with an older version`,
    { hint: "A party between the two ends changes what they send: look for a proxy that inspects TLS." },
  );
}

const VERSION_NAMES: ReadonlyMap<number, string> = new Map([
  [0x0300, "SSL 3.0"],
  [0x0301, "TLS 1.0"],
  [0x0302, "TLS 1.1"],
  [0x0303, "TLS 1.2"],
]);

function only(offered: readonly EnabledVersionName[]): string {
  const names = offered.map((version) => version.replace("v", " "));
  return names.length === 1 ? `only ${names.join()} was offered` : `only ${names.join(" and ")} were offered`;
}

/** For `protocol_version`, and for a ServerHello of a version that is not enabled. */
function oldServerHint(offered: readonly EnabledVersionName[], context: ClientContext): string {
  return offered.includes("TLSv1.2")
    ? "The server seems to speak nothing newer than TLS 1.1, which is not safe and is not spoken here."
    : `The server seems to speak nothing newer than TLS 1.2: ${newerVersionsAdvice(context)}.`;
}

/** For `handshake_failure`. */
function nothingSharedHint(offered: readonly EnabledVersionName[], context: ClientContext): string {
  const others = "share no cipher suite or group; have no site of this name; or want a client certificate.";
  return offered.includes("TLSv1.2")
    ? `The server may know no ECDHE with AES-GCM or ChaCha20-Poly1305; speak nothing newer than TLS 1.1; ${others}`
    : `The server may speak nothing newer than TLS 1.2: ${newerVersionsAdvice(context)}; ${others}`;
}

/** A client that encrypts its hello offers TLS 1.3 alone, whatever its config enables (RFC 9849 §6.1). */
function newerVersionsAdvice({ ech }: ClientContext): string {
  return typeof ech === "object"
    ? 'see "versions", and that Encrypted ClientHello needs TLS 1.3'
    : 'see "versions"';
}
