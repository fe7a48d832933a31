/**
 * The data of `--data` and its kin, as bytes.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { DataPart } from "../command.ts";
import { ExitCode } from "../error.ts";
import { readFile } from "../file.ts";
import type { CliHost } from "../host.ts";

/**
 * Reads the parts, and joins them with `&`; those of JSON with nothing, so that it may be made of pieces.
 *
 * @throws {CliError} `read`: a file cannot be read.
 */
export async function readData(
  data: readonly DataPart[],
  host: CliHost,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for (const part of data) {
    if (pieces.length > 0 && part.kind !== "json") pieces.push(AMPERSAND);
    pieces.push(
      part.kind === "data-urlencode" ? await readEncoded(part.text, host) : await readPart(part, host),
    );
  }
  return concat(pieces);
}

const ENCODER = new TextEncoder();
const AMPERSAND = ENCODER.encode("&");

async function readPart({ kind, text }: DataPart, host: CliHost): Promise<Uint8Array> {
  if (kind === "data-raw" || !text.startsWith("@")) return ENCODER.encode(text);
  const bytes = await readNamed(text.slice(1), host);
  // As in curl: forms have no line breaks.
  return kind === "data" ? bytes.filter((byte) => byte !== 0x0a && byte !== 0x0d && byte !== 0x00) : bytes;
}

/** `CONTENT`, `=CONTENT`, `NAME=CONTENT`, `@FILE` or `NAME@FILE`: an equals sign counts before an at sign. */
async function readEncoded(text: string, host: CliHost): Promise<Uint8Array> {
  const equals = text.indexOf("=");
  const sign = equals >= 0 ? equals : text.indexOf("@");
  if (sign < 0) return ENCODER.encode(percentEncoded(ENCODER.encode(text)));
  const name = text.slice(0, sign);
  const rest = text.slice(sign + 1);
  const bytes = equals >= 0 ? ENCODER.encode(rest) : await readNamed(rest, host);
  return ENCODER.encode((name === "" ? "" : `${name}=`) + percentEncoded(bytes));
}

async function readNamed(path: string, host: CliHost): Promise<Uint8Array> {
  return path === "-"
    ? await host.readInput()
    : await readFile(path, ExitCode.read, "the data to send", host);
}

/** The bytes with all but unreserved characters (RFC 3986 §2.3) percent-encoded, and `+` for a space. */
function percentEncoded(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => ENCODED[byte]).join("");
}

const ENCODED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  if (/[A-Za-z0-9\-._~]/.test(char)) return char;
  return char === " " ? "+" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});
