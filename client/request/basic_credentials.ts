/**
 * Basic credentials (RFC 7617): those of a URL's userinfo, and those of a proxy.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";

/**
 * The value of `authorization` or `proxy-authorization` for a user and a password (RFC 7617 §2). Check them with
 * {@linkcode credentialsFault} first.
 */
export function basicCredentials(user: Uint8Array, password: Uint8Array): string {
  const joined = new Uint8Array(user.length + 1 + password.length);
  joined.set(user);
  joined[user.length] = COLON;
  joined.set(password, user.length + 1);
  return `Basic ${encodeBase64(joined)}`;
}

/** Why these cannot be Basic credentials, as the end of a message; `undefined` where they can. */
export function credentialsFault(user: Uint8Array, password: Uint8Array): string | undefined {
  // "a user-id containing a colon character is invalid": the server would take what follows it for the password.
  if (user.includes(COLON)) return "the user name contains a colon";
  // "The user-id and password MUST NOT contain any control characters" (RFC 7617 §2)
  return user.some(isControl) || password.some(isControl) ? "it contains a control character" : undefined;
}

/** The bytes behind a percent-encoded ASCII string; a percent sign that begins no escape stands for itself. */
export function percentDecode(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const digits = text.slice(i + 1, i + 3);
    if (text[i] === "%" && /^[0-9a-f]{2}$/i.test(digits)) {
      bytes[length++] = parseInt(digits, 16);
      i += 2;
    } else {
      bytes[length++] = text.charCodeAt(i);
    }
  }
  return bytes.subarray(0, length);
}

const COLON = 0x3a;

function isControl(byte: number): boolean {
  return byte < 0x20 || byte === 0x7f;
}
