/**
 * Finished: the MAC by which an end proves that it saw the same handshake as its peer (RFC 9846 §4.5.3), for both
 * sides.
 *
 * @module
 */

import { timingSafeEqual } from "../crypto/constant_time.ts";
import type { CipherSuite, CryptoProvider } from "../crypto/provider.ts";
import { TlsError } from "../error/tls_error.ts";
import type { Script } from "../../io/script.ts";
import type { HandshakeChannel } from "../record/channel_types.ts";
import { verifyData } from "../schedule/traffic_keys.ts";
import { encodeFinished } from "../wire/finished.ts";

/**
 * Adds this end's Finished to the flight.
 *
 * @param secret This end's handshake traffic secret.
 */
export function* sendFinished(
  channel: HandshakeChannel,
  crypto: CryptoProvider,
  suite: CipherSuite,
  secret: Uint8Array,
): Script<void> {
  const transcriptHash = yield* channel.transcript.hash(suite.hash);
  channel.send(encodeFinished({
    type: "finished",
    verifyData: yield* verifyData(crypto, suite.hash, secret, transcriptHash),
  }));
}

/**
 * Receives the peer's Finished, and verifies it.
 *
 * @param secret The peer's handshake traffic secret.
 * @param sender The peer's role.
 * @throws {TlsError} `decode_error` for one of another length, `bad_finished`.
 */
export function* receiveFinished(
  channel: HandshakeChannel,
  crypto: CryptoProvider,
  suite: CipherSuite,
  secret: Uint8Array,
  sender: "client" | "server",
): Script<void> {
  const transcriptHash = yield* channel.transcript.hash(suite.hash);
  const expected = yield* verifyData(crypto, suite.hash, secret, transcriptHash);
  const finished = yield* channel.expect("finished");
  // "Peers which receive a message which cannot be parsed according to the syntax (e.g., have a length extending beyond
  // the message boundary or contain an out-of-range length) MUST terminate the connection with a "decode_error" alert."
  // (RFC 9846 §6) The syntax is `opaque verify_data[Hash.length]`.
  if (finished.verifyData.length !== expected.length) {
    throw new TlsError(
      "decode_error",
      `Cannot read the ${sender}'s Finished: it has ${finished.verifyData.length} bytes, not ${expected.length}`,
    );
  }
  // "Recipients of Finished messages MUST verify that the contents are correct and if incorrect MUST terminate the
  // connection with a "decrypt_error" alert." (RFC 9846 §4.5.3)
  if (!timingSafeEqual(finished.verifyData, expected)) {
    throw new TlsError("bad_finished", `Cannot accept the ${sender}'s Finished: it is not of this handshake`);
  }
}
