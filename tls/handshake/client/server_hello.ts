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
import { ExtensionType, hexNumber, NamedGroup } from "../../wire/numbers.ts";
import type { ClientContext } from "./context.ts";
import type { Offer } from "./offer.ts";
import type { OfferedSession } from "./offer_session.ts";
import { requireTls13 } from "./selected_version.ts";

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
 * Receives the answer to a second ClientHello.
 *
 * @throws {TlsError} `unexpected_message` for another HelloRetryRequest; `illegal_parameter` where the first one has
 * accepted ECH and the ServerHello does not.
 */
export function* receiveSecondServerHello(channel: HandshakeChannel, offer: Offer): Script<ServerHello> {
  const hello = yield* channel.expect("server_hello");
  // "If a client receives a second HelloRetryRequest in the same connection (i.e., where the ClientHello was itself
  // in response to a HelloRetryRequest), it MUST abort the handshake with an "unexpected_message" alert."
  // (RFC 9846 §4.2.4)
  if (hello.isHelloRetryRequest) {
    throw new TlsError("unexpected_message", "Cannot accept HelloRetryRequest: it is the second one");
  }
  if (offer.encryption !== undefined) yield* offer.encryption.requireConfirmation(channel, offer, hello);
  return hello;
}

/**
 * Checks the fields that a ServerHello and a HelloRetryRequest have in common.
 *
 * @returns The cipher suite that the server chose.
 * @throws {TlsError} `unsupported_protocol_version`, `unoffered_cipher_suite`, `illegal_parameter`
 */
export function checkCommonFields(hello: ServerHello, offer: Offer, { suites }: ClientContext): CipherSuite {
  requireTls13(hello);
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
    // Random bytes in place of a session are an offer, too, and an answer to them a choice that was not offered.
    offer.session === undefined && offer.hello.extensions.preSharedKey === undefined
      ? solicited
      : [...solicited, ExtensionType.pre_shared_key],
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

/** The error for a ServerHello, or a HelloRetryRequest, that breaks a rule. */
function illegal(hello: ServerHello, reason: string): TlsError {
  return new TlsError("illegal_parameter", `Cannot accept ${nameOf(hello)}: ${reason}`);
}

function nameOf(hello: ServerHello): string {
  return hello.isHelloRetryRequest ? "HelloRetryRequest" : "ServerHello";
}
