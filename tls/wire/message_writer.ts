/**
 * Writes handshake messages: their type, their length in three bytes, and what they say (RFC 9846 §4).
 *
 * @module
 */

import type { HandshakeType } from "./numbers.ts";
import { Writer } from "./writer.ts";

/**
 * A handshake message: the header and what `writeBody` writes.
 *
 * @param capacity How many bytes to expect; it may become more. Default: a few hundred.
 * @throws {TlsError} `handshake_too_large` when a part of it is longer than its length can say.
 */
export function writeMessage(
  type: HandshakeType,
  writeBody: (writer: Writer) => void,
  capacity?: number,
): Uint8Array {
  const writer = new Writer(capacity);
  writer.u8(type);
  writer.vector24(() => writeBody(writer));
  return writer.take();
}
