/**
 * The parser of PEM (RFC 7468): certificates and keys as text, with other text around them.
 *
 * The parser is strict where leniency would lose a certificate silently: a line that begins like a boundary is one or is
 * refused, every block has an end, and base64 has to be valid. It accepts what editors and shells do to text:
 * indentation, blank lines, either kind of line end, a byte order mark.
 *
 * Errors name lines, never their content, which may be a private key.
 *
 * @module
 */

import { decodeBase64 } from "@std/encoding/base64";

/** One block of a PEM text, not decoded yet. */
export interface PemBlock {
  /** The label of the boundaries: `CERTIFICATE`, `PRIVATE KEY`. */
  readonly label: string;
  /** The lines between the boundaries, trimmed. */
  readonly lines: readonly string[];
  /** The number of the first of them in the whole text, counted from 1. */
  readonly firstLine: number;
}

/**
 * Parses the certificates of a PEM text, in their order; blocks of other kinds are ignored.
 *
 * @param pem One `CERTIFICATE` block or more, with or without text around them (RFC 7468 §5).
 * @returns The DER encoding of each certificate, not parsed.
 * @throws {SyntaxError} If there is none, or a boundary or the base64 is malformed; the message has the line.
 *
 * @example Reading a bundle
 * ```ts
 * import { parsePemCertificates } from "@ductile/ductile/roots";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const [first] = parsePemCertificates(`
 *   Our own authority
 *   -----BEGIN CERTIFICATE-----
 *   MAA=
 *   -----END CERTIFICATE-----
 * `);
 * assertEquals(first, Uint8Array.of(0x30, 0x00));
 *
 * assertThrows(() => parsePemCertificates("no certificate here"), SyntaxError);
 * ```
 */
export function parsePemCertificates(pem: string): Uint8Array<ArrayBuffer>[] {
  const blocks = readPemBlocks(pem);
  const certificates = blocks.filter(({ label }) => label === "CERTIFICATE");
  if (certificates.length === 0) {
    throw new SyntaxError(`Cannot read PEM: it has no "CERTIFICATE" block${insteadOf(blocks)}`);
  }
  return certificates.map(decodePemBlock);
}

/** Names the block that a text has instead of a certificate: keys and certificates are easily confused. */
function insteadOf([block]: readonly PemBlock[]): string {
  return block === undefined ? "" : `, but a "${block.label}" block`;
}

/**
 * Makes a hint for a PEM text that cannot be read, where the cause is plain.
 *
 * @param wanted What the text was read for.
 * @returns Options of an error: with a hint, or empty.
 */
export function pemHint(
  pem: string,
  wanted: "CERTIFICATE" | "PRIVATE KEY" = "CERTIFICATE",
): { readonly hint?: string } {
  if (!pem.includes("-----BEGIN ")) return { hint: "Pass the text of a PEM file, not its name." };
  if (!/[\r\n]/.test(pem.trim())) return { hint: "Pass the text of a PEM file with its line breaks." };
  if (pem.includes(`-----BEGIN ${wanted}-----`)) return {};
  const hint = LABEL_HINTS[wanted].find(([label]) => pem.includes(`-----BEGIN ${label}-----`))?.[1];
  return hint === undefined ? {} : { hint };
}

const X509 = "Convert it with openssl x509, which writes a CERTIFICATE block.";
const PKCS7 = "Convert it with openssl pkcs7 -print_certs, which writes CERTIFICATE blocks.";

/** Blocks that are easily taken for what is wanted, and what to pass instead. */
const LABEL_HINTS: Readonly<Record<"CERTIFICATE" | "PRIVATE KEY", readonly [label: string, hint: string][]>> =
  {
    CERTIFICATE: [
      ["TRUSTED CERTIFICATE", X509],
      ["X509 CERTIFICATE", X509],
      ["PKCS7", PKCS7],
      ["CMS", "Convert it with openssl cms -cmsout -certsout FILE, which writes CERTIFICATE blocks."],
      ["CERTIFICATE REQUEST", "Pass the certificate that the authority made of this request."],
      ["NEW CERTIFICATE REQUEST", "Pass the certificate that the authority made of this request."],
    ],
    "PRIVATE KEY": [
      ["OPENSSH PRIVATE KEY", "Convert it with ssh-keygen -p -m PKCS8."],
      ["PUBLIC KEY", "Pass the private key, not the public one."],
      ["RSA PUBLIC KEY", "Pass the private key, not the public one."],
    ],
  };

/** A line that begins like a boundary. */
const BOUNDARY_LIKE = /^-+ *(?:BEGIN|END)\b/;
/**
 * ```
 * preeb    = "-----BEGIN " label "-----"
 * label    = [ labelchar *( ["-" / SP] labelchar ) ]   ; empty ok
 * ```
 * (RFC 7468 §3), without the empty label, which no format uses.
 */
const BOUNDARY = /^-----(BEGIN|END) ([ -~]+)-----$/;
/** What no label has: a separator at an end, or two together. */
const MISPLACED_SEPARATOR = /^[- ]|[- ]$|[- ]{2}/;

function parseBoundary(line: string): readonly string[] {
  const parts = BOUNDARY.exec(line) ?? [];
  return MISPLACED_SEPARATOR.test(parts[2] ?? "") ? [] : parts;
}

/**
 * Parses all blocks of a PEM text, of every label.
 *
 * @throws {SyntaxError} If a boundary is malformed or out of place.
 */
export function readPemBlocks(pem: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let open: { label: string; lines: string[]; firstLine: number } | undefined;
  for (const [index, untrimmed] of pem.split(/\r\n|\n|\r/).entries()) {
    const line = untrimmed.trim();
    if (!BOUNDARY_LIKE.test(line)) {
      open?.lines.push(line);
      continue;
    }
    const [, kind, label = ""] = parseBoundary(line);
    if (kind === "BEGIN" && open === undefined) {
      open = { label, lines: [], firstLine: index + 2 };
    } else if (kind === "END" && open !== undefined && open.label === label) {
      blocks.push(open);
      open = undefined;
    } else {
      throw new SyntaxError(`Cannot read PEM: line ${index + 1} ${misplaced(kind, open?.label)}`);
    }
  }
  if (open !== undefined) throw new SyntaxError(`Cannot read PEM: the "${open.label}" block has no end`);
  return blocks;
}

function misplaced(kind: string | undefined, open: string | undefined): string {
  if (kind === undefined) return "begins like a boundary but is none; are line breaks missing?";
  if (open === undefined) return "ends a block that did not begin";
  return kind === "BEGIN"
    ? `begins a block inside the "${open}" block`
    : `does not end the "${open}" block above it`;
}

/** A character that is not of base64 (RFC 4648 §4). */
const NOT_BASE64 = /[^A-Za-z0-9+/=]/;

/**
 * Decodes the bytes of a block.
 *
 * @throws {SyntaxError} If the block is not base64, or empty.
 */
export function decodePemBlock(block: PemBlock): Uint8Array<ArrayBuffer> {
  const refuse = (line: number, reason: string): SyntaxError =>
    new SyntaxError(`Cannot read PEM: line ${line} of the "${block.label}" block ${reason}`);
  let isPadded = false;
  for (const [index, line] of block.lines.entries()) {
    const column = line.search(NOT_BASE64);
    if (column !== -1) throw refuse(block.firstLine + index, `is not base64 at character ${column + 1}`);
    if (line !== "" && isPadded) throw refuse(block.firstLine + index, "goes on after the padding");
    isPadded ||= line.endsWith("=");
  }
  // Joined at once: a text that is looked into after each line is put together anew each time.
  const text = block.lines.join("");
  const lastLine = block.firstLine + block.lines.length;
  if (text === "") throw refuse(lastLine, "ends it, but it is empty");
  if (text.length % 4 !== 0 || !/^[^=]+={0,2}$/.test(text)) {
    throw refuse(lastLine, "ends it in the middle of a group of four characters");
  }
  return decodeBase64(text);
}
