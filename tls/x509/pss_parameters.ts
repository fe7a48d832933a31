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
 * Of all that can be said so, three sets are in use: one hash for both, and a salt as long as it. They are those of
 * TLS (RFC 9846 §4.3.3), and all that is known here.
 *
 * @module
 */

import { DerError, type DerReader, DerTag } from "../der/der.ts";
import { HashOid } from "../der/oid.ts";

/** The hash of one of the three sets. */
export type PssHash = "SHA256" | "SHA384" | "SHA512";

/**
 * Reads the parameters, and nothing may follow.
 *
 * @returns The hash of the set, or `null` when they are of no set that is known.
 * @throws {DerError} when they are not of their type.
 */
export function readPssParameters(algorithm: DerReader): PssHash | null {
  const parameters = algorithm.read(DerTag.SEQUENCE);
  algorithm.end("RSASSA-PSS");
  const hash = parameters.optional(0xa0);
  const mask = parameters.optional(0xa1);
  const salt = parameters.optional(0xa2);
  const trailer = parameters.optional(0xa3);
  parameters.end("RSASSA-PSS-params");
  // What is left out is SHA-1; a trailer of 1 is left out, and there is no other.
  if (hash === undefined || mask === undefined || salt === undefined || trailer !== undefined) return null;
  const known = readHash(hash);
  const maskAlgorithm = mask.read(DerTag.SEQUENCE);
  mask.end("maskGenAlgorithm");
  const isMgf1 = maskAlgorithm.oid() === HashOid["id-mgf1"];
  if (!isMgf1 || known === undefined || readHash(maskAlgorithm) !== known) return null;
  const saltLength = salt.smallInteger();
  salt.end("saltLength");
  return saltLength === SALT_LENGTHS[known] ? known : null;
}

const SALT_LENGTHS: Readonly<Record<PssHash, number>> = { SHA256: 32, SHA384: 48, SHA512: 64 };

const HASHES: ReadonlyMap<string, PssHash> = new Map<string, PssHash>([
  [HashOid["id-sha256"], "SHA256"],
  [HashOid["id-sha384"], "SHA384"],
  [HashOid["id-sha512"], "SHA512"],
]);

/**
 * "all implementations MUST accept both NULL and absent parameters as legal and equivalent encodings."
 * (RFC 4055 §2.1)
 */
function readHash(reader: DerReader): PssHash | undefined {
  const algorithm = reader.read(DerTag.SEQUENCE);
  reader.end("a hash's tag");
  const hash = HASHES.get(algorithm.oid());
  if (algorithm.left > 0) algorithm.null();
  if (algorithm.left > 0) throw new DerError("a hash has too many parameters");
  return hash;
}
