/**
 * nghttp2's `inflatehd`: JSON with blocks on its standard input, JSON with fields on its standard output.
 *
 * @module
 */

import { encodeHex } from "@std/encoding";
import type { Field } from "../../http/fields.ts";
import type { Block, Peer } from "./hpack.ts";
import { parseCases } from "./hpack_stories.ts";

/** `inflatehd`, if it is on the PATH. */
export async function findInflatehd(): Promise<Peer | undefined> {
  try {
    await runInflatehd([]);
    return {
      name: "nghttp2's inflatehd",
      carry: (fields) => fields,
      read: runInflatehd,
      async [Symbol.asyncDispose]() {},
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function runInflatehd(blocks: readonly Block[]): Promise<readonly (readonly Field[])[]> {
  const process = new Deno.Command("inflatehd", { stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  const cases = blocks.map(({ tableSize, wire }) => ({
    wire: encodeHex(wire),
    header_table_size: tableSize,
  }));
  const [output] = await Promise.all([
    process.output(),
    new Blob([JSON.stringify({ context: "request", cases })]).stream().pipeTo(process.stdin),
  ]);
  const text = new TextDecoder();
  if (!output.success) throw new Error(`inflatehd: ${text.decode(output.stderr).trim()}`);
  return parseCases(JSON.parse(text.decode(output.stdout))).map(({ fields }) => fields);
}
