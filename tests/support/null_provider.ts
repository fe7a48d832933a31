/**
 * **NO SECURITY.** A crypto provider that looks like one and protects nothing: for fuzzers, which must get past
 * encryption, and for tests that step through a protocol.
 *
 * It is synchronous, deterministic and quick. Records are XORed with one byte of the key and end in a tag that is a
 * checksum; key shares are the secret; a signature is a constant; random bytes come from a seed.
 *
 * @module
 */

import { cipherSuite, TAG_LENGTH, TLS13_SUITES } from "../../tls/crypto/cipher_suites.ts";
import { HASH_LENGTH } from "../../tls/crypto/hkdf.ts";
import type {
  AeadKey,
  CryptoProvider,
  HashName,
  KeyExchangeGroup,
  KeyShare,
  SigningKey,
} from "../../tls/crypto/provider.ts";
import { SIGNATURE_ALGORITHMS, signatureSchemesOf } from "../../tls/crypto/signature.ts";
import { NamedGroup, type NamedGroupName } from "../../tls/wire/numbers.ts";

/** Options of {@linkcode nullProvider}. */
export interface NullProviderOptions {
  /**
   * Whether a record with a wrong tag is refused. `false` lets a fuzzer's changes within records through to what
   * reads them. Default: true.
   */
  readonly checkTags?: boolean;
  /** Whether a signature must be the constant one. Default: true. */
  readonly checkSignatures?: boolean;
  /** Where the random bytes begin. Default: 1. */
  readonly seed?: number;
}

/** The one signature. */
export const NULL_SIGNATURE: Uint8Array = new TextEncoder().encode("NO SECURITY");

/** Makes a provider without security. Two with the same seed give the same random bytes, in order. */
export function nullProvider(options: NullProviderOptions = {}): CryptoProvider {
  const { checkTags = true, checkSignatures = true, seed = 1 } = options;
  const random = randomBytes(seed);
  return {
    name: "null",
    cipherSuites: TLS13_SUITES.map((name) => cipherSuite(name, (key) => nullKey(key, checkTags))),
    groups: GROUPS.map(([name, ...lengths]) => nullGroup(name, lengths, random)),
    signatureAlgorithms: SIGNATURE_ALGORITHMS,
    verify: (_algorithm, _publicKey, _message, signature) => !checkSignatures || isNullSignature(signature),
    random,
    digest,
    hmac: (hash, key, data) => digest(hash, key, data),
    loadPrivateKey: (): SigningKey => ({
      schemes: signatureSchemesOf({ signatureAlgorithms: SIGNATURE_ALGORITHMS }).handshake,
      sign: () => NULL_SIGNATURE.slice(),
    }),
  };
}

function isNullSignature(signature: Uint8Array): boolean {
  return signature.length === NULL_SIGNATURE.length &&
    signature.every((byte, i) => byte === NULL_SIGNATURE[i]);
}

/** XOR, and a checksum over everything. */
function nullKey(key: Uint8Array, checkTags: boolean): AeadKey {
  const pad = (key[0] ?? 0) ^ 0xa5;
  const tag = (nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array =>
    checksum(TAG_LENGTH, key, nonce, aad, plaintext);
  return {
    seal(nonce, aad, plaintext): Uint8Array {
      const sealed = new Uint8Array(plaintext.length + TAG_LENGTH);
      for (let i = 0; i < plaintext.length; i++) sealed[i] = (plaintext[i] ?? 0) ^ pad;
      sealed.set(tag(nonce, aad, plaintext), plaintext.length);
      return sealed;
    },
    open(nonce, aad, ciphertext): Uint8Array | null {
      const length = ciphertext.length - TAG_LENGTH;
      if (length < 0) return null;
      const plaintext = ciphertext.slice(0, length);
      for (let i = 0; i < length; i++) plaintext[i] = (plaintext[i] ?? 0) ^ pad;
      if (!checkTags) return plaintext;
      const expected = tag(nonce, aad, plaintext);
      return expected.every((byte, i) => byte === ciphertext[length + i]) ? plaintext : null;
    },
  };
}

/** The groups with the lengths of a client's and of a server's public half, and of the secret. */
const GROUPS: readonly (readonly [NamedGroupName, number, number, number])[] = [
  ["X25519MLKEM768", 1216, 1120, 64],
  ["x25519", 32, 32, 32],
  ["secp256r1", 65, 65, 32],
  ["secp384r1", 97, 97, 48],
  ["secp521r1", 133, 133, 66],
];

/** The secret is the XOR of what both sent, as far as it goes: every share of the right length is valid. */
function nullGroup(
  name: NamedGroupName,
  [clientLength = 0, serverLength = 0, secretLength = 0]: readonly number[],
  random: (length: number) => Uint8Array,
): KeyExchangeGroup {
  const combine = (a: Uint8Array, b: Uint8Array): Uint8Array =>
    Uint8Array.from({ length: secretLength }, (_, i) => (a.at(-1 - i % 32) ?? 0) ^ (b.at(-1 - i % 32) ?? 0));
  const share = (group: NamedGroupName, publicKey: Uint8Array, peerLength: number): KeyShare => ({
    group,
    publicKey,
    agree: (peer) => peer.length === peerLength ? combine(publicKey, peer) : null,
  });
  return {
    name,
    id: NamedGroup[name],
    start(): KeyShare {
      const publicKey = random(clientLength);
      const whole = share(name, publicKey, serverLength);
      if (name !== "X25519MLKEM768") return whole;
      const component = publicKey.subarray(-32);
      return {
        ...whole,
        component: {
          group: "x25519",
          publicKey: component,
          agree: (peer) => peer.length === 32 ? combine(component, peer).slice(0, 32) : null,
        },
      };
    },
    respond(peer): { publicKey: Uint8Array; secret: Uint8Array } | null {
      if (peer.length !== clientLength) return null;
      const publicKey = random(serverLength);
      return { publicKey, secret: combine(publicKey, peer) };
    },
    importKeyPair: (_privateKey, publicKey): KeyShare => share(name, publicKey.slice(), serverLength),
  };
}

/** A hash of the right length that is easy to forge. */
function digest(hash: HashName, ...parts: readonly Uint8Array[]): Uint8Array {
  return checksum(HASH_LENGTH[hash], ...parts);
}

/** FNV-1a over the parts and where they end, stretched to `length` bytes. */
function checksum(length: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let state = 0x811c9dc5 ^ length;
  for (const part of parts) {
    for (const byte of part) state = Math.imul(state ^ byte, 0x01000193);
    state = Math.imul(state ^ part.length, 0x01000193);
  }
  return stretch(length, state);
}

/** Bytes in a row, each call going on where the last one ended. */
function randomBytes(seed: number): (length: number) => Uint8Array {
  let calls = 0;
  return (length) => stretch(length, Math.imul(seed, 0x9e3779b1) ^ Math.imul(++calls, 0x85ebca6b));
}

function stretch(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    bytes[i] = mixed ^ mixed >>> 14;
  }
  return bytes;
}
