/**
 * Record protection of TLS 1.3 (RFC 9846 §5.2 to §5.5): one key, one direction, one sequence number.
 *
 * ```text
 * struct {
 *     opaque content[TLSPlaintext.length];
 *     ContentType type;
 *     uint8 zeros[length_of_padding];
 * } TLSInnerPlaintext;
 * ```
 *
 * Sequence numbers are taken when `seal` or `open` is called, not when their promise settles, so any number of records
 * may be under way at the same time.
 *
 * @module
 */

import { TAG_LENGTH } from "../crypto/cipher_suites.ts";
import type { AeadKey } from "../crypto/provider.ts";
import { TlsError } from "../error/tls_error.ts";
import type { TrafficKeys } from "../schedule/traffic_keys.ts";
import type { Eventual } from "../../io/script.ts";
import { ContentType } from "../wire/numbers.ts";
import type { RawRecord } from "./deframer.ts";
import { encodeHeader, HEADER_LENGTH, MAX_PLAINTEXT_BYTES, RECORD_VERSION } from "./header.ts";
import { NonceSequence, type SequenceOptions } from "./nonce_sequence.ts";
import { RecordMemory } from "./record_memory.ts";

/** Content of an opened record. */
export interface Plaintext {
  readonly type: ContentType;
  readonly content: Uint8Array;
}

/** Protection of what is sent, of either version: one key, one direction. */
export interface Sealer {
  /** The sequence number of the next record. */
  readonly sequence: number;
  /** Records that the key may still protect. */
  readonly left: number;
  /**
   * Protects one record of at most 2^14 bytes, in that memory where the key can. Default: memory of its own.
   *
   * @throws {TlsError} `key_exhausted`
   */
  seal(type: ContentType, content: Uint8Array, memory?: RecordMemory): SealedRecord;
}

/** Protection of what is received, of either version: one key, one direction. */
export interface Opener {
  /** The sequence number of the next record. */
  readonly sequence: number;
  /** Whether the peer protects records of that outer type with this key. */
  protects(record: RawRecord): boolean;
  /** Opens one record; `null`: it was not protected with this key. @throws {TlsError} `key_exhausted` */
  open(record: RawRecord): Eventual<Uint8Array | null>;
  /** The type and the content of a record that was opened. @throws {TlsError} `record_overflow`... */
  read(record: RawRecord, opened: Uint8Array): Plaintext;
  /** Uses the last sequence number again: the record was not protected with this key. */
  reuseSequenceNumber(): void;
}

/** A record to be sent. */
export interface SealedRecord {
  readonly header: Uint8Array;
  /** Ciphertext and tag. */
  readonly payload: Eventual<Uint8Array>;
}

/** Bytes of padding for content of that length, which hide it (RFC 9846 §5.4). */
export type Padding = (length: number) => number;

/** Options of a sealer. */
export interface SealerOptions extends SequenceOptions {
  /** Padding of each record. Default: none. */
  readonly padding?: Padding | undefined;
  /** Greatest length of content and padding. Default: 2^14. */
  readonly maxLength?: number;
}

/** Protects records with one key. */
export class RecordSealer implements Sealer {
  readonly #key: AeadKey;
  readonly #nonce: NonceSequence;
  readonly #padding: Padding | undefined;
  readonly #maxLength: number;
  /** Memory for content, type and padding, used again and again: a provider does not keep its arguments. */
  #inner: Uint8Array | undefined;

  /** @param keys Keys that no other sealer has. */
  constructor(keys: TrafficKeys, options: SealerOptions = {}) {
    this.#key = keys.key;
    this.#nonce = new NonceSequence(keys.iv, options);
    this.#padding = options.padding;
    this.#maxLength = options.maxLength ?? MAX_PLAINTEXT_BYTES;
  }

  /** The sequence number of the next record. */
  get sequence(): number {
    return this.#nonce.sequence;
  }

  /** Records that this key may still protect. */
  get left(): number {
    return this.#nonce.left;
  }

  /**
   * Protects one record.
   *
   * @param content At most 2^14 bytes; its memory may be used again when this returns.
   * @param memory Memory for the record, where the key seals into it. Default: memory of its own.
   * @throws {TlsError} `key_exhausted`
   * @throws {RangeError} for padding that is no number of bytes.
   * @throws what the policy throws, except for an alert, which is not padded then.
   */
  seal(type: ContentType, content: Uint8Array, memory: RecordMemory = new RecordMemory()): SealedRecord {
    const zeros = this.#zerosFor(type, content.length);
    const length = content.length + 1 + zeros;
    const inner = this.#innerOf(length);
    inner.set(content);
    inner[content.length] = type;
    inner.fill(0, content.length + 1);
    const nonce = this.#nonce.next();
    const payloadLength = length + TAG_LENGTH;
    if (this.#key.sealInto === undefined) {
      const header = encodeHeader(ContentType.application_data, RECORD_VERSION, payloadLength);
      return { header, payload: this.#key.seal(nonce, header, inner) };
    }
    const { header, payload } = memory.take(HEADER_LENGTH, payloadLength);
    encodeHeader(ContentType.application_data, RECORD_VERSION, payloadLength, header);
    this.#key.sealInto(nonce, header, inner, payload);
    return { header, payload };
  }

  /**
   * Memory for an inner plaintext: that of all sealers where a key is done with it before it returns, so that an idle
   * connection keeps none.
   */
  #innerOf(length: number): Uint8Array {
    const isShared = this.#key.sealInto !== undefined;
    let inner = isShared ? shared : this.#inner;
    if (inner === undefined || inner.length < length) {
      inner = new Uint8Array(isShared ? MAX_PLAINTEXT_BYTES + 1 : length);
      if (isShared) shared = inner;
      else this.#inner = inner;
    }
    return inner.subarray(0, length);
  }

  /** The number of zeros of a record: the policy's, as far as there is room. */
  #zerosFor(type: ContentType, length: number): number {
    if (this.#padding === undefined) return 0;
    try {
      const wanted = this.#padding(length);
      if (Number.isInteger(wanted) && wanted >= 0) {
        return Math.min(wanted, Math.max(0, this.#maxLength - length));
      }
      throw new RangeError(`Cannot pad a record: ${wanted} is no number of bytes`);
    } catch (reason) {
      if (type === ContentType.alert) return 0; // it may be the alert for that very failure
      throw reason;
    }
  }
}

/** Memory of all sealers for one inner plaintext. */
let shared: Uint8Array | undefined;

/** Opens records that are protected with one key. */
export class RecordOpener implements Opener {
  readonly #key: AeadKey;
  readonly #nonce: NonceSequence;

  /** @param keys The peer's keys. */
  constructor(keys: TrafficKeys, options: SequenceOptions = {}) {
    this.#key = keys.key;
    this.#nonce = new NonceSequence(keys.iv, options);
  }

  /** The sequence number of the next record. */
  get sequence(): number {
    return this.#nonce.sequence;
  }

  /** "The outer opaque_type field of a TLSCiphertext record is always set to the value 23" (RFC 9846 §5.2). */
  protects({ type }: RawRecord): boolean {
    return type === ContentType.application_data;
  }

  /**
   * Opens one record.
   *
   * @returns The inner plaintext in fresh memory, for {@linkcode readInnerPlaintext}; `null`: the record was not
   * protected with this key, or not with the next sequence number.
   * @throws {TlsError} `key_exhausted`
   */
  open({ header, payload }: RawRecord): Eventual<Uint8Array | null> {
    return this.#key.open(this.#nonce.next(), header, payload);
  }

  /** Reads the inner plaintext of a record that was opened; see {@linkcode readInnerPlaintext}. */
  read(_record: RawRecord, opened: Uint8Array): Plaintext {
    return readInnerPlaintext(opened);
  }

  /** Uses the last sequence number again: the record was not protected with this key. */
  reuseSequenceNumber(): void {
    this.#nonce.reuse();
  }
}

/**
 * Reads a TLSInnerPlaintext: its type and its content, without padding, as a view.
 *
 * @throws {TlsError} `record_overflow` or `illegal_inner_plaintext`
 */
export function readInnerPlaintext(inner: Uint8Array): Plaintext {
  // "the full encoded TLSInnerPlaintext MUST NOT exceed 2^14 + 1 octets" (RFC 9846 §5.4)
  if (inner.length > MAX_PLAINTEXT_BYTES + 1) {
    throw new TlsError("record_overflow", `Cannot read a record: it carries ${inner.length - 1} bytes`);
  }
  let end = inner.length;
  while (end > 0 && inner[end - 1] === 0) end--;
  // "If a receiving implementation does not find a non-zero octet in the cleartext, it MUST terminate the
  // connection with an "unexpected_message" alert." (RFC 9846 §5.4)
  if (end === 0) {
    throw new TlsError("illegal_inner_plaintext", "Cannot read a record: it carries padding only");
  }
  // The reader refuses types that are none of the four.
  return { type: inner[end - 1] as ContentType, content: inner.subarray(0, end - 1) };
}
