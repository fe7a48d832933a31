/**
 * Patterns in URLs, as curl has them: `{one,two}` and `[1-3]`, `[001-100]`, `[a-z]`, with a step behind a colon. A
 * backslash before `{`, `}`, `[` or `]` takes it as it is, and so is an IPv6 address.
 *
 * @module
 */

import { CliError, ExitCode } from "./error.ts";

/** A URL that a pattern stands for. */
export interface GlobbedUrl {
  /** The URL. */
  readonly url: string;
  /** What each pattern gave, in order: `#1` in the name of an output is the first. */
  readonly parts: readonly string[];
}

/**
 * The URLs that a pattern stands for, the last pattern varying first. They are made one by one, since a range can be
 * large.
 *
 * @throws {CliError} `malformed_url`: a pattern has no end or no sense; before the first URL.
 */
export function globUrl(pattern: string): Iterable<GlobbedUrl> {
  return combinations(parsePattern(pattern), "", []);
}

/** The name with `#1`, `#2` and so on replaced by what the patterns gave. */
export function globbedName(name: string, parts: readonly string[]): string {
  return name.replace(/#(\d{1,3})/g, (whole, number) => parts[Number(number) - 1] ?? whole);
}

/** A piece of a URL: one text, or the texts of a pattern. */
type Piece = string | (() => Iterable<string>);

function* combinations(
  [piece, ...rest]: readonly Piece[],
  before: string,
  parts: readonly string[],
): Generator<GlobbedUrl> {
  if (piece === undefined) yield { url: before, parts };
  else if (typeof piece === "string") yield* combinations(rest, before + piece, parts);
  else {
    for (const text of piece()) yield* combinations(rest, before + text, [...parts, text]);
  }
}

function parsePattern(pattern: string): Piece[] {
  const pieces: Piece[] = [];
  let text = "";
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (char === "\\" && "{}[]".includes(pattern.charAt(i + 1) || " ")) {
      text += pattern.charAt(++i);
    } else if (char === "}" || char === "]") {
      throw unmatched(i);
    } else if (char === "{" || char === "[") {
      const end = pattern.indexOf(char === "{" ? "}" : "]", i);
      if (end < 0) throw unmatched(i);
      const inner = pattern.slice(i + 1, end);
      if (char === "[" && isAddress(inner)) text += `[${inner}]`;
      else {
        pieces.push(text, char === "{" ? setOf(inner, i) : rangeOf(inner, i));
        text = "";
      }
      i = end;
    } else {
      text += char;
    }
  }
  return [...pieces, text];
}

/** Whether the text in brackets is an IPv6 address: it has two colons at least, which no range has. */
function isAddress(text: string): boolean {
  return /^[0-9a-f:.%]+$/i.test(text) && text.split(":").length > 2;
}

function setOf(inner: string, at: number): () => Iterable<string> {
  if (inner === "" || inner.includes("{")) throw malformed("a set is empty, or holds another", at);
  const texts = inner.split(",");
  return () => texts;
}

function rangeOf(inner: string, at: number): () => Iterable<string> {
  const [, from = "", to = "", stepText = "1"] = /^(\d{1,15}|[a-zA-Z])-(\d{1,15}|[a-zA-Z])(?::(\d{1,15}))?$/
    .exec(inner) ?? [];
  const isLetter = /[a-z]/i.test(from);
  const step = Number(stepText);
  const [first, last] = isLetter ? [from.charCodeAt(0), to.charCodeAt(0)] : [Number(from), Number(to)];
  if (from === "" || isLetter !== /[a-z]/i.test(to) || first > last || step < 1) {
    throw malformed("a range is no range, such as [1-10], [a-z] or [0-100:25]", at);
  }
  const width = from.startsWith("0") ? from.length : 0;
  return function* () {
    for (let value = first; value <= last; value += step) {
      yield isLetter ? String.fromCharCode(value) : String(value).padStart(width, "0");
    }
  };
}

function unmatched(at: number): CliError {
  return malformed("a brace or bracket has no partner", at);
}

function malformed(reason: string, at: number): CliError {
  return new CliError(ExitCode.malformed_url, `Cannot use the URL: at character ${at + 1}, ${reason}`, {
    hint: "Use --globoff to take { } [ ] as they are.",
  });
}
