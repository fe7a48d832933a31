/**
 * The names of the static table as the encoder needs them: their indices, and whether their values are indexed.
 *
 * @module
 */

import { STATIC_TABLE } from "./static_table.ts";

/**
 * Whether a field is added to the dynamic table.
 *
 * - `index`: yes, it is likely to be sent again.
 * - `skip`: no, its value is another each time, and would only push others out.
 * - `never`: no, and no hop may. A value that is in a table can be guessed, guess by guess, by watching how long
 *   the blocks are (RFC 7541 §7.1).
 * - `never_short`: as `never` where the value is short enough to be guessed, otherwise as `index`.
 */
export type Indexing = "index" | "skip" | "never" | "never_short";

/** A name of the static table. */
export interface StaticName {
  /** The first index with this name. */
  readonly index: number;
  /** The indices of its fields by their values. */
  readonly values: ReadonlyMap<string, number>;
  /** Whether other values are added to the dynamic table. */
  readonly indexing: Indexing;
}

/** Policies other than `index`. */
const INDEXING: Readonly<Record<string, Indexing>> = {
  "authorization": "never",
  "proxy-authorization": "never",
  "set-cookie": "never",
  "cookie": "never_short",

  ":path": "skip",
  "age": "skip",
  "content-length": "skip",
  "content-range": "skip",
  "date": "skip",
  "etag": "skip",
  "expires": "skip",
  "if-match": "skip",
  "if-modified-since": "skip",
  "if-none-match": "skip",
  "if-range": "skip",
  "if-unmodified-since": "skip",
  "last-modified": "skip",
  "location": "skip",
  "range": "skip",
};

/** The names of the static table. */
export const STATIC_NAMES: ReadonlyMap<string, StaticName> = collectNames();

function collectNames(): Map<string, StaticName> {
  const names = new Map<string, StaticName & { readonly values: Map<string, number> }>();
  let index = 1;
  for (const [name, value] of STATIC_TABLE) {
    const known = names.get(name);
    if (known === undefined) {
      names.set(name, { index, values: new Map([[value, index]]), indexing: INDEXING[name] ?? "index" });
    } else {
      known.values.set(value, index);
    }
    index++;
  }
  return names;
}
