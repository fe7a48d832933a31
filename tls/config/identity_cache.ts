/**
 * Identities that a resolver of the application gives, loaded once each.
 *
 * @module
 */

import type { Identity } from "./config_types.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { LoadedIdentity } from "./identity.ts";
import type { Eventual } from "../../io/script.ts";

/** Remembers by the object what was loaded of it: a resolver is expected to give the same ones again and again. */
export class IdentityCache {
  readonly #crypto: CryptoProvider;
  readonly #loaded = new WeakMap<Identity, LoadedIdentity>();

  /** For one provider. */
  constructor(crypto: CryptoProvider) {
    this.#crypto = crypto;
  }

  /**
   * Loads what a resolver answered.
   *
   * @throws {TlsError} what {@linkcode LoadedIdentity} throws, or a rejection with it.
   */
  load(answer: Eventual<Identity | undefined>): Eventual<LoadedIdentity | undefined> {
    return answer instanceof Promise ? answer.then((identity) => this.#get(identity)) : this.#get(answer);
  }

  #get(identity: Identity | undefined): LoadedIdentity | undefined {
    if (identity === undefined) return undefined;
    let loaded = this.#loaded.get(identity);
    if (loaded === undefined) {
      loaded = new LoadedIdentity(identity, this.#crypto);
      this.#loaded.set(identity, loaded);
    }
    return loaded;
  }
}
