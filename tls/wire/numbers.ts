/**
 * The numbers of the protocol, by the names their RFCs give them.
 *
 * A peer may send numbers that are not listed here (newer ones, or GREASE, RFC 8701), so a number read from the wire is
 * typed `number`; these types are for the numbers that this end sends.
 *
 * @module
 */

/** Versions as they stand on the wire (RFC 9846 §4.3.1, Appendix D). */
export const ProtocolVersion = {
  "TLSv1.0": 0x0301,
  "TLSv1.1": 0x0302,
  "TLSv1.2": 0x0303,
  "TLSv1.3": 0x0304,
} as const;

/** A version by name. */
export type ProtocolVersionName = keyof typeof ProtocolVersion;

/** Content types of records (RFC 9846 §5.1). */
export const ContentType = {
  change_cipher_spec: 0x14,
  alert: 0x15,
  handshake: 0x16,
  application_data: 0x17,
} as const;
export type ContentType = typeof ContentType[keyof typeof ContentType];

/** Types of handshake messages (RFC 9846 §4, RFC 5246 §7.4). */
export const HandshakeType = {
  hello_request: 0x00,
  client_hello: 0x01,
  server_hello: 0x02,
  new_session_ticket: 0x04,
  end_of_early_data: 0x05,
  encrypted_extensions: 0x08,
  certificate: 0x0b,
  server_key_exchange: 0x0c,
  certificate_request: 0x0d,
  server_hello_done: 0x0e,
  certificate_verify: 0x0f,
  client_key_exchange: 0x10,
  finished: 0x14,
  certificate_status: 0x16,
  key_update: 0x18,
  compressed_certificate: 0x19, // RFC 8879
  message_hash: 0xfe,
} as const;
export type HandshakeType = typeof HandshakeType[keyof typeof HandshakeType];

/** Types of the extensions that are known here (RFC 9846 §4.3 and the RFC beside each). */
export const ExtensionType = {
  server_name: 0x0000, // RFC 6066
  status_request: 0x0005, // RFC 6066
  supported_groups: 0x000a,
  ec_point_formats: 0x000b, // RFC 8422
  signature_algorithms: 0x000d,
  application_layer_protocol_negotiation: 0x0010, // RFC 7301
  signed_certificate_timestamp: 0x0012, // RFC 6962
  client_certificate_type: 0x0013, // RFC 7250
  server_certificate_type: 0x0014, // RFC 7250
  padding: 0x0015, // RFC 7685
  extended_main_secret: 0x0017, // RFC 7627
  compress_certificate: 0x001b, // RFC 8879
  session_ticket: 0x0023, // RFC 5077
  pre_shared_key: 0x0029,
  early_data: 0x002a,
  supported_versions: 0x002b,
  cookie: 0x002c,
  psk_key_exchange_modes: 0x002d,
  certificate_authorities: 0x002f,
  oid_filters: 0x0030,
  post_handshake_auth: 0x0031,
  signature_algorithms_cert: 0x0032,
  key_share: 0x0033,
  ech_outer_extensions: 0xfd00, // RFC 9849
  encrypted_client_hello: 0xfe0d, // RFC 9849
  ticket_request: 0x003a, // RFC 9149
  renegotiation_info: 0xff01, // RFC 5746
} as const;
export type ExtensionType = typeof ExtensionType[keyof typeof ExtensionType];

/** Key exchange groups (RFC 9846 §4.3.7; X25519MLKEM768: draft-ietf-tls-ecdhe-mlkem). */
export const NamedGroup = {
  X25519MLKEM768: 0x11ec,
  x25519: 0x001d,
  secp256r1: 0x0017,
  secp384r1: 0x0018,
  secp521r1: 0x0019,
} as const;

/** A group by its RFC name. */
export type NamedGroupName = keyof typeof NamedGroup;

/**
 * Modes in which a PSK is used (RFC 9846 §4.3.9). Only the one with a key exchange of its own is used here: without it
 * a stolen ticket key would open recorded connections.
 */
export const PskKeyExchangeMode = {
  psk_ke: 0x00,
  psk_dhe_ke: 0x01,
} as const;

/** Signature schemes (RFC 9846 §4.3.3). */
export const SignatureScheme = {
  ecdsa_secp256r1_sha256: 0x0403,
  ecdsa_secp384r1_sha384: 0x0503,
  ecdsa_secp521r1_sha512: 0x0603,
  ed25519: 0x0807,
  rsa_pss_rsae_sha256: 0x0804,
  rsa_pss_rsae_sha384: 0x0805,
  rsa_pss_rsae_sha512: 0x0806,
  rsa_pss_pss_sha256: 0x0809,
  rsa_pss_pss_sha384: 0x080a,
  rsa_pss_pss_sha512: 0x080b,
  /** "These values refer solely to signatures which appear in certificates" (RFC 9846 §4.3.3). */
  rsa_pkcs1_sha256: 0x0401,
  rsa_pkcs1_sha384: 0x0501,
  rsa_pkcs1_sha512: 0x0601,
} as const;

/** A signature scheme by its RFC name. */
export type SignatureSchemeName = keyof typeof SignatureScheme;

/** A certificate type by its RFC name: a chain of certificates, or a public key without one. */
export type CertificateTypeName = "X509" | "RawPublicKey";

/** Certificate types (RFC 9846 §4.5.1, RFC 7250 §4). */
export const CertificateType: Readonly<Record<CertificateTypeName, number>> = {
  X509: 0,
  RawPublicKey: 2,
};

/** An algorithm of certificate compression by its RFC name. */
export type CertificateCompressionName = "zlib" | "brotli" | "zstd";

/** Algorithms of certificate compression (RFC 8879 §7.3). */
export const CertificateCompressionAlgorithm: Readonly<Record<CertificateCompressionName, number>> = {
  zlib: 0x0001,
  brotli: 0x0002,
  zstd: 0x0003,
};

/** Cipher suites of TLS 1.3 (RFC 9846 Appendix B.4), and of TLS 1.2 (RFC 5289 §3.2, RFC 7905 §2). */
export const CipherSuiteId = {
  TLS_AES_128_GCM_SHA256: 0x1301,
  TLS_AES_256_GCM_SHA384: 0x1302,
  TLS_CHACHA20_POLY1305_SHA256: 0x1303,
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 0xc02b,
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 0xc02c,
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca9,
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 0xc02f,
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 0xc030,
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 0xcca8,
} as const;

/** A cipher suite by its RFC name. */
export type CipherSuiteName = keyof typeof CipherSuiteId;

/** A number of two bytes as the RFCs write it: `0x001d`. */
export function hexNumber(number: number): string {
  return `0x${number.toString(16).padStart(4, "0")}`;
}
