/**
 * Chains of minted certificates, and what path validation makes of them.
 *
 * @module
 */

import { nodeCrypto } from "../../../../tls/crypto/node.ts";
import type { CryptoProvider } from "../../../../tls/crypto/provider.ts";
import { run } from "../../../../io/script.ts";
import { parseCertificate } from "../../../../tls/x509/certificate.ts";
import { readIntermediates } from "../../../../tls/handshake/certificate_chain.ts";
import { CertificateError } from "../../../../tls/x509/error.ts";
import { type PathOptions, type VerifiedPath, verifyPath } from "../../../../tls/x509/path/path.ts";
import { RootCertStore } from "../../../../tls/x509/root_cert_store.ts";
import type { Certificate } from "../../../../tls/x509/types.ts";
import { type ExtensionOptions, mintAuthority, type Minted } from "../../../support/certificates.ts";
import { explicit, implicit, sequence } from "../../../support/der.ts";

/** An hour, in milliseconds. */
export const HOUR = 3_600_000;

/** The second in which the tests began; a certificate has no fractions of seconds. */
const NOW = Math.floor(Date.now() / 1000) * 1000;

/** This many hours from the start of the tests: the same at every call. */
export function hoursFromNow(hours: number): Date {
  return new Date(NOW + hours * HOUR);
}

/** Reads what was minted. */
export function parse({ certDer }: Pick<Minted, "certDer">): Certificate {
  return parseCertificate(certDer);
}

/** Trusts what was minted. */
export function trust(...roots: readonly Minted[]): RootCertStore {
  return RootCertStore.fromDer(roots.map(({ certDer }) => certDer));
}

/** What a peer has sent, and what it is judged by; what is left out is a server's, now, by node's cryptography. */
export interface Presented extends Partial<PathOptions> {
  readonly leaf: Minted;
  readonly others?: readonly Minted[];
  readonly roots: RootCertStore;
}

/** Looks for a path. */
export async function findPath(presented: Presented): Promise<VerifiedPath> {
  const { leaf, others = [], ...options } = presented;
  return await run(verifyPath(parse(leaf), readIntermediates(others.map(({ certDer }) => certDer)), {
    provider: nodeCrypto(),
    purpose: "server_auth",
    time: new Date(),
    ...options,
  }));
}

/** Why there is no path. */
export async function refusalOf(presented: Presented): Promise<CertificateError> {
  try {
    await findPath(presented);
  } catch (error) {
    if (error instanceof CertificateError) return error;
    throw error;
  }
  throw new Error("It was accepted");
}

/** The code of the reason for which there is no path, or `accepted`. */
export async function verdictOn(presented: Presented): Promise<string> {
  try {
    await findPath(presented);
    return "accepted";
  } catch (error) {
    if (error instanceof CertificateError) return error.code;
    throw error;
  }
}

/** node's cryptography, which counts the signatures that it checks. */
export function countingCrypto(): CryptoProvider & { readonly checks: number } {
  const provider = nodeCrypto();
  let checks = 0;
  return {
    ...provider,
    get checks() {
      return checks;
    },
    verify: (...args) => {
      checks++;
      return provider.verify(...args);
    },
    random: (length) => provider.random(length),
    digest: (hash, data) => provider.digest(hash, data),
    hmac: (hash, key, data) => provider.hmac(hash, key, data),
    loadPrivateKey: (pkcs8) => provider.loadPrivateKey(pkcs8),
  };
}

/** A second certificate of an authority: the same name and key, signed by another one. */
export function crossSign(authority: Minted, issuer: Minted, commonName: string): Promise<Minted> {
  return mintAuthority({ commonName, key: authority.key, issuer });
}

/** The nameConstraints extension (RFC 5280 §4.2.1.10) over DNS names. */
export function nameConstraints(
  { permitted = [], excluded = [] }: {
    readonly permitted?: readonly string[];
    readonly excluded?: readonly string[];
  },
): ExtensionOptions {
  return { oid: "2.5.29.30", critical: true, value: nameConstraintsValue({ permitted, excluded }) };
}

/** `NameConstraints` over DNS names. */
export function nameConstraintsValue(
  { permitted = [], excluded = [] }: {
    readonly permitted?: readonly string[];
    readonly excluded?: readonly string[];
  },
): Uint8Array<ArrayBuffer> {
  const subtrees = (names: readonly string[]) =>
    names.map((name) => sequence(implicit(2, new TextEncoder().encode(name))));
  return sequence(
    ...(permitted.length === 0 ? [] : [explicit(0, ...subtrees(permitted))]),
    ...(excluded.length === 0 ? [] : [explicit(1, ...subtrees(excluded))]),
  );
}
