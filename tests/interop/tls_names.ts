/**
 * Suites, groups and schemes, as the peers call them.
 *
 * @module
 */

import type { CipherSuiteName, CryptoProvider, NamedGroupName, SignatureSchemeName } from "../../tls/mod.ts";

/** The versions of TLS, as `connection.protocolVersion` has them. */
export const VERSIONS = ["TLSv1.3", "TLSv1.2"] as const;

/** One of them. */
export type Version = typeof VERSIONS[number];

/** What OpenSSL and GnuTLS call a version in their options. */
export const PEER_VERSIONS: Readonly<
  Record<Version, { readonly openssl: string; readonly gnutls: string; readonly curl: readonly string[] }>
> = {
  "TLSv1.3": { openssl: "-tls1_3", gnutls: "VERS-TLS1.3", curl: ["--tlsv1.3"] },
  "TLSv1.2": { openssl: "-tls1_2", gnutls: "VERS-TLS1.2", curl: ["--tls-max", "1.2"] },
};

/** What GnuTLS calls a suite: its cipher. */
export function gnutlsCipher(suite: CipherSuiteName): string {
  if (suite.includes("CHACHA20")) return "CHACHA20-POLY1305";
  return suite.includes("AES_128") ? "AES-128-GCM" : "AES-256-GCM";
}

/** What OpenSSL calls a suite. */
export function opensslSuite(suite: CipherSuiteName): string {
  return OPENSSL_SUITES[suite] ?? suite;
}

const OPENSSL_SUITES: Readonly<Partial<Record<CipherSuiteName, string>>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
};

/** Whether a provider has the cipher of a suite. */
export function hasSuite({ cipherSuites }: CryptoProvider, suite: CipherSuiteName): boolean {
  return cipherSuites.some(({ name }) => gnutlsCipher(name) === gnutlsCipher(suite));
}

const TLS13_SUITES: readonly CipherSuiteName[] = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
];

/** Every suite of a version that goes with a scheme: in TLS 1.2 it names the kind of key. */
export function suitesFor(version: Version, scheme: SignatureSchemeName): readonly CipherSuiteName[] {
  if (version === "TLSv1.3") return TLS13_SUITES;
  return scheme.startsWith("rsa_")
    ? [
      "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
      "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    ]
    : [
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    ];
}

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

/** What OpenSSL and all that are built on it call the groups that a combination offers. */
export function opensslGroups(combination: Combination): string {
  return offeredGroups(combination).map((group) => isCommon(group) ? OPENSSL_GROUPS[group] : group).join(":");
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

/** What GnuTLS calls a scheme; in TLS 1.2 one of ECDSA stands for any curve. */
export function gnutlsScheme(version: Version, scheme: SignatureSchemeName): string {
  const name = GNUTLS_SCHEMES[scheme] ?? scheme;
  return version === "TLSv1.2" ? name.replace(/ECDSA-SECP\d{3}R1/, "ECDSA") : name;
}

const GNUTLS_SCHEMES: Readonly<Partial<Record<SignatureSchemeName, string>>> = {
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
  rsa_pkcs1_sha256: "SIGN-RSA-SHA256",
  rsa_pkcs1_sha384: "SIGN-RSA-SHA384",
  rsa_pkcs1_sha512: "SIGN-RSA-SHA512",
};

/** What every handshake of a matrix is made of. */
export interface Combination {
  readonly version: Version;
  readonly suite: CipherSuiteName;
  readonly group: NamedGroupName;
  readonly scheme: SignatureSchemeName;
}

/** Every suite in every group, with one version and one scheme; TLS 1.2 has no hybrid groups. */
export function combinations(
  version: Version,
  scheme: SignatureSchemeName,
  groups: readonly NamedGroupName[] = GROUPS,
): Combination[] {
  const known = version === "TLSv1.3" ? groups : groups.filter(isCommon);
  return suitesFor(version, scheme).flatMap((suite) =>
    known.map((group) => ({ version, suite, group, scheme }))
  );
}

/**
 * The groups to offer for a combination: in TLS 1.2 the curve of a certificate has to be among them (RFC 8422 §5.3).
 */
export function offeredGroups({ version, scheme, group }: Combination): NamedGroupName[] {
  const curve = version === "TLSv1.2" ? CURVES[scheme] : undefined;
  return curve === undefined || curve === group ? [group] : [group, curve];
}

const CURVES: Readonly<Partial<Record<SignatureSchemeName, CommonGroup>>> = {
  ecdsa_secp256r1_sha256: "secp256r1",
  ecdsa_secp384r1_sha384: "secp384r1",
  ecdsa_secp521r1_sha512: "secp521r1",
};
