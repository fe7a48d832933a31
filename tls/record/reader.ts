/**
 * The read half: records are found, opened and handed out, strictly in the order in which they came.
 *
 * With a provider that answers with promises, the records at hand are opened ahead of the awaited one, in a window
 * that grows with each opened record. Their ciphertext is kept until they are handed out: when one of them is a
 * KeyUpdate, the records behind it are opened again under the new keys, and the window starts at one record again, so
 * that a peer can make this end open no record more than twice.
 *
 * @module
 */

import { TlsError } from "../error/tls_error.ts";
import { type Eventual, ignoreRejection, type Script, settle } from "../../io/script.ts";
import { MAX_RECORDS_OPENED_AHEAD } from "../limits.ts";
import { ContentType } from "../wire/numbers.ts";
import { TAG_LENGTH } from "../crypto/cipher_suites.ts";
import { Deframer, type RawRecord } from "./deframer.ts";
import type { Opener, Plaintext } from "./protection.ts";
import type { RecordListener } from "./record_listener.ts";

/** A record that is being opened; without `inner` it is unprotected. */
interface Entry {
  readonly record: RawRecord;
  readonly inner: Eventual<Uint8Array | null> | undefined;
  /** The opener of `inner`. */
  readonly opener: Opener | undefined;
}

/** Reads bytes, and gives the content of records. */
export class RecordReader {
  /** Listener to the records that are handed out. */
  listener: RecordListener | undefined;
  readonly #deframer = new Deframer();
  /** Records that were opened with outdated keys; they come before those of the deframer. */
  #reopened: RawRecord[] = [];
  #window: Entry[] = [];
  #windowLength = 1;
  /** Whether records may be opened ahead: only after the handshake, in which keys change often. */
  #opensAhead = false;
  #opener: Opener | undefined;
  /** Whether a protected record of the peer was ever opened. */
  #hasOpened = false;
  #ended = false;
  /** Bytes of refused early data that are still skipped; `undefined`: none are. */
  #earlyDataLeft: number | undefined;

  /** Feeds bytes; they are kept as views until {@linkcode detach}. */
  receive(bytes: Uint8Array): void {
    if (!this.#ended) this.#deframer.receive(bytes);
  }

  /** The peer sends no more bytes. */
  receiveEnd(): void {
    this.#ended = true;
  }

  /** The sequence number of the peer's next record; `undefined` while there are bytes of it, and without keys. */
  get sequence(): number | undefined {
    const isEmpty = this.#window.length === 0 && this.#reopened.length === 0 && this.#deframer.buffered === 0;
    return isEmpty ? this.#opener?.sequence : undefined;
  }

  /** Copies the unread rest of the bytes that were fed. */
  detach(): void {
    this.#deframer.detach();
  }

  /** Opens records with this opener from here on, the records at hand included. */
  setOpener(opener: Opener): void {
    this.listener?.changedKeys("received");
    this.#opener = opener;
    this.#windowLength = 1;
    this.#reopened = [...this.#window.map(({ record }) => record), ...this.#reopened];
    this.#window = [];
  }

  /** Allows records to be opened ahead of the awaited one from here on. */
  openAhead(): void {
    this.#opensAhead = true;
  }

  /**
   * Skips refused early data: records that cannot be opened, up to `limit` bytes of them (RFC 9846 §4.3.10). While
   * there are no keys, records of early data are known by their outer type.
   */
  skipEarlyData(limit: number): void {
    this.#earlyDataLeft = limit;
  }

  /**
   * Waits for the content of the next record; `undefined`: the stream has ended.
   *
   * The content is fresh memory, except a ChangeCipherSpec's and an alert's that are not protected.
   */
  *next(): Script<Plaintext | undefined> {
    while (true) {
      const entry = this.#take();
      if (entry === undefined) {
        if (this.#ended) return undefined;
        yield;
        continue;
      }
      const plaintext = entry.inner === undefined
        ? this.#readPlain(entry.record)
        : this.#readInner(entry, yield* settle(entry.inner));
      this.listener?.receivedRecord(entry.record, plaintext, entry.inner !== undefined);
      if (plaintext !== undefined) return plaintext;
    }
  }

  #take(): Entry | undefined {
    while (this.#window.length < this.#windowLength && this.#lookAhead());
    return this.#window.shift();
  }

  /** Adds one more record to the window. @returns Whether another one may follow. */
  #lookAhead(): boolean {
    let record: RawRecord | undefined;
    try {
      record = this.#reopened.shift() ?? this.#deframer.next();
    } catch (error) {
      // The records before it come first; the deframer throws the same error again.
      if (this.#window.length === 0) throw error;
      return false;
    }
    return record !== undefined && this.#addToWindow(record);
  }

  #addToWindow(record: RawRecord): boolean {
    const inner = this.#opener?.protects(record) === true ? this.#opener.open(record) : undefined;
    if (inner !== undefined) ignoreRejection(inner); // it may never be awaited
    this.#window.push({ record, inner, opener: this.#opener });
    return inner instanceof Promise;
  }

  #readInner({ record, opener }: Entry, inner: Uint8Array | null): Plaintext | undefined {
    if (inner === null || opener === undefined) {
      if (this.#hasSkipped(record)) {
        this.#opener?.reuseSequenceNumber();
        return undefined;
      }
      // "If the decryption fails, the receiver MUST terminate the connection with a "bad_record_mac" alert."
      // (RFC 9846 §5.2)
      throw new TlsError(
        "bad_record_mac",
        "Cannot open a record: it was altered, or protected with other keys",
      );
    }
    this.#earlyDataLeft = undefined;
    this.#hasOpened = true;
    if (this.#opensAhead && this.#windowLength < MAX_RECORDS_OPENED_AHEAD) this.#windowLength++;
    const plaintext = opener.read(record, inner);
    switch (plaintext.type) {
      case ContentType.application_data:
      case ContentType.handshake:
      case ContentType.alert:
        return plaintext;
      default:
        // "An implementation which receives any other change_cipher_spec value or which receives a protected
        // change_cipher_spec record MUST abort the handshake with an "unexpected_message" alert." (RFC 9846 §5) In TLS
        // 1.2 a protected one would be a second one.
        throw new TlsError(
          "unexpected_message",
          `Cannot read a record: it is protected and of type ${plaintext.type}`,
        );
    }
  }

  #readPlain(record: RawRecord): Plaintext | undefined {
    const { type, payload } = record;
    if (!this.#mayBePlain(record)) {
      // "If a TLS implementation receives an unexpected record type, it MUST terminate the connection with an
      // "unexpected_message" alert." (RFC 9846 §5)
      throw new TlsError("unexpected_message", "Cannot read a record: it is unprotected, and there are keys");
    }
    switch (type) {
      case ContentType.application_data:
        if (this.#hasSkipped(record)) return undefined;
        throw new TlsError(
          "unexpected_message",
          "Cannot read a record: it holds data, but there are no keys yet",
        );
      case ContentType.handshake:
        this.#earlyDataLeft = undefined;
        return { type, content: payload.slice() };
      case ContentType.alert:
      case ContentType.change_cipher_spec:
        return { type, content: payload };
    }
  }

  /** Whether a record without protection is allowed: after there are keys, hardly any is. */
  #mayBePlain({ type, payload }: RawRecord): boolean {
    if (this.#opener === undefined || type === ContentType.change_cipher_spec) return true;
    // A peer that fails before it has keys sends an unprotected alert, of two bytes.
    return type === ContentType.alert && !this.#hasOpened && payload.length === 2;
  }

  /**
   * Skips a record as early data: "Only Application Data payload (i.e., plaintext but not padding or the inner content
   * type byte) is counted." (RFC 9846 §4.7.1) Padding cannot be told from it without the keys. A record without payload
   * counts as one byte, because skipping it costs as much.
   *
   * @returns Whether it was skipped.
   */
  #hasSkipped({ payload }: RawRecord): boolean {
    if (this.#earlyDataLeft === undefined) return false;
    this.#earlyDataLeft -= Math.max(1, payload.length - MIN_OVERHEAD);
    if (this.#earlyDataLeft >= 0) return true;
    throw new TlsError(
      "too_much_early_data",
      "Cannot skip the peer's early data: there is more than it may send",
    );
  }
}

/** Bytes that protection adds to content without padding: the inner type and the tag. */
const MIN_OVERHEAD = 1 + TAG_LENGTH;
