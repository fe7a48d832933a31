/**
 * The end of a handshake of TLS 1.2: Finished (RFC 5246 §7.4.9), and the refusal of another handshake on the same
 * connection, for both sides.
 *
 * @module
 */

import { timingSafeEqual } from "../crypto/constant_time.ts";
import type { HashName } from "../crypto/provider.ts";
import { TlsError } from "../error/tls_error.ts";
import { MAX_RENEGOTIATION_REQUESTS } from "../limits.ts";
import type { Script } from "../../io/script.ts";
import type { Tls12Channel } from "../record/channel_types.ts";
import type { Tls12MainSecret } from "../schedule/tls12_secrets.ts";
import { encodeFinished } from "../wire/finished.ts";
import type { HandshakeResult } from "./handshake_result.ts";
import type { Signer } from "./peer_signature.ts";

/** Sends this end's Finished. */
export function* sendTls12Finished(
  channel: Tls12Channel,
  main: Tls12MainSecret,
  hash: HashName,
  sender: Signer,
): Script<void> {
  const verifyData = yield* main.verifyData(sender, yield* channel.transcript.hash(hash));
  channel.send(encodeFinished({ type: "finished", verifyData }));
  yield* channel.flush();
}

/**
 * Receives the peer's Finished, which ends its flight, and verifies it.
 *
 * "Recipients of Finished messages MUST verify that the contents are correct." (RFC 5246 §7.4.9)
 *
 * @throws {TlsError} `bad_finished`, `excess_handshake_data`.
 */
export function* receiveTls12Finished(
  channel: Tls12Channel,
  main: Tls12MainSecret,
  hash: HashName,
  sender: Signer,
): Script<void> {
  const expected = yield* main.verifyData(sender, yield* channel.transcript.hash(hash));
  const { verifyData } = yield* channel.expect("finished");
  if (!timingSafeEqual(verifyData, expected)) {
    throw new TlsError("bad_finished", `Cannot accept the ${sender}'s Finished: it is not of this handshake`);
  }
  channel.requireEndOfFlight();
}

/**
 * The rest of a connection's handshake messages: a request to shake hands again is declined, any other message is
 * refused.
 *
 * An end that does not wish to renegotiate may answer with the warning no_renegotiation (RFC 5246 §7.4.1.1, §7.2.2).
 *
 * @param request The message by which the peer asks.
 */
export function declineRenegotiation(
  channel: Tls12Channel,
  request: "hello_request" | "client_hello",
): Required<Pick<HandshakeResult, "receiveMessage" | "failureHint">> {
  let requests = 0;
  return {
    *receiveMessage(message): Script<undefined> {
      if (message.type !== request) {
        throw new TlsError("unexpected_message", `Cannot accept ${message.type}: the handshake is done`);
      }
      if (++requests > MAX_RENEGOTIATION_REQUESTS) {
        throw new TlsError(
          "illegal_parameter",
          "Cannot renegotiate: the peer was told that this end does not, and asks again",
        );
      }
      yield* channel.sendWarning("no_renegotiation");
      return undefined;
    },
    failureHint: () => requests > 0 ? RENEGOTIATION_HINT : undefined,
  };
}

const RENEGOTIATION_HINT =
  "The peer asked to shake hands again, perhaps for a client certificate, and was declined: " +
  "it must ask for the certificate in the first handshake.";
