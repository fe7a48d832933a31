/**
 * The syntax of `--form`: `NAME=CONTENT`, with `@FILE` or `<FILE` for content, and `;type=`, `;filename=` and
 * `;headers=` behind it.
 *
 * @module
 */

import type { FormFlag } from "../command.ts";
import { type CliError, usageError } from "../error.ts";

/** A part of a form. */
export interface FormPart {
  /** The name of the field. */
  readonly name: string;
  /** The text, or the name of a file; `-` is standard input. */
  readonly content: string;
  /** Whether the content is text, a file whose text is sent, or a file that is uploaded. */
  readonly source: "text" | "text_file" | "file";
  /** The name of the file that is sent; absent: none. */
  readonly fileName?: string;
  /** The media type; absent: none is sent. */
  readonly type?: string;
  /** Further header fields of the part. */
  readonly headers: readonly string[];
}

/**
 * Parses the value of `--form` or `--form-string`.
 *
 * @throws {CliError} `usage`.
 */
export function parseFormPart({ text, isPlain }: FormFlag): FormPart {
  const equals = text.indexOf("=");
  if (equals < 0) throw refused("it is not NAME=CONTENT");
  const name = text.slice(0, equals);
  const value = text.slice(equals + 1);
  if (isPlain) return { name, content: value, source: "text", headers: [] };
  const sign = value.charAt(0);
  const source = sign === "@" ? "file" : sign === "<" ? "text_file" : "text";
  const segments = splitSegments(source === "text" ? value : value.slice(1));
  const [content = "", ...parameters] = segments;
  if (source === "text" && sign === "(") throw refused("forms inside of forms are not sent");
  if (source === "file" && /^[^"]*,/.test(value)) {
    throw refused("one part has one file; repeat the flag, or put quotes around a name with a comma");
  }
  const { type, fileName, headers } = readParameters(parameters);
  const shown = fileName ?? (source === "file" ? content.split(/[/\\]/).at(-1) : undefined);
  const media = type ?? (source === "file" ? mediaType(shown ?? content, content === "-") : undefined);
  return {
    name,
    content,
    source,
    ...(shown !== undefined && { fileName: shown }),
    ...(media !== undefined && { type: media }),
    headers,
  };
}

/** The texts between semicolons; in quotes a semicolon stands for itself, and a backslash before a quote or itself. */
function splitSegments(text: string): string[] {
  const segments: string[] = [];
  for (let at = 0; at <= text.length;) {
    // A parameter may have its value in quotes.
    const start = /^(?:\s*[a-z]+=)?"/i.exec(text.slice(at, at + MAX_PARAMETER_NAME_CHARS));
    if (start === null) {
      const end = text.indexOf(";", at);
      const stop = end < 0 ? text.length : end;
      segments.push(text.slice(at, stop));
      at = stop + 1;
      continue;
    }
    let value = start[0].slice(0, -1).trimStart();
    let i = at + start[0].length;
    for (; i < text.length && text.charAt(i) !== '"'; i++) {
      if (text.charAt(i) === "\\" && /["\\]/.test(text.charAt(i + 1))) i++;
      value += text.charAt(i);
    }
    if (i >= text.length) throw refused("its quotes do not end");
    segments.push(value);
    if (i + 1 < text.length && text.charAt(i + 1) !== ";") throw refused("something follows its quotes");
    at = i + 2;
  }
  return segments;
}

/** Characters in which the name of a parameter ends. */
const MAX_PARAMETER_NAME_CHARS = 20;

function readParameters(parameters: readonly string[]): Pick<FormPart, "type" | "fileName" | "headers"> {
  let type: string | undefined;
  let fileName: string | undefined;
  const headers: string[] = [];
  let last = "";
  for (const parameter of parameters) {
    const [, name = "", value = ""] = /^\s*([a-z]+)=(.*)$/is.exec(parameter) ?? [];
    if (/[\r\n\0]/.test(value)) throw refused("a parameter has a line break");
    if (name === "type") type = value;
    else if (name === "filename") fileName = value;
    else if (name === "headers") headers.push(value);
    // A media type has parameters of its own: text/plain;charset=utf-8.
    else if (last === "type" && name !== "encoder") type = `${type};${parameter}`;
    else throw refused(`";${name === "" ? "" : `${name}=`}" is no parameter of a part`);
    if (["type", "filename", "headers"].includes(name)) last = name;
  }
  return { ...(type !== undefined && { type }), ...(fileName !== undefined && { fileName }), headers };
}

function refused(reason: string): CliError {
  return usageError(`Cannot use --form: ${reason}`, "Use --form-string for text with @, < or ; in it.");
}

/** The media type that curl gives a file by the end of its name; standard input has none without one. */
function mediaType(name: string, isInput: boolean): string | undefined {
  const end = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  return MEDIA_TYPES.get(end) ?? (isInput ? undefined : "application/octet-stream");
}

const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ["gif", "image/gif"],
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["png", "image/png"],
  ["svg", "image/svg+xml"],
  ["txt", "text/plain"],
  ["htm", "text/html"],
  ["html", "text/html"],
  ["pdf", "application/pdf"],
  ["xml", "application/xml"],
]);
