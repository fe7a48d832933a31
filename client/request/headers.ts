/**
 * The fields of a request, from the caller's `headers` and `trailers` to the fields that are sent.
 *
 * The rules for names and values are those of the platform's `Headers`, applied without building one, and stricter in
 * one place: all control characters inside a value are refused, not only CR, LF and NUL. Fields that frame a message or
 * control its connection are not the caller's to send. A program that copies the fields of one request into another
 * must not copy these, so they are left out silently, as browsers do; see {@linkcode requestFields}.
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
} from "../../http/fields.ts";
import { FORBIDDEN_TRAILERS } from "../../http/trailers.ts";
import { MAX_SHOWN_NAME_CHARS } from "../defaults.ts";
import { ClientError } from "../error/client_error.ts";

/**
 * The fields of `init`: names lower-case, values without surrounding white space, in their order, repeated ones kept.
 *
 * @param init An argument of the constructor of `Headers`.
 * @throws {ClientError} `invalid_request`: a malformed name or value, or no fields at all.
 */
export function fieldsOf(init: HeadersInit): Field[] {
  // The type excludes these, but JavaScript callers may pass them; the platform's own conversion refuses them too.
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

/** A caller's fields, sorted. */
export interface RequestFields {
  /** The fields to send: without `host`, `content-length` and the fields of one connection. */
  readonly fields: readonly Field[];
  /** The length that the caller declared for the content; `undefined` where none, or none that is well-formed. */
  readonly declaredLength: number | undefined;
}

/**
 * Separates the caller's fields that are sent from those that are not.
 *
 * | field | outcome |
 * |---|---|
 * | `host` | left out: it comes from the URL, or from `host` of {@linkcode ClientRequestInit} |
 * | `content-length` | left out; a well-formed one declares the length of a stream |
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
  const declared = new Set<number | undefined>();
  const kept: Field[] = [];
  for (const field of fields) {
    const [name, value] = field;
    if (name === "content-length") {
      declared.add(parseContentLength(value));
    } else if (name === "transfer-encoding") {
      if (listMembers(value).some((coding) => coding !== "chunked")) {
        throw refused(
          "transfer-encoding belongs to the connection, and the client applies no coding but chunked",
        );
      }
    } else if (name === "te") {
      if (listMembers(value).includes("trailers")) kept.push(["te", "trailers"]);
    } else if (!NOT_SENT.has(name) && !named.has(name)) {
      kept.push(field);
    }
  }
  // Lengths that disagree, or are none, declare nothing: a `fetch` takes the length from the content.
  const [declaredLength] = declared.size === 1 ? declared : [];
  return { fields: kept, declaredLength };
}

/** The fields of `defaults` whose names `fields` does not have, followed by `fields`. */
export function withDefaults(fields: readonly Field[], defaults: readonly Field[]): Field[] {
  const merged: Field[] = [];
  for (const field of defaults) {
    if (!hasField(fields, field[0])) merged.push(field);
  }
  for (const field of fields) merged.push(field);
  return merged;
}

/** Whether `fields` has a field called `name`. */
export function hasField(fields: readonly Field[], name: string): boolean {
  for (const field of fields) {
    if (field[0] === name) return true;
  }
  return false;
}

/**
 * The trailer fields of `init`, in the form of {@linkcode fieldsOf}.
 *
 * @param init An argument of the constructor of `Headers`.
 * @throws {ClientError} `invalid_request`: a malformed field, or one that may not stand in trailers
 * ({@linkcode FORBIDDEN_TRAILERS}).
 */
export function trailerFieldsOf(init: HeadersInit): Field[] {
  const fields = fieldsOf(init);
  for (const [name] of fields) {
    if (FORBIDDEN_TRAILERS.has(name)) throw refused(`"${name}" cannot be a trailer`);
  }
  return fields;
}

/** Fields that are not sent for the caller: those of one connection, and `host`. */
const NOT_SENT: ReadonlySet<string> = new Set([...CONNECTION_FIELDS, "host", "http2-settings"]);

/** Fields that {@linkcode requestFields} does not pass on as they are. */
const SPECIAL: ReadonlySet<string> = new Set([...NOT_SENT, "content-length"]);

function checkedField(givenName: unknown, givenValue: unknown): Field {
  const given = String(givenName);
  // Checked before it is lower-cased, which would turn U+212A into an ASCII "k".
  if (!isToken(given)) throw refused(`${shown(given)} is no header name`);
  const name = given.toLowerCase();
  const value = trimmed(String(givenValue));
  // A code unit is never cut down to a byte: U+010A would become a line feed on the wire.
  if (!isFieldValue(value)) {
    throw refused(`the value of ${shown(name)} contains a character that no value may`);
  }
  return [name, value];
}

/** A value without HTTP white space (HTAB, LF, CR, SP) at its ends (Fetch §2.2.2, "normalize"). */
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

/** A field name for an error message, escaped and cut short. Field values are never shown. */
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
