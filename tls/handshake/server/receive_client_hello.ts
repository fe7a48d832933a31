/**
 * ClientHello, as a server receives it: one, or two with a HelloRetryRequest between them (RFC 9846 §4.2).
 *
 * @module
 */

import type { CipherSuite, KeyExchangeGroup } from "../../crypto/provider.ts";
import type { Script } from "../../../io/script.ts";
import type { ClientHello } from "../../wire/messages.ts";
import { ExtensionType, ProtocolVersion } from "../../wire/numbers.ts";
import {
  ECH_CONFIRMATION_LENGTH,
  encodeServerHello,
  HELLO_RETRY_REQUEST_RANDOM,
} from "../../wire/server_hello.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ServerContext } from "./context.ts";
import { skipEarlyData } from "./early_data.ts";
import { chooseGroup, chooseSuite, requireTls13 } from "./negotiation.ts";
import { peekClientHello } from "./peek_client_hello.ts";
import { checkSecondClientHello } from "./second_client_hello.ts";

/** A ClientHello that can be answered with a ServerHello. */
export interface AnswerableHello {
  /** The message, peeked: it is not part of the transcript yet. */
  readonly hello: ClientHello;
  readonly suite: CipherSuite;
  readonly group: KeyExchangeGroup;
  /** The client's share for that group. */
  readonly share: Uint8Array;
  /** Whether there was a HelloRetryRequest. */
  readonly retried: boolean;
  /** Whether the first ClientHello announced early data. */
  readonly announcesEarlyData: boolean;
}

/**
 * Receives a ClientHello, asks for a second one where the first has no key share of the chosen group, and leaves the
 * last one unread.
 *
 * @throws {TlsError} The reason to refuse it.
 */
export function* receiveClientHello(
  channel: HandshakeChannel,
  context: ServerContext,
): Script<AnswerableHello> {
  const first = yield* peekClientHello(channel);
  requireTls13(first);
  const suite = chooseSuite(first, context);
  const { group, share } = chooseGroup(first, context);
  const announcesEarlyData = first.extensions.earlyData === true;
  if (share !== undefined) return { hello: first, suite, group, share, retried: false, announcesEarlyData };

  if (announcesEarlyData) skipEarlyData(channel, context);
  yield* channel.take();
  yield* channel.transcript.replaceFirstHello(suite.hash);
  yield* sendHelloRetryRequest(channel, context, first, suite, group);
  channel.sendChangeCipherSpec();
  yield* channel.flush();

  if (context.ech !== undefined) yield* context.ech.receiveSecondHello(channel);
  const hello = yield* peekClientHello(channel);
  requireTls13(hello);
  const secondShare = checkSecondClientHello(first, hello, group);
  return { hello, suite, group, share: secondShare, retried: true, announcesEarlyData };
}

/** RFC 9846 §4.2.4 */
function* sendHelloRetryRequest(
  channel: HandshakeChannel,
  { ech }: ServerContext,
  hello: ClientHello,
  suite: CipherSuite,
  group: KeyExchangeGroup,
): Script<void> {
  const encoded = encodeServerHello({
    type: "server_hello",
    legacyVersion: ProtocolVersion["TLSv1.2"],
    random: HELLO_RETRY_REQUEST_RANDOM,
    sessionId: hello.sessionId,
    cipherSuite: suite.id,
    compressionMethod: 0,
    isHelloRetryRequest: true,
    selectedVersion: ProtocolVersion["TLSv1.3"],
    selectedGroup: group.id,
    ...(ech !== undefined && { echConfirmation: new Uint8Array(ECH_CONFIRMATION_LENGTH) }),
    extensionOrder: [
      ExtensionType.supported_versions,
      ExtensionType.key_share,
      ExtensionType.encrypted_client_hello,
    ],
  });
  channel.send(
    ech === undefined ? encoded : yield* ech.confirm(channel, suite.hash, "HelloRetryRequest", encoded),
  );
}
