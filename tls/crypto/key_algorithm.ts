/**
 * The AlgorithmIdentifiers of keys (RFC 5280 §4.1.1.2): public and private keys begin with one of them.
 *
 * @module
 */

import { decodeHex } from "@std/encoding/hex";
import { DerError, DerReader, DerTag } from "../der/der.ts";
import { derSequence } from "../der/der_writer.ts";
import { CurveOid, KeyOid } from "../der/oid.ts";
import type { HashName } from "./provider.ts";
import { readPssParameters } from "./pss_parameters.ts";
import type { CurveName } from "./signature.ts";

/** The kind of a key. */
export type KeyAlgorithm =
  | { readonly kind: "rsa" }
  /** A key that is for RSASSA-PSS alone; with parameters, for that hash alone (RFC 4055 §1.2). */
  | { readonly kind: "rsa_pss"; readonly hash: HashName | undefined }
  | { readonly kind: "ec"; readonly curve: CurveName }
  | { readonly kind: "ed25519" };

/** A key that is well-formed DER, and cannot be used. */
export class UnusableKeyError extends DerError {
  /** `unsupported`: its algorithm or its form is not known here; `weak`: it protects nothing. */
  readonly fault: "unsupported" | "weak";

  /** Says why the key cannot be used. */
  constructor(fault: "unsupported" | "weak", reason: string) {
    super(reason);
    this.fault = fault;
  }
}

/** rsaEncryption; "The parameters field MUST have ASN.1 type NULL" (RFC 3279 §2.3.1). */
export const RSA_ENCRYPTION: Uint8Array = decodeHex("300d06092a864886f70d0101010500");
/** id-Ed25519; "the parameters MUST be absent" (RFC 8410 §3). */
export const ED25519: Uint8Array = decodeHex("300506032b6570");

/** The object identifiers of the curves (RFC 5480 §2.1.1.1), tag and length included. */
export const CURVE_OID: Readonly<Record<CurveName, Uint8Array>> = {
  "P-256": decodeHex("06082a8648ce3d030107"),
  "P-384": decodeHex("06052b81040022"),
  "P-521": decodeHex("06052b81040023"),
};
const EC_PUBLIC_KEY_OID = decodeHex("06072a8648ce3d0201"); // id-ecPublicKey, RFC 5480 §2.1.1

/** A whole AlgorithmIdentifier of a key on a curve. */
export function ecAlgorithm(curve: CurveName): Uint8Array<ArrayBuffer> {
  return derSequence(EC_PUBLIC_KEY_OID, CURVE_OID[curve]);
}

/**
 * Reads a whole AlgorithmIdentifier of a key.
 *
 * @throws {UnusableKeyError} `unsupported` for an algorithm, a curve or parameters that are not known here.
 * @throws {DerError} when it is not strict DER, or its parameters are not those of its algorithm.
 */
export function readKeyAlgorithm(identifier: Uint8Array): KeyAlgorithm {
  const outer = new DerReader(identifier);
  const algorithm = outer.read(DerTag.SEQUENCE);
  outer.end("AlgorithmIdentifier");
  const oid = algorithm.oid();
  switch (oid) {
    case KeyOid.rsaEncryption:
      // "The parameters field MUST have ASN.1 type NULL for this algorithm identifier." (RFC 3279 §2.3.1)
      algorithm.null();
      algorithm.end("rsaEncryption");
      return { kind: "rsa" };
    case KeyOid["id-RSASSA-PSS"]: {
      const hash = algorithm.left === 0 ? undefined : readPssParameters(algorithm);
      if (hash === null) throw unsupported("its RSASSA-PSS parameters are not of the usual sets");
      return { kind: "rsa_pss", hash };
    }
    case KeyOid["id-ecPublicKey"]: {
      // A curve that is implied or spelt out must not be used (RFC 5480 §2.1.1): its numbers would be the peer's choice.
      if (algorithm.peekTag() !== DerTag.OBJECT_IDENTIFIER) throw unsupported("its curve is not named");
      const named = algorithm.oid();
      algorithm.end("id-ecPublicKey");
      const curve = CURVES.get(named);
      if (curve === undefined) throw unsupported(`its curve is ${named}, not P-256, P-384 or P-521`);
      return { kind: "ec", curve };
    }
    case KeyOid["id-Ed25519"]:
      // "the parameters MUST be absent" (RFC 8410 §3)
      algorithm.end("id-Ed25519");
      return { kind: "ed25519" };
    default:
      throw unsupported(`its algorithm is ${oid}, neither RSA nor EC on P-256, P-384 or P-521 nor Ed25519`);
  }
}

const CURVES: ReadonlyMap<string, CurveName> = new Map<string, CurveName>([
  [CurveOid.secp256r1, "P-256"],
  [CurveOid.secp384r1, "P-384"],
  [CurveOid.secp521r1, "P-521"],
]);

function unsupported(reason: string): UnusableKeyError {
  return new UnusableKeyError("unsupported", reason);
}
