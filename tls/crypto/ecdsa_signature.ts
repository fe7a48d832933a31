/**
 * The two forms of an ECDSA signature: DER, as TLS and X.509 carry it (RFC 3279 §2.2.3), and the two numbers side
 * by side, as WebCrypto wants them (IEEE P1363).
 *
 * @module
 */

import { DerError, DerReader, DerTag } from "../der/der.ts";
import { derInteger, derSequence, withoutZeros } from "../der/der_writer.ts";
import type { CurveName } from "./signature.ts";

/** Length in bytes of a coordinate, and of each number of a signature. */
export const COORDINATE_LENGTH: Readonly<Record<CurveName, number>> = {
  "P-256": 32,
  "P-384": 48,
  "P-521": 66,
};

/**
 * Converts DER to r and s side by side: `Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }`. Zero is left to the
 * verification, which refuses it.
 *
 * @returns Twice as many bytes as a coordinate has; `null` for anything but a strict DER encoding of two numbers of at
 * most a coordinate's length.
 */
export function ecdsaSignatureFromDer(curve: CurveName, der: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const length = COORDINATE_LENGTH[curve];
  const raw = new Uint8Array(2 * length);
  try {
    const outer = new DerReader(der);
    const numbers = outer.read(DerTag.SEQUENCE);
    outer.end("the signature");
    for (let end = length; end <= 2 * length; end += length) {
      const number = withoutZeros(numbers.integer());
      if (number.length > length) return null;
      raw.set(number, end - number.length);
    }
    numbers.end("the signature");
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
  return raw;
}

/** Converts r and s side by side to DER. */
export function ecdsaSignatureToDer(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const half = raw.length / 2;
  return derSequence(derInteger(raw.subarray(0, half)), derInteger(raw.subarray(half)));
}
