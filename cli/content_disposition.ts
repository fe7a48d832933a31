/**
 * The file name in a Content-Disposition field (RFC 6266), for `--remote-header-name`.
 *
 * The server chooses it, so it is a name alone: no folder, no character that a terminal would obey or that changes the
 * direction of text, and no name that is hidden or special.
 *
 * @module
 */

import { decodedField, printable } from "./text.ts";

/** Bytes of the longest name of a file that common file systems take. */
const MAX_FILE_NAME_BYTES = 255;

/**
 * The name of the file; `undefined` where there is none that can be used.
 *
 * @param value The value of the field; its bytes are taken for UTF-8 where they are that, as by curl.
 */
export function dispositionFileName(value: string): string | undefined {
  const given = parameterOf(decodedField(value));
  if (given === undefined) return undefined;
  // "Recipients MUST NOT be able to write into any location other than one to which they are specifically entitled."
  // (RFC 6266 §4.3)
  const name = given.split(/[/\\:]/).at(-1) ?? "";
  if (name === "" || name.startsWith(".") || printable(name) !== name || name.includes("\t")) {
    return undefined;
  }
  return new TextEncoder().encode(name).length > MAX_FILE_NAME_BYTES ? undefined : name;
}

/** The value of the first `filename` parameter. */
function parameterOf(value: string): string | undefined {
  for (const segment of segmentsOf(value).slice(1)) {
    const equals = segment.indexOf("=");
    if (equals < 0 || segment.slice(0, equals).trim().toLowerCase() !== "filename") continue;
    const text = segment.slice(equals + 1).trim();
    return text.startsWith('"') ? text.slice(1).replace(/"$/, "").replace(/\\(.)/g, "$1") : text;
  }
  return undefined;
}

/** The texts between semicolons that stand outside of quotes. */
function segmentsOf(value: string): string[] {
  const segments: string[] = [];
  let isQuoted = false;
  let start = 0;
  for (let i = 0; i <= value.length; i++) {
    const char = value.charAt(i);
    if (isQuoted && char === "\\") i++;
    else if (char === '"') isQuoted = !isQuoted;
    else if (i >= value.length || (char === ";" && !isQuoted)) {
      segments.push(value.slice(start, i));
      start = i + 1;
    }
  }
  if (start < value.length) segments.push(value.slice(start));
  return segments;
}
