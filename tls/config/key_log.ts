/**
 * Secrets in the form of an `SSLKEYLOGFILE` (RFC 9850), with which Wireshark decrypts recorded connections.
 *
 * The lines decrypt the connections for every reader who has them: for debugging only.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import type { KeyLog, KeyLogEntry } from "./config_types.ts";

/**
 * Formats one line, without its end: the label, then the client's random and the secret in lower-case hexadecimal
 * (RFC 9850 §2).
 *
 * @example A line
 * ```ts
 * import { formatKeyLogLine } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * const line = formatKeyLogLine({
 *   label: "CLIENT_TRAFFIC_SECRET_0",
 *   clientRandom: new Uint8Array(32),
 *   secret: new Uint8Array(32).fill(255),
 * });
 * assertEquals(line, `CLIENT_TRAFFIC_SECRET_0 ${"00".repeat(32)} ${"ff".repeat(32)}`);
 * ```
 */
export function formatKeyLogLine({ label, clientRandom, secret }: KeyLogEntry): string {
  return `${label} ${encodeHex(clientRandom)} ${encodeHex(secret)}`;
}

/**
 * Makes a key log that writes lines.
 *
 * @param write Called with each line, its end included. An error that it throws ends the connection.
 *
 * @example Into a file that Wireshark follows
 * ```ts
 * import { ClientConfig, keyLogWriter } from "@ductile/ductile/tls";
 *
 * const path = await Deno.makeTempFile();
 * const file = await Deno.open(path, { append: true });
 * const keyLog = keyLogWriter((line) => file.writeSync(new TextEncoder().encode(line)));
 * const config = new ClientConfig({ verifier: () => {}, keyLog });
 * file.close();
 * ```
 */
export function keyLogWriter(write: (line: string) => void): KeyLog {
  if (typeof write !== "function") {
    throw new TypeError("Cannot write a key log: there is no function to write with");
  }
  return (entry) => write(`${formatKeyLogLine(entry)}\n`);
}
