/**
 * Algorithms of certificate compression (RFC 8879), as a config has them.
 *
 * @module
 */

import type { Eventual } from "../../io/script.ts";

/**
 * An algorithm of certificate compression. Implement it for one that the runtime does not have, or that no RFC names.
 *
 * Both ends must know it: what `compress` of one end returns, `decompress` of the other end takes.
 */
export interface CertificateCompression {
  /** Number of the algorithm on the wire: 1 to 65535 (RFC 8879 §7.3). */
  readonly id: number;
  /**
   * Compresses a Certificate of this end.
   *
   * @returns The compressed bytes, or `undefined` where they would not be fewer: the Certificate is then sent as it is.
   */
  compress(certificate: Uint8Array): Eventual<Uint8Array | undefined>;
  /**
   * Decompresses a Certificate of the peer.
   *
   * @param compressed Bytes of the peer, who may be hostile.
   * @param length The length that the result must have, at most 65536. Memory and time must stay within what that
   * much output takes, however far the input would expand.
   * @throws or rejects for input that is malformed, cut short or followed by more, and for output of another length.
   */
  decompress(compressed: Uint8Array, length: number): Eventual<Uint8Array>;
}
