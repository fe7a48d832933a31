/**
 * Sec-WebSocket-Key, and the Sec-WebSocket-Accept that proves that a server has read it (RFC 6455 §1.3).
 *
 * @module
 */

import { decodeBase64, encodeBase64 } from "@std/encoding/base64";

/** A fresh key: the base64 of 16 random bytes. */
export function newKey(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
}

/** Whether a field value is the base64 of 16 bytes. */
export function isKey(value: string): boolean {
  try {
    return value.length === 24 && decodeBase64(value).length === KEY_BYTES;
  } catch {
    return false;
  }
}

/** The Sec-WebSocket-Accept for a key. */
export async function acceptFor(key: string): Promise<string> {
  return encodeBase64(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(key + GUID)));
}

const KEY_BYTES = 16;

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
