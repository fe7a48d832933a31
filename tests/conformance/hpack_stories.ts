/**
 * The stories of http2jp/hpack-test-case: header lists, and what some encoder made of them. The blocks of a story
 * belong to one connection.
 *
 * @module
 */

import { decodeHex } from "@std/encoding";
import type { Field } from "../../http/fields.ts";

/** One list of a story. */
export interface Case {
  /** The maximum of the decoder's table from this block on, where the story changes it. */
  readonly tableSize: number | undefined;
  readonly wire: Uint8Array;
  readonly fields: readonly Field[];
}

/** One connection. */
export interface Story {
  /** `ENCODER/story_NN`. */
  readonly name: string;
  readonly cases: readonly Case[];
}

/** Reads `folder/ENCODER/story_NN.json`, all of them, in order. */
export async function* loadStories(folder: string): AsyncGenerator<Story> {
  for (const encoder of await names(folder, (entry) => entry.isDirectory)) {
    for (const file of await names(`${folder}/${encoder}`, (entry) => /^story_\d+\.json$/.test(entry.name))) {
      const json: unknown = JSON.parse(await Deno.readTextFile(`${folder}/${encoder}/${file}`));
      yield { name: `${encoder}/${file.replace(".json", "")}`, cases: parseCases(json) };
    }
  }
}

/** `{ "cases": [...] }`, as a story has it, and as `inflatehd` prints it. */
export function parseCases(json: unknown): Case[] {
  return list(member(json, "cases")).map((one) => {
    const wire = member(one, "wire");
    const tableSize = member(one, "header_table_size");
    if (typeof wire !== "string") throw new TypeError("Cannot read a story: `wire` is not a string");
    return {
      wire: decodeHex(wire),
      tableSize: typeof tableSize === "number" ? tableSize : undefined,
      fields: list(member(one, "headers")).flatMap((header) => fieldsOf(header)),
    };
  });
}

/** The fields of `{ "name": "value" }`. */
function fieldsOf(header: unknown): Field[] {
  if (typeof header !== "object" || header === null) {
    throw new TypeError("Cannot read a story: a header is not one");
  }
  return Object.entries(header).map(([name, value]) => [name, String(value)]);
}

function member(json: unknown, name: string): unknown {
  return typeof json === "object" && json !== null
    ? Object.getOwnPropertyDescriptor(json, name)?.value
    : undefined;
}

function list(json: unknown): unknown[] {
  if (!Array.isArray(json)) throw new TypeError("Cannot read a story: a list is missing");
  return json;
}

async function names(folder: string, matches: (entry: Deno.DirEntry) => boolean): Promise<string[]> {
  const found = await Array.fromAsync(Deno.readDir(folder));
  return found.filter(matches).map((entry) => entry.name).sort();
}
