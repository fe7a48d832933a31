/**
 * The pseudorandom function of TLS 1.2 (RFC 5246 §5), over a provider's HMAC.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { HASH_LENGTH, type Hmac } from "../crypto/hkdf.ts";
import type { HashName } from "../crypto/provider.ts";
import { type Script, settle } from "../../io/script.ts";

/**
 * `PRF(secret, label, seed) = P_<hash>(secret, label + seed)` (RFC 5246 §5).
 *
 * @param hash The cipher suite's hash.
 * @param label ASCII.
 * @param length Bytes to derive.
 */
export function* prf(
  provider: Hmac,
  hash: HashName,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Script<Uint8Array> {
  const labelled = concat([new TextEncoder().encode(label), seed]);
  const output = new Uint8Array(length);
  // A(0) is the seed, A(i) the HMAC of A(i-1), and block i the HMAC of A(i) and the seed (RFC 5246 §5).
  let a: Uint8Array = labelled;
  for (let done = 0; done < length; done += HASH_LENGTH[hash]) {
    a = yield* settle(provider.hmac(hash, secret, a));
    const block = yield* settle(provider.hmac(hash, secret, concat([a, labelled])));
    output.set(block.subarray(0, length - done), done);
  }
  return output;
}
