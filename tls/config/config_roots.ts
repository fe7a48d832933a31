/**
 * The roots that a config is given.
 *
 * @module
 */

import { invalidOption } from "./common_config.ts";
import { RootCertStore } from "../x509/root_cert_store.ts";

/**
 * Takes roots into a config, and freezes them: whom a config trusts does not change, and that somebody tries to
 * change it does not go unnoticed.
 *
 * @throws {TlsError} `invalid_option` for what is no store, and for one that nobody could be verified against.
 */
export function takeRoots(config: string, option: string, roots: RootCertStore): RootCertStore {
  if (!(roots instanceof RootCertStore)) throw invalidOption(config, `"${option}" is no RootCertStore`);
  if (roots.size === 0) throw invalidOption(config, `"${option}" is empty: nobody would be trusted`);
  return roots.freeze();
}
