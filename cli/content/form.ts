/**
 * `--form`: `multipart/form-data` of text and files, which are read as they are sent.
 *
 * The boundary is random, so that no content can be made to contain it.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import type { FormFlag } from "../command.ts";
import { ExitCode } from "../error.ts";
import { readFile } from "../file.ts";
import type { CliHost } from "../host.ts";
import type { Content } from "./content.ts";
import { fileLength, readChunks } from "./file_source.ts";
import { type FormPart, parseFormPart } from "./form_part.ts";

/** A piece of the encoded form: bytes, or a file. */
type Piece = Uint8Array | { readonly path: string; readonly length: number | undefined };

/**
 * Reads the parts of a form: texts now, files when they are sent.
 *
 * @throws {CliError} `usage`: a part makes no sense; `read`: a file cannot be read.
 */
export async function readForm(flags: readonly FormFlag[], host: CliHost): Promise<Content> {
  const boundary = `------------------------${encodeHex(crypto.getRandomValues(new Uint8Array(12)))}`;
  const pieces: Piece[] = [];
  for (const flag of flags) {
    const part = parseFormPart(flag);
    pieces.push(ENCODER.encode(`--${boundary}\r\n${partHead(part)}\r\n`));
    pieces.push(await contentOf(part, host), ENCODER.encode("\r\n"));
  }
  pieces.push(ENCODER.encode(`--${boundary}--\r\n`));
  const lengths = pieces.map(({ length }) => length);
  const isKnown = lengths.every((length) => length !== undefined);
  return {
    fields: [["content-type", `multipart/form-data; boundary=${boundary}`]],
    length: isKnown ? lengths.reduce((sum, length) => sum + length, 0) : undefined,
    isReplayable: isKnown,
    open: () => openPieces(pieces, host),
  };
}

const ENCODER = new TextEncoder();

function partHead({ name, fileName, type, headers }: FormPart): string {
  const file = fileName === undefined ? "" : `; filename="${escaped(fileName)}"`;
  const lines = [`Content-Disposition: form-data; name="${escaped(name)}"${file}`];
  if (type !== undefined) lines.push(`Content-Type: ${type}`);
  return [...lines, ...headers].map((line) => `${line}\r\n`).join("");
}

/** Percent-encodes the characters that would end a quoted name or its line, as browsers do and curl does. */
function escaped(text: string): string {
  return text.replace(/[\r\n"]/g, (char) => char === "\r" ? "%0D" : char === "\n" ? "%0A" : "%22");
}

async function contentOf(part: FormPart, host: CliHost): Promise<Piece> {
  if (part.source === "text") return ENCODER.encode(part.content);
  const path = part.content;
  if (path === "-") return await host.readInput();
  if (part.source === "text_file") return await readFile(path, ExitCode.read, "a part of the form", host);
  return { path, length: await fileLength(path, "a part of the form", host) };
}

async function* openPieces(pieces: readonly Piece[], host: CliHost): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) yield piece;
    else yield* readChunks(piece.path, piece.length, host);
  }
}
