/**
 * HKDF (RFC 5869) over a provider's HMAC, and the form in which TLS 1.3 uses it (RFC 9846 §7.1).
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { type Script, settle } from "../../io/script.ts";
import type { CryptoProvider, HashName } from "./provider.ts";

/** The part of a provider that HKDF uses. */
export type Hmac = Pick<CryptoProvider, "hmac">;

/** Length of the output of each hash in bytes. */
export const HASH_LENGTH: Readonly<Record<HashName, number>> = {
  "SHA-256": 32,
  "SHA-384": 48,
  "SHA-512": 64,
};

/**
 * Blocks of HKDF-Expand, whose counter is one byte: "L ... length of output keying material in octets (<= 255*HashLen)"
 * (RFC 5869 §2.3).
 */
export const MAX_BLOCKS = 255;

/** Label of a derivation: `opaque label<7..255>` of an HkdfLabel (RFC 9846 §7.1), less the "tls13 " in front. */
export const MAX_LABEL_BYTES = 249;

/**
 * `HKDF-Extract(salt, IKM) -> PRK` (RFC 5869 §2.2).
 *
 * @param salt May be empty, which is the same as zeros of the hash's length.
 * @returns A pseudorandom key of the hash's length.
 */
export function* hkdfExtract(
  provider: Hmac,
  hash: HashName,
  salt: Uint8Array,
  inputKeyingMaterial: Uint8Array,
): Script<Uint8Array> {
  return yield* settle(provider.hmac(hash, salt, inputKeyingMaterial));
}

/**
 * `HKDF-Expand(PRK, info, L) -> OKM` (RFC 5869 §2.3).
 *
 * @param length Bytes to derive, 0 to 255 times the hash's length.
 * @throws {RangeError} for any other length.
 */
export function* hkdfExpand(
  provider: Hmac,
  hash: HashName,
  pseudorandomKey: Uint8Array,
  info: Uint8Array,
  length: number,
): Script<Uint8Array> {
  const blockLength = HASH_LENGTH[hash];
  if (!Number.isInteger(length) || length < 0 || length > MAX_BLOCKS * blockLength) {
    throw new RangeError(
      `Cannot expand a key to ${length} bytes: length must be an integer from 0 to ${
        MAX_BLOCKS * blockLength
      }`,
    );
  }
  // Nearly everything TLS derives fits into one block: T(1) = HMAC(PRK, info | 0x01).
  const first = new Uint8Array(info.length + 1);
  first.set(info);
  first[info.length] = 1;
  let block = yield* settle(provider.hmac(hash, pseudorandomKey, first));
  if (length <= blockLength) return length === blockLength ? block : block.slice(0, length);

  const output = new Uint8Array(length);
  output.set(block);
  // T(n) = HMAC(PRK, T(n-1) | info | n)
  for (let n = 2; (n - 1) * blockLength < length; n++) {
    block = yield* settle(provider.hmac(hash, pseudorandomKey, concat([block, info, Uint8Array.of(n)])));
    const done = (n - 1) * blockLength;
    output.set(block.subarray(0, length - done), done);
  }
  return output;
}

/** The context of a derivation that has none. */
const NO_CONTEXT = new Uint8Array();

/**
 * `HKDF-Expand-Label(Secret, Label, Context, Length)` (RFC 9846 §7.1).
 *
 * @param label Without its prefix "tls13 ": 1 to 249 characters of ASCII.
 * @param context At most 255 bytes; a transcript hash, or nothing.
 * @param length Bytes to derive, 0 to 255 times the hash's length.
 * @throws {RangeError} when one of them is out of range.
 */
export function* hkdfExpandLabel(
  provider: Hmac,
  hash: HashName,
  secret: Uint8Array,
  label: string,
  context: Uint8Array = NO_CONTEXT,
  length: number = HASH_LENGTH[hash],
): Script<Uint8Array> {
  return yield* hkdfExpand(provider, hash, secret, encodeHkdfLabel(label, context, length), length);
}

const LABEL_PREFIX = "tls13 ";

/**
 * ```
 * struct {
 *     uint16 length = Length;
 *     opaque label<7..255> = "tls13 " + Label;
 *     opaque context<0..255> = Context;
 * } HkdfLabel;
 * ```
 * (RFC 9846 §7.1)
 */
function encodeHkdfLabel(label: string, context: Uint8Array, length: number): Uint8Array {
  if (label.length < 1 || label.length > MAX_LABEL_BYTES) {
    throw new RangeError(
      `Cannot derive a secret: label must have 1 to ${MAX_LABEL_BYTES} characters, not ${label.length}`,
    );
  }
  if (context.length > 255) {
    throw new RangeError(
      `Cannot derive a secret: context must have 255 bytes at most, not ${context.length}`,
    );
  }
  const labelLength = LABEL_PREFIX.length + label.length;
  const encoded = new Uint8Array(4 + labelLength + context.length);
  encoded[0] = length >> 8;
  encoded[1] = length;
  encoded[2] = labelLength;
  let at = 3;
  for (let i = 0; i < LABEL_PREFIX.length; i++) encoded[at++] = LABEL_PREFIX.charCodeAt(i);
  for (let i = 0; i < label.length; i++) encoded[at++] = label.charCodeAt(i);
  encoded[at++] = context.length;
  encoded.set(context, at);
  return encoded;
}
