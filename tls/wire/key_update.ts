/**
 * KeyUpdate: `struct { KeyUpdateRequest request_update; } KeyUpdate` (RFC 9846 §4.7.3).
 *
 * @module
 */

import { writeMessage } from "./message_writer.ts";
import type { KeyUpdate } from "./messages.ts";
import { HandshakeType } from "./numbers.ts";
import { Reader } from "./reader.ts";

/** RFC 9846 §4.7.3 */
const KeyUpdateRequest = {
  update_not_requested: 0x00,
  update_requested: 0x01,
} as const;

/**
 * Reads a KeyUpdate.
 *
 * @param body The message without its header.
 * @throws {TlsError} `decode_error`, `illegal_parameter`
 */
export function decodeKeyUpdate(body: Uint8Array): KeyUpdate {
  const reader = new Reader(body, "KeyUpdate");
  const request = reader.at("request_update").u8();
  reader.end();
  switch (request) {
    case KeyUpdateRequest.update_not_requested:
    case KeyUpdateRequest.update_requested:
      return { type: "key_update", updateRequested: request === KeyUpdateRequest.update_requested };
    default:
      // "If an implementation receives any other value, it MUST terminate the connection with an "illegal_parameter"
      // alert." (RFC 9846 §4.7.3)
      throw reader.error("illegal_parameter", `request_update is ${request}`);
  }
}

/** Writes a KeyUpdate with its header. */
export function encodeKeyUpdate({ updateRequested }: Pick<KeyUpdate, "updateRequested">): Uint8Array {
  const { update_requested, update_not_requested } = KeyUpdateRequest;
  return writeMessage(HandshakeType.key_update, (writer) => {
    writer.u8(updateRequested ? update_requested : update_not_requested);
  });
}
