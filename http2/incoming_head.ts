/**
 * Reads field sections as requests, responses and trailers, and refuses malformed ones (RFC 9113 §8.2, §8.3).
 *
 * "Malformed requests or responses that are detected MUST be treated as a stream error of type PROTOCOL_ERROR."
 * (RFC 9113 §8.1.1) Everything here that refuses throws that error.
 *
 * @module
 */

import { readAuthority } from "../http/authority.ts";
import {
  CONNECTION_FIELDS,
  type Field,
  hasOuterBlanks,
  isFieldValue,
  isToken,
  parseContentLength,
  TOKEN_BYTES,
  trimBlanks,
} from "../http/fields.ts";
import { permittedTrailers } from "../http/trailers.ts";
import { type Http2Error, streamError } from "./error.ts";
import { isPath } from "./path.ts";

/** A response's head, or a 1xx response. */
export interface ResponseHead {
  /** 100 to 999, without 101. */
  readonly status: number;
  /** The fields without pseudo-fields. */
  readonly fields: readonly Field[];
  /** The value of content-length. */
  readonly contentLength: number | undefined;
}

/** A request's head. */
export interface RequestHead {
  /** `:method`. */
  readonly method: string;
  /** `:protocol` of an extended CONNECT (RFC 8441 §4). */
  readonly protocol?: string;
  /** `:scheme`: `http` or `https`, in lower case; empty for CONNECT, unless it is an extended one. */
  readonly scheme: string;
  /** `:authority`, or the `host` field in its place. */
  readonly authority: string;
  /** `:path`; empty for CONNECT, unless it is an extended one. */
  readonly path: string;
  /** The fields without pseudo-fields, `cookie` fields joined into one. */
  readonly fields: readonly Field[];
  /** The value of content-length. */
  readonly contentLength: number | undefined;
}

/**
 * Reads a response's head (RFC 9113 §8.3.2).
 *
 * @param toConnect Whether the request was a CONNECT: "A client MUST ignore any Content-Length or Transfer-Encoding header
 * fields received in a successful response to CONNECT." (RFC 9110 §9.3.6) The latter makes any response malformed.
 */
export function parseResponseHead(section: readonly Field[], toConnect = false): ResponseHead {
  const first = section[0];
  if (first === undefined || first[0] !== ":status") throw malformed("it does not begin with :status");
  // "The status code of a response is a three-digit integer code" (RFC 9110 §15), and none is below 100.
  if (!/^[1-9][0-9][0-9]$/.test(first[1])) throw malformed("its status is not a number of three digits");
  const status = Number(first[1]);
  // "HTTP/2 does not support the 101 (Switching Protocols) informational status code" (RFC 9113 §8.6)
  if (status === 101) throw malformed("it switches protocols, which HTTP/2 cannot");
  const fields = trimmed(section.slice(1));
  const contentLength = checkFields(fields, toConnect && status >= 200 && status < 300);
  return { status, fields: withOneLength(fields, contentLength), contentLength };
}

/**
 * Reads a request's head (RFC 9113 §8.3.1).
 *
 * @param allowsProtocol Whether the server has allowed extended CONNECT (RFC 8441).
 * @param maxTargetBytes The option.
 */
export function parseRequestHead(
  section: readonly Field[],
  allowsProtocol: boolean,
  maxTargetBytes: number,
): RequestHead {
  const pseudo = new Map<string, string>();
  for (const [name, value] of section) {
    if (!name.startsWith(":")) break;
    if (!REQUEST_PSEUDO_FIELDS.has(name) && !(allowsProtocol && name === ":protocol")) {
      throw malformed("it has an unknown pseudo-field");
    }
    if (pseudo.has(name)) throw malformed(`it has two ${name}`);
    if (!isTrimmedValue(value)) throw malformed(`its ${name} has a character that none may have`);
    pseudo.set(name, value);
  }
  const fields = section.slice(pseudo.size);
  const contentLength = checkFields(fields);
  const method = pseudo.get(":method") ?? "";
  const scheme = pseudo.get(":scheme")?.toLowerCase() ?? "";
  const path = pseudo.get(":path") ?? "";
  if (!isToken(method)) throw malformed("its method is not a token");
  const protocol = pseudo.get(":protocol");
  if (protocol !== undefined) checkProtocol(protocol, method, pseudo);
  if (method === "CONNECT" && protocol === undefined) {
    // "The ":scheme" and ":path" pseudo-header fields MUST be omitted." (RFC 9113 §8.5)
    if (pseudo.has(":scheme") || pseudo.has(":path")) {
      throw malformed("it is a CONNECT with :scheme or :path");
    }
    if (!pseudo.has(":authority")) throw malformed("it is a CONNECT without :authority");
  } else {
    // "All HTTP/2 requests MUST include exactly one valid value for the ":method", ":scheme", and ":path"
    // pseudo-header fields, unless they are CONNECT requests" (RFC 9113 §8.3.1)
    if (!SCHEMES.has(scheme)) throw malformed("its :scheme is neither http nor https");
    if (path.length > maxTargetBytes) throw pathTooLong(maxTargetBytes);
    if (!isPath(path) && !(path === "*" && method === "OPTIONS")) {
      throw malformed("it has no proper :path");
    }
  }
  const authority = namedAuthority(pseudo.get(":authority"), fields);
  // "A user agent MUST generate a Host header field in a request unless it sends that information as an ":authority"
  // pseudo-header field." (RFC 9110 §7.2)
  if (authority === undefined) throw malformed("it has neither :authority nor host");
  // "The ":authority" pseudo-header field contains the host and port to connect to" (RFC 9113 §8.5).
  if (method === "CONNECT" && protocol === undefined && !readAuthority(authority)?.port) {
    throw malformed("it is a CONNECT without a port");
  }
  return {
    method,
    ...(protocol !== undefined && { protocol }),
    scheme,
    authority,
    path,
    fields: joinCookies(withOneLength(fields, contentLength)),
    contentLength,
  };
}

/** Checks the parts of a request that `:protocol` changes. */
function checkProtocol(protocol: string, method: string, pseudo: ReadonlyMap<string, string>): void {
  // "A new pseudo-header field :protocol MAY be included on request HEADERS indicating the desired protocol to be
  // spoken on the tunnel created by CONNECT." (RFC 8441 §4)
  if (method !== "CONNECT") throw malformed("it has a :protocol and is no CONNECT");
  if (!isToken(protocol)) throw malformed("its :protocol is not a token");
  if (!pseudo.has(":authority")) throw malformed("it is a CONNECT without :authority");
}

/**
 * Reads trailers; those that may not stand there are left out (RFC 9110 §6.5.1).
 *
 * "Trailers MUST NOT include pseudo-header fields" (RFC 9113 §8.1).
 *
 * @param ofResponse Whether they are a response's.
 */
export function parseTrailers(section: readonly Field[], ofResponse: boolean): readonly Field[] {
  const fields = ofResponse ? trimmed(section) : section;
  checkFields(fields);
  return permittedTrailers(fields);
}

/** The schemes of requests that a server takes; a gateway to others is none. */
const SCHEMES: ReadonlySet<string> = new Set(["http", "https"]);
const REQUEST_PSEUDO_FIELDS: ReadonlySet<string> = new Set([":method", ":scheme", ":authority", ":path"]);

/**
 * The fields of a response or its trailers without the white space around their values, which makes a message malformed
 * (RFC 9113 §8.2.1) and is there all the same: servers pass on a configured value that ends in a blank. Other clients
 * read it, and a client passes on nothing that the next recipient could read otherwise, as a server may.
 */
function trimmed(fields: readonly Field[]): readonly Field[] {
  // A loop without destructuring: every head goes through it, and few need more.
  for (const field of fields) {
    if (hasOuterBlanks(field[1])) return fields.map(([name, value]) => [name, trimBlanks(value)]);
  }
  return fields;
}

/** Checks fields after the pseudo-fields, and returns the length that Content-Length states. */
function checkFields(fields: readonly Field[], ignoresLength = false): number | undefined {
  let contentLength: number | undefined;
  for (const field of fields) {
    const name = field[0];
    const value = field[1];
    if (!isLowerCaseToken(name)) {
      // "A field name MUST NOT contain characters in the ranges 0x00-0x20, 0x41-0x5a, or 0x7f-0xff", nor a colon
      // but the pseudo-fields' first, and those "MUST appear in a field block before all regular field lines" (RFC
      // 9113 §8.2.1, §8.3).
      throw malformed("it has a name that is no lower-case token, or a pseudo-field out of place");
    }
    // "A field value MUST NOT contain the zero value (ASCII NUL, 0x00), line feed (ASCII LF, 0x0a), or carriage
    // return (ASCII CR, 0x0d) at any position. A field value MUST NOT start or end with an ASCII whitespace
    // character (ASCII SP or HTAB, 0x20 or 0x09)." (RFC 9113 §8.2.1)
    if (!isTrimmedValue(value)) throw malformed("it has a field value with a character that none may have");
    switch (name) {
      case "content-length":
        if (!ignoresLength) contentLength = addContentLength(value, contentLength);
        break;
      case "te": // "MUST NOT contain any value other than "trailers"" (RFC 9113 §8.2.2)
        if (value.toLowerCase() !== "trailers") throw malformed("its te is not trailers");
        break;
      default:
        // "Any message containing connection-specific header fields MUST be treated as malformed" (RFC 9113 §8.2.2).
        if (CONNECTION_FIELDS.has(name)) {
          throw malformed("it has a field that is for HTTP/1.1 connections only");
        }
    }
  }
  return contentLength;
}

/**
 * The length after one more content-length. As in HTTP/1.1, several stand for one where they are equal: a recipient of
 * "the same decimal value repeated as a comma-separated list" may "replace that invalid field value with a single
 * instance of the decimal value" (RFC 9110 §8.6).
 */
function addContentLength(value: string, before: number | undefined): number {
  const contentLength = parseContentLength(value);
  if (contentLength === undefined) throw malformed("its content-length is not one number");
  if (before !== undefined && before !== contentLength) throw malformed("it has two lengths of content");
  return contentLength;
}

/** The fields with one content-length, for a reader of the event, as in HTTP/1.1. */
function withOneLength(fields: readonly Field[], contentLength: number | undefined): readonly Field[] {
  if (contentLength === undefined || hasPlainLength(fields)) return fields;
  const others = fields.filter(([name]) => name !== "content-length");
  return [...others, ["content-length", String(contentLength)]];
}

/** Whether there is one content-length of one member, as nearly every message has it. */
function hasPlainLength(fields: readonly Field[]): boolean {
  let count = 0;
  for (const field of fields) {
    if (field[0] !== "content-length") continue;
    count += field[1].includes(",") ? 2 : 1;
  }
  return count === 1;
}

function isLowerCaseToken(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (TOKEN_BYTES[code] !== 1 || (code >= 0x41 && code <= 0x5a)) return false;
  }
  return name.length > 0;
}

function isTrimmedValue(value: string): boolean {
  return !hasOuterBlanks(value) && isFieldValue(value);
}

/**
 * The authority that a request names, or `undefined` when it names none.
 *
 * - "A sender MUST NOT generate an "https" URI with an empty host identifier. A recipient that processes such a URI
 *   reference MUST reject it as invalid." (RFC 9110 §4.2.2)
 * - "":authority" MUST NOT include the deprecated userinfo subcomponent for "http" or "https" schemed URIs." (RFC 9113
 *   §8.3.1)
 * - "A server SHOULD treat a request as malformed if it contains a Host header field that identifies an entity that
 *   differs from the entity in the ":authority" pseudo-header field." (RFC 9113 §8.3.1)
 */
function namedAuthority(authority: string | undefined, fields: readonly Field[]): string | undefined {
  let named = authority;
  let hosts = 0;
  for (const [name, value] of fields) {
    if (name !== "host") continue;
    if (++hosts > 1) throw malformed("it has two host fields");
    named ??= value;
    if (value.toLowerCase() !== named.toLowerCase()) throw malformed("its host is not its :authority");
  }
  if (named !== undefined && readAuthority(named) === undefined) {
    throw malformed("its authority is not a host and port");
  }
  return named;
}

/**
 * "If there are multiple Cookie header fields after decompression, these MUST be concatenated into a single octet
 * string using the two-octet delimiter of 0x3b, 0x20" (RFC 9113 §8.2.3).
 */
function joinCookies(fields: readonly Field[]): readonly Field[] {
  const crumbs = fields.filter(([name]) => name === "cookie");
  if (crumbs.length < 2) return fields;
  const others = fields.filter(([name]) => name !== "cookie");
  return [...others, ["cookie", crumbs.map(([, value]) => value).join("; ")]];
}

function pathTooLong(maxTargetBytes: number): Http2Error {
  return streamError(
    "uri_too_long",
    `Cannot accept a request: its :path has more than the ${maxTargetBytes} bytes of maxTargetBytes`,
  );
}

function malformed(reason: string): Http2Error {
  return streamError("PROTOCOL_ERROR", `Cannot accept a message: ${reason}`);
}
