/**
 * Finished: `struct { opaque verify_data[Hash.length]; } Finished` (RFC 9846 §4.5.3).
 *
 * @module
 */

import { writeMessage } from "./message_writer.ts";
import type { Finished } from "./messages.ts";
import { HandshakeType } from "./numbers.ts";

/** Reads a Finished. All of the body is the MAC: its length is that of the hash, which is not known here. */
export function decodeFinished(body: Uint8Array): Finished {
  return { type: "finished", verifyData: body };
}

/** Writes a Finished with its header. */
export function encodeFinished({ verifyData }: Finished): Uint8Array {
  return writeMessage(HandshakeType.finished, (writer) => writer.bytes(verifyData));
}
