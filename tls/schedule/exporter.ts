/**
 * Exporters (RFC 9846 §7.5, RFC 5705): secrets for the application that only the two ends can compute.
 *
 * @module
 */

import { HASH_LENGTH, hkdfExpandLabel, MAX_BLOCKS, MAX_LABEL_BYTES } from "../crypto/hkdf.ts";
import type { CryptoProvider, HashName } from "../crypto/provider.ts";
import { type Script, settle } from "../../io/script.ts";

/**
 * `TLS-Exporter(label, context_value, key_length)` of TLS 1.3.
 *
 * @param secret The connection's exporter_secret.
 * @param label Purpose of the secret, from the registry of exporter labels; ASCII.
 * @param context Context that distinguishes this use from others; in TLS 1.3 an empty one is the same as none.
 * @param length Bytes: 1 to 255 times the hash's length.
 * @throws {RangeError} for another length, or a label that is empty, too long or not ASCII.
 */
export function* exportKeyingMaterial(
  provider: CryptoProvider,
  hash: HashName,
  secret: Uint8Array,
  label: string,
  context: Uint8Array | undefined,
  length: number,
): Script<Uint8Array> {
  const most = MAX_BLOCKS * HASH_LENGTH[hash];
  if (!Number.isInteger(length) || length < 1 || length > most) {
    throw new RangeError(`Cannot export ${length} bytes: length must be an integer from 1 to ${most}`);
  }
  if (label.length < 1 || label.length > MAX_LABEL_BYTES || !/^[\x20-\x7e]*$/.test(label)) {
    throw new RangeError(
      `Cannot export keying material: the label must have 1 to ${MAX_LABEL_BYTES} characters of ASCII`,
    );
  }
  const emptyHash = yield* settle(provider.digest(hash, new Uint8Array(0)));
  const derived = yield* hkdfExpandLabel(provider, hash, secret, label, emptyHash, HASH_LENGTH[hash]);
  const contextHash = yield* settle(provider.digest(hash, context ?? new Uint8Array(0)));
  return yield* hkdfExpandLabel(provider, hash, derived, "exporter", contextHash, length);
}

/** The exporter of a connection of TLS 1.3, whose secret no log and no inspector shows. */
export function exporterOf(
  provider: CryptoProvider,
  hash: HashName,
  secret: Uint8Array,
): (label: string, context: Uint8Array | undefined, length: number) => Script<Uint8Array> {
  return (label, context, length) => exportKeyingMaterial(provider, hash, secret, label, context, length);
}
