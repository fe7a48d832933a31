/**
 * ClientHello (RFC 9846 §4.2.2).
 *
 * ```text
 * struct {
 *     ProtocolVersion legacy_version = 0x0303;
 *     Random random;
 *     opaque legacy_session_id<0..32>;
 *     CipherSuite cipher_suites<2..2^16-2>;
 *     opaque legacy_compression_methods<1..2^8-1>;
 *     Extension extensions<7..2^16-1>;
 * } ClientHello;
 * ```
 *
 * @module
 */

import { type Extensions, readClientExtension, writeClientExtension } from "./client_extensions.ts";
import { readExtensions } from "./extension_block.ts";
import { readNumbers, writeNumbers } from "./lists.ts";
import { writeMessage } from "./message_writer.ts";
import type { ClientHello, OfferedPsks } from "./messages.ts";
import { ExtensionType, HandshakeType } from "./numbers.ts";
import { bindersLength } from "./pre_shared_key.ts";
import { Reader } from "./reader.ts";

/** Length of `random` in both hellos. */
export const RANDOM_LENGTH = 32;
/** Greatest length of `legacy_session_id`. */
export const MAX_SESSION_ID_BYTES = 32;

/**
 * Reads a ClientHello of TLS 1.3 or older: "TLS 1.3 servers might receive ClientHello messages without an extensions
 * field from prior versions of TLS. The presence of extensions can be detected by determining whether there are
 * bytes following the compression_methods field" (RFC 9846 §4.2.2).
 *
 * @param body The message without its header; the result has views of it.
 * @throws {TlsError} `decode_error`, `duplicate_extension`, `illegal_parameter`
 */
export function decodeClientHello(body: Uint8Array): ClientHello {
  const reader = new Reader(body, "ClientHello");
  const legacyVersion = reader.at("legacy_version").u16();
  const random = reader.at("random").bytes(RANDOM_LENGTH);
  const sessionId = reader.at("legacy_session_id").opaque8(0, MAX_SESSION_ID_BYTES);
  const cipherSuites = readNumbers(reader.at("cipher_suites").vector16(2));
  const compressionMethods = reader.at("legacy_compression_methods").opaque8(1);
  const extensions: Extensions = {};
  const extensionOrder = reader.left === 0
    ? []
    : readExtensions(reader, (type, data) => readClientExtension(type, data, extensions));
  reader.end();
  // "The "pre_shared_key" extension MUST be the last extension in the ClientHello [...]. Servers MUST check that it is
  // the last extension and otherwise fail the handshake with an "illegal_parameter" alert." (RFC 9846 §4.3.11)
  if (extensions.preSharedKey !== undefined && extensionOrder.at(-1) !== ExtensionType.pre_shared_key) {
    throw reader.error("illegal_parameter", "pre_shared_key is not its last extension");
  }
  return {
    type: "client_hello",
    legacyVersion,
    random,
    sessionId,
    cipherSuites,
    compressionMethods,
    extensions,
    extensionOrder,
  };
}

/**
 * Writes a ClientHello with its header.
 *
 * @param hello Its extensions are written in the order of `extensionOrder`, in which the caller puts `pre_shared_key`
 * last; those that it does not name are left out.
 * @throws {TlsError} `handshake_too_large` when a cookie or ticket of the peer does not fit.
 */
export function encodeClientHello(hello: ClientHello): Uint8Array {
  return writeMessage(HandshakeType.client_hello, (writer) => {
    writer.u16(hello.legacyVersion);
    writer.bytes(hello.random);
    writer.vector8(() => writer.bytes(hello.sessionId));
    writer.vector16(() => writeNumbers(writer, hello.cipherSuites));
    writer.vector8(() => writer.bytes(hello.compressionMethods));
    writer.vector16(() => {
      for (const type of hello.extensionOrder) writeClientExtension(writer, type, hello.extensions);
    });
  }, CAPACITY_BYTES);
}

/** Room for a hybrid key share, which takes 1.2 KiB. */
const CAPACITY_BYTES = 2048;

/**
 * The part of a ClientHello that binders are computed over: "all of the ClientHello but not the binders list itself"
 * (RFC 9846 §4.3.11.2).
 *
 * @param encoded A ClientHello with its header, as it goes over the wire.
 * @param psks Its `pre_shared_key`, of which only the lengths of the binders matter.
 * @returns A view of `encoded`.
 */
export function clientHelloWithoutBinders(encoded: Uint8Array, psks: OfferedPsks): Uint8Array {
  return encoded.subarray(0, encoded.length - bindersLength(psks));
}

/**
 * Shuffles extension types; `seed` decides the order, and all orders are about equally likely.
 *
 * A server that relies on the order of a client's extensions would break with the next new extension; a random order
 * shows the fault at once.
 *
 * @param seed 16 bits of randomness.
 */
export function shuffledOrder(seed: number, types: readonly number[]): number[] {
  const order = [...types];
  let state = seed;
  for (let last = order.length - 1; last > 0; last--) {
    state = Math.imul(state + 1, 0x9e3779b1) >>> 0;
    state ^= state >>> 15;
    const at = (state >>> 0) % (last + 1);
    [order[at], order[last]] = [order[last] ?? 0, order[at] ?? 0];
  }
  return order;
}
