/**
 * The channel between records and handshake messages, which the handshake scripts of client and server use.
 *
 * The rules that concern both messages and records are enforced here: the order of content types, the places where a
 * ChangeCipherSpec is allowed (RFC 9846 §5), messages that are interrupted or cross a change of keys, and alerts.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { CipherSuite, CryptoProvider } from "../crypto/provider.ts";
import type { AlertName } from "../error/alert_description.ts";
import { TlsError } from "../error/tls_error.ts";
import { MAX_CHANGE_CIPHER_SPECS, MAX_EMPTY_RECORDS, MAX_WARNING_ALERTS } from "../limits.ts";
import { MessageJoiner } from "./message_joiner.ts";
import { type Opener, RecordOpener, type Sealer } from "./protection.ts";
import type { RecordReader } from "./reader.ts";
import type { RecordListener } from "./record_listener.ts";
import { readAlert } from "./received_alert.ts";
import type { ProtectionState, RecordWriter, TrafficSecret } from "./writer.ts";
import { nextTrafficSecret, trafficKeys } from "../schedule/traffic_keys.ts";
import { type Eventual, type Script, settle } from "../../io/script.ts";
import { HANDSHAKE_HEADER_LENGTH } from "../wire/handshake_codec.ts";
import type { HandshakeMessage, KeyUpdate, MessageOf } from "../wire/messages.ts";
import { ContentType } from "../wire/numbers.ts";
import type { Tls12Channel } from "./channel_types.ts";
import { MessageTranscript } from "./transcript.ts";
import { ANY_VERSION_RULES, TLS13_RULES, type VersionRules } from "./version_rules.ts";

/** A handshake message and its bytes, header included. */
export interface ReceivedMessage {
  readonly type: "message";
  readonly message: HandshakeMessage;
  readonly raw: Uint8Array;
}

/** Content that a peer sends. */
export type Content =
  | ReceivedMessage
  | { readonly type: "data"; readonly data: Uint8Array }
  | { readonly type: "close_notify" }
  /** The stream ended without a close_notify. */
  | { readonly type: "end" };

/** A ChangeCipherSpec that is not dropped. */
interface ReceivedChangeCipherSpec {
  readonly type: "change_cipher_spec";
}

/** Phase of the handshake: only in the middle one may a ChangeCipherSpec come, and is dropped. */
type CompatibilityPhase = "before_hello" | "handshake" | "after_finished";

/** The channel of one connection. */
export class Channel implements Tls12Channel {
  /** Listener to the messages that no record holds as they are. */
  listener: RecordListener | undefined;
  readonly transcript: MessageTranscript = new MessageTranscript(() => this.#requireCrypto());
  readonly #reader: RecordReader;
  readonly #writer: RecordWriter;
  readonly #joiner = new MessageJoiner();
  #crypto: CryptoProvider | undefined;
  #readSecret: TrafficSecret | undefined;
  /** The message that was peeked and is not taken yet. */
  #peeked: ReceivedMessage | undefined;
  #raw: Uint8Array = new Uint8Array(0);
  /** Messages that were sent, and `undefined` for each ChangeCipherSpec between them, since the last flush. */
  #flight: (Uint8Array | undefined)[] = [];
  #phase: CompatibilityPhase;
  #changeCipherSpecs = 0;
  #warningAlerts = 0;
  #emptyRecords = 0;
  #handshaking = true;
  #maySendData = false;
  #mayReceiveData = false;
  #rules: VersionRules = TLS13_RULES;

  /** @param isClient Whether this end sends the first ClientHello, or receives it. */
  constructor(reader: RecordReader, writer: RecordWriter, isClient: boolean) {
    this.#reader = reader;
    this.#writer = writer;
    this.#phase = isClient ? "handshake" : "before_hello";
  }

  /** The provider of keys and transcript hashes; it must be set before the first of either. */
  set crypto(crypto: CryptoProvider) {
    this.#crypto = crypto;
  }

  get raw(): Uint8Array {
    return this.#raw;
  }

  *peek(): Script<HandshakeMessage> {
    if (this.#peeked === undefined) {
      this.#peeked = yield* this.#nextMessage();
      this.#raw = this.#peeked.raw;
    }
    return this.#peeked.message;
  }

  replacePeeked(raw: Uint8Array): HandshakeMessage {
    const message = this.#decode(raw);
    this.listener?.innerHello("received", raw);
    this.#peeked = { type: "message", message, raw };
    this.#raw = raw;
    return message;
  }

  *take(): Script<HandshakeMessage> {
    const message = yield* this.peek();
    this.#peeked = undefined;
    this.transcript.add(this.#raw);
    if (message.type === "finished") this.#phase = "after_finished";
    return message;
  }

  *expect<K extends HandshakeMessage["type"]>(type: K): Script<MessageOf<K>> {
    const message = yield* this.peek();
    if (!isOf(message, type)) {
      throw new TlsError("unexpected_message", `Cannot go on: ${nameOf(message)} came in place of ${type}`);
    }
    yield* this.take();
    return message;
  }

  *maybe<K extends HandshakeMessage["type"]>(type: K): Script<MessageOf<K> | undefined> {
    const message = yield* this.peek();
    if (!isOf(message, type)) return undefined;
    yield* this.take();
    return message;
  }

  send(message: Uint8Array, recorded: Uint8Array = message): void {
    if (this.#handshaking) this.transcript.add(recorded);
    if (recorded !== message) this.listener?.innerHello("sent", recorded);
    this.#flight.push(message);
  }

  sendChangeCipherSpec(): void {
    this.#flight.push(undefined);
  }

  *flush(): Script<void> {
    const flight = this.#flight;
    this.#flight = [];
    // The peer waits for this flight: an honest one has sent nothing of its next flight yet.
    if (flight.some((message) => message !== undefined)) this.#requireAligned();
    let messages: Uint8Array[] = [];
    for (const message of flight) {
      if (message !== undefined) {
        messages.push(message);
        continue;
      }
      yield* this.#sendMessages(messages);
      messages = [];
      yield* settle(this.#writer.sendChangeCipherSpec());
    }
    yield* this.#sendMessages(messages);
  }

  *setReadSecret(suite: CipherSuite, secret: Uint8Array): Script<void> {
    this.#requireAligned();
    const crypto = this.#requireCrypto();
    const keys = yield* trafficKeys(crypto, suite, secret);
    this.#readSecret = { crypto, suite, secret };
    this.#reader.setOpener(new RecordOpener(keys));
  }

  *setWriteSecret(suite: CipherSuite, secret: Uint8Array): Script<void> {
    yield* this.flush();
    // Early data, for which there is nothing to read yet, is not padded: a server that skips it cannot tell padding from
    // data, of which it skips little.
    const isPadded = this.#readSecret !== undefined;
    yield* settle(this.#writer.setSecret({ crypto: this.#requireCrypto(), suite, secret }, isPadded));
  }

  *dropWriteSecret(): Script<void> {
    yield* this.flush();
    yield* settle(this.#writer.dropSecret());
  }

  sendEarlyData(data: Uint8Array): Eventual<void> {
    return this.#writer.sendData(data);
  }

  *receiveEarlyData(): Script<Uint8Array | undefined> {
    this.#mayReceiveData = true;
    const content = yield* this.next();
    if (content.type === "data") return content.data;
    this.#mayReceiveData = false;
    this.#peeked = this.#requireMessage(content);
    this.#raw = this.#peeked.raw;
    return undefined;
  }

  allowData(): void {
    this.#maySendData = true;
  }

  /** Whether the application may send data. */
  get maySendData(): boolean {
    return this.#maySendData;
  }

  skipEarlyData(limit: number): void {
    this.#reader.skipEarlyData(limit);
  }

  speakAnyVersion(): void {
    this.#rules = ANY_VERSION_RULES;
  }

  speakTls13(): void {
    this.#rules = TLS13_RULES;
  }

  speakTls12(rules: VersionRules): Tls12Channel {
    if (this.#changeCipherSpecs > 0) throw outOfTurn();
    this.#rules = rules;
    return this;
  }

  expectRawPublicKey(rules: VersionRules): void {
    this.#rules = rules;
  }

  *receiveChangeCipherSpec(opener: Opener): Script<void> {
    this.#requireAligned();
    const content = yield* this.#read();
    if (content.type !== "change_cipher_spec") {
      const { message } = this.#requireMessage(content);
      throw new TlsError(
        "unexpected_message",
        `Cannot go on: ${nameOf(message)} came in place of ChangeCipherSpec`,
      );
    }
    this.#reader.setOpener(opener);
  }

  *changeCipherSpec(sealer: Sealer): Script<void> {
    this.sendChangeCipherSpec();
    yield* this.flush();
    yield* settle(this.#writer.setSealer(sealer));
  }

  requireEndOfFlight(): void {
    this.#requireAligned();
  }

  *sendWarning(name: AlertName): Script<void> {
    yield* settle(this.#writer.sendWarning(name));
  }

  /** The protection of what is received; `undefined` while anything that came is not read. */
  get protection(): ProtectionState | undefined {
    const { sequence } = this.#reader;
    if (sequence === undefined || !this.#joiner.isEmpty || this.#peeked !== undefined) return undefined;
    return { sequence, secret: this.#readSecret };
  }

  /** The alert that the version has for a failure. */
  alertFor(name: AlertName): AlertName {
    return this.#rules.alerts.get(name) ?? name;
  }

  /** Ends the handshake: its transcript is dropped, and records may be opened ahead. */
  finish(): void {
    this.#handshaking = false;
    this.#maySendData = this.#mayReceiveData = true;
    this.#phase = "after_finished";
    this.#raw = new Uint8Array(0);
    this.transcript.clear();
    this.#reader.openAhead();
  }

  /**
   * A KeyUpdate of the peer: changes the keys of what is read, and answers where an answer is due (RFC 9846 §4.7.3).
   */
  *receiveKeyUpdate({ updateRequested }: KeyUpdate): Script<void> {
    if (this.#readSecret === undefined) throw new TypeError("Cannot update keys: there are none yet");
    const { crypto, suite, secret } = this.#readSecret;
    yield* this.setReadSecret(suite, yield* nextTrafficSecret(crypto, suite.hash, secret));
    yield* settle(this.#writer.receiveKeyUpdate(updateRequested));
  }

  /** Waits for the next content of the peer. */
  *next(): Script<Content> {
    const content = yield* this.#read();
    if (content.type === "change_cipher_spec") throw outOfTurn();
    return content;
  }

  *#read(): Script<Content | ReceivedChangeCipherSpec> {
    while (true) {
      const raw = this.#joiner.next();
      if (raw !== undefined) {
        if (this.#phase === "before_hello") this.#phase = "handshake";
        this.listener?.readsMessage();
        return { type: "message", message: this.#decode(raw), raw };
      }
      const plaintext = yield* this.#reader.next();
      if (plaintext === undefined) return { type: "end" };
      const { type, content } = plaintext;
      // "if a handshake message is split over two or more records, there MUST NOT be any other records between
      // them" (RFC 9846 §5.1)
      if (type !== ContentType.handshake && !this.#joiner.isEmpty) {
        throw new TlsError(
          "interleaved_handshake",
          "Cannot read a handshake message: another record interrupts it",
        );
      }
      switch (type) {
        case ContentType.application_data:
          if (content.length === 0 && this.#mayReceiveData) {
            this.#countEmptyRecord();
            break;
          }
          this.#warningAlerts = this.#emptyRecords = 0;
          return { type: "data", data: content };
        case ContentType.handshake:
          // "Implementations MUST NOT send Handshake and Alert records that have a zero-length
          // TLSInnerPlaintext.content; if such a message is received, the receiving implementation MUST terminate
          // the connection with an "unexpected_message" alert." (RFC 9846 §5.4)
          if (content.length === 0) {
            throw new TlsError("empty_fragment", "Cannot read a handshake message: its record is empty");
          }
          this.#emptyRecords = 0;
          this.#joiner.push(content);
          break;
        case ContentType.alert:
          this.#emptyRecords = 0;
          if (readAlert(content, this.#handshaking, this.#rules.hasWarnings) === "close_notify") {
            return { type: "close_notify" };
          }
          this.#countWarning();
          break;
        case ContentType.change_cipher_spec:
          requireOne(content);
          if (!this.#rules.dropsChangeCipherSpec) return { type: "change_cipher_spec" };
          this.#dropChangeCipherSpec();
          break;
      }
    }
  }

  #decode(raw: Uint8Array): HandshakeMessage {
    return this.#rules.decode(raw[0] ?? 0, raw.subarray(HANDSHAKE_HEADER_LENGTH));
  }

  *#sendMessages(messages: readonly Uint8Array[]): Script<void> {
    if (messages.length > 0) yield* settle(this.#writer.sendHandshake(concat(messages)));
  }

  *#nextMessage(): Script<ReceivedMessage> {
    return this.#requireMessage(yield* this.next());
  }

  #requireMessage(content: Content): ReceivedMessage {
    switch (content.type) {
      case "message":
        return content;
      case "data":
        throw new TlsError(
          "unexpected_message",
          "Cannot go on with the handshake: data came in place of a message",
        );
      case "close_notify":
        throw new TlsError(
          "illegal_alert",
          "Cannot finish the handshake: the peer says that it has no more to send",
        );
      case "end":
        throw new TlsError("unexpected_eof", "Cannot finish the handshake: the peer closed the connection");
    }
  }

  /**
   * "Handshake messages MUST NOT span key changes. Implementations MUST verify that all messages immediately
   * preceding a key change align with a record boundary; if not, then they MUST terminate the connection with an
   * "unexpected_message" alert." (RFC 9846 §5.1)
   */
  #requireAligned(): void {
    if (this.#joiner.isEmpty && this.#peeked === undefined) return;
    throw new TlsError(
      "excess_handshake_data",
      "Cannot change keys: more of a handshake message came before them",
    );
  }

  /**
   * "An implementation may receive an unencrypted record of type change_cipher_spec consisting of the single byte
   * value 0x01 at any time after the first ClientHello message has been sent or received and before the peer's
   * Finished message has been received and MUST simply drop it without further processing." (RFC 9846 §5)
   */
  #dropChangeCipherSpec(): void {
    if (this.#phase !== "handshake") throw outOfTurn();
    if (++this.#changeCipherSpecs > MAX_CHANGE_CIPHER_SPECS) {
      throw new TlsError(
        "illegal_change_cipher_spec",
        `Cannot accept a ChangeCipherSpec: there were ${MAX_CHANGE_CIPHER_SPECS} already`,
      );
    }
  }

  /**
   * Counts empty application data, which is allowed where data is: "Zero-length fragments of Application Data
   * [...] MAY be sent, as they are potentially useful as a traffic analysis countermeasure." (RFC 9846 §5.1)
   */
  #countEmptyRecord(): void {
    if (++this.#emptyRecords <= MAX_EMPTY_RECORDS) return;
    throw new TlsError(
      "too_many_empty_fragments",
      `Cannot go on reading: ${this.#emptyRecords} records in a row were empty`,
    );
  }

  #countWarning(): void {
    if (++this.#warningAlerts <= MAX_WARNING_ALERTS) return;
    throw new TlsError(
      "too_many_warning_alerts",
      `Cannot go on reading: there were ${this.#warningAlerts} warnings`,
    );
  }

  #requireCrypto(): CryptoProvider {
    if (this.#crypto === undefined) {
      throw new TypeError("Cannot derive keys: there is no crypto provider yet");
    }
    return this.#crypto;
  }
}

function isOf<K extends HandshakeMessage["type"]>(
  message: HandshakeMessage,
  type: K,
): message is MessageOf<K> {
  return message.type === type;
}

function outOfTurn(): TlsError {
  return new TlsError("illegal_change_cipher_spec", "Cannot accept a ChangeCipherSpec: it came out of turn");
}

/** "struct { enum { change_cipher_spec(1), (255) } type; } ChangeCipherSpec" (RFC 5246 §7.1) */
function requireOne(content: Uint8Array): void {
  if (content.length === 1 && content[0] === 1) return;
  throw new TlsError(
    "illegal_change_cipher_spec",
    "Cannot accept a ChangeCipherSpec: it is not the byte 01",
  );
}

function nameOf(message: HandshakeMessage): string {
  return message.type === "other" ? `handshake message ${message.handshakeType}` : message.type;
}
