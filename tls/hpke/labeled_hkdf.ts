/**
 * The labelled forms of HKDF in HPKE (RFC 9180 §4).
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { hkdfExpand, hkdfExtract, type Hmac } from "../crypto/hkdf.ts";
import type { HashName } from "../crypto/provider.ts";
import type { Script } from "../../io/script.ts";

/** A KDF bound to the algorithms that it is used for. */
export interface LabeledHkdf {
  readonly provider: Hmac;
  readonly hash: HashName;
  /** `suite_id`: what tells the uses of different algorithms apart. */
  readonly suiteId: Uint8Array;
}

/** `LabeledExtract(salt, label, ikm) = Extract(salt, concat("HPKE-v1", suite_id, label, ikm))` */
export function labeledExtract(
  { provider, hash, suiteId }: LabeledHkdf,
  salt: Uint8Array,
  label: string,
  inputKeyingMaterial: Uint8Array,
): Script<Uint8Array> {
  return hkdfExtract(provider, hash, salt, concat([VERSION, suiteId, ascii(label), inputKeyingMaterial]));
}

/** `LabeledExpand(prk, label, info, L) = Expand(prk, concat(I2OSP(L, 2), "HPKE-v1", suite_id, label, info), L)` */
export function labeledExpand(
  { provider, hash, suiteId }: LabeledHkdf,
  pseudorandomKey: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Script<Uint8Array> {
  const labeled = concat([Uint8Array.of(length >> 8, length), VERSION, suiteId, ascii(label), info]);
  return hkdfExpand(provider, hash, pseudorandomKey, labeled, length);
}

/** A `suite_id`: the name of a part of HPKE, and the numbers of its algorithms in two bytes each. */
export function suiteId(part: "KEM" | "HPKE", ...numbers: readonly number[]): Uint8Array {
  return concat([ascii(part), ...numbers.map((number) => Uint8Array.of(number >> 8, number))]);
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const VERSION = ascii("HPKE-v1");
