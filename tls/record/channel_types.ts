/**
 * The handshake's view of its connection: whole messages in and out, keys that change between them, and the
 * transcript.
 *
 * The scripts of client and server know nothing of records, fragments and alerts.
 *
 * @module
 */

import type { CipherSuite, HashName } from "../crypto/provider.ts";
import type { Eventual, Script } from "../../io/script.ts";
import type { AlertName } from "../error/alert_description.ts";
import type { HandshakeMessage, MessageOf } from "../wire/messages.ts";
import type { Opener, Sealer } from "./protection.ts";
import type { VersionRules } from "./version_rules.ts";

/** The channel of a handshake script. */
export interface HandshakeChannel {
  /**
   * Waits for the next message and leaves it unread. Its bytes are in memory of their own, and do not change while the
   * script waits for others.
   *
   * @throws {TlsError} For a record or message that is refused, an alert of the peer, the end of the stream.
   */
  peek(): Script<HandshakeMessage>;
  /**
   * Puts another message in the place of the one that was peeked: a ClientHelloInner in that of the ClientHelloOuter
   * (RFC 9849 §7.1).
   *
   * @param raw The encoded message, header included; its memory is the channel's from here on.
   * @throws {TlsError} when it cannot be read.
   */
  replacePeeked(raw: Uint8Array): HandshakeMessage;
  /** Waits for the next message, reads it and adds it to the transcript. */
  take(): Script<HandshakeMessage>;
  /** Like {@linkcode take}, for a message of that type. @throws {TlsError} `unexpected_message` for any other. */
  expect<K extends HandshakeMessage["type"]>(type: K): Script<MessageOf<K>>;
  /** Like {@linkcode take}, if the next message is of that type; otherwise `undefined`, and it stays unread. */
  maybe<K extends HandshakeMessage["type"]>(type: K): Script<MessageOf<K> | undefined>;
  /** The bytes of the last message that was peeked or taken, header included. */
  readonly raw: Uint8Array;

  /**
   * Adds an encoded message (header included) to the transcript and to the flight; {@linkcode flush} sends it.
   *
   * @param recorded The message that the transcript has in its place: a ClientHelloInner (RFC 9849 §6.1.5). Default:
   * the same.
   */
  send(message: Uint8Array, recorded?: Uint8Array): void;
  /** Puts the one-byte ChangeCipherSpec of middlebox compatibility (RFC 9846 Appendix E.4) behind what was sent. */
  sendChangeCipherSpec(): void;
  /** Seals the flight under the current write keys, in as few records as fit. */
  flush(): Script<void>;

  /** The messages that were taken and sent so far. */
  readonly transcript: Transcript;

  /**
   * Opens the peer's records with keys of this traffic secret from here on (RFC 9846 §7.3).
   *
   * @throws {TlsError} `excess_handshake_data` when bytes of a message under the old keys are left (RFC 9846 §5.1).
   */
  setReadSecret(suite: CipherSuite, secret: Uint8Array): Script<void>;
  /** Flushes, and seals records with keys of this traffic secret from here on. */
  setWriteSecret(suite: CipherSuite, secret: Uint8Array): Script<void>;
  /** Flushes, and sends records unprotected from here on: the second ClientHello behind refused early data. */
  dropWriteSecret(): Script<void>;
  /** Client: sends application data under the early keys, behind what was flushed. */
  sendEarlyData(data: Uint8Array): Eventual<void>;
  /**
   * Server: waits for application data under the early keys; it may be empty.
   *
   * @returns `undefined`: a message comes in place of data, and is left unread.
   */
  receiveEarlyData(): Script<Uint8Array | undefined>;
  /** Server: allows the application to send data from here on, before the client's Finished has come. */
  allowData(): void;
  /** Skips records that cannot be opened, up to `limit` bytes: refused early data (RFC 9846 §4.3.10). */
  skipEarlyData(limit: number): void;

  /** Reads on by rules that hold in every version, where the ServerHello is to decide between two. */
  speakAnyVersion(): void;
  /** Reads on as TLS 1.3 has it, which is what a channel begins with. */
  speakTls13(): void;
  /**
   * Reads on as TLS 1.2 has it: other messages, warnings, and a ChangeCipherSpec that means something.
   *
   * @param rules Those of TLS 1.2, which its scripts bring along.
   * @throws {TlsError} `illegal_change_cipher_spec` when one was dropped already.
   */
  speakTls12(rules: VersionRules): Tls12Channel;
}

/** The channel of a handshake script of TLS 1.2. */
export interface Tls12Channel extends HandshakeChannel {
  /** Reads the peer's Certificate as one of the type RawPublicKey (RFC 7250 §3) from here on, by these rules. */
  expectRawPublicKey(rules: VersionRules): void;
  /**
   * Waits for the peer's ChangeCipherSpec, and opens its records with these keys from here on (RFC 5246 §7.1).
   *
   * @throws {TlsError} `excess_handshake_data`, `illegal_change_cipher_spec`; `unexpected_message` for a message in its
   * place.
   */
  receiveChangeCipherSpec(opener: Opener): Script<void>;
  /** Sends a ChangeCipherSpec behind the flight, and seals records with these keys from here on. */
  changeCipherSpec(sealer: Sealer): Script<void>;
  /** Checks that the peer's flight is at its end. @throws {TlsError} `excess_handshake_data` */
  requireEndOfFlight(): void;
  /** Sends an alert of level warning. */
  sendWarning(name: AlertName): Script<void>;
}

/** The messages of a handshake, in order (RFC 9846 §4.1). */
export interface Transcript {
  /** Adds one encoded message. */
  add(message: Uint8Array): void;
  /** Replaces the first ClientHello by its hash, as a HelloRetryRequest requires. */
  replaceFirstHello(hash: HashName): Script<void>;
  /** Replaces the first message by another one: a ClientHelloInner by its ClientHelloOuter (RFC 9849 §6.1.6). */
  replaceFirst(message: Uint8Array): void;
  /** The hash of all messages so far, followed by `more` where given. */
  hash(hash: HashName, more?: Uint8Array): Script<Uint8Array>;
  /** A copy of all messages so far. */
  bytes(): Uint8Array;
}
