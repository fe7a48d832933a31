/**
 * The facts of a stream's TLS connection, and the secrets that can be derived from it.
 *
 * @module
 */

import type { Connection } from "../connection/connection.ts";
import { TlsError } from "../error/tls_error.ts";
import type { TlsConnectionFacts } from "../handshake/connection_facts.ts";

/** The facts of a stream's TLS connection, and the secrets that can be derived from it. */
export interface TlsConnectionInfo extends TlsConnectionFacts {
  /**
   * Derives a secret that both ends of this connection can compute and an observer cannot (RFC 9846 §7.5, RFC 5705
   * §4). In TLS 1.2 without the extended main secret (RFC 7627) an attacker can make two connections that share it: set
   * `requireExtendedMainSecret` where it authenticates something.
   *
   * @param length In bytes, at least 1.
   * @param label The use of the secret, from the registry of exporter labels.
   * @param context Sets this use apart from others. Default: none, which in TLS 1.3 is the same as an
   * empty one.
   * @throws {RangeError} when there cannot be that many bytes, or the label is too long.
   */
  exportKeyingMaterial(length: number, label: string, context?: Uint8Array): Promise<Uint8Array>;
}

/**
 * Describes the connection of a machine whose handshake is done.
 *
 * @throws {TlsError} `handshake_incomplete`
 */
export function connectionInfo(machine: Connection): TlsConnectionInfo {
  const { facts } = machine;
  if (facts === undefined) {
    throw new TlsError("handshake_incomplete", "Cannot describe the connection: the handshake is not done");
  }
  return Object.freeze({
    ...facts,
    exportKeyingMaterial: async (length: number, label: string, context?: Uint8Array) =>
      await machine.exportKeyingMaterial(length, label, context),
  });
}
