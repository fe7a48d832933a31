/**
 * The identities of a config, each loaded once: those of its options, or those that an application's resolver returns.
 *
 * @module
 */

import type { Identities, Identity, RawPublicKeyIdentity } from "./config_types.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { LoadedIdentity } from "./identity.ts";
import { invalidOption } from "./option_checks.ts";
import type { Eventual } from "../../io/script.ts";

/** Function that gives the identities for one peer, in order of preference. */
export type LoadedIdentities<Question> = (question: Question) => Eventual<readonly LoadedIdentity[]>;

/**
 * Checks and loads the option `identity`.
 *
 * @param config What is being made, for messages.
 * @throws {TlsError} `invalid_option` for an empty list, and what {@linkcode LoadedIdentity} throws.
 */
export function loadIdentities<Question>(
  config: string,
  identity: Identities | ((question: Question) => Eventual<Identities | undefined>),
  crypto: CryptoProvider,
): LoadedIdentities<Question> {
  if (typeof identity === "function") {
    const cache = new IdentityCache(crypto);
    return (question) => cache.load(identity(question));
  }
  const loaded = Object.freeze(listOf(identity).map((each) => new LoadedIdentity(each, crypto)));
  if (loaded.length === 0) throw invalidOption(config, '"identity" is an empty list');
  return () => loaded;
}

/** Cache of loaded identities by the object that the resolver returned: it is expected to return the same again. */
class IdentityCache {
  readonly #crypto: CryptoProvider;
  readonly #loaded = new WeakMap<Identity | RawPublicKeyIdentity, LoadedIdentity>();

  /** Makes a cache for one provider. */
  constructor(crypto: CryptoProvider) {
    this.#crypto = crypto;
  }

  /**
   * Loads the identities that a resolver returned.
   *
   * @throws {TlsError} what {@linkcode LoadedIdentity} throws, or a rejection with it.
   */
  load(answer: Eventual<Identities | undefined>): Eventual<readonly LoadedIdentity[]> {
    return answer instanceof Promise ? answer.then((each) => this.#getAll(each)) : this.#getAll(answer);
  }

  #getAll(identities: Identities | undefined): readonly LoadedIdentity[] {
    return identities === undefined ? [] : listOf(identities).map((identity) => this.#get(identity));
  }

  #get(identity: Identity | RawPublicKeyIdentity): LoadedIdentity {
    let loaded = this.#loaded.get(identity);
    if (loaded === undefined) {
      loaded = new LoadedIdentity(identity, this.#crypto);
      this.#loaded.set(identity, loaded);
    }
    return loaded;
  }
}

/** The identities of an option, as a list. */
export function listOf(identities: Identities): readonly (Identity | RawPublicKeyIdentity)[] {
  return isList(identities) ? identities : [identities];
}

function isList(identities: Identities): identities is readonly (Identity | RawPublicKeyIdentity)[] {
  return Array.isArray(identities);
}
