/**
 * The AlgorithmIdentifiers of keys (RFC 5280 §4.1.1.2), as bytes: public and private keys begin with one of them.
 *
 * There is one encoding of each that is right, or two, so that they are compared rather than parsed.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { decodeHex } from "@std/encoding/hex";
import { DerTag } from "../der/der.ts";
import { derSequence, derValue } from "../der/der_writer.ts";
import type { HashName } from "./provider.ts";
import type { CurveName } from "./signature.ts";

/** What a key can be. */
export type KeyAlgorithm =
  | { readonly kind: "rsa" }
  /** A key that is for RSASSA-PSS alone; with parameters, for that hash alone (RFC 4055 §1.2). */
  | { readonly kind: "rsa_pss"; readonly hash: HashName | undefined }
  | { readonly kind: "ec"; readonly curve: CurveName }
  | { readonly kind: "ed25519" };

/** rsaEncryption; "The parameters field MUST have ASN.1 type NULL" (RFC 3279 §2.3.1). */
export const RSA_ENCRYPTION: Uint8Array = decodeHex("300d06092a864886f70d0101010500");
const RSASSA_PSS_OID = decodeHex("06092a864886f70d01010a"); // id-RSASSA-PSS, RFC 4055 §3.1
const MGF1_OID = decodeHex("06092a864886f70d010108"); // id-mgf1, RFC 4055 §2.2
/** id-Ed25519; "the parameters MUST be absent" (RFC 8410 §3). */
export const ED25519: Uint8Array = decodeHex("300506032b6570");

/** The object identifiers of the curves (RFC 5480 §2.1.1.1), tag and length included. */
export const CURVE_OID: Readonly<Record<CurveName, Uint8Array>> = {
  "P-256": decodeHex("06082a8648ce3d030107"),
  "P-384": decodeHex("06052b81040022"),
  "P-521": decodeHex("06052b81040023"),
};
const EC_PUBLIC_KEY_OID = decodeHex("06072a8648ce3d0201"); // id-ecPublicKey, RFC 5480 §2.1.1

/** The object identifiers of the hashes (RFC 4055 §2.1), and how long a salt goes with each. */
const HASHES: readonly (readonly [HashName, Uint8Array, number])[] = [
  ["SHA-256", decodeHex("0609608648016503040201"), 32],
  ["SHA-384", decodeHex("0609608648016503040202"), 48],
  ["SHA-512", decodeHex("0609608648016503040203"), 64],
];

/** A whole AlgorithmIdentifier of a key on a curve. */
export function ecAlgorithm(curve: CurveName): Uint8Array<ArrayBuffer> {
  return derSequence(EC_PUBLIC_KEY_OID, CURVE_OID[curve]);
}

/** Reads a whole AlgorithmIdentifier of a key; `undefined` for what is not known or not encoded strictly. */
export function readKeyAlgorithm(identifier: Uint8Array): KeyAlgorithm | undefined {
  return KNOWN.find(([encoding]) => equals(encoding, identifier))?.[1];
}

/**
 * `RSASSA-PSS-params` (RFC 4055 §3.1) with that hash throughout and a salt of its length. No other can be used: "If
 * the corresponding public key's parameters are present, then the parameters in the signature MUST be identical to
 * those in the public key" (RFC 9846 §4.3.3), and those of a scheme are always these.
 *
 * @param parameters Of the hash's own AlgorithmIdentifier: NULL or absent, both are to be understood (RFC 4055 §2.1).
 */
function pssParameters(
  hashOid: Uint8Array,
  saltLength: number,
  parameters: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const hash = derSequence(hashOid, parameters);
  return derSequence(
    derValue(0xa0, hash),
    derValue(0xa1, derSequence(MGF1_OID, hash)),
    derValue(0xa2, derValue(DerTag.INTEGER, Uint8Array.of(saltLength))),
  );
}

const CURVES: readonly CurveName[] = ["P-256", "P-384", "P-521"];

const KNOWN: readonly (readonly [Uint8Array, KeyAlgorithm])[] = [
  [RSA_ENCRYPTION, { kind: "rsa" }],
  ...CURVES.map((curve): [Uint8Array, KeyAlgorithm] => [ecAlgorithm(curve), { kind: "ec", curve }]),
  [ED25519, { kind: "ed25519" }],
  [derSequence(RSASSA_PSS_OID), { kind: "rsa_pss", hash: undefined }],
  ...HASHES.flatMap(([hash, oid, saltLength]) =>
    [derValue(DerTag.NULL), new Uint8Array()].map((parameters): [Uint8Array, KeyAlgorithm] => [
      derSequence(RSASSA_PSS_OID, pssParameters(oid, saltLength, parameters)),
      { kind: "rsa_pss", hash },
    ])
  ),
];
