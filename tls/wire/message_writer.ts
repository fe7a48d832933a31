/**
 * Encoder of handshake messages: type, length in three bytes, body (RFC 9846 §4).
 *
 * @module
 */

import type { HandshakeType } from "./numbers.ts";
import { Writer } from "./writer.ts";

/**
 * Encodes a handshake message: the header, and the body that `writeBody` writes.
 *
 * @param capacity Bytes to expect; there may be more. Default: a few hundred.
 * @throws {TlsError} `handshake_too_large` when a vector is longer than its length field can express.
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
