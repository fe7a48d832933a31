/**
 * Bytes in, records out.
 *
 * A {@linkcode Deframer} finds the records in a stream, however the transport splits it. A record that lies whole in a
 * chunk is lent out as views of that chunk; only a record that is split over chunks is put together, in memory that
 * grows with what has come. So dripped input costs no more than twice its length, and no more is kept than one record
 * and the bytes that were fed.
 *
 * A header is checked before the payload is waited for.
 *
 * @module
 */

import { TlsError } from "../error/tls_error.ts";
import { ContentType } from "../wire/numbers.ts";
import { makeRoom } from "./gathered.ts";
import { HEADER_LENGTH, MAX_CIPHERTEXT_BYTES, MAX_PLAINTEXT_BYTES } from "./header.ts";
import { notTls } from "./not_tls.ts";

/** A record as it was received. */
export interface RawRecord {
  readonly type: ContentType;
  /** The header, with which a protected record is authenticated. */
  readonly header: Uint8Array;
  /** The bytes behind the header. */
  readonly payload: Uint8Array;
}

/** Finds the records in a stream of bytes. */
export class Deframer {
  /** Bytes that were fed and not taken yet; views of the caller's memory until {@linkcode detach}. */
  #chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that are taken. */
  #taken = 0;
  /** A record that is split over chunks, as far as it has come. */
  #split: Uint8Array | undefined;
  #splitLength = 0;
  /** Bytes of that record: those of its header, until the header is complete. */
  #announced = HEADER_LENGTH;
  /** Whether a record was found: the first bytes may be of another protocol. */
  #begun = false;

  /** Feeds bytes, which are kept as a view until they are taken, or until {@linkcode detach}. */
  receive(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  /** Copies the rest of the chunks, so that the caller may use their memory again. */
  detach(): void {
    for (const [index, chunk] of this.#chunks.entries()) this.#chunks[index] = chunk.slice(this.#skip(index));
    this.#taken = 0;
  }

  /** Bytes that were fed and not given out yet. */
  get buffered(): number {
    let total = this.#splitLength - this.#taken;
    for (const chunk of this.#chunks) total += chunk.length;
    return total;
  }

  /**
   * The next record, or `undefined` when it is not complete.
   *
   * @throws {TlsError} `not_tls`, `unexpected_message`, `decode_error` or `record_overflow` for a bad header; the same
   * error again at each further call.
   */
  next(): RawRecord | undefined {
    return this.#split === undefined ? this.#whole() ?? this.#joined() : this.#joined();
  }

  /** A record that lies whole in the first chunk. */
  #whole(): RawRecord | undefined {
    const chunk = this.#chunks[0];
    if (chunk === undefined || chunk.length - this.#taken < HEADER_LENGTH) return undefined;
    const body = this.#taken + HEADER_LENGTH;
    const header = chunk.subarray(this.#taken, body);
    const end = body + this.#payloadLength(header);
    if (chunk.length < end) return undefined;
    this.#take(end - this.#taken);
    return record(header, chunk.subarray(body, end));
  }

  /** A record that is put together from several chunks. */
  #joined(): RawRecord | undefined {
    if (this.#split === undefined) {
      if (this.#chunks.length === 0) return undefined;
      this.#split = new Uint8Array(HEADER_LENGTH);
    }
    if (this.#announced === HEADER_LENGTH) {
      if (!this.#fill(this.#split)) return undefined;
      this.#announced = HEADER_LENGTH + this.#payloadLength(this.#split);
    }
    const atHand = this.buffered - this.#splitLength;
    const split = makeRoom(this.#split, this.#splitLength, this.#announced, atHand);
    this.#split = split;
    this.#fill(split);
    if (this.#splitLength < this.#announced) return undefined;
    this.#split = undefined;
    this.#splitLength = 0;
    this.#announced = HEADER_LENGTH;
    return record(split.subarray(0, HEADER_LENGTH), split.subarray(HEADER_LENGTH));
  }

  /** Moves bytes of the chunks to the end of those in `into`. @returns Whether `into` is full. */
  #fill(into: Uint8Array): boolean {
    let chunk: Uint8Array | undefined;
    while (this.#splitLength < into.length && (chunk = this.#chunks[0]) !== undefined) {
      const length = Math.min(into.length - this.#splitLength, chunk.length - this.#taken);
      into.set(chunk.subarray(this.#taken, this.#taken + length), this.#splitLength);
      this.#splitLength += length;
      this.#take(length);
    }
    return this.#splitLength === into.length;
  }

  #take(length: number): void {
    this.#taken += length;
    if (this.#taken === this.#chunks[0]?.length) {
      this.#chunks.shift();
      this.#taken = 0;
    }
  }

  #skip(index: number): number {
    return index === 0 ? this.#taken : 0;
  }

  /** Checks a header. @returns The length of the payload. */
  #payloadLength(header: Uint8Array): number {
    const [type = 0, major = 0, , high = 0, low = 0] = header;
    const length = high << 8 | low;
    const isKnown = type >= ContentType.change_cipher_spec && type <= ContentType.application_data;
    if (!this.#begun && (!isKnown || major !== 3)) throw notTls(header);
    // "If a TLS implementation receives an unexpected record type, it MUST terminate the connection with an
    // "unexpected_message" alert." (RFC 9846 §5)
    if (!isKnown) throw new TlsError("unexpected_message", `Cannot read a record: there is no type ${type}`);
    // The rest of legacy_record_version "MUST be ignored for all purposes" (RFC 9846 §5.1).
    if (major !== 3) {
      throw new TlsError("decode_error", `Cannot read a record: there is no TLS version ${major}.x`);
    }
    // "An endpoint that receives a record that exceeds this length MUST terminate the connection with a
    // "record_overflow" alert." (RFC 9846 §5.1, §5.2)
    const limit = type === ContentType.application_data ? MAX_CIPHERTEXT_BYTES : MAX_PLAINTEXT_BYTES;
    if (length > limit) {
      throw new TlsError("record_overflow", `Cannot read a record: its length of ${length} is over ${limit}`);
    }
    this.#begun = true;
    return length;
  }
}

function record(header: Uint8Array, payload: Uint8Array): RawRecord {
  // The type was checked with the header: it is one of the four.
  return { type: header[0] as ContentType, header, payload };
}
