/** The content of a response: whole where it is at hand, a source where it is not. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { beginContent, type ResponseContent } from "../../../server/exchange/response_content.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Row {
  readonly name: string;
  readonly body: () => ReadableStream<Uint8Array> | null;
  /** The content, or the piece at hand and what is read. */
  readonly content: string | readonly [first: string | undefined, ...read: string[]];
  readonly declared?: number;
  readonly milliseconds?: number;
}

/** A stream of pieces, with pauses where a piece is empty. */
function inTime(...pieces: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      let piece = pieces.shift();
      if (piece === "") {
        for (let i = 0; i < 50; i++) await null; // longer than is waited for
        piece = pieces.shift();
      }
      if (piece === undefined) controller.close();
      else controller.enqueue(encoder.encode(piece));
    },
  }, { highWaterMark: 0 });
}

const ROWS: readonly Row[] = [
  { name: "a string", body: () => new Response("abc").body, content: "abc" },
  { name: "bytes", body: () => new Response(encoder.encode("abc")).body, content: "abc" },
  { name: "an empty string", body: () => new Response("").body, content: "" },
  { name: "a blob", body: () => new Response(new Blob(["abc"])).body, content: ["abc"] },
  { name: "a stream that ends at once", body: () => inTime("abc"), content: "abc" },
  { name: "a stream of two pieces", body: () => inTime("abc", "def"), content: ["abc", "def"] },
  {
    name: "a stream that pauses before its first piece",
    body: () => inTime("", "abc"),
    content: [undefined, "abc"],
  },
  { name: "a stream that pauses after it", body: () => inTime("abc", "", "def"), content: ["abc", "def"] },
  {
    name: "a declared length, in the piece at hand",
    body: () => inTime("abc", "", "def"),
    declared: 2,
    content: ["ab"],
  },
  {
    name: "a declared length, in a later piece",
    body: () => inTime("abc", "", "def"),
    declared: 5,
    content: ["abc", "de"],
  },
  {
    name: "with time, a stream that pauses is whole",
    body: () => inTime("", "abc", "", "def"),
    milliseconds: 10_000,
    content: "abcdef",
  },
  {
    name: "with time, no more is gathered than the limit",
    body: () => inTime("a".repeat(60_000), "b".repeat(6000), "c"),
    milliseconds: 10_000,
    content: ["a".repeat(60_000) + "b".repeat(6000), "c"],
  },
];

function begin(stream: ReadableStream<Uint8Array>, row: Partial<Row> = {}): Promise<ResponseContent> {
  return new Promise((resolve) => beginContent(stream, row.declared, row.milliseconds ?? 0, resolve));
}

for (const row of ROWS) {
  Deno.test(`ResponseContent: ${row.name}`, async () => {
    const content = await begin(row.body() ?? new ReadableStream(), row);
    if (typeof row.content === "string") {
      assert(content instanceof Uint8Array);
      return assertEquals(decoder.decode(content), row.content);
    }
    // A blob is read in the background, so either is right.
    if (content instanceof Uint8Array) return assertEquals([decoder.decode(content)], row.content);
    const [first, ...rest] = row.content;
    const taken = content.takeFirst(Infinity);
    const read: string[] = [];
    for (let piece = await content.read(); piece !== undefined; piece = await content.read()) {
      read.push(decoder.decode(piece));
    }
    const all = [...(taken === undefined ? [] : [decoder.decode(taken)]), ...read];
    assertEquals(all.join(""), [first ?? "", ...rest].join(""));
    if (row.name !== "a blob") assertEquals(taken === undefined ? undefined : decoder.decode(taken), first);
  });
}

Deno.test("ResponseContent: a stream that fails is a source that fails", async () => {
  const content = await begin(new ReadableStream({ start: (controller) => controller.error("broken") }));
  assert(!(content instanceof Uint8Array));
  assertEquals(await content.read().catch((reason) => reason), "broken");
});

Deno.test("ResponseContent: a piece that is no Uint8Array fails, and cancels the stream", async () => {
  const seen: unknown[] = [];
  const stream = new ReadableStream({
    start: (controller) => controller.enqueue("text"),
    cancel: (reason) => void seen.push(reason),
  });
  const content = await begin(stream);
  assert(!(content instanceof Uint8Array));
  await assertRejects(() => content.read(), TypeError);
  assert(seen[0] instanceof TypeError);
});

Deno.test("ResponseContent: a piece at hand that is too large for its place stays", async () => {
  const content = await begin(inTime("abc", "", "def"));
  assert(!(content instanceof Uint8Array));
  assertEquals(content.takeFirst(2), undefined);
  assertEquals(decoder.decode(await content.read()), "abc");
  content.cancel("enough");
});

Deno.test("ResponseContent: a piece at hand that just fits is taken, once", async () => {
  const content = await begin(inTime("abc", "", "def"));
  assert(!(content instanceof Uint8Array));
  assertEquals(decoder.decode(content.takeFirst(3)), "abc");
  assertEquals(content.takeFirst(Infinity), undefined);
  assertEquals(decoder.decode(await content.read()), "def");
  content.cancel("enough");
});
