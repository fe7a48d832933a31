/**
 * The certificates that a client shows, read.
 *
 * @module
 */

import type { CryptoProvider } from "../crypto/provider.ts";
import { type Script, settle } from "../script.ts";
import { parseCertificate } from "../x509/certificate.ts";
import { CertificateError } from "../x509/error.ts";
import { PeerCertificate } from "../x509/peer_certificate.ts";
import { refusedCertificate } from "../x509/refused_certificate.ts";
import type { Certificate } from "../x509/types.ts";

/** A chain of at least one certificate, in the two forms in which it is looked at. */
export interface ClientChain {
  readonly endEntity: Certificate;
  /** All of them, end entity first. */
  readonly certificates: readonly Certificate[];
  /** The same as the application sees them. */
  readonly peers: readonly PeerCertificate[];
}

/**
 * Reads a chain; the certificates get memory of their own.
 *
 * @param chain DER, end entity first; at least one.
 * @throws {TlsError} `certificate_invalid` when one of them cannot be read.
 */
export function* readClientChain(
  { crypto }: { readonly crypto: CryptoProvider },
  chain: readonly Uint8Array[],
): Script<ClientChain> {
  const certificates: Certificate[] = [];
  const peers: PeerCertificate[] = [];
  for (const entry of chain) {
    const der = entry.slice();
    certificates.push(parsed(der));
    peers.push(new PeerCertificate(der, yield* settle(crypto.digest("SHA-256", der))));
  }
  const [endEntity] = certificates;
  if (endEntity === undefined) throw new TypeError("Cannot read a chain: it has no certificate");
  return { endEntity, certificates, peers };
}

function parsed(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (error) {
    throw error instanceof CertificateError ? refusedCertificate(error) : error;
  }
}
