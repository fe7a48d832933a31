/**
 * Private keys of a key exchange in PKCS#8 (RFC 5958), the one form that every platform imports.
 *
 * @module
 */

import { decodeHex } from "@std/encoding/hex";
import { DerTag } from "../der/der.ts";
import { derBitString, derOctetString, derSequence, derValue } from "../der/der_writer.ts";
import { COORDINATE_LENGTH } from "./ecdsa_signature.ts";
import { ecAlgorithm } from "./key_algorithm.ts";
import type { CurveName } from "./signature.ts";

/** A group whose private keys are imported: none of the hybrids. */
export type ImportableGroupName = "x25519" | NistGroupName;
type NistGroupName = "secp256r1" | "secp384r1" | "secp521r1";

const CURVES: Readonly<Record<NistGroupName, CurveName>> = {
  secp256r1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
};

const VERSION_0 = Uint8Array.of(DerTag.INTEGER, 1, 0);
const VERSION_1 = Uint8Array.of(DerTag.INTEGER, 1, 1);
/** id-X25519 without parameters (RFC 8410 §3). */
const X25519 = decodeHex("300506032b656e");
/** `publicKey [1]` of ECPrivateKey, EXPLICIT (RFC 5915 §3). */
const EC_PUBLIC_KEY = 0xa1;

/** Length of the private keys of a group, as HPKE writes them (RFC 9180 §7.1.2). */
export function privateKeyLength(group: ImportableGroupName): number {
  return group === "x25519" ? 32 : COORDINATE_LENGTH[CURVES[group]];
}

/**
 * Encodes a private key.
 *
 * @param privateKey The number of the key, {@linkcode privateKeyLength} bytes, the high byte first; of X25519 the bytes
 * of RFC 7748 §5.
 * @param publicKey Its public key, in the form of a key share.
 */
export function exchangePkcs8(
  group: ImportableGroupName,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
): Uint8Array<ArrayBuffer> {
  if (group === "x25519") return derSequence(VERSION_0, X25519, derOctetString(derOctetString(privateKey)));
  const sec1 = derSequence(
    VERSION_1,
    derOctetString(privateKey),
    derValue(EC_PUBLIC_KEY, derBitString(publicKey)),
  );
  return derSequence(VERSION_0, ecAlgorithm(CURVES[group]), derOctetString(sec1));
}
