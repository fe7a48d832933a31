/**
 * The identities that an application's resolver returns, each loaded once.
 *
 * @module
 */

import type { Identity } from "./config_types.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { LoadedIdentity } from "./identity.ts";
import type { Eventual } from "../../io/script.ts";

/** Cache of loaded identities by the object that the resolver returned: it is expected to return the same again. */
export class IdentityCache {
  readonly #crypto: CryptoProvider;
  readonly #loaded = new WeakMap<Identity, LoadedIdentity>();

  /** Makes a cache for one provider. */
  constructor(crypto: CryptoProvider) {
    this.#crypto = crypto;
  }

  /**
   * Loads the identity that a resolver returned.
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
