/**
 * `multipart/form-data` as the HTML standard writes it (§4.10.21.8), into a `Blob`: of known length, read as it is
 * sent, and as often as it is sent. Files are referred to, not copied.
 *
 * The boundary is random enough that no content can be made to contain it. One that could be guessed would let
 * whoever wrote an uploaded file add parts to the form.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";

/** A form as it is sent. Its `type` names the boundary. */
export function multipart(form: FormData): Blob {
  // Lower-case: so is the type of a Blob, whatever it is made with.
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

/** What would end a quoted name or its line is percent-encoded; everything else, a backslash too, stands for itself. */
function escape(text: string): string {
  return text.replace(/[\r\n"]/g, (char) => char === "\r" ? "%0D" : char === "\n" ? "%0A" : "%22");
}
