/**
 * What TLS needs of cryptography, as one interface: a {@linkcode CryptoProvider} is a value in a config.
 *
 * Everything that computes may answer at once or with a promise ({@linkcode Eventual}), so that the synchronous
 * `node:crypto`, the asynchronous WebCrypto and a key that lives in another machine all fit. What an attacker can
 * cause at will (a forged tag, a bad signature, a key share that is no point of the curve) is a value, `null` or
 * `false`, never an exception and never a rejected promise.
 *
 * @module
 */

import type { Eventual } from "../../io/script.ts";
import type { CipherSuiteName, NamedGroupName, SignatureSchemeName } from "../wire/numbers.ts";

/** A hash function by its WebCrypto name. */
export type HashName = "SHA-256" | "SHA-384" | "SHA-512";

/** One key of an AEAD (RFC 5116). */
export interface AeadKey {
  /** Encrypts and authenticates. `nonce` is 12 bytes. Gives the ciphertext with its tag of 16 bytes, fresh memory. */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Eventual<Uint8Array>;
  /**
   * Gives the plaintext in fresh memory, or `null` if authentication fails (a `ciphertext` shorter than the tag
   * included). The arguments are not kept and may be reused as soon as the call returns, promise or not.
   */
  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Eventual<Uint8Array | null>;
}

/** A TLS 1.3 cipher suite: an AEAD and a hash. */
export interface CipherSuite {
  /** Its RFC name. */
  readonly name: CipherSuiteName;
  /** Its number on the wire. */
  readonly id: number;
  /** The hash of the transcript, of HKDF and of Finished. */
  readonly hash: HashName;
  /** Length of a key in bytes. */
  readonly keyLength: number;
  /** How many records one key may protect (RFC 9846 §5.5). */
  readonly recordLimit: number;
  /** Makes a key of `keyLength` bytes usable. */
  importKey(key: Uint8Array): Eventual<AeadKey>;
}

/** A key exchange under way: our private half. */
export interface KeyShare {
  /** The group's name. */
  readonly group: NamedGroupName;
  /** Our public half, as `KeyShareEntry.key_exchange` carries it (RFC 9846 §4.3.8). */
  readonly publicKey: Uint8Array;
  /**
   * For a hybrid group: the same private key's classical half, which can be offered beside it at no cost.
   * Agreeing on it is agreeing on that group.
   */
  readonly component?: KeyShare;
  /** The shared secret, or `null` when the peer's public half is not valid (length, point, all-zero secret). */
  agree(peer: Uint8Array): Eventual<Uint8Array | null>;
}

/** A group in which keys are exchanged (RFC 9846 §4.3.7). */
export interface KeyExchangeGroup {
  /** Its RFC name. */
  readonly name: NamedGroupName;
  /** Its number on the wire. */
  readonly id: number;
  /** The client's side: makes a fresh key pair. */
  start(): Eventual<KeyShare>;
  /** The server's side: answers a client's share at once. `null` when that share is not valid. */
  respond(peer: Uint8Array): Eventual<{ readonly publicKey: Uint8Array; readonly secret: Uint8Array } | null>;
}

/**
 * A signature algorithm together with the kind of public key it is for, as certificates need it told apart.
 *
 * `RSA_PSS_..._PSS_KEY` is for keys whose SubjectPublicKeyInfo says id-RSASSA-PSS, the others for rsaEncryption.
 */
export type SignatureAlgorithm =
  | "ECDSA_P256_SHA256"
  | "ECDSA_P256_SHA384"
  | "ECDSA_P256_SHA512"
  | "ECDSA_P384_SHA256"
  | "ECDSA_P384_SHA384"
  | "ECDSA_P384_SHA512"
  | "ECDSA_P521_SHA256"
  | "ECDSA_P521_SHA384"
  | "ECDSA_P521_SHA512"
  | "ED25519"
  | "RSA_PKCS1_SHA256"
  | "RSA_PKCS1_SHA384"
  | "RSA_PKCS1_SHA512"
  | "RSA_PSS_SHA256"
  | "RSA_PSS_SHA384"
  | "RSA_PSS_SHA512"
  | "RSA_PSS_SHA256_PSS_KEY"
  | "RSA_PSS_SHA384_PSS_KEY"
  | "RSA_PSS_SHA512_PSS_KEY";

/**
 * A private key that signs handshakes. Implement it for a key that lives elsewhere: in a hardware module, a cloud
 * service, another process.
 */
export interface SigningKey {
  /** The schemes it can sign with, best first. */
  readonly schemes: readonly SignatureSchemeName[];
  /**
   * Its public half as a DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), where it is known; it is compared with the
   * certificate's.
   */
  readonly publicKey?: Uint8Array;
  /** Signs `message` (not hashed yet). ECDSA signatures are DER (RFC 3279 §2.2.3). */
  sign(scheme: SignatureSchemeName, message: Uint8Array): Eventual<Uint8Array>;
}

/** Cryptography for TLS and X.509. Choose one: {@linkcode denoCrypto}, {@linkcode nodeCrypto}, {@linkcode webCrypto}. */
export interface CryptoProvider {
  /** What it is called in errors and logs. */
  readonly name: string;
  /** The suites it has, in order of preference. */
  readonly cipherSuites: readonly CipherSuite[];
  /** The groups it has, in order of preference. */
  readonly groups: readonly KeyExchangeGroup[];
  /** The signatures that {@linkcode CryptoProvider.verify} knows, in order of preference. */
  readonly signatureAlgorithms: readonly SignatureAlgorithm[];
  /**
   * Whether `signature` over `message` is that key's. `false` for anything malformed: a key of another kind than the
   * algorithm's, RSA keys under 2048 or over 8192 bits, a signature that is not strict DER.
   *
   * @param publicKey A DER SubjectPublicKeyInfo.
   */
  verify(
    algorithm: SignatureAlgorithm,
    publicKey: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ): Eventual<boolean>;
  /** `length` bytes that nobody can predict. */
  random(length: number): Uint8Array;
  /** The hash of `data`. */
  digest(hash: HashName, data: Uint8Array): Eventual<Uint8Array>;
  /** HMAC (RFC 2104). */
  hmac(hash: HashName, key: Uint8Array, data: Uint8Array): Eventual<Uint8Array>;
  /**
   * Makes a private key usable: PKCS#8 (RFC 5958) DER of RSA, RSA-PSS, EC P-256/384/521 or Ed25519.
   *
   * @throws {TlsError} `bad_key_pem` (rejected or thrown) when it is none of these.
   */
  loadPrivateKey(pkcs8: Uint8Array): Eventual<SigningKey>;
}
