/**
 * The read half: records are found, opened and handed out, strictly in the order in which they came.
 *
 * With a provider that answers with promises, the records at hand are opened ahead of the one that is waited for,
 * in a window that grows while all goes well. Their ciphertext is kept until they are handed out: if one of them
 * turns out to be a KeyUpdate, those behind it are opened again under the new keys, and the window starts small
 * again, so that a peer cannot make this end open anything more than twice over.
 *
 * @module
 */

import { TlsError } from "../error/tls_error.ts";
import { type Eventual, ignoreRejection, type Script, settle } from "../../io/script.ts";
import { MAX_EMPTY_RECORDS, MAX_RECORDS_OPENED_AHEAD } from "../limits.ts";
import { ContentType } from "../wire/numbers.ts";
import { Deframer, type RawRecord } from "./deframer.ts";
import { type Plaintext, type RecordOpener, unwrap } from "./protection.ts";

/** A record that is being opened; without `inner` it is not protected. */
interface Entry {
  readonly record: RawRecord;
  readonly inner: Eventual<Uint8Array | null> | undefined;
}

/** Takes bytes, gives what records carry. */
export class RecordReader {
  readonly #deframer = new Deframer();
  /** Records that were opened with keys that are no longer right; they come before those of the deframer. */
  #again: RawRecord[] = [];
  #window: Entry[] = [];
  #windowLength = 1;
  /** Whether records may be opened ahead: only when the handshake, whose keys change often, is over. */
  #opensAhead = false;
  #opener: RecordOpener | undefined;
  /** Whether the peer was ever seen to have keys. */
  #hasOpened = false;
  #ended = false;
  #emptyFragments = 0;
  /** How much more of refused early data is skipped; `undefined`: there is none to be skipped. */
  #earlyDataLeft: number | undefined;

  /** Feeds bytes; they are kept as views until {@linkcode detach}. */
  receive(bytes: Uint8Array): void {
    if (!this.#ended) this.#deframer.receive(bytes);
  }

  /** There will be no more bytes. */
  receiveEnd(): void {
    this.#ended = true;
  }

  /** Copies what is still to be read of the bytes that were fed. */
  detach(): void {
    this.#deframer.detach();
  }

  /** From here on records are opened with this: the records at hand, too. */
  setOpener(opener: RecordOpener): void {
    this.#opener = opener;
    this.#windowLength = 1;
    this.#again = [...this.#window.map(({ record }) => record), ...this.#again];
    this.#window = [];
  }

  /** From here on records may be opened ahead of the one that is asked for. */
  openAhead(): void {
    this.#opensAhead = true;
  }

  /**
   * Early data was refused: what cannot be opened is skipped, up to `limit` bytes of records (RFC 9846 §4.3.10).
   * Without keys the records of early data are known by their outer type.
   */
  skipEarlyData(limit: number): void {
    this.#earlyDataLeft = limit;
  }

  /**
   * What the next record carries; `undefined`: the stream has ended. Asks to be fed where it needs more.
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
        : this.#readInner(entry.record, yield* settle(entry.inner));
      if (plaintext !== undefined && !this.#isEmptyData(plaintext)) return plaintext;
    }
  }

  #take(): Entry | undefined {
    while (this.#window.length < this.#windowLength && this.#lookAhead());
    return this.#window.shift();
  }

  /** Enters one more record; whether another may be entered behind it. */
  #lookAhead(): boolean {
    let record: RawRecord | undefined;
    try {
      record = this.#again.shift() ?? this.#deframer.next();
    } catch (error) {
      // The records before it come first; asked again the deframer says the same.
      if (this.#window.length === 0) throw error;
      return false;
    }
    return record !== undefined && this.#enter(record);
  }

  #enter(record: RawRecord): boolean {
    const inner = this.#isProtected(record) ? this.#opener?.open(record) : undefined;
    if (inner !== undefined) ignoreRejection(inner); // it may never be waited for
    this.#window.push({ record, inner });
    return inner instanceof Promise;
  }

  #isProtected({ type, payload }: RawRecord): boolean {
    if (this.#opener === undefined || type === ContentType.change_cipher_spec) return false;
    // A peer that fails before it has keys says so without protection. Two bytes cannot be a protected record.
    return type !== ContentType.alert || this.#hasOpened || payload.length !== 2;
  }

  #readInner(record: RawRecord, inner: Uint8Array | null): Plaintext | undefined {
    if (inner === null) {
      if (this.#hasSkipped(record)) {
        this.#opener?.takeBack();
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
    // "The outer opaque_type field of a TLSCiphertext record is always set to the value 23" (RFC 9846 §5.2)
    if (record.type !== ContentType.application_data) {
      throw new TlsError("unexpected_message", `Cannot open a record: its outer type is ${record.type}`);
    }
    if (this.#opensAhead && this.#windowLength < MAX_RECORDS_OPENED_AHEAD) this.#windowLength++;
    const plaintext = unwrap(inner);
    switch (plaintext.type) {
      case ContentType.application_data:
      case ContentType.handshake:
      case ContentType.alert:
        return plaintext;
      default:
        // "An implementation which receives any other change_cipher_spec value or which receives a protected
        // change_cipher_spec record MUST abort the handshake with an "unexpected_message" alert." (RFC 9846 §5)
        throw new TlsError("unexpected_message", `Cannot read a record: its inner type is ${plaintext.type}`);
    }
  }

  #readPlain(record: RawRecord): Plaintext | undefined {
    const { type, payload } = record;
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

  /** Whether a record is skipped as early data. */
  #hasSkipped({ type, header, payload }: RawRecord): boolean {
    if (this.#earlyDataLeft === undefined || type !== ContentType.application_data) return false;
    this.#earlyDataLeft -= header.length + payload.length;
    if (this.#earlyDataLeft >= 0) return true;
    throw new TlsError(
      "too_much_early_data",
      "Cannot skip the peer's early data: there is more than it may send",
    );
  }

  /** Whether a record carries nothing, which is fine now and then (RFC 9846 §5.1). */
  #isEmptyData({ type, content }: Plaintext): boolean {
    if (content.length > 0) {
      this.#emptyFragments = 0;
      return false;
    }
    if (type !== ContentType.application_data) return false;
    if (++this.#emptyFragments <= MAX_EMPTY_RECORDS) return true;
    throw new TlsError(
      "too_many_empty_fragments",
      `Cannot go on reading: ${this.#emptyFragments} records in a row were empty`,
    );
  }
}
