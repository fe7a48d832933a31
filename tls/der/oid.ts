/**
 * Object identifiers by their names in the standards, in dotted form.
 *
 * @module
 */

/** Certificate extensions (RFC 5280 §4.2). */
export const ExtensionOid = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  cRLDistributionPoints: "2.5.29.31",
  certificatePolicies: "2.5.29.32",
  policyMappings: "2.5.29.33",
  authorityKeyIdentifier: "2.5.29.35",
  policyConstraints: "2.5.29.36",
  extKeyUsage: "2.5.29.37",
  inhibitAnyPolicy: "2.5.29.54",
  authorityInfoAccess: "1.3.6.1.5.5.7.1.1",
} as const;

/** Extensions of certificate revocation lists and of their entries (RFC 5280 §5.2, §5.3). */
export const CrlExtensionOid = {
  cRLNumber: "2.5.29.20",
  reasonCode: "2.5.29.21",
  deltaCRLIndicator: "2.5.29.27",
  issuingDistributionPoint: "2.5.29.28",
  certificateIssuer: "2.5.29.29",
  authorityKeyIdentifier: "2.5.29.35",
} as const;

/** Purposes of extKeyUsage (RFC 5280 §4.2.1.12). */
export const KeyPurposeOid = {
  anyExtendedKeyUsage: "2.5.29.37.0",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

/** Kinds of public key (RFC 3279 §2.3, RFC 4055 §1.2, RFC 5480 §2.1.1, RFC 8410 §3). */
export const KeyOid = {
  rsaEncryption: "1.2.840.113549.1.1.1",
  "id-RSASSA-PSS": "1.2.840.113549.1.1.10",
  "id-ecPublicKey": "1.2.840.10045.2.1",
  "id-Ed25519": "1.3.101.112",
} as const;

/** Named curves (RFC 5480 §2.1.1.1). */
export const CurveOid = {
  secp256r1: "1.2.840.10045.3.1.7",
  secp384r1: "1.3.132.0.34",
  secp521r1: "1.3.132.0.35",
} as const;

/** Signatures (RFC 4055 §5, RFC 5758 §3.2, RFC 8410 §3). */
export const SignatureOid = {
  sha256WithRSAEncryption: "1.2.840.113549.1.1.11",
  sha384WithRSAEncryption: "1.2.840.113549.1.1.12",
  sha512WithRSAEncryption: "1.2.840.113549.1.1.13",
  "id-RSASSA-PSS": "1.2.840.113549.1.1.10",
  "ecdsa-with-SHA256": "1.2.840.10045.4.3.2",
  "ecdsa-with-SHA384": "1.2.840.10045.4.3.3",
  "ecdsa-with-SHA512": "1.2.840.10045.4.3.4",
  "id-Ed25519": "1.3.101.112",
} as const;

/** Signatures that certificates were made with, and that are accepted no more (RFC 3279 §2.2). */
export const BrokenSignatureOid = {
  md5WithRSAEncryption: "1.2.840.113549.1.1.4",
  sha1WithRSAEncryption: "1.2.840.113549.1.1.5",
  "ecdsa-with-SHA1": "1.2.840.10045.4.1",
} as const;

/** Names of signature algorithms by object identifier, those among them that are accepted no more. */
export const SIGNATURE_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({ ...SignatureOid, ...BrokenSignatureOid }).map(([name, oid]) => [oid, name]),
);

/** Hashes and the mask generation function of RSASSA-PSS (RFC 4055 §2.1, §2.2). */
export const HashOid = {
  "id-sha256": "2.16.840.1.101.3.4.2.1",
  "id-sha384": "2.16.840.1.101.3.4.2.2",
  "id-sha512": "2.16.840.1.101.3.4.2.3",
  "id-mgf1": "1.2.840.113549.1.1.8",
} as const;

/** Attributes of distinguished names (RFC 5280 §A.1, RFC 2985 §5.2.1). */
export const AttributeOid = {
  commonName: "2.5.4.3",
  emailAddress: "1.2.840.113549.1.9.1",
} as const;
