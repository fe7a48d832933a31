/**
 * EndOfEarlyData: `struct {} EndOfEarlyData` (RFC 9846 §4.6).
 *
 * @module
 */

import { writeMessage } from "./message_writer.ts";
import type { EndOfEarlyData } from "./messages.ts";
import { HandshakeType } from "./numbers.ts";
import { Reader } from "./reader.ts";

/** Reads an EndOfEarlyData. @throws {TlsError} `decode_error` for one with a body. */
export function decodeEndOfEarlyData(body: Uint8Array): EndOfEarlyData {
  new Reader(body, "EndOfEarlyData").end();
  return { type: "end_of_early_data" };
}

/** Writes an EndOfEarlyData with its header. */
export function encodeEndOfEarlyData(): Uint8Array {
  return writeMessage(HandshakeType.end_of_early_data, () => {});
}
