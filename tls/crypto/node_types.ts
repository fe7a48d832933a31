/**
 * Types of the part of `node:crypto` that is used, as Node documents it and Deno, Bun and workerd have it. With them no
 * type and no import of Node is needed.
 *
 * @module
 */

/** An AEAD that seals. */
export interface NodeCipher {
  setAAD(aad: Uint8Array, options: { readonly plaintextLength: number }): unknown;
  update(data: Uint8Array): Uint8Array;
  final(): Uint8Array;
  getAuthTag(): Uint8Array;
}

/** An AEAD that opens. */
export interface NodeDecipher {
  setAAD(aad: Uint8Array, options: { readonly plaintextLength: number }): unknown;
  setAuthTag(tag: Uint8Array): unknown;
  update(data: Uint8Array): Uint8Array;
  /** Throws when the tag does not match. */
  final(): Uint8Array;
}

/** Node's name of an AEAD. */
export type NodeCipherName = "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305";

/** A `Hash`. */
export interface NodeHash {
  update(data: Uint8Array): NodeHash;
  digest(): Uint8Array;
}

/** A `KeyObject`. */
export interface NodeKey {
  export(options: { readonly format: "der"; readonly type: "spki" | "pkcs8" }): Uint8Array;
}

/** A key in DER. */
export interface NodeKeyInput {
  readonly key: Uint8Array;
  readonly format: "der";
  readonly type: "spki" | "pkcs8";
}

/** A key and the parameters of a signature. */
export interface NodeSigningKey {
  readonly key: NodeKey;
  readonly padding?: number;
  readonly saltLength?: number;
  readonly dsaEncoding?: "der" | "ieee-p1363";
}

/** The module `node:crypto`. */
export interface NodeCrypto {
  createCipheriv(
    name: NodeCipherName,
    key: Uint8Array,
    nonce: Uint8Array,
    options: { readonly authTagLength: number },
  ): NodeCipher;
  createDecipheriv(
    name: NodeCipherName,
    key: Uint8Array,
    nonce: Uint8Array,
    options: { readonly authTagLength: number },
  ): NodeDecipher;
  createHash(hash: string): NodeHash;
  generateKeyPairSync(type: "x25519"): { readonly publicKey: NodeKey; readonly privateKey: NodeKey };
  generateKeyPairSync(
    type: "ec",
    options: { readonly namedCurve: string },
  ): { readonly publicKey: NodeKey; readonly privateKey: NodeKey };
  createPublicKey(input: NodeKeyInput | NodeKey): NodeKey;
  createPrivateKey(input: NodeKeyInput): NodeKey;
  diffieHellman(keys: { readonly privateKey: NodeKey; readonly publicKey: NodeKey }): Uint8Array;
  verify(hash: string | null, data: Uint8Array, key: NodeSigningKey, signature: Uint8Array): boolean;
  sign(hash: string | null, data: Uint8Array, key: NodeSigningKey): Uint8Array;
  readonly constants: { readonly RSA_PKCS1_PADDING: number; readonly RSA_PKCS1_PSS_PADDING: number };
}
