/**
 * Secrets for the key log of a config.
 *
 * @module
 */

import type { KeyLog, KeyLogEntry } from "../config/config_types.ts";

/** Passes copies of a secret and the client's random to the key log, where the config has one. */
export function logSecret(
  { keyLog }: { readonly keyLog?: KeyLog },
  label: KeyLogEntry["label"],
  clientRandom: Uint8Array,
  secret: Uint8Array,
): void {
  keyLog?.({ label, clientRandom: clientRandom.slice(), secret: secret.slice() });
}
