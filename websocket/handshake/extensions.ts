/**
 * The field Sec-WebSocket-Extensions (RFC 6455 §9.1).
 *
 * ```
 * Sec-WebSocket-Extensions = extension-list
 * extension-list = 1#extension
 * extension = extension-token *( ";" extension-param )
 * extension-param = token [ "=" (token | quoted-string) ]
 * ```
 *
 * @module
 */

import { type Field, isToken, trimBlanks } from "../../http/fields.ts";

/** One extension with its parameters, in their order. A parameter without a value has `undefined`. */
export interface Extension {
  /** Its name. */
  readonly name: string;
  /** Its parameters. */
  readonly parameters: readonly (readonly [name: string, value: string | undefined])[];
}

/** The values of all fields of a name, joined as one list; `undefined` when there is none. */
export function fieldValue(fields: readonly Field[], name: string): string | undefined {
  const values = fields.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(", ");
}

/**
 * Reads a list of extensions.
 *
 * @returns `undefined` when it is malformed.
 */
export function parseExtensions(value: string): Extension[] | undefined {
  const extensions: Extension[] = [];
  for (const item of value.split(",")) {
    const [name = "", ...parameters] = item.split(";").map(trimBlanks);
    // "1#extension" may have empty elements.
    if (name === "" && parameters.length === 0) continue;
    if (!isToken(name)) return undefined;
    const parsed: (readonly [string, string | undefined])[] = [];
    for (const parameter of parameters) {
      const pair = parseParameter(parameter);
      if (pair === undefined) return undefined;
      parsed.push(pair);
    }
    extensions.push({ name, parameters: parsed });
  }
  return extensions;
}

/**
 * Reads one parameter. A quoted value has to be a token once it is unquoted (RFC 6455 §9.1), so it has no separators, and
 * the list may be split at them.
 */
function parseParameter(text: string): readonly [string, string | undefined] | undefined {
  const equals = text.indexOf("=");
  if (equals < 0) return isToken(text) ? [text, undefined] : undefined;
  const name = trimBlanks(text.slice(0, equals));
  const raw = trimBlanks(text.slice(equals + 1));
  const isQuoted = raw.length > 1 && raw.startsWith('"') && raw.endsWith('"');
  const value = isQuoted ? raw.slice(1, -1).replaceAll("\\", "") : raw;
  return isToken(name) && isToken(value) ? [name, value] : undefined;
}
