/**
 * The scanner of sections: lines up to an empty one, as heads and trailers are (RFC 9112 §2.1, §7.1.2).
 *
 * It looks at each byte once, however the section was cut in transit: it keeps its position, checks that every byte may
 * stand in a field value (the rules for names and first lines are narrower, and applied later), and notes where the
 * lines begin and end. The text is decoded once, when the section is complete.
 *
 * @module
 */

import { TOKEN_BYTES, trimBlanks, VALUE_BYTES } from "../http/fields.ts";
import type { Field } from "../http/fields.ts";
import { Http1Error, type Http1ErrorCode } from "./error.ts";

const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;

/** The rules for a section. */
export interface SectionRules {
  /** The name of the section in error messages: "head" or "trailers". */
  readonly name: string;
  /** Whether the first line is no field. */
  readonly hasStartLine: boolean;
  /** The limit of bytes, the empty line included. */
  readonly maxBytes: number;
  /** The option that sets this limit. */
  readonly maxBytesOption: "maxHeadBytes" | "maxTrailerBytes";
  /** The limit of field lines. The option of that name sets it. */
  readonly maxFields: number;
  /** The error code for a section beyond either limit. */
  readonly tooLarge: Http1ErrorCode;
  /** The error code for a control character in the first line. */
  readonly badFirstLine: Http1ErrorCode;
  /**
   * Whether LF alone ends a line: "a recipient MAY recognize a single LF as a line terminator and ignore any
   * preceding CR" (RFC 9112 §2.2). A CR alone never does.
   */
  readonly bareLf: boolean;
  /** Whether a line that begins with white space continues the line before (obs-fold). */
  readonly obsFold: boolean;
}

/** Finds the end of one section after another, and parses their lines. */
export class SectionScanner {
  /** The number of lines so far, without the empty one. */
  lines = 0;
  readonly #rules: SectionRules;
  readonly #maxLines: number;
  /** The offsets of each line and of its end-of-line, counted from the first byte of the section. */
  #marks: Int32Array;
  #at = 0;
  #lineStart = 0;
  #ascii = true;

  /** @param rules The rules for every section. */
  constructor(rules: SectionRules) {
    this.#rules = rules;
    this.#maxLines = rules.maxFields + (rules.hasStartLine ? 1 : 0);
    this.#marks = new Int32Array(2 * Math.min(this.#maxLines, DEFAULT_LINES));
  }

  /** The offset of a line, counted from the first byte of the section. */
  lineStart(index: number): number {
    return this.#marks[2 * index] ?? 0;
  }

  /** The offset of a line's CRLF or LF, counted from the first byte of the section. */
  lineEnd(index: number): number {
    return this.#marks[2 * index + 1] ?? 0;
  }

  /** Prepares for the next section. */
  reset(): void {
    this.lines = 0;
    this.#at = 0;
    this.#lineStart = 0;
    this.#ascii = true;
  }

  /**
   * Scans the bytes that are new since the last call.
   *
   * @param bytes The memory of the section, which may be another one than in the last call.
   * @param start The index of the section's first byte.
   * @param end The index after the last byte received.
   * @returns The length of the section, or -1 while it is not complete.
   * @throws {Http1Error} If the section is too large, or has a control character.
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    const { maxBytes } = this.#rules;
    const limit = Math.min(end, start + maxBytes);
    let marks = this.#marks;
    let lines = this.lines;
    let lineStart = this.#lineStart;
    let at = start + this.#at;
    for (;;) {
      at = skipAscii(bytes, at, limit);
      while (at < limit && (bytes[at] ?? 0) > 0x7f) {
        this.#ascii = false;
        at = skipAscii(bytes, at + 1, limit);
      }
      const isCrlf = at + 1 < limit && bytes[at] === CR && bytes[at + 1] === LF;
      const next = isCrlf ? at + 2 : this.#pastLineEnd(bytes, at, limit, lines);
      if (next === -1) break;
      const lineEnd = at - start;
      if (lineEnd === lineStart) {
        this.lines = lines;
        this.#lineStart = lineStart;
        return next - start;
      }
      // A full table takes no more; writing past its end would be lost.
      if (2 * lines === marks.length) marks = this.#moreMarks(lines);
      marks[2 * lines] = lineStart;
      marks[2 * lines + 1] = lineEnd;
      lines++;
      at = next;
      lineStart = next - start;
    }
    if (limit < end) throw this.#tooLarge(`${maxBytes} bytes of ${this.#rules.maxBytesOption}`);
    this.lines = lines;
    this.#lineStart = lineStart;
    this.#at = at - start;
    return -1;
  }

  /** The start of the next line when there is no CRLF at `at`: after a bare LF; -1 when more bytes are needed. */
  #pastLineEnd(bytes: Uint8Array, at: number, limit: number, lines: number): number {
    if (at === limit) return -1;
    if (bytes[at] === CR && at + 1 === limit) return -1;
    if (bytes[at] === LF && this.#rules.bareLf) return at + 1;
    const reason = bytes[at] === LF ? "ends without CR" : "has a control character";
    throw new Http1Error(
      lines === 0 ? this.#rules.badFirstLine : "bad_header",
      `Cannot read the ${this.#rules.name}: line ${lines + 1} ${reason}`,
    );
  }

  /** Doubles the full table of lines, up to its limit. */
  #moreMarks(lines: number): Int32Array {
    if (lines === this.#maxLines) throw this.#tooLarge(`${this.#rules.maxFields} fields of maxFields`);
    const more = new Int32Array(2 * Math.min(this.#maxLines, 2 * lines));
    more.set(this.#marks);
    return this.#marks = more;
  }

  #tooLarge(limit: string): Http1Error {
    const { name, tooLarge } = this.#rules;
    return new Http1Error(tooLarge, `Cannot read the ${name}: more than the ${limit} came`);
  }

  /**
   * Parses the field lines of the scanned section, from `firstLine` on.
   *
   * ```
   * field-line = field-name ":" OWS field-value OWS
   * ```
   *
   * @param bytes The memory of the section.
   * @param start The index of the section's first byte.
   * @throws {Http1Error} `bad_header`.
   */
  fields(bytes: Uint8Array, start: number, firstLine: number): Field[] {
    const fields: Field[] = [];
    const all = bytes.subarray(start, start + this.#lineStart);
    const text = this.#ascii ? ASCII.decode(all) : binaryString(all);
    for (let line = firstLine; line < this.lines; line++) {
      const lineStart = this.lineStart(line);
      let end = this.lineEnd(line);
      let at = lineStart;
      while (TOKEN_BYTES[bytes[start + at] ?? 0] === 1) at++;
      // "No whitespace is allowed between the field name and colon." (RFC 9112 §5.1)
      if (bytes[start + at] !== COLON || at === lineStart) {
        if (!isBlank(bytes[start + lineStart])) throw badFieldLine(line, "it has no valid name");
        this.#unfold(fields, line, text);
        continue;
      }
      const name = text.slice(lineStart, at).toLowerCase();
      at++;
      while (at < end && isBlank(bytes[start + at])) at++;
      while (end > at && isBlank(bytes[start + end - 1])) end--;
      fields.push([name, text.slice(at, end)]);
    }
    return fields;
  }

  /**
   * "A user agent that receives an obs-fold in a response message [...] MUST replace each received obs-fold with
   * one or more SP octets prior to interpreting the field value" (RFC 9112 §5.2). Without the option the message is refused.
   */
  #unfold(fields: Field[], line: number, text: string): void {
    const last = fields.pop();
    if (last === undefined) throw badFieldLine(line, "it begins with white space");
    if (!this.#rules.obsFold) throw badFieldLine(line, "it is folded, and allowObsFold is not set");
    const [name, value] = last;
    const more = trimBlanks(text.slice(this.lineStart(line), this.lineEnd(line)));
    fields.push([name, value === "" || more === "" ? value + more : `${value} ${more}`]);
  }
}

/** The ASCII bytes of field values: 1 for each. Every byte beyond ASCII may stand in a value, and is 0 here. */
const ASCII_VALUE_BYTES = VALUE_BYTES.slice().fill(0, 0x80);

/** Skips ASCII bytes of field values. Small and apart, so that the compiler optimizes its loop. */
function skipAscii(bytes: Uint8Array, at: number, limit: number): number {
  while (at < limit && ASCII_VALUE_BYTES[bytes[at] ?? 0] === 1) at++;
  return at;
}

const ASCII = new TextDecoder();

/** Lines for which there is room at first: more than most heads have. */
const DEFAULT_LINES = 64;

/** Decodes bytes to code units one by one, because the meaning of obs-text is open (RFC 9110 §5.5). */
function binaryString(bytes: Uint8Array): string {
  let text = "";
  // In pieces, because each byte is an argument of the call.
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SP || byte === HTAB;
}

function badFieldLine(line: number, reason: string): Http1Error {
  return new Http1Error("bad_header", `Cannot read a field in line ${line + 1}: ${reason}`);
}
