/**
 * HPACK against the stories of http2jp/hpack-test-case: what other encoders wrote is decoded, and what ours writes
 * is read by nghttp2, through `inflatehd` where that is installed, otherwise through Node's HTTP/2 server.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { HpackDecoder } from "../../http2/hpack/decoder.ts";
import { HpackEncoder } from "../../http2/hpack/encoder.ts";
import { findInflatehd } from "./hpack_inflatehd.ts";
import { findNode } from "./hpack_node.ts";
import { loadStories, type Story } from "./hpack_stories.ts";
import { report, Tally, type Tell, type Totals } from "./suite.ts";

/** A decoder of another project. */
export interface Peer extends AsyncDisposable {
  readonly name: string;
  /** The list that it can be given in place of `fields`; for a decoder alone, that is `fields`. */
  carry(fields: readonly Field[]): readonly Field[];
  /** Decodes the blocks of one connection. */
  read(blocks: readonly Block[]): Promise<readonly (readonly Field[])[]>;
}

/** A block, and the maximum of the peer's table from there on, if that changes. */
export interface Block {
  readonly tableSize: number | undefined;
  readonly wire: Uint8Array;
}

/** The name of the folder in FOLDER. */
export const data = "hpack";

/** No story has a list this large. */
const MAX_LIST_SIZE = 1 << 20;

/** Checks every story in `folder`/hpack, once for the decoder and once for the encoder. */
export async function run(folder: string, tell: Tell = report): Promise<Totals> {
  await using peer = await findInflatehd() ?? await findNode();
  const tally = new Tally(tell);
  for await (const story of loadStories(`${folder}/${data}`)) {
    await tally.check(`${story.name}, decoded`, () => checkDecoder(story));
    if (peer !== undefined) {
      await tally.check(`${story.name}, read by ${peer.name}`, () => checkEncoder(story, peer));
    }
  }
  tell(
    peer === undefined
      ? "hpack: what the encoder writes was not read: neither inflatehd nor node is installed"
      : `hpack: what the encoder writes was read by ${peer.name}`,
  );
  return tally.totals;
}

function checkDecoder({ cases }: Story): void {
  const decoder = new HpackDecoder();
  for (const [i, { tableSize, wire, fields }] of cases.entries()) {
    if (tableSize !== undefined) decoder.setMaxTableSize(tableSize);
    compare(decoder.decode(wire, MAX_LIST_SIZE).fields, fields, i);
  }
}

async function checkEncoder({ cases }: Story, peer: Peer): Promise<void> {
  const lists = cases.map(({ fields }) => peer.carry(fields));
  // As large a table as the story allows, so that stories with large tables test that.
  const maxTableSize = Math.max(4096, ...cases.map(({ tableSize }) => tableSize ?? 0));
  const encoder = new HpackEncoder({ maxTableSize });
  const blocks = cases.map(({ tableSize }, i): Block => {
    if (tableSize !== undefined) encoder.setMaxTableSize(tableSize);
    return { tableSize, wire: encoder.encode(lists[i] ?? []) };
  });
  const read = await peer.read(blocks);
  for (const [i, fields] of lists.entries()) compare(read[i] ?? [], fields, i);
  if (read.length !== lists.length) {
    throw new Error(`${read.length} lists were read instead of ${lists.length}`);
  }
}

function compare(actual: readonly Field[], expected: readonly Field[], block: number): void {
  for (let i = 0; i < Math.max(actual.length, expected.length); i++) {
    const [is, should] = [JSON.stringify(actual[i]), JSON.stringify(expected[i])];
    if (is !== should) throw new Error(`field ${i} of block ${block} is ${is} instead of ${should}`);
  }
}
