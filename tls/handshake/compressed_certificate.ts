/**
 * Certificate compression (RFC 8879), for both sides: a Certificate is sent, and received, in the form of a
 * CompressedCertificate where both ends know an algorithm.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import type { CertificateCompression } from "../config/certificate_compression.ts";
import { TlsError } from "../error/tls_error.ts";
import { MAX_CERTIFICATE_MESSAGE_BYTES, MAX_COMPRESSED_CERTIFICATES } from "../limits.ts";
import { type Script, settle } from "../../io/script.ts";
import type { HandshakeChannel } from "../record/channel_types.ts";
import { decodeCertificate, encodeCertificate } from "../wire/certificate.ts";
import { encodeCompressedCertificate } from "../wire/compressed_certificate.ts";
import { HANDSHAKE_HEADER_LENGTH } from "../wire/handshake_codec.ts";
import type { CertificateMessage, CompressedCertificate } from "../wire/messages.ts";
import { hexNumber } from "../wire/numbers.ts";

/**
 * Receives a Certificate, compressed or not.
 *
 * "After decompression, the Certificate message MUST be processed as if it were encoded without being compressed."
 * (RFC 8879 §5)
 *
 * @param algorithms Those that this end has offered. Default: none, and a CompressedCertificate is out of turn.
 * @throws {TlsError} `certificate_too_large`, `invalid_certificate_compression`, `illegal_parameter`, and what the
 * decoder of a Certificate throws.
 */
export function* receiveCertificate(
  channel: HandshakeChannel,
  algorithms: readonly CertificateCompression[] = [],
): Script<CertificateMessage> {
  const compressed = algorithms.length > 0 ? yield* channel.maybe("compressed_certificate") : undefined;
  return compressed === undefined
    ? yield* channel.expect("certificate")
    : decodeCertificate(yield* decompress(compressed, algorithms));
}

function* decompress(
  { algorithm: id, uncompressedLength, compressed }: CompressedCertificate,
  algorithms: readonly CertificateCompression[],
): Script<Uint8Array> {
  // "The algorithm MUST be one of the algorithms listed in the peer's "compress_certificate" extension." (RFC 8879 §4)
  const algorithm = algorithms.find((each) => each.id === id);
  if (algorithm === undefined) {
    throw new TlsError(
      "illegal_parameter",
      `Cannot accept CompressedCertificate: its algorithm ${hexNumber(id)} was not offered`,
    );
  }
  // "implementations MAY impose a limit that is lower than that; in both cases, they MUST apply the same limit as if no
  // compression were used." (RFC 8879 §5)
  if (uncompressedLength > MAX_CERTIFICATE_MESSAGE_BYTES) {
    throw new TlsError(
      "certificate_too_large",
      `Cannot accept CompressedCertificate: its length of ${uncompressedLength} is over ` +
        `${MAX_CERTIFICATE_MESSAGE_BYTES}`,
    );
  }
  let certificate: unknown;
  try {
    // No Certificate is empty, and no engine has room for nothing.
    if (uncompressedLength > 0) {
      certificate = yield* settle(algorithm.decompress(compressed, uncompressedLength));
    }
  } catch (cause) {
    throw invalid("it cannot be decompressed", cause);
  }
  // "If, after decompression, the specified length does not match the actual length, the party receiving the invalid
  // message MUST abort the connection with the "bad_certificate" alert." (RFC 8879 §4)
  if (!(certificate instanceof Uint8Array) || certificate.length !== uncompressedLength) {
    throw invalid(`it does not decompress to ${uncompressedLength} bytes`);
  }
  return certificate;
}

function invalid(reason: string, cause?: unknown): TlsError {
  return new TlsError(
    "invalid_certificate_compression",
    `Cannot accept CompressedCertificate: ${reason}`,
    cause === undefined ? {} : { cause },
  );
}

/**
 * Encodes a Certificate of this end with its header, compressed by the first algorithm of this end that the peer has
 * offered too; as it is where there is none, and where the algorithm returns nothing, because it would not get shorter.
 *
 * @param algorithms Those of this end, in order of preference.
 * @param offered The numbers of those that the peer has offered.
 */
export function* encodeForPeer(
  message: CertificateMessage,
  algorithms: readonly CertificateCompression[] = [],
  offered: readonly number[] = [],
): Script<Uint8Array> {
  const encoded = encodeCertificate(message);
  const algorithm = algorithms.find(({ id }) => offered.includes(id));
  // An empty one says that there is no certificate to show.
  if (algorithm === undefined || message.entries.length === 0) return encoded;
  return (yield* compressed(algorithms, algorithm, encoded.subarray(HANDSHAKE_HEADER_LENGTH))) ?? encoded;
}

/** A CompressedCertificate that was made before. */
interface Remembered {
  readonly algorithm: CertificateCompression;
  /** The Certificate without its header. */
  readonly certificate: Uint8Array;
  /** The CompressedCertificate with its header; `undefined`: it did not get shorter. */
  readonly encoded: Uint8Array | undefined;
}

/** What each config has compressed, the least recently used first: its list of algorithms belongs to it alone. */
const REMEMBERED = new WeakMap<readonly CertificateCompression[], readonly Remembered[]>();

function* compressed(
  algorithms: readonly CertificateCompression[],
  algorithm: CertificateCompression,
  certificate: Uint8Array,
): Script<Uint8Array | undefined> {
  const known = recall(algorithms, algorithm, certificate);
  if (known !== undefined) return known.encoded;
  const encoded = yield* compress(algorithm, certificate);
  remember(algorithms, { algorithm, certificate, encoded });
  return encoded;
}

function recall(
  algorithms: readonly CertificateCompression[],
  algorithm: CertificateCompression,
  certificate: Uint8Array,
): Remembered | undefined {
  const found = REMEMBERED.get(algorithms)?.find((each) =>
    each.algorithm === algorithm && equals(each.certificate, certificate)
  );
  if (found !== undefined) remember(algorithms, found);
  return found;
}

/** Puts an entry, new or not, behind all others. */
function remember(algorithms: readonly CertificateCompression[], entry: Remembered): void {
  const others = (REMEMBERED.get(algorithms) ?? []).filter((each) => each !== entry);
  REMEMBERED.set(algorithms, [...others, entry].slice(-MAX_COMPRESSED_CERTIFICATES));
}

/** A CompressedCertificate with its header; `undefined` where the algorithm fails, which costs only the saving. */
function* compress(
  algorithm: CertificateCompression,
  certificate: Uint8Array,
): Script<Uint8Array | undefined> {
  try {
    const compressed: unknown = yield* settle(algorithm.compress(certificate));
    if (!(compressed instanceof Uint8Array) || compressed.length === 0) return undefined;
    return encodeCompressedCertificate({
      type: "compressed_certificate",
      algorithm: algorithm.id,
      uncompressedLength: certificate.length,
      compressed,
    });
  } catch {
    return undefined;
  }
}
