/**
 * BoringSSL's compliance policies, as options: each allows certain suites, groups and schemes.
 *
 * @module
 */

import type { CommonConfigOptions } from "../../../tls/config/common_config.ts";
import type { SignatureSchemeName } from "../../../tls/wire/numbers.ts";
import type { Flags } from "./flags.ts";

/** What a policy allows. */
export interface Policy extends Pick<CommonConfigOptions, "cipherSuites" | "groups"> {
  /** Schemes of the peer, and of this end. Default: any. */
  readonly signatureSchemes?: readonly SignatureSchemeName[];
  /** Whether the order of the suites decides. */
  readonly preferServerOrder?: boolean;
}

/** The policy of a connection. */
export function policyOf({ fips202205, wpa202304, cnsa1202603, cnsa202407 }: Flags): Policy | undefined {
  if (fips202205) return FIPS_202205;
  if (wpa202304) return WPA_202304;
  if (cnsa1202603) return CNSA1_202603;
  return cnsa202407 ? CNSA_202407 : undefined;
}

const AES_256_SUITES = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
] as const;

const AES_128_SUITES = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
] as const;

const CNSA_SCHEMES = ["ecdsa_secp384r1_sha384", "rsa_pss_rsae_sha384", "rsa_pkcs1_sha384"] as const;
const WPA_SCHEMES = [...CNSA_SCHEMES, "rsa_pss_rsae_sha512", "rsa_pkcs1_sha512"] as const;

const FIPS_202205: Policy = {
  cipherSuites: [...AES_128_SUITES, ...AES_256_SUITES],
  groups: ["secp256r1", "secp384r1"],
  signatureSchemes: [
    ...WPA_SCHEMES,
    ...["ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256", "rsa_pkcs1_sha256"] as const,
  ],
};

const WPA_202304: Policy = {
  cipherSuites: AES_256_SUITES,
  groups: ["secp384r1"],
  signatureSchemes: WPA_SCHEMES,
};

/** Without its other group, ML-KEM-1024, which is not there. */
const CNSA1_202603: Policy = {
  cipherSuites: AES_256_SUITES,
  groups: ["secp384r1"],
  signatureSchemes: CNSA_SCHEMES,
};

const CNSA_202407: Policy = {
  cipherSuites: ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"],
  preferServerOrder: true,
};
