/**
 * Remembers chains that were found good, so that connecting again does not pay for their signatures again.
 *
 * What was found is true of these certificates in this order, for this name and purpose, and as long as all of them
 * are valid. It is also true only of what it was judged by: a cache belongs to one verifier, whose roots and
 * revocation lists do not change.
 *
 * @module
 */

import type { CryptoProvider } from "../crypto/provider.ts";
import { type Script, settle } from "../script.ts";
import type { VerifiedPath } from "./path.ts";
import type { Certificate } from "./types.ts";

/** More chains than a client talks to hosts at a time; each takes some 5 KiB. */
export const MOST_CHAINS_REMEMBERED = 64;

/** What was asked: whoever asks the same is given the same answer. */
export interface ChainQuestion {
  /** What the end entity had to be good for, and for which name: any text that tells questions apart. */
  readonly asked: string;
  /** What was sent, the end entity first. */
  readonly certificates: readonly Certificate[];
}

/** Chains that were found good: the ones that were asked about last. */
export class VerifiedChainCache {
  readonly #provider: CryptoProvider;
  readonly #limit: number;
  /** By digest of the question, the one asked longest ago first. */
  readonly #paths = new Map<string, VerifiedPath>();

  /**
   * An empty cache.
   *
   * @param provider Makes the digests that chains are known by.
   * @param limit How many are kept; 0: none.
   */
  constructor(provider: CryptoProvider, limit: number = MOST_CHAINS_REMEMBERED) {
    this.#provider = provider;
    this.#limit = limit;
  }

  /** How many chains are remembered. */
  get size(): number {
    return this.#paths.size;
  }

  /** What a chain is known by: a SHA-256 over all that was asked, in which no two questions run together. */
  *keyOf({ asked, certificates }: ChainQuestion): Script<string> {
    const name = new TextEncoder().encode(asked);
    const ders = certificates.map(({ der }) => der);
    const parts = [name, ...ders];
    // A length before each part, in 4 bytes: none is longer than a message.
    const total = parts.reduce((sum, part) => sum + 4 + part.length, 0);
    const text = new Uint8Array(total);
    const view = new DataView(text.buffer);
    let at = 0;
    for (const part of parts) {
      view.setUint32(at, part.length);
      text.set(part, at + 4);
      at += 4 + part.length;
    }
    return String.fromCharCode(...yield* settle(this.#provider.digest("SHA-256", text)));
  }

  /** The path that was found for a question, if it still holds at this time. */
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

  /** Remembers the path that was found for a question; the one asked for longest ago makes room. */
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
