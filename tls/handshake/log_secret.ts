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

/** Passes the secrets of application data of TLS 1.3 to the key log. */
export function logApplicationSecrets(
  context: { readonly keyLog?: KeyLog },
  clientRandom: Uint8Array,
  secrets: {
    readonly clientTraffic: Uint8Array;
    readonly serverTraffic: Uint8Array;
    readonly exporter: Uint8Array;
  },
): void {
  logSecret(context, "CLIENT_TRAFFIC_SECRET_0", clientRandom, secrets.clientTraffic);
  logSecret(context, "SERVER_TRAFFIC_SECRET_0", clientRandom, secrets.serverTraffic);
  logSecret(context, "EXPORTER_SECRET", clientRandom, secrets.exporter);
}
