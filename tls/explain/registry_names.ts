/**
 * Names of the protocol's numbers, as IANA registers them: also of those that are not spoken here, because the other end
 * may speak them.
 *
 * @module
 */

import { alertName } from "../error/alert_description.ts";
import { CipherSuiteId, hexNumber, NamedGroup, SignatureScheme } from "../wire/numbers.ts";

/** Name of a handshake message: `ClientHello`. */
export function messageName(type: number): string {
  return MESSAGES.get(type) ?? `handshake message ${type}`;
}

/** Name of an extension, without its number: `server_name`. */
export function extensionName(type: number): string {
  return EXTENSIONS.get(type) ?? (isGrease(type) ? "GREASE" : `extension ${type}`);
}

/** Name and number of a version: `TLS 1.3 (0x0304)`. */
export function versionName(version: number): string {
  return named(version, VERSIONS.get(version));
}

/** Name and number of a cipher suite. */
export function cipherSuiteName(id: number): string {
  return named(id, SUITES.get(id));
}

/** Name and number of a group. */
export function groupName(id: number): string {
  return named(id, GROUPS.get(id));
}

/** Name and number of a signature scheme. */
export function signatureSchemeName(id: number): string {
  return named(id, SCHEMES.get(id));
}

/** Name and number of an alert's description. */
export function alertText(description: number): string {
  return `${alertName(description) ?? OLD_ALERTS.get(description) ?? "unknown"} (${description})`;
}

/** Name and number of a small enumeration: `ocsp (1)`. */
export function enumName(names: Readonly<Partial<Record<number, string>>>): (value: number) => string {
  return (value) => `${names[value] ?? "unknown"} (${value})`;
}

/** Values that mean nothing, and test that the other end ignores what it does not know (RFC 8701). */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

function named(value: number, name: string | undefined): string {
  return `${name ?? (isGrease(value) ? "GREASE" : "unknown")} (${hexNumber(value)})`;
}

const MESSAGES: ReadonlyMap<number, string> = new Map([
  [0, "HelloRequest"],
  [1, "ClientHello"],
  [2, "ServerHello"],
  [3, "HelloVerifyRequest"],
  [4, "NewSessionTicket"],
  [5, "EndOfEarlyData"],
  [8, "EncryptedExtensions"],
  [9, "RequestConnectionId"],
  [10, "NewConnectionId"],
  [11, "Certificate"],
  [12, "ServerKeyExchange"],
  [13, "CertificateRequest"],
  [14, "ServerHelloDone"],
  [15, "CertificateVerify"],
  [16, "ClientKeyExchange"],
  [20, "Finished"],
  [21, "CertificateURL"],
  [22, "CertificateStatus"],
  [23, "SupplementalData"],
  [24, "KeyUpdate"],
  [25, "CompressedCertificate"],
  [26, "EKTKey"],
  [254, "message_hash"],
]);

const EXTENSIONS: ReadonlyMap<number, string> = new Map([
  [0, "server_name"],
  [1, "max_fragment_length"],
  [2, "client_certificate_url"],
  [3, "trusted_ca_keys"],
  [4, "truncated_hmac"],
  [5, "status_request"],
  [6, "user_mapping"],
  [7, "client_authz"],
  [8, "server_authz"],
  [9, "cert_type"],
  [10, "supported_groups"],
  [11, "ec_point_formats"],
  [12, "srp"],
  [13, "signature_algorithms"],
  [14, "use_srtp"],
  [15, "heartbeat"],
  [16, "application_layer_protocol_negotiation"],
  [17, "status_request_v2"],
  [18, "signed_certificate_timestamp"],
  [19, "client_certificate_type"],
  [20, "server_certificate_type"],
  [21, "padding"],
  [22, "encrypt_then_mac"],
  [23, "extended_main_secret"],
  [24, "token_binding"],
  [25, "cached_info"],
  [26, "tls_lts"],
  [27, "compress_certificate"],
  [28, "record_size_limit"],
  [29, "pwd_protect"],
  [30, "pwd_clear"],
  [31, "password_salt"],
  [32, "ticket_pinning"],
  [33, "tls_cert_with_extern_psk"],
  [34, "delegated_credential"],
  [35, "session_ticket"],
  [36, "TLMSP"],
  [37, "TLMSP_proxying"],
  [38, "TLMSP_delegate"],
  [39, "supported_ekt_ciphers"],
  [41, "pre_shared_key"],
  [42, "early_data"],
  [43, "supported_versions"],
  [44, "cookie"],
  [45, "psk_key_exchange_modes"],
  [47, "certificate_authorities"],
  [48, "oid_filters"],
  [49, "post_handshake_auth"],
  [50, "signature_algorithms_cert"],
  [51, "key_share"],
  [52, "transparency_info"],
  [54, "connection_id"],
  [55, "external_id_hash"],
  [56, "external_session_id"],
  [57, "quic_transport_parameters"],
  [58, "ticket_request"],
  [59, "dnssec_chain"],
  [60, "sequence_number_encryption_algorithms"],
  [61, "rrc"],
  [17513, "application_settings (ALPS, draft)"],
  [17613, "application_settings (ALPS)"],
  [13172, "next_protocol_negotiation (draft)"],
  [0xfd00, "ech_outer_extensions"],
  [0xfe0d, "encrypted_client_hello"],
  [0xff01, "renegotiation_info"],
]);

const VERSIONS: ReadonlyMap<number, string> = new Map([
  [0x0200, "SSL 2.0"],
  [0x0300, "SSL 3.0"],
  [0x0301, "TLS 1.0"],
  [0x0302, "TLS 1.1"],
  [0x0303, "TLS 1.2"],
  [0x0304, "TLS 1.3"],
]);

/** The names that are spoken here, by their numbers. */
function inverted(numbers: Readonly<Record<string, number>>): [number, string][] {
  return Object.entries(numbers).map(([name, number]) => [number, name]);
}

const SUITES: ReadonlyMap<number, string> = new Map([
  [0x0004, "TLS_RSA_WITH_RC4_128_MD5"],
  [0x0005, "TLS_RSA_WITH_RC4_128_SHA"],
  [0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"],
  [0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"],
  [0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"],
  [0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"],
  [0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"],
  [0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"],
  [0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"],
  [0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"],
  [0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"],
  [0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"],
  [0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"],
  [0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"],
  [0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"],
  [0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"],
  [0x00a8, "TLS_PSK_WITH_AES_128_GCM_SHA256"],
  [0x00a9, "TLS_PSK_WITH_AES_256_GCM_SHA384"],
  [0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"],
  [0x1304, "TLS_AES_128_CCM_SHA256"],
  [0x1305, "TLS_AES_128_CCM_8_SHA256"],
  [0x5600, "TLS_FALLBACK_SCSV"],
  [0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"],
  [0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"],
  [0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"],
  [0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"],
  [0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"],
  [0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"],
  [0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"],
  [0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"],
  [0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"],
  [0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"],
  [0xc09c, "TLS_RSA_WITH_AES_128_CCM"],
  [0xc09d, "TLS_RSA_WITH_AES_256_CCM"],
  [0xc09e, "TLS_DHE_RSA_WITH_AES_128_CCM"],
  [0xc09f, "TLS_DHE_RSA_WITH_AES_256_CCM"],
  [0xc0a0, "TLS_RSA_WITH_AES_128_CCM_8"],
  [0xc0a1, "TLS_RSA_WITH_AES_256_CCM_8"],
  [0xc0a2, "TLS_DHE_RSA_WITH_AES_128_CCM_8"],
  [0xc0a3, "TLS_DHE_RSA_WITH_AES_256_CCM_8"],
  [0xc0ac, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"],
  [0xc0ad, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"],
  [0xc0ae, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"],
  [0xc0af, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"],
  [0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"],
  ...inverted(CipherSuiteId),
]);

const GROUPS: ReadonlyMap<number, string> = new Map([
  [0x0015, "secp224r1"],
  [0x0016, "secp256k1"],
  [0x001a, "brainpoolP256r1"],
  [0x001b, "brainpoolP384r1"],
  [0x001c, "brainpoolP512r1"],
  [0x001e, "x448"],
  [0x001f, "brainpoolP256r1tls13"],
  [0x0020, "brainpoolP384r1tls13"],
  [0x0021, "brainpoolP512r1tls13"],
  [0x0029, "curveSM2"],
  [0x0100, "ffdhe2048"],
  [0x0101, "ffdhe3072"],
  [0x0102, "ffdhe4096"],
  [0x0103, "ffdhe6144"],
  [0x0104, "ffdhe8192"],
  [0x0200, "MLKEM512"],
  [0x0201, "MLKEM768"],
  [0x0202, "MLKEM1024"],
  [0x11eb, "SecP256r1MLKEM768"],
  [0x11ed, "SecP384r1MLKEM1024"],
  [0x6399, "X25519Kyber768Draft00"],
  ...inverted(NamedGroup),
]);

const SCHEMES: ReadonlyMap<number, string> = new Map([
  [0x0201, "rsa_pkcs1_sha1"],
  [0x0202, "dsa_sha1"],
  [0x0203, "ecdsa_sha1"],
  [0x0301, "rsa_pkcs1_sha224"],
  [0x0302, "dsa_sha224"],
  [0x0303, "ecdsa_sha224"],
  [0x0402, "dsa_sha256"],
  [0x0502, "dsa_sha384"],
  [0x0602, "dsa_sha512"],
  [0x0708, "sm2sig_sm3"],
  [0x0808, "ed448"],
  [0x081a, "ecdsa_brainpoolP256r1tls13_sha256"],
  [0x081b, "ecdsa_brainpoolP384r1tls13_sha384"],
  [0x081c, "ecdsa_brainpoolP512r1tls13_sha512"],
  [0x0904, "mldsa44"],
  [0x0905, "mldsa65"],
  [0x0906, "mldsa87"],
  ...inverted(SignatureScheme),
]);

/** Alerts that only older versions have. */
const OLD_ALERTS: ReadonlyMap<number, string> = new Map([
  [21, "decryption_failed"],
  [30, "decompression_failure"],
  [41, "no_certificate"],
  [60, "export_restriction"],
  [111, "certificate_unobtainable"],
  [114, "bad_certificate_hash_value"],
]);
