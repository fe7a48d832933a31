/**
 * Record protection of TLS 1.2 by an AEAD (RFC 5246 §6.2.3.3): one key, one direction, one sequence number.
 *
 * ```text
 * struct {
 *     ContentType type;
 *     ProtocolVersion version;
 *     uint16 length;
 *     opaque nonce_explicit[SecurityParameters.record_iv_length];   // GCM: 8 bytes, ChaCha20-Poly1305: none
 *     aead-ciphered struct { opaque content[TLSCompressed.length]; };
 * } TLSCiphertext;
 * ```
 *
 * The type of a record is not hidden, and there is no padding. With GCM the nonce is the IV of 4 bytes followed by the
 * explicit part (RFC 5288 §3), for which this end takes the sequence number; a peer may take anything. With
 * ChaCha20-Poly1305 it is the IV XORed with the sequence number (RFC 7905 §2).
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { NONCE_LENGTH, TAG_LENGTH } from "../crypto/cipher_suites.ts";
import type { AeadKey } from "../crypto/provider.ts";
import { TlsError } from "../error/tls_error.ts";
import type { TrafficKeys } from "../schedule/traffic_keys.ts";
import { type Eventual, ignoreRejection } from "../../io/script.ts";
import type { ContentType } from "../wire/numbers.ts";
import type { RawRecord } from "./deframer.ts";
import { encodeHeader, HEADER_LENGTH, MAX_PLAINTEXT_BYTES, RECORD_VERSION } from "./header.ts";
import { NonceSequence, type SequenceOptions } from "./nonce_sequence.ts";
import type { Opener, Plaintext, SealedRecord, Sealer } from "./protection.ts";
import { RecordMemory } from "./record_memory.ts";

/** Protects records with one key. */
export class Tls12Sealer implements Sealer {
  readonly #key: AeadKey;
  readonly #numbers: Numbers;

  /** @param keys Keys that no other sealer has. */
  constructor(keys: TrafficKeys, options: SequenceOptions = {}) {
    this.#key = keys.key;
    this.#numbers = new Numbers(keys.iv, options);
  }

  /** The sequence number of the next record. */
  get sequence(): number {
    return this.#numbers.sequenceNumber;
  }

  /** Records that this key may still protect. */
  get left(): number {
    return this.#numbers.left;
  }

  /**
   * Protects one record.
   *
   * @param content At most 2^14 bytes; its memory may be used again when this returns.
   * @param memory Memory for the record, where the key seals into it. Default: memory of its own.
   * @throws {TlsError} `key_exhausted`
   */
  seal(type: ContentType, content: Uint8Array, memory: RecordMemory = new RecordMemory()): SealedRecord {
    const { sequence, nonce } = this.#numbers.next();
    const explicit = nonce.slice(NONCE_LENGTH - this.#numbers.explicitLength);
    const aad = additionalData(sequence, encodeHeader(type, RECORD_VERSION, content.length));
    const sealedLength = content.length + TAG_LENGTH;
    // The explicit nonce goes with the header: the queue joins them with the ciphertext anyway.
    const header = concat([encodeHeader(type, RECORD_VERSION, explicit.length + sealedLength), explicit]);
    if (this.#key.sealInto === undefined) {
      return { header, payload: this.#key.seal(nonce, aad, content) };
    }
    const record = memory.take(header.length, sealedLength);
    record.header.set(header);
    this.#key.sealInto(nonce, aad, content, record.payload);
    return record;
  }
}

/** Opens records that are protected with one key. */
export class Tls12Opener implements Opener {
  readonly #key: AeadKey;
  readonly #iv: Uint8Array;
  readonly #numbers: Numbers;

  /** @param keys The peer's keys. */
  constructor(keys: TrafficKeys, options: SequenceOptions = {}) {
    this.#key = keys.key;
    this.#iv = keys.iv;
    this.#numbers = new Numbers(keys.iv, options);
  }

  /** The sequence number of the next record. */
  get sequence(): number {
    return this.#numbers.sequenceNumber;
  }

  /** All records are protected once there are keys. */
  protects(): boolean {
    return true;
  }

  /**
   * Opens one record.
   *
   * @returns The content in fresh memory; `null`: the record was not protected with this key, or not with the next
   * sequence number, or its header was altered.
   * @throws {TlsError} `key_exhausted`
   */
  open({ header, payload }: RawRecord): Eventual<Uint8Array | null> {
    const { sequence, nonce } = this.#numbers.next();
    const { explicitLength } = this.#numbers;
    const length = payload.length - explicitLength - TAG_LENGTH;
    if (length < 0) return null;
    const plainHeader = header.slice(0, HEADER_LENGTH);
    plainHeader[3] = length >> 8;
    plainHeader[4] = length;
    const used = explicitLength === 0 ? nonce : concat([this.#iv, payload.subarray(0, explicitLength)]);
    const opened = this.#key.open(
      used,
      additionalData(sequence, plainHeader),
      payload.subarray(explicitLength),
    );
    ignoreRejection(opened);
    return opened;
  }

  /**
   * The type and the content of a record that was opened.
   *
   * @throws {TlsError} `record_overflow`: "The length ... MUST NOT exceed 2^14" (RFC 5246 §6.2.1).
   */
  read({ type }: RawRecord, opened: Uint8Array): Plaintext {
    if (opened.length > MAX_PLAINTEXT_BYTES) {
      throw new TlsError("record_overflow", `Cannot read a record: it carries ${opened.length} bytes`);
    }
    return { type, content: opened };
  }

  /** Uses the last sequence number again: the record was not protected with this key. */
  reuseSequenceNumber(): void {
    this.#numbers.reuse();
  }
}

/**
 * `additional_data = seq_num + TLSCompressed.type + TLSCompressed.version + TLSCompressed.length` (RFC 5246 §6.2.3.3).
 *
 * @param plainHeader The record's header with the length of its content.
 */
function additionalData(sequence: Uint8Array, plainHeader: Uint8Array): Uint8Array {
  return concat([sequence, plainHeader]);
}

/** Length of a sequence number, and of the explicit part of a nonce. */
const SEQUENCE_LENGTH = 8;

/** The sequence numbers of one key, and the nonces that this end makes of them. */
class Numbers {
  /** Length of the part of each nonce that is sent with its record. */
  readonly explicitLength: number;
  readonly #nonces: NonceSequence;
  /** The sequence numbers alone: the nonces of an IV of zeros. */
  readonly #sequence: NonceSequence;

  /** @param iv The IV of the key block; what it lacks of a nonce is explicit. */
  constructor(iv: Uint8Array, options: SequenceOptions) {
    this.explicitLength = NONCE_LENGTH - iv.length;
    const padded = new Uint8Array(NONCE_LENGTH);
    padded.set(iv);
    this.#nonces = new NonceSequence(padded, options);
    this.#sequence = new NonceSequence(new Uint8Array(SEQUENCE_LENGTH), options);
  }

  get left(): number {
    return this.#sequence.left;
  }

  get sequenceNumber(): number {
    return this.#sequence.sequence;
  }

  next(): { readonly sequence: Uint8Array; readonly nonce: Uint8Array } {
    return { sequence: this.#sequence.next(), nonce: this.#nonces.next() };
  }

  reuse(): void {
    this.#sequence.reuse();
    this.#nonces.reuse();
  }
}
