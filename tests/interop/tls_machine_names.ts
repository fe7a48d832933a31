/**
 * Suites, groups and schemes, as the peers call them.
 *
 * @module
 */

import type { CipherSuiteName, NamedGroupName, SignatureSchemeName } from "../../tls/mod.ts";

/** What GnuTLS calls a suite: its cipher. */
export const GNUTLS_CIPHERS: Readonly<Partial<Record<CipherSuiteName, string>>> = {
  TLS_AES_128_GCM_SHA256: "AES-128-GCM",
  TLS_AES_256_GCM_SHA384: "AES-256-GCM",
  TLS_CHACHA20_POLY1305_SHA256: "CHACHA20-POLY1305",
};

/** Every suite. */
export const SUITES: readonly CipherSuiteName[] = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
];

/** A group that every peer here knows; X25519MLKEM768 is too new for some. */
export type CommonGroup = Exclude<NamedGroupName, "X25519MLKEM768">;

/** What OpenSSL, nginx, curl and Node call a group. */
export const OPENSSL_GROUPS: Readonly<Record<CommonGroup, string>> = {
  x25519: "X25519",
  secp256r1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
};

/** Whether a group is one that every peer knows. */
export function isCommon(group: NamedGroupName): group is CommonGroup {
  return group in OPENSSL_GROUPS;
}

/** What OpenSSL and all that are built on it call a group. */
export function opensslGroup(group: NamedGroupName): string {
  return isCommon(group) ? OPENSSL_GROUPS[group] : group;
}

/** What GnuTLS calls a group. */
export const GNUTLS_GROUPS: Readonly<Record<CommonGroup, string>> = {
  x25519: "GROUP-X25519",
  secp256r1: "GROUP-SECP256R1",
  secp384r1: "GROUP-SECP384R1",
  secp521r1: "GROUP-SECP521R1",
};

/** The groups that every peer knows. */
export const GROUPS: readonly CommonGroup[] = ["x25519", "secp256r1", "secp384r1", "secp521r1"];

/** What GnuTLS calls a scheme. */
export const GNUTLS_SCHEMES: Readonly<Partial<Record<SignatureSchemeName, string>>> = {
  ecdsa_secp256r1_sha256: "SIGN-ECDSA-SECP256R1-SHA256",
  ecdsa_secp384r1_sha384: "SIGN-ECDSA-SECP384R1-SHA384",
  ecdsa_secp521r1_sha512: "SIGN-ECDSA-SECP521R1-SHA512",
  ed25519: "SIGN-EDDSA-ED25519",
  rsa_pss_rsae_sha256: "SIGN-RSA-PSS-RSAE-SHA256",
  rsa_pss_rsae_sha384: "SIGN-RSA-PSS-RSAE-SHA384",
  rsa_pss_rsae_sha512: "SIGN-RSA-PSS-RSAE-SHA512",
  rsa_pss_pss_sha256: "SIGN-RSA-PSS-SHA256",
  rsa_pss_pss_sha384: "SIGN-RSA-PSS-SHA384",
  rsa_pss_pss_sha512: "SIGN-RSA-PSS-SHA512",
};

/** What every handshake of a matrix is made of. */
export interface Combination {
  readonly suite: CipherSuiteName;
  readonly group: NamedGroupName;
  readonly scheme: SignatureSchemeName;
}

/** Every suite in every group, with one scheme. */
export function combinations(
  scheme: SignatureSchemeName,
  groups: readonly NamedGroupName[] = GROUPS,
): Combination[] {
  return SUITES.flatMap((suite) => groups.map((group) => ({ suite, group, scheme })));
}
