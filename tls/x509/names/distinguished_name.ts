/**
 * Distinguished names (RFC 5280 §4.1.2.4): the subject of a certificate, and its issuer.
 *
 * ```
 * Name ::= SEQUENCE OF RelativeDistinguishedName
 * RelativeDistinguishedName ::= SET SIZE (1..MAX) OF AttributeTypeAndValue
 * AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY }
 * ```
 *
 * The maker of a certificate chooses these texts. They come out in the form of RFC 4514, with all characters escaped
 * that are not visible or look like others, so that no certificate can forge a line of a log.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { encodeHex } from "@std/encoding/hex";
import { DerError, DerReader, DerTag } from "../../der/der.ts";
import { octetsToText } from "./general_name.ts";

/** One attribute of a name. */
export interface NameAttribute {
  /** Object identifier, dotted. */
  readonly type: string;
  /** The whole value, tag and length included: a view. */
  readonly value: Uint8Array;
}

/**
 * A name as text: `CN=example.com,O=Example\, Inc.,C=US` (RFC 4514 §2).
 *
 * The most specific part comes first, as the RFC has it. Characters that are not visible, or change what is seen
 * around them, are written as `\E2\80\AE`. Never throws: a malformed name is written as `#` and its octets.
 *
 * @param der A whole DER `Name`.
 */
export function formatName(der: Uint8Array): string {
  let name: NameAttribute[][];
  try {
    name = readName(der);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return `#${encodeHex(der)}`;
  }
  return name.reverse().map((parts) => parts.map(formatAttribute).join("+")).join(",");
}

/**
 * Whether two names are the same, octet by octet. A chain needs no more: an authority writes its own name into the
 * certificates that it issues (RFC 5280 §4.1.2.6: the subject of an authority's certificate has to match the issuer
 * of those).
 *
 * @param a A whole DER `Name`.
 * @param b Another.
 */
export function sameName(a: Uint8Array, b: Uint8Array): boolean {
  return equals(a, b);
}

/**
 * Reads a name: its parts from the least specific on, each one attribute or, rarely, more.
 *
 * @param der A whole DER `Name`.
 * @throws {DerError} when it is none.
 */
export function readName(der: Uint8Array): NameAttribute[][] {
  const outer = new DerReader(der);
  const sequence = outer.read(DerTag.SEQUENCE);
  outer.end("a Name");
  const name: NameAttribute[][] = [];
  while (sequence.left > 0) {
    const set = sequence.read(DerTag.SET);
    if (set.left === 0) throw new DerError("a part of a Name is empty");
    const parts: NameAttribute[] = [];
    while (set.left > 0) {
      const attribute = set.read(DerTag.SEQUENCE);
      parts.push({ type: attribute.oid(), value: attribute.element() });
      attribute.end("an attribute of a Name");
    }
    name.push(parts);
  }
  return name;
}

/** The text of an attribute's value, whichever of the string types it is of; `undefined` when it is of none. */
export function readText(value: Uint8Array): string | undefined {
  const [tag = 0] = value;
  const content = new DerReader(value).content(tag);
  switch (tag) {
    case DerTag.UTF8_STRING:
      return decodeUtf8(content);
    case DerTag.NUMERIC_STRING:
    case DerTag.PRINTABLE_STRING:
    case DerTag.IA5_STRING:
    case DerTag.VISIBLE_STRING:
      return content.every((octet) => octet < 0x80) ? octetsToText(content) : undefined;
    case DerTag.TELETEX_STRING:
      // T.61 in the standard, Latin-1 in the certificates that there are.
      return octetsToText(content);
    case DerTag.BMP_STRING:
      return decodeFixed(content, 2);
    case DerTag.UNIVERSAL_STRING:
      return decodeFixed(content, 4);
    default:
      return undefined;
  }
}

/**
 * A name in a form in which names that look alike are equal: one string a part, with differences of case, width, spaces
 * and string type removed (more than RFC 5280 §7.1 does).
 *
 * @param der A whole DER `Name`.
 * @throws {DerError} when it is none.
 */
export function foldName(der: Uint8Array): string[] {
  return readName(der).map((parts) =>
    parts.map(({ type, value }) => {
      const text = readText(value);
      const folded = text?.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim() ??
        `#${encodeHex(value)}`;
      return `${type}=${folded}`;
    }).sort().join("\0")
  );
}

/** Escapes a text for showing it between quotation marks: these, and characters that are not visible as they are. */
export function escapeText(text: string): string {
  return text.replace(/["\\]/g, "\\$&").replace(INVISIBLE, hexPairs);
}

/** RFC 4514 §3, and those that are in common use besides. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ["2.5.4.3", "CN"],
  ["2.5.4.4", "SN"],
  ["2.5.4.5", "serialNumber"],
  ["2.5.4.6", "C"],
  ["2.5.4.7", "L"],
  ["2.5.4.8", "ST"],
  ["2.5.4.9", "STREET"],
  ["2.5.4.10", "O"],
  ["2.5.4.11", "OU"],
  ["2.5.4.12", "title"],
  ["2.5.4.15", "businessCategory"],
  ["2.5.4.17", "postalCode"],
  ["2.5.4.42", "GN"],
  ["2.5.4.46", "dnQualifier"],
  ["2.5.4.97", "organizationIdentifier"],
  ["0.9.2342.19200300.100.1.1", "UID"],
  ["0.9.2342.19200300.100.1.25", "DC"],
  ["1.2.840.113549.1.9.1", "emailAddress"],
  ["1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"],
  ["1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"],
  ["1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"],
]);

function formatAttribute({ type, value }: NameAttribute): string {
  const short = SHORT_NAMES.get(type);
  // "If the AttributeType is of the dotted-decimal form", its value is written in hexadecimal (RFC 4514 §2.4).
  const text = short === undefined ? undefined : readText(value);
  return `${short ?? type}=${text === undefined ? `#${encodeHex(value)}` : escapeValue(text)}`;
}

/** RFC 4514 §2.4: what has a meaning of its own is escaped; a space or `#` only where it would have one. */
function escapeValue(text: string): string {
  return text.replace(/["+,;<>\\]|^[ #]| $/g, "\\$&").replace(INVISIBLE, hexPairs);
}

/**
 * Controls, format characters (among them those that turn the direction of text), surrogates, private and unassigned
 * characters, separators other than the space, and whatever else is not drawn.
 */
const INVISIBLE = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;

function hexPairs(character: string): string {
  return Array.from(
    new TextEncoder().encode(character),
    (octet) => `\\${octet.toString(16).padStart(2, "0").toUpperCase()}`,
  ).join("");
}

function decodeUtf8(octets: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Characters of `width` octets each, big-endian. */
function decodeFixed(octets: Uint8Array, width: 2 | 4): string | undefined {
  if (octets.length % width !== 0) return undefined;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  let text = "";
  for (let at = 0; at < octets.length; at += width) {
    const point = width === 2 ? view.getUint16(at) : view.getUint32(at);
    if (point > 0x10ffff) return undefined;
    text += width === 2 ? String.fromCharCode(point) : String.fromCodePoint(point);
  }
  return text.isWellFormed() ? text : undefined;
}
