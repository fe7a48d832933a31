/**
 * The certificates that a client shows, read.
 *
 * @module
 */

import type { CryptoProvider } from "../crypto/provider.ts";
import { TlsError } from "../error.ts";
import { type Script, settle } from "../script.ts";
import { parseCertificate } from "../x509/certificate.ts";
import { CertificateError } from "../x509/error.ts";
import { PeerCertificate } from "../x509/peer_certificate.ts";
import { refusedCertificate } from "../x509/refused_certificate.ts";
import type { Certificate } from "../x509/types.ts";
import { MOST_CERTIFICATES } from "./server_certificate.ts";

/** A chain of at least one certificate, in the two forms in which it is looked at. */
export interface ClientChain {
  readonly endEntity: Certificate;
  /** Those of the others that can be read. */
  readonly intermediates: readonly Certificate[];
  /** All of them as the application sees them, end entity first. */
  readonly peers: readonly PeerCertificate[];
}

/**
 * Reads a chain; what comes out has memory of its own.
 *
 * @param chain DER, end entity first; at least one.
 * @throws {TlsError} `certificate_invalid` when the end entity's cannot be read, `certificate_too_large` for more
 * than 64.
 */
export function* readClientChain(
  { crypto }: { readonly crypto: CryptoProvider },
  chain: readonly Uint8Array[],
): Script<ClientChain> {
  if (chain.length > MOST_CERTIFICATES) {
    throw new TlsError(
      "certificate_too_large",
      `Cannot accept the client's Certificate: it has ${chain.length} certificates, ` +
        `and ${MOST_CERTIFICATES} are the limit`,
    );
  }
  const [first, ...rest] = chain.map((der) => der.slice());
  if (first === undefined) throw new TypeError("Cannot read a chain: it has no certificate");
  const endEntity = readEndEntity(first);
  const intermediates = rest.flatMap(readable);
  const peers: PeerCertificate[] = [];
  for (const der of [first, ...rest]) {
    peers.push(new PeerCertificate(der, yield* settle(crypto.digest("SHA-256", der))));
  }
  return { endEntity, intermediates, peers };
}

function readEndEntity(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (error) {
    throw error instanceof CertificateError ? refusedCertificate(error) : error;
  }
}

/** One that cannot be read is of no use to a path; that does not make the others useless. */
function readable(der: Uint8Array): Certificate[] {
  try {
    return [parseCertificate(der)];
  } catch (error) {
    if (error instanceof CertificateError) return [];
    throw error;
  }
}
