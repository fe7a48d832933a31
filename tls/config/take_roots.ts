/**
 * The roots of a config.
 *
 * @module
 */

import { invalidOption } from "./option_checks.ts";
import { RootCertStore } from "../x509/root_cert_store.ts";

/**
 * Checks the roots of a config and freezes them: the trust of a config does not change, and an attempt to change it
 * fails with an error.
 *
 * @throws {TlsError} `invalid_option` for what is no store, and for an empty one.
 */
export function takeRoots(config: string, option: string, roots: RootCertStore): RootCertStore {
  if (!(roots instanceof RootCertStore)) throw invalidOption(config, `"${option}" is no RootCertStore`);
  if (roots.size === 0) throw invalidOption(config, `"${option}" is empty: no peer would be trusted`);
  return roots.freeze();
}
