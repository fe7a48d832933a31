/**
 * The handshake's view of its connection: whole messages in and out, keys that change between them, and the
 * transcript of what was said.
 *
 * The scripts of client and server know nothing of records, fragments, alerts or ChangeCipherSpec.
 *
 * @module
 */

import type { CipherSuite, HashName } from "../crypto/provider.ts";
import type { Script } from "../../io/script.ts";
import type { HandshakeMessage, MessageOf } from "../wire/messages.ts";

/** What a handshake script is handed. */
export interface HandshakeChannel {
  /**
   * The next message, left unread; waits for it. Its bytes are in memory of their own: it stays what it is while
   * others are waited for.
   *
   * @throws {TlsError} what the record layer and the decoders refuse, an alert of the peer, the end of the stream.
   */
  peek(): Script<HandshakeMessage>;
  /** The next message, read: it is part of the transcript from here on. */
  take(): Script<HandshakeMessage>;
  /** {@linkcode take}, of that type. @throws {TlsError} `unexpected_message` for any other. */
  expect<K extends HandshakeMessage["type"]>(type: K): Script<MessageOf<K>>;
  /** The next message if it is of that type; otherwise nothing, and it stays unread. */
  maybe<K extends HandshakeMessage["type"]>(type: K): Script<MessageOf<K> | undefined>;
  /** The bytes of the message that `peek` or `take` gave last, header included. */
  readonly raw: Uint8Array;

  /** Adds an encoded message (header included) to the transcript and to the flight; {@linkcode flush} sends it. */
  send(message: Uint8Array): void;
  /** Puts the one-byte ChangeCipherSpec of middlebox compatibility (RFC 9846 Appendix E.4) behind what was sent. */
  sendChangeCipherSpec(): void;
  /** Seals the flight under the current write keys, in as few records as fit. */
  flush(): Script<void>;

  /** Everything said so far. `transcript.hash(...)` is over the messages taken and sent up to now. */
  readonly transcript: Transcript;

  /**
   * From here on the peer's records are opened with keys of this traffic secret (RFC 9846 §7.3).
   *
   * @throws {TlsError} `excess_handshake_data` when bytes of a message under the old keys are left (RFC 9846 §5.1).
   */
  setReadSecret(suite: CipherSuite, secret: Uint8Array): Script<void>;
  /** Flushes, and from here on records are sealed with keys of this traffic secret. */
  setWriteSecret(suite: CipherSuite, secret: Uint8Array): Script<void>;
  /** The peer's data that cannot be opened is skipped, up to so many bytes (rejected 0-RTT, RFC 9846 §4.3.10). */
  skipEarlyData(limit: number): void;
}

/** The messages of a handshake, in order (RFC 9846 §4.1). */
export interface Transcript {
  /** Adds one encoded message. */
  add(message: Uint8Array): void;
  /** Replaces the first ClientHello by its hash, which a HelloRetryRequest asks for. */
  replaceFirstHello(hash: HashName): Script<void>;
  /** The hash of all messages so far, and of `more` behind them, where given. */
  hash(hash: HashName, more?: Uint8Array): Script<Uint8Array>;
}
