/**
 * Makes the field sections that this end sends, and checks them, so that nothing malformed or injected leaves
 * (RFC 9113 §8.2, §8.3).
 *
 * A mistake is the caller's, and a `TypeError` before a byte is written.
 *
 * @module
 */

import {
  CONNECTION_FIELDS,
  type Field,
  isFieldValue,
  isToken,
  listMembers,
  parseContentLength,
  trimBlanks,
} from "../http/fields.ts";
import { checkTrailerNames } from "../http/trailers.ts";
import { isAuthority } from "./authority.ts";
import { isPath } from "./path.ts";

/** A request's pseudo-fields. */
export interface RequestTarget {
  /** The method, case as it is to be sent. */
  readonly method: string;
  /** `http` or `https`. */
  readonly scheme: string;
  /** Host, with the port where it is not the scheme's own. */
  readonly authority: string;
  /** The path and query, or `*`; not looked at for a CONNECT without `protocol`. */
  readonly path: string;
  /** `:protocol`: the protocol that the stream is to carry (RFC 8441 §4). It makes a CONNECT an extended one. */
  readonly protocol?: string;
}

/** A field section that may be sent. */
export interface OutgoingSection {
  /** Pseudo-fields, then the fields. */
  readonly fields: readonly Field[];
  /** The value of content-length. */
  readonly contentLength: number | undefined;
  /** The size that SETTINGS_MAX_HEADER_LIST_SIZE limits: of each field the lengths of name and value, and 32. */
  readonly size: number;
}

/**
 * The section of a request.
 *
 * @param check Checks the fields as {@linkcode checkFields} does, which is the default.
 * @throws {TypeError} When the target or a field cannot be sent, or `host` is among the fields.
 */
export function requestSection(
  target: RequestTarget,
  fields: readonly Field[],
  check: (fields: readonly Field[]) => OutgoingSection = checkFields,
): OutgoingSection {
  const { method, scheme, authority, path, protocol } = target;
  if (!isToken(method)) throw new TypeError("Cannot send a request: the method is not a token");
  if (!isAuthority(authority)) {
    throw new TypeError("Cannot send a request: the authority is not a host and port");
  }
  if (protocol !== undefined && method !== "CONNECT") {
    throw new TypeError("Cannot send a request: only CONNECT has a protocol");
  }
  if (method === "CONNECT" && protocol === undefined) {
    // "The ":scheme" and ":path" pseudo-header fields MUST be omitted." (RFC 9113 §8.5)
    return withPseudo([[":method", method], [":authority", authority]], check(fields));
  }
  if (scheme !== "https" && scheme !== "http") {
    throw new TypeError("Cannot send a request: the scheme is neither http nor https");
  }
  if (!isPath(path) && !(path === "*" && method === "OPTIONS")) {
    throw new TypeError("Cannot send a request: the target is not a path and query");
  }
  if (protocol !== undefined && !isToken(protocol)) {
    throw new TypeError("Cannot send a request: its protocol is not a token");
  }
  // "On requests that contain the :protocol pseudo-header field, the :scheme and :path pseudo-header fields of the
  // target URI [...] MUST also be included." (RFC 8441 §4)
  const pseudo: Field[] = [[":method", method]];
  if (protocol !== undefined) pseudo.push([":protocol", protocol]);
  pseudo.push([":scheme", scheme], [":authority", authority], [":path", path]);
  return withPseudo(pseudo, check(fields));
}

/**
 * The section of a response, informational ones included.
 *
 * @throws {TypeError} When the status or a field cannot be sent.
 */
export function responseSection(status: number, fields: readonly Field[]): OutgoingSection {
  if (!Number.isInteger(status) || status < 100 || status > 999 || status === 101) {
    throw new TypeError(`Cannot send a response: ${status} is not a status that HTTP/2 has`);
  }
  return withPseudo([[":status", String(status)]], checkFields(fields));
}

/**
 * The section of trailers.
 *
 * @throws {TypeError} When a field cannot be sent, or not in trailers.
 */
export function trailerSection(fields: readonly Field[]): OutgoingSection {
  checkTrailerNames(fields);
  return checkFields(fields);
}

/** The section of pseudo-fields and of fields that were checked. */
function withPseudo(pseudo: Field[], { fields, contentLength, size }: OutgoingSection): OutgoingSection {
  let total = size;
  for (const field of pseudo) total += field[0].length + field[1].length + 32;
  for (const field of fields) pseudo.push(field);
  return { fields: pseudo, contentLength, size: total };
}

/**
 * The fields that may be sent, of those that are given.
 *
 * @throws {TypeError} When one cannot be sent.
 */
export function checkFields(fields: readonly Field[]): OutgoingSection {
  const out: Field[] = [];
  let contentLength: number | undefined;
  let named: ReadonlySet<string> | undefined;
  for (const field of fields) {
    const name = lowerCase(field[0]);
    if (!isToken(name)) throw new TypeError(`Cannot send a field: its name is not a token`);
    if (!isFieldValue(field[1])) {
      throw new TypeError(`Cannot send field "${name}": its value has a character that none may have`);
    }
    switch (name) {
      case "host":
        throw new TypeError('Cannot send field "host": the authority says it');
      case "content-length":
        if (contentLength !== undefined) throw new TypeError('Cannot send field "content-length" twice');
        contentLength = parseContentLength(field[1]);
        if (contentLength === undefined) {
          throw new TypeError('Cannot send field "content-length": it is not a number');
        }
        break;
      case "te": // only "trailers" may be said (RFC 9113 §8.2.2)
        if (trimBlanks(field[1]).toLowerCase() !== "trailers") continue;
        break;
      default: // what is for an HTTP/1.1 connection, by its own name or the Connection field's, stays here
        if (CONNECTION_FIELDS.has(name)) continue;
        named ??= connectionOptions(fields);
        if (named.has(name)) continue;
    }
    // "A field value MUST NOT start or end with an ASCII whitespace character" (RFC 9113 §8.2.1).
    const value = trimBlanks(field[1]);
    out.push(name === field[0] && value === field[1] ? field : [name, value]);
  }
  let size = 0;
  for (const field of out) size += field[0].length + field[1].length + 32;
  return { fields: out, contentLength, size };
}

const NO_OPTIONS: ReadonlySet<string> = new Set();

/** The names that the Connection fields list (RFC 9110 §7.6.1). */
function connectionOptions(fields: readonly Field[]): ReadonlySet<string> {
  let options: Set<string> | undefined;
  for (const field of fields) {
    if (field[0].length !== 10 || field[0].toLowerCase() !== "connection") continue;
    options ??= new Set();
    for (const option of listMembers(field[1])) options.add(option);
  }
  return options ?? NO_OPTIONS;
}

function lowerCase(name: string): string {
  return /[A-Z]/.test(name) ? name.toLowerCase() : name;
}
