/**
 * The chain of a peer's Certificate message, for both sides.
 *
 * @module
 */

import type { CryptoProvider } from "../crypto/provider.ts";
import { TlsError } from "../error/tls_error.ts";
import { MAX_PEER_CERTIFICATES } from "../limits.ts";
import { type Script, settle } from "../../io/script.ts";
import { CertificateError } from "../x509/error.ts";
import { PeerCertificate } from "../x509/peer_certificate.ts";
import { refusedCertificate } from "../x509/refused_certificate.ts";
import { type PresentedCertificate, readPresented } from "../x509/presented_certificate.ts";

/** A chain of at least one certificate, parsed and as the application sees it. */
export interface CertificateChain {
  /** The first certificate. Its key signs the handshake, and is all that is read where the chain is not verified. */
  readonly endEntity: PresentedCertificate;
  /** The other certificates, in their order. */
  readonly intermediates: readonly PresentedCertificate[];
  /** All certificates as the application sees them, end entity first. */
  readonly peerCertificates: readonly PeerCertificate[];
}

/**
 * Checks the length of a chain before any of it is parsed.
 *
 * @param message Name of the message that carries it, for the error.
 * @throws {TlsError} `certificate_too_large` for more than {@linkcode MAX_PEER_CERTIFICATES}.
 */
export function checkChainLength(count: number, message: string): void {
  if (count <= MAX_PEER_CERTIFICATES) return;
  throw new TlsError(
    "certificate_too_large",
    `Cannot accept ${message}: it has ${count} certificates, and ${MAX_PEER_CERTIFICATES} are the limit`,
  );
}

/**
 * Parses a chain; the result has memory of its own.
 *
 * @param ders DER, end entity first; at least one.
 * @throws {TlsError} `certificate_invalid` when the end entity's key cannot be found.
 */
export function* readChain(crypto: CryptoProvider, ders: readonly Uint8Array[]): Script<CertificateChain> {
  const [first, ...rest] = ders.map((der) => der.slice());
  if (first === undefined) throw new TypeError("Cannot read a chain: it has no certificate");
  const endEntity = readEndEntity(first);
  const intermediates = readIntermediates(rest);
  const peerCertificates: PeerCertificate[] = [];
  for (const verified of [first, ...rest]) {
    const der = verified.slice(); // the application gets a copy, so that it cannot change what is verified
    peerCertificates.push(new PeerCertificate(der, yield* settle(crypto.digest("SHA-256", der))));
  }
  const chain = { endEntity, intermediates, peerCertificates };
  CHAINS.set(peerCertificates, chain);
  return chain;
}

/** The chains that were read, for as long as the application or a session has their certificates. */
const CHAINS = new WeakMap<readonly (PeerCertificate | Uint8Array)[], CertificateChain>();

/**
 * The chain of certificates that were read before.
 *
 * @param certificates As they were read, or DER; end entity first, at least one.
 * @throws {TlsError} `certificate_invalid` when the end entity's cannot be read.
 */
export function* readChainAgain(
  crypto: CryptoProvider,
  certificates: readonly PeerCertificate[] | readonly Uint8Array[],
): Script<CertificateChain> {
  return CHAINS.get(certificates) ?? (yield* readChain(crypto, dersOf(certificates)));
}

/** The DER of certificates. */
export function dersOf(certificates: readonly PeerCertificate[] | readonly Uint8Array[]): Uint8Array[] {
  return certificates.map((each) => each instanceof PeerCertificate ? each.der : each);
}

/** Parses intermediates; of those that no certification path can have, the reason is kept. */
export function readIntermediates(ders: readonly Uint8Array[]): PresentedCertificate[] {
  return ders.map((der) => {
    try {
      return readPresented(der);
    } catch (fault) {
      if (!(fault instanceof CertificateError)) throw fault;
      return { der, subject: new Uint8Array(0), publicKey: new Uint8Array(0), fault };
    }
  });
}

function readEndEntity(der: Uint8Array): PresentedCertificate {
  try {
    return readPresented(der);
  } catch (error) {
    throw error instanceof CertificateError ? refusedCertificate(error) : error;
  }
}
