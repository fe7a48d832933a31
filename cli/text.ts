/**
 * Text of a peer, made fit for a terminal.
 *
 * A header value may hold bytes that move the cursor, rename the window or reverse text, and it may hold a password.
 * Neither reaches the screen.
 *
 * @module
 */

/** The replacement of a secret. */
export const HIDDEN = "<hidden>";

/**
 * `text` with everything that a terminal would obey rather than show written as an escape: control characters,
 * those that change the direction of text or have no width, and separators of lines. A tab stays.
 */
export function printable(text: string): string {
  // The common case has nothing to escape.
  return UNPRINTABLE.test(text) ? text.replace(EACH_UNPRINTABLE, escaped) : text;
}

const UNPRINTABLE = /[^\t\P{C}]|[\p{Zl}\p{Zp}]/u;
const EACH_UNPRINTABLE = new RegExp(UNPRINTABLE, "gu");

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** A value as JSON in one line, in which what a terminal would obey is written as an escape of JSON. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    EACH_UNPRINTABLE,
    (char) =>
      Array.from({ length: char.length }, (_, i) => char.charCodeAt(i))
        .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join(""),
  );
}

/** A field's value as text: UTF-8 where its bytes, one in each code unit (RFC 9110 §5.5), are that; as it is where not. */
export function decodedField(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  try {
    return UTF8.decode(Uint8Array.from(value, (char) => char.charCodeAt(0)));
  } catch {
    return value;
  }
}

/**
 * A field's value as a terminal may show it. A value is bytes, one in each code unit (RFC 9110 §5.5): shown as
 * UTF-8 where they are UTF-8, and one by one where not.
 */
export function fieldText(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return printable(value);
  try {
    return printable(UTF8.decode(Uint8Array.from(value, (char) => char.charCodeAt(0))));
  } catch {
    return printable(value).replace(/[\xa0-\xff]/g, escaped);
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * A field as it may be shown: the credentials in it hidden, the rest printable.
 *
 * @param name The name, lower-case.
 * @param value The value.
 */
export function shownField(name: string, value: string): string {
  return `${fieldText(name)}: ${fieldText(shownValue(name, value))}`;
}

function shownValue(name: string, value: string): string {
  if (name === "set-cookie") return hiddenCookie(value);
  if (SECRET_FIELDS.has(name)) {
    // `Basic`, `Bearer`: the scheme is no secret, and often the question. Alone it would be the credential itself.
    const scheme = name.endsWith("authorization") ? value.match(/^[A-Za-z][A-Za-z-]*(?= )/)?.[0] : undefined;
    return scheme === undefined ? HIDDEN : `${scheme} ${HIDDEN}`;
  }
  return withoutUserinfo(value);
}

/** Fields whose value is a credential (RFC 9110 §11, RFC 6265 §4). */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "cookie2",
  "proxy-authorization",
  "set-cookie2",
]);

/** `id=<hidden>; Path=/; HttpOnly`: which cookie is set, and how, is no secret (RFC 6265 §4.1.1). */
function hiddenCookie(value: string): string {
  const end = value.indexOf(";");
  const attributes = end < 0 ? "" : value.slice(end);
  const equals = value.indexOf("=");
  const named = equals >= 0 && (end < 0 || equals < end);
  return (named ? value.slice(0, equals + 1) : "") + HIDDEN + attributes;
}

/** `text` with the userinfo of every URL in it hidden. */
export function withoutUserinfo(text: string): string {
  // Greedy: the user name may hold an at sign of its own. Each run ends at the next slash, so this is linear.
  return text.replace(/\/\/[^/?#\s"'<>]*@/g, `//${HIDDEN}@`);
}
