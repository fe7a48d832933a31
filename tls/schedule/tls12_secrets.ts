/**
 * The secrets of TLS 1.2: the main secret, and what is derived from it (RFC 5246 §6.3, §8.1; RFC 7627 §4).
 *
 * ```text
 *   ECDHE secret -> main secret ----> key block: the record keys of both directions
 *                                |--> verify_data of both Finished
 *                                '--> exported keying material
 * ```
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { CryptoProvider, HashName } from "../crypto/provider.ts";
import { MAIN_SECRET_LENGTH, type Tls12CipherSuite } from "../crypto/tls12_suites.ts";
import { type Script, settle } from "../../io/script.ts";
import { prf } from "./prf.ts";
import type { RawTrafficKeys, TrafficKeys } from "./traffic_keys.ts";

/** Length of `verify_data`: "12 octets" for every cipher suite in use (RFC 5246 §7.4.9). */
export const VERIFY_DATA_LENGTH = 12;

/** The randoms of both hellos. */
export interface Randoms {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** The record keys of both directions; an IV has the suite's `fixedIvLength`. */
export interface KeyBlock {
  readonly client: TrafficKeys;
  readonly server: TrafficKeys;
}

/** The record keys of both directions, as bytes. */
export interface RawKeyBlock {
  readonly client: RawTrafficKeys;
  readonly server: RawTrafficKeys;
}

/** The main secret of a connection. The secret is a private field, which no log and no inspector shows. */
export class Tls12MainSecret {
  readonly #provider: CryptoProvider;
  readonly #hash: HashName;
  readonly #secret: Uint8Array;
  readonly #randoms: Randoms;

  /**
   * Takes the secret of a session that is resumed; {@linkcode tls12MainSecret} makes that of a full handshake.
   *
   * @param hash The cipher suite's hash.
   */
  constructor(provider: CryptoProvider, hash: HashName, secret: Uint8Array, randoms: Randoms) {
    this.#provider = provider;
    this.#hash = hash;
    this.#secret = secret;
    this.#randoms = randoms;
  }

  /** The secret itself, for a session and for the key log. */
  reveal(): Uint8Array {
    return this.#secret.slice();
  }

  /** The record keys of both directions, ready for use. */
  *keyBlock(suite: Tls12CipherSuite): Script<KeyBlock> {
    const { client, server } = yield* this.rawKeyBlock(suite);
    return {
      client: { key: yield* settle(suite.importKey(client.key)), iv: client.iv },
      server: { key: yield* settle(suite.importKey(server.key)), iv: server.iv },
    };
  }

  /**
   * `key_block = PRF(SecurityParameters.master_secret, "key expansion", SecurityParameters.server_random +
   * SecurityParameters.client_random)`, without MAC keys, which an AEAD does not have (RFC 5246 §6.3).
   */
  *rawKeyBlock(suite: Tls12CipherSuite): Script<RawKeyBlock> {
    const { keyLength, fixedIvLength } = suite;
    const { client, server } = this.#randoms;
    const length = 2 * (keyLength + fixedIvLength);
    const block = yield* prf(
      this.#provider,
      this.#hash,
      this.#secret,
      "key expansion",
      concat([server, client]),
      length,
    );
    const [clientIv, serverIv] = [2 * keyLength, 2 * keyLength + fixedIvLength];
    return {
      client: { key: block.slice(0, keyLength), iv: block.slice(clientIv, serverIv) },
      server: { key: block.slice(keyLength, clientIv), iv: block.slice(serverIv) },
    };
  }

  /**
   * `verify_data` of a Finished: `PRF(master_secret, finished_label, Hash(handshake_messages))` (RFC 5246 §7.4.9).
   *
   * @param transcriptHash Hash of all messages before it.
   */
  verifyData(sender: "client" | "server", transcriptHash: Uint8Array): Script<Uint8Array> {
    const label = `${sender} finished`;
    return prf(this.#provider, this.#hash, this.#secret, label, transcriptHash, VERIFY_DATA_LENGTH);
  }

  /**
   * Exported keying material (RFC 5705 §4).
   *
   * @param context `undefined` differs from an empty one, whose length is part of the seed.
   * @throws {RangeError} for another length, a label that is too long or not ASCII, a context over 65535 bytes.
   */
  *exportKeyingMaterial(
    label: string,
    context: Uint8Array | undefined,
    length: number,
  ): Script<Uint8Array> {
    if (!Number.isInteger(length) || length < 1 || length > MAX_EXPORTED_BYTES) {
      throw new RangeError(
        `Cannot export ${length} bytes: length must be an integer from 1 to ${MAX_EXPORTED_BYTES}`,
      );
    }
    if (label.length > MAX_LABEL_BYTES || !/^[\x20-\x7e]*$/.test(label)) {
      throw new RangeError(
        `Cannot export keying material: the label must have at most ${MAX_LABEL_BYTES} characters of ASCII`,
      );
    }
    // "The context value length is encoded as an unsigned, 16-bit quantity" (RFC 5705 §4).
    if (context !== undefined && context.length > 0xffff) {
      throw new RangeError(
        `Cannot export keying material: context must have 65535 bytes at most, not ${context.length}`,
      );
    }
    const { client, server } = this.#randoms;
    const seed = context === undefined
      ? [client, server]
      : [client, server, Uint8Array.of(context.length >> 8, context.length), context];
    return yield* prf(this.#provider, this.#hash, this.#secret, label, concat(seed), length);
  }
}

/**
 * Greatest length of exported keying material, as in TLS 1.3 with SHA-256: the PRF has no limit, and no use of an
 * exporter comes near this one.
 */
const MAX_EXPORTED_BYTES = 255 * 32;
/** Greatest length of an exporter's label, as in TLS 1.3. */
const MAX_LABEL_BYTES = 249;

/**
 * The main secret of a full handshake.
 *
 * @param premaster The shared secret of the key exchange.
 * @param sessionHash Hash of the transcript up to the ClientKeyExchange, for the extended main secret (RFC 7627 §4);
 * `undefined`: the peer does not know the extension, and only the randoms are bound (RFC 5246 §8.1).
 */
export function* tls12MainSecret(
  provider: CryptoProvider,
  hash: HashName,
  premaster: Uint8Array,
  randoms: Randoms,
  sessionHash: Uint8Array | undefined,
): Script<Tls12MainSecret> {
  const [label, seed] = sessionHash === undefined
    ? ["master secret", concat([randoms.client, randoms.server])] as const
    : ["extended master secret", sessionHash] as const;
  const secret = yield* prf(provider, hash, premaster, label, seed, MAIN_SECRET_LENGTH);
  return new Tls12MainSecret(provider, hash, secret, randoms);
}
