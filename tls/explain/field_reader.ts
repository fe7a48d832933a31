/**
 * Reader of a message that notes each field: its name, its place and its value.
 *
 * It reads by the wire's own {@linkcode Reader}, so that it can pass no bound. What is cut short or malformed ends the
 * reading of that part alone: the fields before it stay, with the reason beside the part.
 *
 * @module
 */

import { MAX_EXPLAINED_FIELDS, MAX_EXPLAINED_LIST } from "../limits.ts";
import { Reader } from "../wire/reader.ts";
import type { ExplainedField } from "./explained_step.ts";
import { lengthText } from "./visible_text.ts";

/** A field while it is read. */
export type FieldDraft =
  & { -readonly [Name in keyof Omit<ExplainedField, "fields">]: ExplainedField[Name] }
  & {
    fields: ExplainedField[];
  };

/** Count of the fields of one message, which all its readers share. */
interface FieldCount {
  left: number;
}

/** Reads fields one after the other. */
export class FieldReader {
  /** The fields that were read. */
  readonly fields: ExplainedField[];
  readonly #bytes: Uint8Array;
  readonly #reader: Reader;
  readonly #end: number;
  readonly #count: FieldCount;

  /**
   * @param bytes The whole message.
   * @param start Offset of the first byte to read.
   * @param end Offset behind the last one.
   * @param fields List to which the fields are added.
   * @param count Count that is shared with other readers of the message.
   */
  constructor(
    bytes: Uint8Array,
    start = 0,
    end: number = bytes.length,
    fields: ExplainedField[] = [],
    count: FieldCount = { left: MAX_EXPLAINED_FIELDS },
  ) {
    this.#bytes = bytes;
    this.#reader = new Reader(bytes, "it", start, end);
    this.#end = end;
    this.fields = fields;
    this.#count = count;
  }

  /** Number of unread bytes. */
  get left(): number {
    return this.#reader.left;
  }

  /** Offset of the next byte. */
  get at(): number {
    return this.#end - this.#reader.left;
  }

  /** The byte that is so far behind the next one; it is not read. */
  byteAt(offset: number): number | undefined {
    return offset < this.left ? this.#bytes[this.at + offset] : undefined;
  }

  /** Reads a number of so many bytes. @param show Its value as text. Default: the number. */
  number(name: string, width: 1 | 2 | 3 | 4, show: (value: number) => string = String): number {
    const start = this.at;
    const value = this.#readNumber(name, width);
    this.#add(name, show(value), start);
    return value;
  }

  /** Reads so many bytes. @param show Their value as text. Default: their length. */
  bytes(name: string, length: number, show: (bytes: Uint8Array) => string = lengthOf): Uint8Array {
    const start = this.at;
    const bytes = this.#reader.at(name).bytes(length);
    this.#add(name, show(bytes), start);
    return bytes;
  }

  /** Reads all bytes that are left. */
  rest(name: string, show?: (bytes: Uint8Array) => string): Uint8Array {
    return this.bytes(name, this.left, show);
  }

  /** Reads a vector of opaque bytes, its length in front in so many bytes. */
  opaque(name: string, width: 1 | 2 | 3, show: (bytes: Uint8Array) => string = lengthOf): Uint8Array {
    const start = this.at;
    const bytes = this.#reader.at(name).bytes(this.#readNumber(name, width));
    this.#add(name, show(bytes), start);
    return bytes;
  }

  /**
   * Reads a vector that has fields of its own.
   *
   * @param read Reads its content; where it throws, the reason stands beside the vector.
   * @param show The value of the whole, once it was read. Default: its length.
   */
  vector(
    name: string,
    width: 1 | 2 | 3,
    read: (content: FieldReader) => string | void,
  ): void {
    const start = this.at;
    const length = this.#readNumber(name, width);
    const contentStart = this.at;
    const left = this.left;
    const inside = Math.min(length, left);
    this.#reader.bytes(inside);
    const field = this.#add(name, lengthText(inside), start);
    const content = this.#inside(contentStart, contentStart + inside, field);
    readPart(field, content, read);
    if (length > left) {
      field.problem ??= `it claims ${lengthText(length)}, and there are ${left}`;
      throw new UnreadableError(`${name} is cut short`);
    }
  }

  /** Reads fields that belong together, as one field. */
  group(name: string, read: (content: FieldReader) => string | void): void {
    const start = this.at;
    const field = this.#add(name, "", start);
    const content = this.#inside(start, this.#end, field);
    try {
      const value = read(content);
      if (typeof value === "string") field.value = value;
    } finally {
      this.#reader.bytes(content.at - start);
      field.end = this.at;
    }
  }

  /**
   * Reads entries until none is left; beyond {@linkcode MAX_EXPLAINED_LIST} they are counted together.
   *
   * @param read Reads one entry by the name that it gets.
   */
  entries(read: (entry: FieldReader, name: string) => void): void {
    for (let i = 0; this.left > 0; i++) {
      if (i === MAX_EXPLAINED_LIST || this.#count.left <= 0) {
        this.rest("...", (bytes) => `more entries: ${lengthText(bytes.length)}`);
        return;
      }
      read(this, `[${i}]`);
    }
  }

  /** Reads a list of numbers as one value: the names, those behind {@linkcode MAX_EXPLAINED_LIST} counted. */
  numbers(width: 1 | 2, show: (value: number) => string): string {
    const names: string[] = [];
    let more = 0;
    while (this.left > 0) {
      const value = this.#readNumber("an entry", width);
      if (names.length < MAX_EXPLAINED_LIST) names.push(show(value));
      else more++;
    }
    return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
  }

  #readNumber(name: string, width: 1 | 2 | 3 | 4): number {
    const reader = this.#reader.at(name);
    switch (width) {
      case 1:
        return reader.u8();
      case 2:
        return reader.u16();
      case 3:
        return reader.u24();
      case 4:
        return reader.u32();
    }
  }

  #inside(start: number, end: number, field: FieldDraft): FieldReader {
    return new FieldReader(this.#bytes, start, end, field.fields, this.#count);
  }

  #add(name: string, value: string, start: number): FieldDraft {
    const field: FieldDraft = { name, value, start, end: this.at, fields: [] };
    if (this.#count.left-- > 0) this.fields.push(field);
    return field;
  }
}

/** A part of a message that cannot be read. */
class UnreadableError extends Error {}

/** Reads a part; a failure stands beside it, and so do bytes behind what was read. */
function readPart(
  field: FieldDraft,
  content: FieldReader,
  read: (content: FieldReader) => string | void,
): void {
  try {
    const value = read(content);
    if (typeof value === "string") field.value = value;
    if (content.left > 0) {
      content.rest("unread", (bytes) => `${lengthText(bytes.length)} behind its end`);
      field.problem = "there are bytes behind its end";
    }
  } catch (error) {
    field.problem = problemOf(error);
    if (content.left > 0) content.rest("unread");
  }
}

/** The reason for which something cannot be read. */
export function problemOf(error: unknown): string {
  return error instanceof Error
    ? error.message.replace(/^Cannot read [^:]{1,100}: /, "")
    : "it cannot be read";
}

function lengthOf(bytes: Uint8Array): string {
  return lengthText(bytes.length);
}
