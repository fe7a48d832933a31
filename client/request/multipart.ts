/**
 * `multipart/form-data` as the HTML standard writes it (§4.10.21.8), into a `Blob`: of known length, read as it is
 * sent, and as often as it is sent. Files are referred to, not copied.
 *
 * The boundary is random, so that no content can be made to contain it. With one that can be guessed, the author of an
 * uploaded file could add parts to the form.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";

/** Encodes a form as `multipart/form-data`. The `type` of the blob names the boundary. */
export function multipart(form: FormData): Blob {
  // Lower-case, as a Blob makes its type.
  const boundary = `----ductile-form-${encodeHex(crypto.getRandomValues(new Uint8Array(16)))}`;
  const parts: BlobPart[] = [];
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escape(normalizeNewlines(name))}"`;
    if (typeof value === "string") {
      parts.push(`${head}\r\n\r\n${normalizeNewlines(value)}\r\n`);
    } else {
      const type = value.type === "" ? "application/octet-stream" : value.type;
      parts.push(`${head}; filename="${escape(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, "\r\n");
    }
  }
  parts.push(`--${boundary}--\r\n`);
  return new Blob(parts, { type: `multipart/form-data; boundary=${boundary}` });
}

/** "replace every occurrence of U+000D (CR) not followed by U+000A (LF), and every LF not preceded by CR, by CRLF" */
function normalizeNewlines(text: string): string {
  return text.replace(/\r\n?|\n/g, "\r\n");
}

/** Percent-encodes the characters that would end a quoted name or its line; no other, not even a backslash. */
function escape(text: string): string {
  return text.replace(/[\r\n"]/g, (char) => char === "\r" ? "%0D" : char === "\n" ? "%0A" : "%22");
}
