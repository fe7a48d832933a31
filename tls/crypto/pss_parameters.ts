/**
 * The parameters of RSASSA-PSS (RFC 4055 §3.1).
 *
 * ```
 * RSASSA-PSS-params  ::=  SEQUENCE  {
 *      hashAlgorithm     [0] HashAlgorithm DEFAULT sha1Identifier,
 *      maskGenAlgorithm  [1] MaskGenAlgorithm DEFAULT mgf1SHA1Identifier,
 *      saltLength        [2] INTEGER DEFAULT 20,
 *      trailerField      [3] INTEGER DEFAULT 1  }
 * ```
 *
 * Three of the possible sets are in use: one hash for both, and a salt as long as it. They are those of TLS
 * (RFC 9846 §4.3.3), and the only ones that are known here.
 *
 * @module
 */

import { DerError, type DerReader, DerTag } from "../der/der.ts";
import { HashOid } from "../der/oid.ts";
import type { HashName } from "./provider.ts";

/**
 * The length of the salt of an RSASSA-PSS signature in bytes: that of the hash, no more and no less (RFC 9846 §4.3.3).
 */
export const SALT_LENGTH: Readonly<Record<HashName, number>> = {
  "SHA-256": 32,
  "SHA-384": 48,
  "SHA-512": 64,
};

/**
 * Reads the parameters, which must be the last field of their AlgorithmIdentifier.
 *
 * @returns The hash of the set, or `null` when they are of no set that is known.
 * @throws {DerError} when they are not of their type.
 */
export function readPssParameters(algorithm: DerReader): HashName | null {
  const parameters = algorithm.read(DerTag.SEQUENCE);
  algorithm.end("RSASSA-PSS");
  const hash = parameters.optional(0xa0);
  const mask = parameters.optional(0xa1);
  const salt = parameters.optional(0xa2);
  const trailer = parameters.optional(0xa3);
  parameters.end("RSASSA-PSS-params");
  // A hash that is left out is SHA-1; a trailer of 1 is left out, and there is no other.
  if (hash === undefined || mask === undefined || salt === undefined || trailer !== undefined) return null;
  const known = readHash(hash);
  const maskAlgorithm = mask.read(DerTag.SEQUENCE);
  mask.end("maskGenAlgorithm");
  const isMgf1 = maskAlgorithm.oid() === HashOid["id-mgf1"];
  if (!isMgf1 || known === undefined || readHash(maskAlgorithm) !== known) return null;
  const saltLength = salt.smallInteger();
  salt.end("saltLength");
  return saltLength === SALT_LENGTH[known] ? known : null;
}

const HASHES: ReadonlyMap<string, HashName> = new Map<string, HashName>([
  [HashOid["id-sha256"], "SHA-256"],
  [HashOid["id-sha384"], "SHA-384"],
  [HashOid["id-sha512"], "SHA-512"],
]);

/**
 * "all implementations MUST accept both NULL and absent parameters as legal and equivalent encodings."
 * (RFC 4055 §2.1)
 */
function readHash(reader: DerReader): HashName | undefined {
  const algorithm = reader.read(DerTag.SEQUENCE);
  reader.end("a hash's tag");
  const hash = HASHES.get(algorithm.oid());
  if (algorithm.left > 0) algorithm.null();
  if (algorithm.left > 0) throw new DerError("a hash has too many parameters");
  return hash;
}
