/**
 * From what a caller says about fields to what is sent.
 *
 * The rules for names and values are those of the platform's `Headers`, read without building one, and stricter
 * in one place: control characters inside a value are refused, not only CR, LF and NUL. Some fields are not the
 * caller's to send: those that say how a message is framed or what becomes of its connection. A program that
 * copies the fields of one request into another must not copy these, so they are left out without a word, as
 * browsers do; see {@linkcode requestFields}.
 *
 * @module
 */

import { type Field, isFieldValue, isToken, listMembers, parseContentLength } from "../../http/fields.ts";
import { MAX_SHOWN_NAME_CHARS } from "../defaults.ts";
import { ClientError } from "../error/client_error.ts";

/**
 * The fields that `init` stands for: names lower-case, values without surrounding white space, order and
 * repetitions kept.
 *
 * @param init What the constructor of `Headers` takes.
 * @throws {ClientError} `invalid_request`: a malformed name or value, or no such thing as fields at all.
 */
export function fieldsOf(init: HeadersInit): Field[] {
  // The type excludes them, callers may not: this is where the platform's own conversion would refuse.
  if (init === null || (typeof init !== "object" && typeof init !== "function")) {
    throw refused("headers must be a Headers, a list of pairs, or an object");
  }
  const fields: Field[] = [];
  if (Symbol.iterator in init) {
    for (const pair of init) {
      const [name, value, ...rest] = pair;
      if (name === undefined || value === undefined || rest.length > 0) {
        throw refused("each of a list of headers must be a pair of name and value");
      }
      fields.push(checkedField(name, value));
    }
  } else {
    for (const name of Object.keys(init)) fields.push(checkedField(name, init[name]));
  }
  return fields;
}

/** What a caller's fields come to. */
export interface RequestFields {
  /** What is to be sent: without `host`, `content-length` and everything that belongs to one connection. */
  readonly fields: readonly Field[];
  /** The length that the caller declared for the content, if any. */
  readonly declaredLength: number | undefined;
}

/**
 * Sorts out which of a caller's fields are sent.
 *
 * | field | what becomes of it |
 * |---|---|
 * | `host` | left out: the URL says it, or the `host` of {@linkcode ClientRequestInit} |
 * | `content-length` | taken as a promise about the content, which is held to it |
 * | `transfer-encoding` | `chunked` is left out, the connection's version decides; anything else is refused |
 * | `connection` and the fields that it names, `keep-alive`, `proxy-connection`, `upgrade`, `http2-settings` | left out |
 * | `te` | `trailers` is sent; anything else is left out |
 *
 * @throws {ClientError} `invalid_request`.
 */
export function requestFields(fields: readonly Field[]): RequestFields {
  if (!fields.some(([name]) => SPECIAL.has(name))) return { fields, declaredLength: undefined };
  const named = new Set<string>();
  for (const [name, value] of fields) {
    // "Intermediaries MUST parse a received Connection header field before a message is forwarded and, for each
    // connection-option in this field, remove any header or trailer field(s) from the message with the same name"
    // (RFC 9110 §7.6.1). Copied fields are forwarded fields.
    if (name === "connection") { for (const option of listMembers(value)) named.add(option); }
  }
  let declaredLength: number | undefined;
  const kept: Field[] = [];
  for (const field of fields) {
    const [name, value] = field;
    if (name === "content-length") {
      declaredLength = agreedLength(declaredLength, value);
    } else if (name === "transfer-encoding") {
      if (listMembers(value).some((coding) => coding !== "chunked")) {
        throw refused(
          "transfer-encoding belongs to the connection, and the client applies no coding but chunked",
        );
      }
    } else if (name === "te") {
      if (listMembers(value).includes("trailers")) kept.push(["te", "trailers"]);
    } else if (!CONNECTION_FIELDS.has(name) && !named.has(name)) {
      kept.push(field);
    }
  }
  return { fields: kept, declaredLength };
}

/** `defaults` but for the names that `fields` has, then `fields`. */
export function withDefaults(fields: readonly Field[], defaults: readonly Field[]): Field[] {
  const merged: Field[] = [];
  for (const field of defaults) {
    if (!hasField(fields, field[0])) merged.push(field);
  }
  for (const field of fields) merged.push(field);
  return merged;
}

/** Whether `fields` has one called `name`. */
export function hasField(fields: readonly Field[], name: string): boolean {
  for (const field of fields) {
    if (field[0] === name) return true;
  }
  return false;
}

/**
 * Fields to send after the content.
 *
 * "A sender MUST NOT generate a trailer field unless the sender knows the corresponding header field name's
 * definition permits the field to be sent in trailers." (RFC 9110 §6.5.1) Those that frame, route, authenticate or
 * describe the message as a whole do not permit it.
 *
 * @throws {ClientError} `invalid_request`.
 */
export function trailerFieldsOf(init: HeadersInit): Field[] {
  const fields = fieldsOf(init);
  for (const [name] of fields) {
    if (FORBIDDEN_TRAILERS.has(name) || CONNECTION_FIELDS.has(name)) {
      throw refused(`"${name}" cannot be a trailer`);
    }
  }
  return fields;
}

/** Fields that belong to one connection, not to the request (RFC 9110 §7.6.1, RFC 9113 §8.2.2), and `host`. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "upgrade",
]);

const SPECIAL: ReadonlySet<string> = new Set([
  ...CONNECTION_FIELDS,
  "content-length",
  "te",
  "transfer-encoding",
]);

const FORBIDDEN_TRAILERS: ReadonlySet<string> = new Set([
  ...["content-encoding", "content-length", "content-range", "content-type", "trailer", "transfer-encoding"],
  ...["authorization", "cookie", "cookie2", "proxy-authorization", "set-cookie", "www-authenticate"],
  ...["cache-control", "expect", "max-forwards", "pragma", "range", "te"],
  ...["if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"],
]);

function checkedField(givenName: unknown, givenValue: unknown): Field {
  const given = String(givenName);
  // Before it is lower-cased: that would make an ASCII "k" of U+212A.
  if (!isToken(given)) throw refused(`${shown(given)} is no header name`);
  const name = given.toLowerCase();
  const value = trimmed(String(givenValue));
  // Never cut down to a byte: U+010A would become a line feed on the wire.
  if (!isFieldValue(value)) {
    throw refused(`the value of ${shown(name)} contains a character that no value may`);
  }
  return [name, value];
}

/** Without HTTP white space at the ends: HTAB, LF, CR, SP (Fetch §2.2.2, "normalize"). */
function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isWhiteSpace(value.charCodeAt(start))) start++;
  while (end > start && isWhiteSpace(value.charCodeAt(end - 1))) end--;
  return end - start === value.length ? value : value.slice(start, end);
}

function isWhiteSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}

function agreedLength(known: number | undefined, value: string): number {
  const length = parseContentLength(value);
  if (length === undefined) throw refused("content-length is no length");
  if (known !== undefined && known !== length) throw refused("two content-lengths disagree");
  return length;
}

/** Names are shown in errors, with what they should not contain escaped; values never are. */
function shown(name: string): string {
  return JSON.stringify(
    name.length > MAX_SHOWN_NAME_CHARS ? `${name.slice(0, MAX_SHOWN_NAME_CHARS)}…` : name,
  );
}

function refused(reason: string): ClientError {
  return new ClientError("invalid_request", `Cannot make a request: ${reason}`);
}

/** The fields of a message as `Headers`. */
export function toHeaders(fields: readonly Field[]): Headers {
  const headers = new Headers();
  for (const [name, value] of fields) headers.append(name, value);
  return headers;
}
