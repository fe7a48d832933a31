/**
 * ServerHello, as a client receives it (RFC 9846 §4.2.3): whether it answers the ClientHello is checked here, before
 * any of it is used.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import type { CipherSuite, KeyShare } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ServerHello } from "../../wire/messages.ts";
import { ExtensionType, hexNumber, NamedGroup, ProtocolVersion } from "../../wire/numbers.ts";
import type { ClientContext } from "./context.ts";
import type { Offer } from "./offer.ts";
import type { OfferedSession } from "./offer_session.ts";

/** What a ServerHello chooses, once it was found to answer the offer. */
export interface AcceptedServerHello {
  readonly suite: CipherSuite;
  /** The client's key share of the chosen group. */
  readonly share: KeyShare;
  /** The server's public key of that group, not checked yet. */
  readonly peerShare: Uint8Array;
  /** The session that is resumed. */
  readonly session?: OfferedSession;
}

/**
 * Receives the server's first message; a refusal of the ClientHello gets a hint.
 *
 * @throws {TlsError} `handshake_failed`, `unsupported_protocol_version`, `unexpected_eof`, `unexpected_message`...
 */
export function* receiveServerHello(channel: HandshakeChannel): Script<ServerHello> {
  try {
    return yield* channel.expect("server_hello");
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    if (error.code === "unexpected_eof") {
      throw new TlsError(error.code, error.message, {
        cause: error,
        hint: "Check that the port speaks TLS.",
      });
    }
    if (error.code !== "handshake_failed" || !VERSION_ALERTS.has(error.alert)) throw error;
    const [code, hint] = error.alert === "protocol_version"
      ? ["unsupported_protocol_version", OLD_SERVER_HINT] as const
      : [error.code, NOTHING_SHARED_HINT] as const;
    throw new TlsError(code, error.message, { cause: error, ...alertOf(error), hint });
  }
}

/** Alerts by which a server that knows no TLS 1.3 refuses a ClientHello that offers nothing else. */
const VERSION_ALERTS: ReadonlySet<string | undefined> = new Set(["protocol_version", "handshake_failure"]);

/** For `protocol_version`, and for a ServerHello of an older version. */
const OLD_SERVER_HINT =
  "The server seems to speak nothing newer than TLS 1.2; Deno's TLS (DenoTls) can talk to it.";

/** For `handshake_failure`, which a server with TLS 1.3 also sends when nothing is shared. */
const NOTHING_SHARED_HINT =
  "The server may speak nothing newer than TLS 1.2, which Deno's TLS (DenoTls) speaks, too; share no cipher suite " +
  "or group; have no site of this name; or want a client certificate.";

function alertOf({ alert }: TlsError): Pick<TlsError, "alert"> {
  return alert === undefined ? {} : { alert };
}

/**
 * Receives the answer to a second ClientHello.
 *
 * @throws {TlsError} `unexpected_message` for another HelloRetryRequest.
 */
export function* receiveSecondServerHello(channel: HandshakeChannel): Script<ServerHello> {
  const hello = yield* channel.expect("server_hello");
  // "If a client receives a second HelloRetryRequest in the same connection (i.e., where the ClientHello was itself
  // in response to a HelloRetryRequest), it MUST abort the handshake with an "unexpected_message" alert."
  // (RFC 9846 §4.2.4)
  if (hello.isHelloRetryRequest) {
    throw new TlsError("unexpected_message", "Cannot accept HelloRetryRequest: it is the second one");
  }
  return hello;
}

/**
 * Checks the fields that a ServerHello and a HelloRetryRequest have in common.
 *
 * @returns The cipher suite that the server chose.
 * @throws {TlsError} `unsupported_protocol_version`, `downgrade_detected`, `unoffered_cipher_suite`,
 * `illegal_parameter`
 */
export function checkCommonFields(hello: ServerHello, offer: Offer, { suites }: ClientContext): CipherSuite {
  checkVersion(hello);
  // "A client which receives a legacy_session_id_echo field that does not match what it sent in the ClientHello
  // MUST abort the handshake with an "illegal_parameter" alert." (RFC 9846 §4.2.3)
  if (!equals(hello.sessionId, offer.hello.sessionId)) {
    throw illegal(hello, "it does not echo the session ID that was sent");
  }
  // "A single byte which MUST have the value 0." (RFC 9846 §4.2.3)
  if (hello.compressionMethod !== 0) throw illegal(hello, "it asks for compression");
  // "A client which receives a cipher suite that was not offered MUST abort the handshake with an
  // "illegal_parameter" alert." (RFC 9846 §4.2.3)
  const suite = suites.find(({ id }) => id === hello.cipherSuite);
  if (suite === undefined) {
    throw new TlsError(
      "unoffered_cipher_suite",
      `Cannot accept ${nameOf(hello)}: the server chose cipher suite ${hexNumber(hello.cipherSuite)}, ` +
        "which was not offered",
    );
  }
  return suite;
}

/**
 * Checks a ServerHello against the offer.
 *
 * @param retrySuite The cipher suite of the HelloRetryRequest before it, if there was one.
 * @throws {TlsError} `unoffered_...`, `unsupported_extension`, `missing_extension`, `illegal_parameter`...
 */
export function checkServerHello(
  hello: ServerHello,
  offer: Offer,
  context: ClientContext,
  retrySuite: CipherSuite | undefined,
): AcceptedServerHello {
  const suite = checkCommonFields(hello, offer, context);
  // "clients MUST check that the cipher suite supplied in the ServerHello is the same as that in the
  // HelloRetryRequest and otherwise abort the handshake with an "illegal_parameter" alert." (RFC 9846 §4.2.4)
  if (retrySuite !== undefined && suite !== retrySuite) {
    throw illegal(hello, "it names another cipher suite than the HelloRetryRequest before it");
  }
  const solicited = [ExtensionType.supported_versions, ExtensionType.key_share];
  refuseUnsolicited(
    hello.extensionOrder,
    offer.session === undefined ? solicited : [...solicited, ExtensionType.pre_shared_key],
    "ServerHello",
  );
  const session = resumedSession(hello, offer, suite);
  if (hello.keyShare === undefined) {
    throw new TlsError("missing_extension", "Cannot accept ServerHello: it has no key_share");
  }
  const { group, keyExchange } = hello.keyShare;
  // "This value MUST be in the same group as the KeyShareEntry value offered by the client that the server has
  // selected for the negotiated key exchange." (RFC 9846 §4.3.8)
  const share = offer.shares.find((candidate) => NamedGroup[candidate.group] === group);
  if (share === undefined) {
    throw new TlsError(
      "unoffered_group",
      `Cannot accept ServerHello: the server chose group ${
        hexNumber(group)
      }, for which no key share was sent`,
    );
  }
  return { suite, share, peerShare: keyExchange, ...(session !== undefined && { session }) };
}

/**
 * The shared secret of the key exchange.
 *
 * @throws {TlsError} `invalid_key_share` when the server's key share is not valid.
 */
export function* agreeOnSecret({ share, peerShare }: AcceptedServerHello): Script<Uint8Array> {
  const secret = yield* settle(share.agree(peerShare));
  if (secret === null) {
    throw new TlsError(
      "invalid_key_share",
      `Cannot accept ServerHello: its ${share.group} key share is not valid`,
    );
  }
  return secret;
}

/** Last 8 bytes of the random of a server that knows TLS 1.3 and negotiates an older version (RFC 9846 §4.2.3). */
const DOWNGRADE_TO_TLS12 = new TextEncoder().encode("DOWNGRD\x01");
const DOWNGRADE_TO_TLS11 = new TextEncoder().encode("DOWNGRD\x00");

function checkVersion(hello: ServerHello): void {
  const { selectedVersion } = hello;
  if (selectedVersion === undefined) throw olderVersion(hello);
  // "If the "supported_versions" extension in the ServerHello contains a version not offered by the client or
  // contains a version prior to TLS 1.3, the client MUST abort the handshake with an "illegal_parameter" alert."
  // (RFC 9846 §4.3.1)
  if (selectedVersion !== ProtocolVersion["TLSv1.3"]) {
    throw illegal(hello, `it selects version ${hexNumber(selectedVersion)}, which was not offered`);
  }
  // "A client which receives a TLS 1.3 Server Hello with a legacy_version value not equal to 0x0303 MUST abort the
  // handshake with a "protocol_version" alert." (RFC 9846 §4.2.3)
  if (hello.legacyVersion !== ProtocolVersion["TLSv1.2"]) {
    throw new TlsError(
      "unsupported_protocol_version",
      `Cannot accept ${nameOf(hello)}: its legacy_version is ${hexNumber(hello.legacyVersion)}`,
    );
  }
}

/**
 * The error for TLS 1.2 or older: the server has nothing newer, or an attacker made it believe that the client has not.
 */
function olderVersion({ random, legacyVersion }: ServerHello): TlsError {
  const tail = random.subarray(-DOWNGRADE_TO_TLS12.length);
  // "TLS 1.3 clients receiving a ServerHello indicating TLS 1.2 or below MUST check that the last 8 bytes are not
  // equal to either of these values." (RFC 9846 §4.2.3)
  if (equals(tail, DOWNGRADE_TO_TLS12) || equals(tail, DOWNGRADE_TO_TLS11)) {
    return new TlsError(
      "downgrade_detected",
      "Cannot accept ServerHello: the server speaks TLS 1.3, yet was made to answer with an older version",
      { hint: "A party between the two ends changes what they send: look for a proxy that inspects TLS." },
    );
  }
  const version = VERSION_NAMES.get(legacyVersion) ?? `version ${hexNumber(legacyVersion)}`;
  return new TlsError(
    "unsupported_protocol_version",
    `Cannot accept ServerHello: the server chose ${version}, and only TLS 1.3 is enabled`,
    { hint: OLD_SERVER_HINT },
  );
}

const VERSION_NAMES: ReadonlyMap<number, string> = new Map([
  [0x0300, "SSL 3.0"],
  [0x0301, "TLS 1.0"],
  [0x0302, "TLS 1.1"],
  [0x0303, "TLS 1.2"],
]);

/** The session that the server resumes; `undefined`: none. */
function resumedSession(hello: ServerHello, offer: Offer, suite: CipherSuite): OfferedSession | undefined {
  if (hello.preSharedKey === undefined) return undefined;
  // "Clients MUST verify that the server's selected_identity is within the range supplied by the client, that the
  // server selected a cipher suite indicating a Hash associated with the PSK" (RFC 9846 §4.3.11).
  if (offer.session === undefined || hello.preSharedKey !== 0) {
    throw new TlsError(
      "unoffered_psk",
      `Cannot accept ServerHello: the server chose session ${hello.preSharedKey}, which was not offered`,
    );
  }
  if (suite.hash !== offer.session.facts.suite.hash) {
    throw illegal(hello, `it resumes a session of another hash than ${suite.name}'s`);
  }
  return offer.session;
}

/**
 * "Upon receiving such an extension, an endpoint MUST abort the handshake with an "unsupported_extension" alert":
 * one that answers nothing (RFC 9846 §4.3).
 *
 * @param present Types of the extensions of a message.
 * @param solicited Types of the extensions that were sent.
 * @param message The message's name, for the error.
 */
export function refuseUnsolicited(
  present: readonly number[],
  solicited: readonly number[],
  message: string,
): void {
  const unsolicited = present.find((type) => !solicited.includes(type));
  if (unsolicited !== undefined) {
    throw new TlsError(
      "unsupported_extension",
      `Cannot accept ${message}: it answers extension ${hexNumber(unsolicited)}, which was not sent`,
    );
  }
}

function illegal(hello: ServerHello, reason: string): TlsError {
  return new TlsError("illegal_parameter", `Cannot accept ${nameOf(hello)}: ${reason}`);
}

function nameOf(hello: ServerHello): string {
  return hello.isHelloRetryRequest ? "HelloRetryRequest" : "ServerHello";
}
