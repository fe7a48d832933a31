/** Bulk reads: which reads become one piece, where they end, and whose memory it is. */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import type { IncomingBody } from "../../../http/message.ts";
import { Http1Client } from "../../../http1/client/http1_client.ts";
import { BulkReader } from "../../../http1/driver/bulk_reader.ts";
import { Http1Error } from "../../../http1/error.ts";
import type { Duplex } from "../../../io/duplex.ts";
import { get } from "../peer.ts";
import { bytes } from "../wires.ts";

/** Bytes of a record: what a read brings, unless a step says otherwise. */
const RECORD_BYTES = 16_384;
/** Bytes of content that is read in bulk. */
const LENGTH = 40 * RECORD_BYTES;

/** What reads are answered with: bytes, an end, a failure, a claimed count, or a wait for `go()`. */
type Step = Uint8Array | null | Error | number | "wait";

/** A transport whose reads are answered by steps, one each; a `wait` holds back the step behind it. */
function scripted(steps: readonly Step[]): { io: Duplex; rooms: number[]; go: () => void } {
  const left = [...steps];
  const rooms: number[] = [];
  let go = () => {};
  async function read(into: Uint8Array): Promise<number | null> {
    rooms.push(into.length);
    const step = left.shift();
    if (step === "wait") {
      await new Promise<void>((resolve) => go = resolve);
      rooms.pop();
      return await read(into);
    }
    if (step === undefined) return await new Promise(() => {});
    if (step instanceof Error) throw step;
    if (step === null || typeof step === "number") return step;
    const part = step.subarray(0, into.length);
    into.set(part);
    if (part.length < step.length) left.unshift(step.subarray(part.length));
    return part.length;
  }
  return {
    rooms,
    go: () => go(),
    io: { read, write: (bytes) => Promise.resolve(bytes.length), close: () => {} },
  };
}

/** Bytes that differ from their neighbours and from those of other pieces. */
function pattern(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (first + i * 7 + (i >> 8)) & 0xff);
}

const record = (first: number) => pattern(RECORD_BYTES, first);

/** What each read gives: the lengths of its pieces, an end, or the message of a failure. */
const ROWS: readonly {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly left?: number;
  readonly gives: readonly (number | null | string)[];
}[] = [
  {
    name: "reads that are answered at once are one piece",
    steps: [record(1), record(2), "wait"],
    gives: [32768],
  },
  {
    name: "a read that waits is the next piece",
    steps: [record(1), "wait", record(2), "wait"],
    gives: [16384, 16384],
  },
  { name: "short reads are one piece too", steps: [pattern(1), pattern(2), pattern(3), "wait"], gives: [6] },
  {
    name: "a piece ends where the memory has no room for a record",
    steps: Array.from({ length: 9 }, (_, i) => record(i)),
    gives: [131072, 16384],
  },
  { name: "no more is read than is still to come", steps: [pattern(70_000)], left: 65_536, gives: [65_536] },
  {
    name: "no read begins behind the last byte of the content",
    steps: [pattern(65_000), pattern(536), new Error("read too much")],
    left: 65_536,
    gives: [65_536],
  },
  { name: "an end is told behind the bytes before it", steps: [record(1), null], gives: [16384, null] },
  {
    name: "a failure is told behind the bytes before it",
    steps: [record(1), new Error("lost")],
    gives: [16384, "lost"],
  },
  {
    name: "a failure after a wait is told behind the bytes before it",
    steps: [record(1), "wait", new Error("lost")],
    gives: [16384, "lost"],
  },
  { name: "an end at once is an end", steps: [null], gives: [null] },
  {
    name: "a count of nothing is a failure",
    steps: [record(1), 0],
    gives: [16384, "The transport claims to have read 0 bytes"],
  },
  {
    name: "a count beyond the room is a failure",
    steps: [200_000],
    gives: ["The transport claims to have read 200000 bytes"],
  },
];

for (const { name, steps, left = LENGTH, gives } of ROWS) {
  Deno.test(`BulkReader: ${name}`, async () => {
    const { io, rooms, go } = scripted(steps);
    const reader = new BulkReader(io);
    const sent = concat(steps.filter((step) => step instanceof Uint8Array));
    let received = 0;
    for (const expected of gives) {
      const reading = reader.read(left - received);
      for (let i = 0; i < 20; i++) await undefined;
      go();
      if (typeof expected === "string") await assertRejects(() => reading, Error, expected);
      else {
        const piece = await reading;
        assertEquals(piece?.length ?? null, expected);
        if (piece === null) continue;
        assert(reader.owns(piece));
        assertEquals(piece, sent.subarray(received, received += piece.length));
      }
    }
    assert(rooms.every((room) => room >= Math.min(RECORD_BYTES, left - received)), `${rooms}`);
    reader.release();
  });
}

Deno.test("BulkReader: a read that fails after the release is not an unhandled rejection", async () => {
  const { io, go } = scripted([record(1), "wait", new Error("lost")]);
  const reader = new BulkReader(io);
  await reader.read(LENGTH);
  reader.release();
  go();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(reader.takes(1, false), false, "nothing is pending");
});

Deno.test("BulkReader: content is taken when reads are short, when a view will do, and when a read is pending", async () => {
  const { io } = scripted([record(1), "wait"]);
  const reader = new BulkReader(io);
  const takes =
    () => [reader.takes(LENGTH, false), reader.takes(LENGTH, true), reader.takes(undefined, true)];
  assertEquals(takes(), [false, true, false]);
  reader.filled(65_536, RECORD_BYTES);
  assertEquals(takes(), [true, true, false]);
  reader.filled(65_536, 65_536);
  assertEquals(takes(), [false, true, false]);
  reader.filled(1000, 1); // the room was that of the rest of some content
  assertEquals(takes(), [false, true, false]);
  assertEquals(reader.takes(65_535, true), false, "too little is still to come");
  await reader.read(LENGTH);
  assertEquals(reader.takes(1, false), true);
  reader.release();
});

/** A client in the middle of content, whose transport continues with these steps. */
async function inContent(steps: readonly Step[]): Promise<{ body: IncomingBody; go: () => void }> {
  const head = bytes(`HTTP/1.1 200 OK\r\ncontent-length: ${LENGTH}\r\n\r\n`);
  const { io, go } = scripted(["wait", head, ...steps]);
  const client = new Http1Client(io);
  const pending = client.request(get());
  go();
  const { body } = await pending;
  assert(!(body instanceof Uint8Array));
  return { body, go };
}

const CONTENT = pattern(LENGTH);

/** The content in pieces of `size` bytes, with a wait before every `each`th. */
function pieces(size: number, each: number): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < LENGTH; at += size) {
    if ((at / size + 1) % each === 0) steps.push("wait");
    steps.push(CONTENT.subarray(at, at + size));
  }
  return steps;
}

for (const size of [1000, 16_383, RECORD_BYTES, 16_385, 65_536, 131_072, LENGTH]) {
  for (const each of [1, 2, 5, Infinity]) {
    for (const how of ["read", "readView"] as const) {
      Deno.test(`Http1Client: content in reads of ${size} bytes, every ${each}th late, is whole by ${how}`, async () => {
        const { body, go } = await inContent(pieces(size, each));
        const received: Uint8Array[] = [];
        for (;;) {
          const reading = how === "read" ? body.read() : body.readView?.() ?? body.read();
          for (let i = 0; i < 20; i++) await undefined;
          go();
          const piece = await reading;
          if (piece === undefined) break;
          received.push(how === "read" ? piece : piece.slice());
        }
        assertEquals(concat(received), CONTENT);
        if (how === "readView") return;
        const buffers = new Set(received.map(({ buffer }) => buffer));
        assertEquals(buffers.size, received.length, "each piece has memory of its own");
      });
    }
  }
}

Deno.test("Http1Client: content that fails amid bulk reads is given up to there, and no further", async () => {
  const lost = new Error("lost");
  const { body } = await inContent([...pieces(RECORD_BYTES, Infinity).slice(0, 20), lost]);
  let length = 0;
  const error = await assertRejects(async () => {
    for (let piece = await body.read(); piece !== undefined; piece = await body.read()) {
      length += piece.length;
    }
  }, Http1Error);
  assertEquals(length, 20 * RECORD_BYTES);
  assertEquals(error.code, "truncated");
  assertStrictEquals(error.cause, lost);
  assertStrictEquals(await assertRejects(() => body.read()), error);
});
