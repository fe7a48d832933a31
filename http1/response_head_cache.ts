/**
 * The last head of a response, for one that is like it.
 *
 * Most responses of a connection differ in their content alone. A head that is equal to the last one, field by field, was
 * checked and encoded before, and its bytes are sent again.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import type { ContentLength, WrittenHead } from "./outgoing_fields.ts";
import { type AnsweredRequest, type ResponseHead, writeResponseHead } from "./response_head.ts";

/** Writes one head after another. */
export class ResponseHeadCache {
  #status = 0;
  #statusText: string | undefined;
  #content: ContentLength = 0;
  #method = "";
  #version = "";
  /** Names and values in turn: copies, since a list of fields may change. */
  #fields: string[] = [];
  #written: WrittenHead | undefined;

  /**
   * Writes a head as {@linkcode writeResponseHead} does.
   *
   * @throws {TypeError} If a part of the head is not valid.
   */
  write(head: ResponseHead, content: ContentLength, answered: AnsweredRequest): WrittenHead {
    const last = this.#written;
    if (last === undefined || !this.#isLast(head, content, answered)) {
      this.#written = undefined;
      const written = writeResponseHead(head, content, answered);
      this.#remember(head, content, answered);
      return this.#written = written;
    }
    if (last.bytes !== undefined) return last;
    return this.#written = { ...last, bytes: toBytes(last.text) };
  }

  #isLast(head: ResponseHead, content: ContentLength, answered: AnsweredRequest): boolean {
    return head.status === this.#status && content === this.#content &&
      head.statusText === this.#statusText &&
      answered.method === this.#method && answered.version === this.#version &&
      this.#areLast(head.fields);
  }

  #areLast(fields: readonly Field[]): boolean {
    const last = this.#fields;
    if (2 * fields.length !== last.length) return false;
    let at = 0;
    for (const field of fields) {
      if (field[0] !== last[at] || field[1] !== last[at + 1]) return false;
      at += 2;
    }
    return true;
  }

  #remember(head: ResponseHead, content: ContentLength, { method, version }: AnsweredRequest): void {
    this.#status = head.status;
    this.#statusText = head.statusText;
    this.#content = content;
    this.#method = method;
    this.#version = version;
    const strings = this.#fields;
    strings.length = 0;
    for (const field of head.fields) strings.push(field[0], field[1]);
  }
}

/** The bytes of text whose code units are bytes. */
function toBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
