/**
 * The one error of HPACK.
 *
 * @module
 */

/**
 * Why a header block was refused.
 *
 * - `COMPRESSION_ERROR`: it does not decode (RFC 9113 §4.3: a connection error of that type).
 * - `header_list_too_large`: it decodes to so much more than the limit that decoding on, only to keep the
 *   dynamic table in step, would serve an attacker. The connection ends with ENHANCE_YOUR_CALM.
 */
export type HpackErrorCode = "COMPRESSION_ERROR" | "header_list_too_large";

/** A header block that was refused. Its connection cannot go on: both ends no longer have the same table. */
export class HpackError extends Error {
  /** Always `HpackError`. */
  override readonly name: string = "HpackError";
  /** Why. */
  readonly code: HpackErrorCode;

  /**
   * Says what is wrong with a block.
   *
   * @param code Why.
   * @param reason The rest of the message, after "Cannot decode a header block: ".
   */
  constructor(code: HpackErrorCode, reason: string) {
    super(`Cannot decode a header block: ${reason}`);
    this.code = code;
  }
}
