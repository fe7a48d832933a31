/**
 * The runner's own algorithms of certificate compression, which its tests tell apart by what they do to the length.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { equals } from "@std/bytes/equals";
import type { CertificateCompression } from "../../../tls/config/certificate_compression.ts";
import type { Flags } from "./flags.ts";

/** What every Certificate without a context begins with. */
const SHRINKING_PREFIX = Uint8Array.of(0, 0);
const EXPANDING_PREFIX = Uint8Array.of(1, 2, 3, 4);

/** In the order of preference that the runner expects. */
const ALGORITHMS: readonly CertificateCompression[] = [
  {
    id: 0xff02,
    compress: (certificate) => concat([EXPANDING_PREFIX, certificate]),
    decompress: (compressed) => without(EXPANDING_PREFIX, compressed),
  },
  {
    id: 0xff01,
    compress: (certificate) => without(SHRINKING_PREFIX, certificate),
    decompress: (compressed) => concat([SHRINKING_PREFIX, compressed]),
  },
  {
    id: 0xff03,
    compress: (certificate) => concat([crypto.getRandomValues(new Uint8Array(1)), certificate]),
    decompress: (compressed) => compressed.subarray(1),
  },
];

/** The algorithms that the flags ask for. */
export function compressionsOf(flags: Flags): readonly CertificateCompression[] {
  const { installCertCompressionAlgs: all, installOneCertCompressionAlg: one } = flags;
  return ALGORITHMS.filter(({ id }) => all || id === one);
}

function without(prefix: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (!equals(bytes.subarray(0, prefix.length), prefix)) throw new Error("it does not begin as it should");
  return bytes.subarray(prefix.length);
}
