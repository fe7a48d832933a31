/**
 * ML-KEM-768 (FIPS 203) over WebCrypto, in runtimes that have its "Modern Algorithms".
 *
 * @module
 */

import { unshared } from "./bytes.ts";

/** Length of an encapsulation key, the public key, in bytes. */
export const ENCAPSULATION_KEY_LENGTH = 1184;
/** Length of a ciphertext in bytes. */
export const CIPHERTEXT_LENGTH = 1088;

const ML_KEM = "ML-KEM-768";

/** The methods of WebCrypto for ML-KEM, which the types of the platforms do not have yet. */
export interface KemSubtleCrypto {
  generateKey(
    algorithm: typeof ML_KEM,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<{ readonly publicKey: CryptoKey; readonly privateKey: CryptoKey }>;
  importKey(
    format: "raw-public" | "raw-seed",
    key: Uint8Array<ArrayBuffer>,
    algorithm: typeof ML_KEM,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<CryptoKey>;
  exportKey(format: "raw-public", key: CryptoKey): Promise<ArrayBuffer>;
  encapsulateBits(
    algorithm: typeof ML_KEM,
    key: CryptoKey,
  ): Promise<{ readonly ciphertext: ArrayBuffer; readonly sharedKey: ArrayBuffer }>;
  decapsulateBits(
    algorithm: typeof ML_KEM,
    key: CryptoKey,
    ciphertext: Uint8Array<ArrayBuffer>,
  ): Promise<ArrayBuffer>;
}

/** A key pair for one key encapsulation. */
export interface Decapsulation {
  /** The public key: 1184 bytes. */
  readonly encapsulationKey: Uint8Array;
  /**
   * The shared secret of 32 bytes; `null` for a ciphertext of another length than 1088 bytes. A forged one gives
   * another secret, not an error (FIPS 203 §6.3).
   */
  decapsulate(ciphertext: Uint8Array): Promise<Uint8Array | null>;
}

/** ML-KEM-768. */
export interface MlKem768 {
  /** Makes a fresh key pair. */
  generate(): Promise<Decapsulation>;
  /**
   * Makes a secret of 32 bytes for the owner of `encapsulationKey`; `null` when the key fails the checks of FIPS 203
   * §7.2: its length is not 1184 bytes, or a number in it is not reduced.
   */
  encapsulate(encapsulationKey: Uint8Array): Promise<{ ciphertext: Uint8Array; secret: Uint8Array } | null>;
}

/** ML-KEM-768, where the runtime has it; otherwise `undefined`. */
export function webMlKem768(): MlKem768 | undefined {
  const subtle = kemSubtleCrypto();
  if (subtle === undefined) return undefined;
  return {
    async generate(): Promise<Decapsulation> {
      const { publicKey, privateKey } = await subtle.generateKey(ML_KEM, false, [
        "encapsulateBits",
        "decapsulateBits",
      ]);
      return {
        encapsulationKey: new Uint8Array(await subtle.exportKey("raw-public", publicKey)),
        decapsulate: (ciphertext) => webDecapsulate(subtle, privateKey, ciphertext),
      };
    },
    async encapsulate(encapsulationKey): Promise<{ ciphertext: Uint8Array; secret: Uint8Array } | null> {
      if (encapsulationKey.length !== ENCAPSULATION_KEY_LENGTH) return null;
      try {
        const key = await subtle.importKey("raw-public", unshared(encapsulationKey), ML_KEM, true, [
          "encapsulateBits",
        ]);
        const { ciphertext, sharedKey } = await subtle.encapsulateBits(ML_KEM, key);
        return { ciphertext: new Uint8Array(ciphertext), secret: new Uint8Array(sharedKey) };
      } catch {
        return null;
      }
    },
  };
}

/** The shared secret in a ciphertext; `null` for a ciphertext of a wrong length. */
export async function webDecapsulate(
  subtle: KemSubtleCrypto,
  privateKey: CryptoKey,
  ciphertext: Uint8Array,
): Promise<Uint8Array | null> {
  if (ciphertext.length !== CIPHERTEXT_LENGTH) return null;
  return new Uint8Array(await subtle.decapsulateBits(ML_KEM, privateKey, unshared(ciphertext)));
}

/**
 * WebCrypto, where it has ML-KEM. This is known without making a key: by the method, and by `SubtleCrypto.supports`
 * where that exists.
 */
export function kemSubtleCrypto(): KemSubtleCrypto | undefined {
  const subtle = crypto.subtle as unknown as Partial<KemSubtleCrypto>;
  if (typeof subtle.encapsulateBits !== "function") return undefined;
  const { supports } = SubtleCrypto as { supports?(operation: string, algorithm: string): boolean };
  const has = supports === undefined || supports.call(SubtleCrypto, "encapsulateBits", ML_KEM);
  return has ? subtle as KemSubtleCrypto : undefined;
}
