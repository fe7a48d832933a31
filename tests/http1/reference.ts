/**
 * A response read in the simplest way that the RFC allows: all of it at once, by its grammar, with no thought of
 * speed or of bytes that come later. What the machine does in pieces has to come to the same.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";

/** What a complete response says. */
export interface Reading {
  readonly status: number;
  readonly fields: readonly Field[];
  readonly body: string;
  readonly trailers: readonly Field[];
  /** Whether what came was exactly the response, and the connection may go on. */
  readonly reusable: boolean;
}

const VALUE = "[\\t\\x20-\\x7e\\x80-\\xff]*";
const NAME = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const STATUS_LINE = new RegExp(`^HTTP/1\\.([01]) ([1-9][0-9]{2})(?: ${VALUE})?\\r?\\n`);
const FIELD_LINE = new RegExp(`^(${NAME}):(${VALUE})\\r?\\n`);
const TRAILER_LINE = new RegExp(`^(${NAME}):(${VALUE})\\r\\n`);
/** A line that continues the one before. */
const FOLDED_LINE = new RegExp(`^([ \\t]${VALUE})\\r?\\n`);
const FOLDED_TRAILER_LINE = new RegExp(`^([ \\t]${VALUE})\\r\\n`);
/** A line that no line is. */
export const NEVER: RegExp = /(?!)/;
const CHUNK_SIZE = new RegExp(`^([0-9A-Fa-f]+)(?:[ \\t]*(?:;${VALUE})?)\\r\\n`);

/** Up to the end of the connection, after which nothing comes: the whole text is there. */
export function readResponse(text: string, method: string): Reading | undefined {
  for (;;) {
    const head = readHead(text);
    if (head === undefined || head.status === 101) return undefined;
    if (head.status >= 200) return readContent(head, method);
    text = head.rest;
  }
}

interface Head {
  readonly status: number;
  readonly minor: string;
  readonly fields: readonly Field[];
  readonly rest: string;
}

function readHead(text: string): Head | undefined {
  text = text.replace(/^(?:\r?\n)+/, "");
  const [line, minor = "", status] = STATUS_LINE.exec(text) ?? [];
  if (line === undefined) return undefined;
  const lines = readLines(text.slice(line.length), FIELD_LINE, FOLDED_LINE, /^\r?\n/);
  return lines && { ...lines, minor, status: Number(status) };
}

/** Reads field lines up to an empty one; at most 1,000. */
export function readLines(
  text: string,
  line: RegExp,
  folded: RegExp,
  end: RegExp,
): { fields: Field[]; rest: string } | undefined {
  const fields: Field[] = [];
  for (;;) {
    const [empty] = end.exec(text) ?? [];
    if (empty !== undefined) return { fields, rest: text.slice(empty.length) };
    const last = fields.at(-1);
    const [fold, more = ""] = last === undefined ? [] : folded.exec(text) ?? [];
    if (last !== undefined && fold !== undefined) {
      fields.splice(-1, 1, [last[0], trimmed(`${last[1]} ${trimmed(more)}`)]);
      text = text.slice(fold.length);
      continue;
    }
    const [whole, name = "", value = ""] = line.exec(text) ?? [];
    if (whole === undefined || fields.length === 1000) return undefined;
    fields.push([name.toLowerCase(), trimmed(value)]);
    text = text.slice(whole.length);
  }
}

/** A value without the blanks around it. */
export const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, "");

function readContent({ status, minor, fields, rest }: Head, method: string): Reading | undefined {
  const list = (name: string): string[] | undefined => {
    const values = fields.filter((field) => field[0] === name).map((field) => field[1]);
    return values.length === 0 ? undefined : values.join(",").split(",").map(trimmed);
  };
  const codings = list("transfer-encoding")?.filter((coding) => coding !== "").map((coding) =>
    coding.toLowerCase()
  );
  const lengths = list("content-length");
  const faulty = codings !== undefined && (lengths !== undefined || minor === "0");
  const others = fields.filter(([name]) => name !== "content-length");
  const isRepeated = lengths !== undefined && lengths.length > 1 &&
    lengths.every((length) => /^[0-9]+$/.test(length) && Number(length) === Number(lengths[0]));
  const shown: readonly Field[] = codings !== undefined && lengths !== undefined
    ? others
    : isRepeated
    ? [...others, ["content-length", String(Number(lengths[0]))]]
    : fields;
  const options = (list("connection") ?? []).map((option) => option.toLowerCase());
  const persistent = !faulty && !options.includes("close") &&
    (minor === "1" || options.includes("keep-alive"));
  const done = (body: string, left: string, trailers: Field[] = []): Reading => ({
    ...{ status, fields: shown, body, trailers },
    reusable: persistent && left === "",
  });
  const toTheEnd = (): Reading => ({ ...done(rest, ""), reusable: false });
  if (method === "HEAD" || status === 204 || status === 304) return done("", rest);
  if (codings !== undefined) {
    const chunked = codings.filter((coding) => coding === "chunked").length;
    if (codings.length === 0 || chunked > 1) return undefined;
    if (codings.some((coding) => /^chunked[ \t]*;/.test(coding))) return undefined;
    if (codings.at(-1) !== "chunked") return toTheEnd();
    const content = readChunks(rest, true);
    return content && done(content.body, content.rest, content.trailers);
  }
  if (lengths !== undefined) {
    const [first = ""] = lengths;
    if (lengths.some((length) => !/^[0-9]+$/.test(length) || Number(length) !== Number(first))) {
      return undefined;
    }
    const length = Number(first);
    return Number.isSafeInteger(length) && length <= rest.length
      ? done(rest.slice(0, length), rest.slice(length))
      : undefined;
  }
  return toTheEnd();
}

/** Framing and the like, after the content. */
const NO_TRAILERS = ["transfer-encoding", "content-length", "host", "set-cookie", "connection", "trailer"];

/** Reads chunks and trailers to their end; a trailer may be folded where `folds` says so. */
export function readChunks(
  text: string,
  folds: boolean,
): { body: string; trailers: Field[]; rest: string } | undefined {
  let body = "";
  for (;;) {
    const [line, digits = ""] = CHUNK_SIZE.exec(text) ?? [];
    if (line === undefined) return undefined;
    const size = parseInt(digits, 16);
    text = text.slice(line.length);
    if (size === 0) break;
    body += text.slice(0, size);
    if (text.slice(size, size + 2) !== "\r\n") return undefined;
    text = text.slice(size + 2);
  }
  const lines = readLines(text, TRAILER_LINE, folds ? FOLDED_TRAILER_LINE : NEVER, /^\r\n/);
  if (lines === undefined) return undefined;
  const trailers = lines.fields.filter(([name]) => !NO_TRAILERS.includes(name));
  return { body, trailers, rest: lines.rest };
}
