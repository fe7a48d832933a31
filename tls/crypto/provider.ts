/**
 * The cryptography of TLS as one interface: a {@linkcode CryptoProvider} is a value in a config.
 *
 * Each operation returns its result or a promise of it ({@linkcode Eventual}), so that the synchronous `node:crypto`,
 * the asynchronous WebCrypto and a key in another machine all fit. A failure that an attacker can cause at will (a
 * forged tag, a bad signature, a key share that is no point of the curve) is a value, `null` or `false`, never an
 * exception and never a rejected promise.
 *
 * @module
 */

import type { Eventual } from "../../io/script.ts";
import type { CipherSuiteName, NamedGroupName, SignatureSchemeName } from "../wire/numbers.ts";

/** WebCrypto's name of a hash function. */
export type HashName = "SHA-256" | "SHA-384" | "SHA-512";

/** One key of an AEAD (RFC 5116). */
export interface AeadKey {
  /**
   * Encrypts and authenticates a plaintext. The arguments are not kept: their memory may be used again when the call
   * has returned, also before its promise settles.
   *
   * @param nonce 12 bytes.
   * @returns The ciphertext followed by its tag of 16 bytes, in fresh memory.
   */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Eventual<Uint8Array>;
  /**
   * Does what {@linkcode AeadKey.seal} does, before it returns, in memory that is given. Default: `seal` is called, and
   * what it returns is copied.
   *
   * @param into Memory for the ciphertext and its tag, of exactly their length, which is none of the arguments'.
   */
  sealInto?(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, into: Uint8Array): void;
  /**
   * Authenticates and decrypts a ciphertext. The arguments are not kept, as with {@linkcode AeadKey.seal}.
   *
   * @returns The plaintext in fresh memory; `null` when authentication fails, also for a `ciphertext` shorter than the
   * tag.
   */
  open(nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Eventual<Uint8Array | null>;
}

/**
 * A cipher suite: an AEAD and a hash. A provider has those of TLS 1.3; the suites of TLS 1.2 are made of the same parts.
 */
export interface CipherSuite {
  /** RFC name of the suite. */
  readonly name: CipherSuiteName;
  /** Number of the suite on the wire. */
  readonly id: number;
  /** The hash of the transcript, of the key schedule and of Finished. */
  readonly hash: HashName;
  /** Length of a key in bytes. */
  readonly keyLength: number;
  /** Records that one key may protect (RFC 9846 §5.5). */
  readonly recordLimit: number;
  /** Imports a key of `keyLength` bytes. */
  importKey(key: Uint8Array): Eventual<AeadKey>;
}

/** A key share: the key pair of one end of a key exchange. */
export interface KeyShare {
  /** RFC name of its group. */
  readonly group: NamedGroupName;
  /** The public key, in the form of `KeyShareEntry.key_exchange` (RFC 9846 §4.3.8). */
  readonly publicKey: Uint8Array;
  /**
   * For a hybrid group: the key share of its classical component, which can be offered beside it at no cost. A server
   * that chooses it has chosen the classical group.
   */
  readonly component?: KeyShare;
  /** The shared secret; `null` when the peer's public key is not valid (length, point, all-zero secret). */
  agree(peer: Uint8Array): Eventual<Uint8Array | null>;
}

/** A group in which keys are exchanged (RFC 9846 §4.3.7). */
export interface KeyExchangeGroup {
  /** RFC name of the group. */
  readonly name: NamedGroupName;
  /** Number of the group on the wire. */
  readonly id: number;
  /** Client: makes a fresh key pair. */
  start(): Eventual<KeyShare>;
  /** Server: makes a key pair and the shared secret for a client's public key; `null` when that is not valid. */
  respond(peer: Uint8Array): Eventual<{ readonly publicKey: Uint8Array; readonly secret: Uint8Array } | null>;
  /**
   * Imports a key pair that lasts, of a server with ECH. Default: the group is not used for such keys.
   *
   * @param privateKey In the form of HPKE (RFC 9180 §7.1.2): the number of the key at full length.
   * @param publicKey Its public key, in the form of {@linkcode KeyShare.publicKey}; that the two belong together is
   * checked by the caller.
   * @returns `null` when one of them is malformed.
   */
  importKeyPair?(privateKey: Uint8Array, publicKey: Uint8Array): Eventual<KeyShare | null>;
}

/**
 * A signature algorithm and the kind of public key that it is for, which certificates distinguish.
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
 * A private key that signs handshakes. Implement it for a key outside this process: in a hardware module, a cloud
 * service, another process.
 */
export interface SigningKey {
  /** Schemes that the key can sign with, in order of preference. */
  readonly schemes: readonly SignatureSchemeName[];
  /**
   * The public key as a DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), where it is known; it is compared with that of
   * the certificate.
   */
  readonly publicKey?: Uint8Array;
  /** Signs `message`, which is not hashed yet. ECDSA signatures are DER (RFC 3279 §2.2.3). */
  sign(scheme: SignatureSchemeName, message: Uint8Array): Eventual<Uint8Array>;
}

/**
 * Cryptography for TLS and X.509. Three are provided: {@linkcode denoCrypto}, {@linkcode nodeCrypto}, {@linkcode
 * webCrypto}.
 */
export interface CryptoProvider {
  /** Name of the provider, for errors and logs. */
  readonly name: string;
  /** Cipher suites of TLS 1.3, in order of preference. */
  readonly cipherSuites: readonly CipherSuite[];
  /** Key exchange groups, in order of preference. */
  readonly groups: readonly KeyExchangeGroup[];
  /** Signature algorithms of {@linkcode CryptoProvider.verify}, in order of preference. */
  readonly signatureAlgorithms: readonly SignatureAlgorithm[];
  /**
   * The names in the three lists that the platform turns out not to have, where only trying tells. Handshakes ask
   * before they offer or choose anything, and leave those out. Default: the platform has all.
   */
  unavailable?(): Eventual<ReadonlySet<string>>;
  /**
   * Whether `signature` over `message` was made with that key. `false` for anything malformed: a key of another kind
   * than the algorithm's, RSA keys under 2048 or over 8192 bits, a signature that is not strict DER.
   *
   * @param publicKey A DER SubjectPublicKeyInfo.
   */
  verify(
    algorithm: SignatureAlgorithm,
    publicKey: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ): Eventual<boolean>;
  /** `length` cryptographically random bytes. */
  random(length: number): Uint8Array;
  /** The hash of `data`. */
  digest(hash: HashName, data: Uint8Array): Eventual<Uint8Array>;
  /** HMAC (RFC 2104). */
  hmac(hash: HashName, key: Uint8Array, data: Uint8Array): Eventual<Uint8Array>;
  /**
   * Loads a private key: PKCS#8 (RFC 5958) in DER, of RSA, RSA-PSS, EC P-256/384/521 or Ed25519.
   *
   * @throws {TlsError} `bad_key_pem` (rejected or thrown) for any other.
   */
  loadPrivateKey(pkcs8: Uint8Array): Eventual<SigningKey>;
}
