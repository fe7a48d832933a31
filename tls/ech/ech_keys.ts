/**
 * The keys of a server with Encrypted ClientHello (RFC 9849 §7.1).
 *
 * @module
 */

import { copyOf } from "../crypto/bytes.ts";
import { equals } from "@std/bytes/equals";
import type { CryptoProvider, KeyShare } from "../crypto/provider.ts";
import { TlsError } from "../error/tls_error.ts";
import { type HpkeKem, hpkeKem, type HpkeSuite, hpkeSuite } from "../hpke/algorithms.ts";
import { type Script, settle } from "../../io/script.ts";
import {
  decodeEchConfig,
  ECH_VERSION,
  type EchConfigContents,
  encodeEchConfigList,
} from "../wire/ech_config.ts";
import { echInfo } from "./usable_config.ts";

/** A key with which a server decrypts ClientHellos; {@linkcode generateEchKey} makes one. */
export interface EchKey {
  /** The ECHConfig that clients have of the key: one, not a list. */
  readonly config: Uint8Array;
  /** The private key, in the form of HPKE (RFC 9180 §7.1.2): of X25519 32 bytes, of a NIST curve the number. */
  readonly privateKey: Uint8Array;
  /**
   * Whether the config is sent to clients that have another one, for them to try again with (RFC 9849 §7.1). At least
   * one key must be. Default: true; false for a key that is going out of use.
   */
  readonly isRetryConfig?: boolean;
}

/** The keys themselves, which nothing but a handshake sees. */
const KEYS = new WeakMap<LoadedEchKeys, readonly LoadedEchKey[]>();

/** Keys of a server that were read and belong to a provider. */
export class LoadedEchKeys {
  /** Provider of the cryptography that the keys are used with. */
  readonly crypto: CryptoProvider;
  /** ECHConfigList for clients that have none of the keys. */
  readonly retryConfigs: Uint8Array;

  /**
   * Reads keys.
   *
   * @throws {TlsError} `invalid_option` when there is none, or none of them is for clients to try again with; `decode_error`
   * for what is no ECHConfig; `unsupported_option` when the provider does not have its algorithms.
   */
  constructor(keys: readonly EchKey[], crypto: CryptoProvider) {
    this.crypto = crypto;
    KEYS.set(this, keys.map((key) => new LoadedEchKey(key, crypto)));
    const retry = keys.filter(({ isRetryConfig = true }) => isRetryConfig).map(({ config }) => config);
    if (retry.length === 0) {
      throw new TlsError(
        "invalid_option",
        "Cannot use the ECH keys: none of them is for clients to try again with",
      );
    }
    this.retryConfigs = encodeEchConfigList(retry);
  }
}

/**
 * The keys of an identifier: "Unless specified by the application profile or otherwise externally configured,
 * implementations MUST use the first method." (RFC 9849 §7.1), which is to compare identifiers.
 */
export function candidateKeys(keys: LoadedEchKeys, configId: number): readonly LoadedEchKey[] {
  return KEYS.get(keys)?.filter((key) => key.configId === configId) ?? [];
}

/** One of the keys. The private key is a private field, which no log and no inspector shows. */
export class LoadedEchKey {
  /** `info` of HPKE. */
  readonly info: Uint8Array;
  readonly #contents: EchConfigContents;
  readonly #kem: HpkeKem;
  readonly #crypto: CryptoProvider;
  readonly #privateKey: Uint8Array;
  #keyPair: KeyShare | undefined;

  /** Use {@linkcode LoadedEchKeys}. */
  constructor({ config, privateKey }: EchKey, crypto: CryptoProvider) {
    const encoded = copyOf(config);
    const { contents, version } = decodeEchConfig(encoded);
    if (contents === undefined) {
      throw new TlsError(
        "unsupported_option",
        `Cannot use an ECHConfig: its version is ${version}, not ${ECH_VERSION}`,
      );
    }
    const kem = hpkeKem(crypto, contents.kem);
    if (kem?.group.importKeyPair === undefined) {
      throw new TlsError(
        "unsupported_option",
        `Cannot use an ECHConfig: the provider "${crypto.name}" does not have KEM ${contents.kem}`,
      );
    }
    this.info = echInfo(encoded);
    this.#contents = contents;
    this.#kem = kem;
    this.#crypto = crypto;
    this.#privateKey = copyOf(privateKey);
  }

  /** `config_id`. */
  get configId(): number {
    return this.#contents.configId;
  }

  /** The algorithms that a client has chosen; `undefined` when the config does not have them. */
  suite(kdf: number, aead: number): HpkeSuite | undefined {
    const isListed = this.#contents.cipherSuites.some((suite) => suite.kdf === kdf && suite.aead === aead);
    return isListed ? hpkeSuite(this.#crypto, this.#kem, kdf, aead) : undefined;
  }

  /**
   * Imports the private key, once.
   *
   * @throws {TlsError} `bad_key_pem` when it is none, or not that of the config.
   */
  *load(): Script<KeyShare> {
    return this.#keyPair ??= yield* this.#import();
  }

  *#import(): Script<KeyShare> {
    const { group } = this.#kem;
    const { publicKey } = this.#contents;
    const keyPair = yield* settle(group.importKeyPair?.(this.#privateKey, publicKey) ?? null);
    if (keyPair !== null) {
      // Another end that agrees on a key by the public key must get the same secret.
      const other = yield* settle(group.respond(publicKey));
      const secret = other && (yield* settle(keyPair.agree(other.publicKey)));
      if (other !== null && secret !== null && equals(secret, other.secret)) return keyPair;
    }
    throw new TlsError("bad_key_pem", "Cannot use an ECH key: the private key is not that of its ECHConfig");
  }
}
