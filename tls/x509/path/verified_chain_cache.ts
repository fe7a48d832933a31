/**
 * Remembers chains that were found good, so that connecting again does not pay for their signatures again.
 *
 * What was found is true of these certificates in this order, for this purpose, and as long as all of them are valid.
 * It is also true only of what it was judged by: a cache belongs to one verifier, whose roots and revocation lists do
 * not change. Names are no part of it: whether a certificate has one is quickly seen, and is looked at each time.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { type Script, settle } from "../../../io/script.ts";
import { DEFAULT_REMEMBERED_CHAINS } from "../limits.ts";
import { octetsToText } from "../names/general_name.ts";
import type { VerifiedPath } from "./path.ts";
import type { Certificate, KeyPurpose } from "../types.ts";

/** Chains that were found good: the ones that were asked about last. */
export class VerifiedChainCache {
  readonly #provider: CryptoProvider;
  readonly #limit: number;
  /** By digest, the one asked for longest ago first. */
  readonly #paths = new Map<string, VerifiedPath>();

  /**
   * An empty cache.
   *
   * @param provider Makes the digests that chains are known by.
   * @param limit How many are kept; 0: none.
   */
  constructor(provider: CryptoProvider, limit: number = DEFAULT_REMEMBERED_CHAINS) {
    this.#provider = provider;
    this.#limit = limit;
  }

  /** How many chains are remembered. */
  get size(): number {
    return this.#paths.size;
  }

  /**
   * What a chain is known by: a SHA-256 over all of it.
   *
   * @param purpose What the end entity has to be good for.
   * @param certificates What was sent, in its order.
   */
  *keyOf(purpose: KeyPurpose, certificates: readonly Certificate[]): Script<string> {
    // A certificate is a DER value, which says how long it is, and so is no beginning of another one. The purpose is one
    // octet in front, so that no two questions run together.
    const parts = certificates.map(({ der }) => der);
    const text = concat([Uint8Array.of(purpose === "server_auth" ? 0 : 1), ...parts]);
    return octetsToText(yield* settle(this.#provider.digest("SHA-256", text)));
  }

  /** The path that was found for a chain, if it holds at this time. */
  get(key: string, time: Date): VerifiedPath | undefined {
    const path = this.#paths.get(key);
    if (path === undefined) return undefined;
    const { notBefore, notAfter } = path.validity;
    // Clocks are set back as well: a path that does not hold now is not forgotten for it.
    if (!(time >= notBefore && time <= notAfter)) return undefined;
    this.#paths.delete(key);
    this.#paths.set(key, path);
    return path;
  }

  /** Remembers the path that was found for a chain; the one asked for longest ago makes room. */
  set(key: string, path: VerifiedPath): void {
    if (this.#limit === 0) return;
    this.#paths.delete(key);
    if (this.#paths.size >= this.#limit) {
      const [oldest] = this.#paths.keys();
      if (oldest !== undefined) this.#paths.delete(oldest);
    }
    this.#paths.set(key, path);
  }
}
