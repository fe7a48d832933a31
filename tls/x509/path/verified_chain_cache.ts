/**
 * Remembers chains that were verified, so that connecting again does not pay for their signatures again.
 *
 * A result holds for these certificates in this order, for this purpose, and as long as all of them are valid. It also
 * depends on roots and revocation lists: a cache belongs to one verifier, whose own do not change. Names are no part of
 * it: checking one is cheap, and is done each time.
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

/** The paths that were verified last, each by the chain that the peer sent. */
export class VerifiedChainCache {
  readonly #provider: CryptoProvider;
  readonly #limit: number;
  /** By digest, the one asked for longest ago first. */
  readonly #paths = new Map<string, VerifiedPath>();

  /**
   * An empty cache.
   *
   * @param provider Makes the digests by which chains are looked up.
   * @param limit The number of chains that are kept; 0: none.
   */
  constructor(provider: CryptoProvider, limit: number = DEFAULT_REMEMBERED_CHAINS) {
    this.#provider = provider;
    this.#limit = limit;
  }

  /** The number of chains that are remembered. */
  get size(): number {
    return this.#paths.size;
  }

  /**
   * The key of a chain: a SHA-256 over all of it.
   *
   * @param purpose The purpose for which the end entity must be good.
   * @param certificates The chain, in the order in which it was sent.
   */
  *keyOf(purpose: KeyPurpose, certificates: readonly Pick<Certificate, "der">[]): Script<string> {
    // A certificate is a DER value, which says how long it is, and so is no beginning of another one. The purpose is one
    // octet in front, so that no two inputs are the same.
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
