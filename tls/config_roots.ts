/**
 * The roots that a config is given.
 *
 * @module
 */

import { invalidOption } from "./common_config.ts";
import { RootCertStore } from "./x509/root_cert_store.ts";

/** Refuses what is no store, and one that nobody could be verified against. */
export function checkRoots(config: string, option: string, roots: RootCertStore): void {
  if (!(roots instanceof RootCertStore)) throw invalidOption(config, `"${option}" is no RootCertStore`);
  if (roots.size === 0) throw invalidOption(config, `"${option}" is empty: nobody would be trusted`);
}

/** The store's owner may add to it later; whom a config trusts does not change. */
export function copyOf(roots: RootCertStore): RootCertStore {
  return RootCertStore.fromAnchors(roots);
}
