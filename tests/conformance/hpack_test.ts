/**
 * The conformance suite is a test like others: one that has never failed proves nothing by passing.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { run } from "./hpack.ts";
import { findNode } from "./hpack_node.ts";

/** RFC 7541 C.4.1 and C.4.2, as a story. */
const CASES = [
  {
    wire: "828684418cf1e3c2e5f23a6ba0ab90f4ff",
    headers: [{ ":method": "GET" }, { ":scheme": "http" }, { ":path": "/" }, {
      ":authority": "www.example.com",
    }],
  },
  {
    wire: "828684be5886a8eb10649cbf",
    headers: [
      { ":method": "GET" },
      { ":scheme": "http" },
      { ":path": "/" },
      { ":authority": "www.example.com" },
      { "cache-control": "no-cache" },
    ],
  },
];

const STORIES = [
  { name: "a good story passes", cases: CASES, failed: 0 },
  {
    name: "a story with another value fails",
    cases: [{ ...CASES[0], headers: [...CASES[0]?.headers ?? [], { "a": "b" }] }],
    failed: 1,
  },
  { name: "a story that does not decode fails", cases: [{ wire: "80", headers: [] }], failed: 1 },
  { name: "a story without the block that fills the table fails", cases: CASES.slice(1), failed: 1 },
] as const;

for (const { name, cases, failed } of STORIES) {
  Deno.test(`conformance: hpack: ${name}`, async () => {
    await using folder = await storyFolder({ cases });
    const lines: string[] = [];
    const totals = await run(folder.path, (line) => lines.push(line));
    assertEquals(totals.failed, failed);
    assertEquals(
      lines.filter((line) => line.startsWith("FAILED encoder/story_00, decoded: ")).length,
      failed,
    );
  });
}

const peer = await findNode();
await peer?.[Symbol.asyncDispose]();

Deno.test({
  name: "conformance: hpack: Node reads blocks as they are, and tells apart what differs (needs node)",
  ignore: peer === undefined,
  fn: async () => {
    await using node = await findNode();
    const fields = [[":method", "GET"], [":scheme", "http"], [":authority", "a"], [":path", "/"]] as const;
    const wire = Uint8Array.of(0x82, 0x86, 0x41, 0x01, 0x61, 0x84);
    const again = Uint8Array.of(0x82, 0x86, 0xbe, 0x84);
    assertEquals(await node?.read([{ tableSize: undefined, wire }, { tableSize: undefined, wire: again }]), [
      fields,
      fields,
    ]);
    // A reduced table has to be told about first, so this block is none.
    assertEquals(await node?.read([{ tableSize: undefined, wire }, { tableSize: 0, wire: again }]), [fields]);
    // Told about, it is empty.
    const smaller = Uint8Array.of(0x20, 0x82, 0x86, 0x01, 0x01, 0x61, 0x84);
    assertEquals(await node?.read([{ tableSize: 0, wire: smaller }]), [fields]);
  },
});

async function storyFolder(story: unknown): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  await Deno.mkdir(`${path}/hpack/encoder`, { recursive: true });
  await Deno.writeTextFile(`${path}/hpack/encoder/story_00.json`, JSON.stringify(story));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
