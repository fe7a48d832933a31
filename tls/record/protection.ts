/**
 * What protects records in TLS 1.3 (RFC 9846 §5.2 to §5.5): one key, one direction, one counter.
 *
 * ```text
 * struct {
 *     opaque content[TLSPlaintext.length];
 *     ContentType type;
 *     uint8 zeros[length_of_padding];
 * } TLSInnerPlaintext;
 * ```
 *
 * Sequence numbers are taken when `seal` or `open` is called, not when what they return settles, so any number of
 * records may be under way at once.
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
import { encodeHeader, MAX_PLAINTEXT_BYTES, RECORD_VERSION } from "./header.ts";

/** What a record carries, once it is opened. */
export interface Plaintext {
  readonly type: ContentType;
  readonly content: Uint8Array;
}

/** A record on its way out. */
export interface SealedRecord {
  readonly header: Uint8Array;
  /** Ciphertext and tag. */
  readonly payload: Eventual<Uint8Array>;
}

/** How many zeros to put behind content of that type and length, to hide its length (RFC 9846 §5.4). */
export type Padding = (type: ContentType, length: number) => number;

/** What a key is limited to, and where it begins. */
export interface ProtectionOptions {
  /** How many records it may protect (RFC 9846 §5.5); default: as many as can be counted. */
  readonly recordLimit?: number;
  /** The sequence number of its first record; default 0. */
  readonly sequence?: number;
  /** Default: no padding. */
  readonly padding?: Padding;
}

/** Protects records with one key. */
export class RecordSealer {
  readonly #key: AeadKey;
  readonly #nonce: NonceSequence;
  readonly #padding: Padding | undefined;
  /** Content, type and padding are put together here: a provider does not keep what it is handed. */
  #inner = new Uint8Array(0);

  /** Takes keys that no other sealer has. */
  constructor(keys: TrafficKeys, options: ProtectionOptions = {}) {
    this.#key = keys.key;
    this.#nonce = new NonceSequence(keys.iv, options);
    this.#padding = options.padding;
  }

  /** How many more records this key may protect. */
  get left(): number {
    return this.#nonce.left;
  }

  /**
   * Protects one record.
   *
   * @param content At most 2^14 bytes; free to be used again when this returns.
   * @throws {TlsError} `key_exhausted`
   */
  seal(type: ContentType, content: Uint8Array): SealedRecord {
    const room = MAX_PLAINTEXT_BYTES - content.length;
    const zeros = Math.min(this.#padding?.(type, content.length) ?? 0, room);
    const length = content.length + 1 + zeros;
    if (this.#inner.length < length) this.#inner = new Uint8Array(length);
    this.#inner.set(content);
    this.#inner[content.length] = type;
    this.#inner.fill(0, content.length + 1, length);
    const header = encodeHeader(ContentType.application_data, RECORD_VERSION, length + TAG_LENGTH);
    const payload = this.#key.seal(this.#nonce.next(), header, this.#inner.subarray(0, length));
    return { header, payload };
  }
}

/** Opens records that are protected with one key. */
export class RecordOpener {
  readonly #key: AeadKey;
  readonly #nonce: NonceSequence;

  /** Takes the peer's keys. */
  constructor(keys: TrafficKeys, options: ProtectionOptions = {}) {
    this.#key = keys.key;
    this.#nonce = new NonceSequence(keys.iv, options);
  }

  /**
   * Opens one record.
   *
   * @returns The inner plaintext in fresh memory, for {@linkcode unwrap}; `null`: it was not protected with this
   * key, or not as the next one.
   * @throws {TlsError} `key_exhausted`
   */
  open({ header, payload }: RawRecord): Eventual<Uint8Array | null> {
    return this.#key.open(this.#nonce.next(), header, payload);
  }

  /** The last record was none of this key's: its sequence number stays that of the next one. */
  takeBack(): void {
    this.#nonce.takeBack();
  }
}

/**
 * What stands in an inner plaintext, as a view of it.
 *
 * @throws {TlsError} `record_overflow` or `illegal_inner_plaintext`
 */
export function unwrap(inner: Uint8Array): Plaintext {
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
  // The channel refuses types that are none of the four.
  return { type: inner[end - 1] as ContentType, content: inner.subarray(0, end - 1) };
}

/**
 * The nonces of one key: "The 64-bit record sequence number is encoded in network byte order and padded to the
 * left with zeros to iv_length", then XORed with the IV (RFC 9846 §5.3).
 */
class NonceSequence {
  readonly #iv: Uint8Array;
  readonly #nonce: Uint8Array;
  readonly #limit: number;
  #sequence: number;

  constructor(iv: Uint8Array, options: ProtectionOptions) {
    this.#iv = iv;
    this.#nonce = iv.slice();
    // "If a TLS implementation would need to wrap a sequence number, it MUST either rekey ... or terminate the
    // connection." (RFC 9846 §5.3) Here they end where a double stops being exact.
    this.#limit = Math.min(options.recordLimit ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    this.#sequence = options.sequence ?? 0;
  }

  get left(): number {
    return this.#limit - this.#sequence;
  }

  /** The next one; overwritten by the call after. */
  next(): Uint8Array {
    if (this.#sequence >= this.#limit) {
      throw new TlsError("key_exhausted", `Cannot protect more records: the key is good for ${this.#limit}`);
    }
    const high = Math.floor(this.#sequence / 2 ** 32);
    const low = this.#sequence >>> 0;
    this.#sequence++;
    const at = this.#iv.length - 8;
    for (let byte = 0; byte < 8; byte++) {
      const word = byte < 4 ? high : low;
      this.#nonce[at + byte] = (this.#iv[at + byte] ?? 0) ^ (word >>> (24 - 8 * (byte & 3)));
    }
    return this.#nonce;
  }

  takeBack(): void {
    this.#sequence--;
  }
}
