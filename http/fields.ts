/**
 * Field names, field values and tokens, as HTTP/1.1 and HTTP/2 share them (RFC 9110 §5).
 *
 * The strings here are binary: each code unit is a byte, 0x00 to 0xFF. A code unit above that is refused, never cut
 * down to a byte, so that U+010A cannot become a line feed on the wire.
 *
 * @module
 */

/** One header or trailer field: a lower-case name and a value without surrounding white space. */
export type Field = readonly [name: string, value: string];

/**
 * The bytes of tokens: 1 for each byte that may stand in one.
 *
 * ```
 * token = 1*tchar
 * tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA
 * ```
 * (RFC 9110 §5.6.2)
 */
export const TOKEN_BYTES: Uint8Array = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  TOKEN_BYTES[char.charCodeAt(0)] = 1;
}

/**
 * The bytes of field values: 1 for HTAB, SP, VCHAR and obs-text (RFC 9110 §5.5).
 *
 * "Field values containing CR, LF, or NUL characters are invalid and dangerous"; the other control characters are
 * refused as well.
 */
export const VALUE_BYTES: Uint8Array = new Uint8Array(256).fill(1, 0x20);
VALUE_BYTES[0x09] = 1;
VALUE_BYTES[0x7f] = 0;

/**
 * The names of the fields that are about one connection, lower-case: Connection, and those that RFC 9110 §7.6.1 lists.
 *
 * "Furthermore, intermediaries SHOULD remove or replace fields that are known to require removal before forwarding,
 * whether or not they appear as a connection-option, after applying those fields' semantics. This includes but is not
 * limited to: Proxy-Connection [...] Keep-Alive [...] TE [...] Transfer-Encoding [...] Upgrade" (RFC 9110 §7.6.1)
 */
export const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Whether `text` is a token: a method, a field name, a transfer coding. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (TOKEN_BYTES[text.charCodeAt(i)] !== 1) return false;
  }
  return text.length > 0;
}

/** Whether every code unit of `text` may stand in a field value. The empty value is one. */
export function isFieldValue(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (VALUE_BYTES[text.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

/**
 * A field value without the SP and HTAB around it: "A field value does not include leading or trailing whitespace"
 * (RFC 9110 §5.5). Linear in the text, which a regular expression for trailing blanks is not.
 */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return end - start === text.length ? text : text.slice(start, end);
}

/** Whether a field value has SP or HTAB at either end, which {@linkcode trimBlanks} takes off. */
export function hasOuterBlanks(text: string): boolean {
  return text.length > 0 && (isBlank(text.charCodeAt(0)) || isBlank(text.charCodeAt(text.length - 1)));
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09;
}

/** The members of a comma-separated list, trimmed and in lower case, without empty ones (RFC 9110 §5.6.1). */
export function listMembers(value: string): string[] {
  const members: string[] = [];
  for (const member of value.toLowerCase().split(",")) {
    const trimmed = trimBlanks(member);
    if (trimmed !== "") members.push(trimmed);
  }
  return members;
}

/**
 * The length that one Content-Length field line states, or `undefined` when it is malformed.
 *
 * ```
 * Content-Length = 1*DIGIT
 * ```
 * A list that repeats one number stands for that number (RFC 9110 §8.6). A length beyond 2^53 - 1 cannot be counted
 * exactly, and is malformed here.
 */
export function parseContentLength(value: string): number | undefined {
  // The usual value is one short number, which is exact without further checks.
  if (value.length <= 15 && isDigits(value)) return Number(value);
  let length: number | undefined;
  for (const member of value.split(",")) {
    const digits = trimBlanks(member);
    if (!isDigits(digits)) return undefined;
    const parsed = Number(digits);
    if (!Number.isSafeInteger(parsed)) return undefined;
    if (length !== undefined && length !== parsed) return undefined;
    length = parsed;
  }
  return length;
}

function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x30 || unit > 0x39) return false;
  }
  return text.length > 0;
}
