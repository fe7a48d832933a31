/**
 * The fields of the last head, for one that repeats them.
 *
 * A client sends much the same fields with every request on a connection, and a server the same with responses that are
 * alike. A section of the same bytes has the same meaning, so it is compared, and not parsed again.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import type { ControlFields } from "./control_fields.ts";

/** What a section of field lines means. */
export interface ReadFields {
  /** The fields as received. */
  readonly received: readonly Field[];
  /** Those of them that control the connection. */
  readonly stated: ControlFields;
}

/** Recognises a section that is repeated. */
export class RepeatedFields {
  #bytes = NONE;
  #read: ReadFields | undefined;

  /** The meaning of the section from `start` to `end`, if it is that of the last one. */
  find(bytes: Uint8Array, start: number, end: number): ReadFields | undefined {
    const last = this.#bytes;
    return end - start === last.length && areEqual(last, bytes, start) ? this.#read : undefined;
  }

  /** Keeps a section, if it is short enough. */
  keep(bytes: Uint8Array, start: number, end: number, read: ReadFields): void {
    const fits = end - start <= MAX_KEPT_BYTES;
    this.#bytes = fits ? bytes.slice(start, end) : NONE;
    this.#read = fits ? read : undefined;
  }
}

/** Whether `bytes` have those of `section` from `start` on. Small and apart, so that the compiler optimizes its loop. */
function areEqual(section: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < section.length; i++) if (section[i] !== bytes[start + i]) return false;
  return true;
}

const NONE = new Uint8Array();

/** Bytes of a section that is kept: that of a browser has less, and a connection that idles keeps no more. */
const MAX_KEPT_BYTES = 1024;
