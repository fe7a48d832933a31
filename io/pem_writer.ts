/**
 * The writer of PEM (RFC 7468).
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";

/** One block: `label` between the dashes, `der` in lines of 64 characters. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = encodeBase64(der).replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
