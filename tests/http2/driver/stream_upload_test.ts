/** One upload by itself: its turns, what it holds, how it fails, and what it does to its source. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import type { Field } from "../../../http/fields.ts";
import type { OutgoingBody } from "../../../http/message.ts";
import type { Http2Connection } from "../../../http2/connection.ts";
import { StreamUpload } from "../../../http2/driver/stream_upload.ts";
import {
  DEFAULT_UPLOAD_CHUNK_BYTES,
  MAX_HELD_UPLOAD_BYTES,
  MAX_UPLOAD_TURN_BYTES,
} from "../../../http2/limits.ts";

type Chunk = Uint8Array | undefined | Error;

/** An upload of these chunks, or of bytes, to a machine that takes as much as the window says. */
function setUp(
  content: readonly Chunk[] | Uint8Array,
  trailers?: () => readonly Field[] | Promise<readonly Field[]>,
) {
  const calls: string[] = [];
  const cancelled: unknown[] = [];
  const failures: unknown[] = [];
  const pool = { held: 0, onReady: () => void calls.push("ready") };
  const state = { window: 1_000_000, error: undefined as Error | undefined };
  const throwIfBroken = () => {
    if (state.error !== undefined) throw state.error;
  };
  const machine = {
    sendable: () => state.window,
    sendData(_: number, bytes: Uint8Array, end: boolean) {
      throwIfBroken();
      const sent = Math.min(bytes.length, state.window);
      state.window -= sent;
      calls.push(`data ${sent}${end ? " end" : ""}`);
      return sent;
    },
    sendTrailers(_: number, fields: readonly Field[]) {
      throwIfBroken();
      calls.push(`trailers ${fields.length}`);
    },
  };
  const left = content instanceof Uint8Array ? [] : [...content];
  const source: OutgoingBody = {
    read() {
      calls.push("read");
      const chunk = left.shift();
      return chunk instanceof Error ? Promise.reject(chunk) : Promise.resolve(chunk);
    },
    cancel: (reason) => void cancelled.push(reason),
    ...(trailers && { trailers }),
  };
  const listener = {
    onUploaded: () => void calls.push("uploaded"),
    onUploadFailed: (reason: unknown) => void failures.push(reason),
  };
  const upload = new StreamUpload(1, listener, content instanceof Uint8Array ? content : source, pool);
  // The upload calls these alone.
  const send = () => upload.send(machine as Partial<Http2Connection> as Http2Connection);
  return { calls, cancelled, failures, pool, state, upload, send };
}

/** Sends, lets the source answer, and sends again, until the upload is over. */
async function sendAll({ send, upload }: Pick<ReturnType<typeof setUp>, "send" | "upload">): Promise<void> {
  for (let i = 0; i < 20 && !upload.isOver; i++) {
    send();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

Deno.test("StreamUpload: bytes go in pieces of a turn, the last with END_STREAM", () => {
  const { calls, upload, send } = setUp(new Uint8Array(MAX_UPLOAD_TURN_BYTES + 1));
  assertEquals([send(), upload.isHolding, upload.isOver], [true, true, false]);
  assertEquals([send(), upload.isOver, upload.sent], [true, true, MAX_UPLOAD_TURN_BYTES + 1]);
  assertEquals(calls, [`data ${MAX_UPLOAD_TURN_BYTES}`, "data 1 end", "uploaded"]);
  assertEquals(send(), false);
});

Deno.test("StreamUpload: a window that takes a part, or nothing, leaves the rest for later", () => {
  const { calls, state, upload, send, pool } = setUp(new Uint8Array(10));
  state.window = 4;
  assertEquals([send(), send(), upload.isHolding, upload.sent], [true, false, true, 4]);
  state.window = 10;
  assertEquals([send(), upload.isOver, pool.held], [true, true, 0]);
  assertEquals(calls.at(-1), "uploaded");
});

Deno.test("StreamUpload: a source is asked chunk by chunk, and its trailers end the stream", async () => {
  for (
    const trailers of [undefined, () => [["a", "1"]] as const, () => Promise.resolve([["a", "1"]] as const)]
  ) {
    const up = setUp([new Uint8Array(3), new Uint8Array(4)], trailers);
    await sendAll(up);
    assertEquals(up.calls.filter((call) => call !== "ready"), [
      ...["read", "data 3", "read", "data 4", "read", `trailers ${trailers ? 1 : 0}`, "uploaded"],
    ]);
    assertEquals([up.cancelled, up.failures, up.pool.held], [[], [], 0]);
  }
});

Deno.test("StreamUpload: what is asked for and what waits counts as held", async () => {
  const { pool, state, upload, send } = setUp([new Uint8Array(100)]);
  state.window = 0;
  assertEquals([send(), pool.held], [false, DEFAULT_UPLOAD_CHUNK_BYTES]);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals([pool.held, upload.isHolding], [100, true]);
  upload.stop(new Error("enough"));
  assertEquals(pool.held, 0);
});

for (
  const [name, held, window, asks] of [
    ["little is held and the window is closed", MAX_HELD_UPLOAD_BYTES - 1, 0, true],
    ["much is held and the window is closed", MAX_HELD_UPLOAD_BYTES, 0, false],
    ["much is held and the window is open", MAX_HELD_UPLOAD_BYTES, 1, true],
  ] as const
) {
  Deno.test(`StreamUpload: where ${name}, the source is ${asks ? "" : "not "}asked`, () => {
    const { calls, pool, state, send } = setUp([new Uint8Array(1)]);
    [pool.held, state.window] = [held, window];
    assertEquals(send(), false);
    assertEquals(calls, asks ? ["read"] : []);
  });
}

Deno.test("StreamUpload: a machine that refuses content or trailers ends the upload, and cancels its source", async () => {
  for (const chunks of [[new Uint8Array(3)], []]) {
    const { failures, cancelled, state, upload, send, pool } = setUp(chunks, () => [["a", "1"]]);
    send();
    await new Promise((resolve) => setTimeout(resolve, 0));
    state.error = new Error("refused");
    assertEquals([send(), upload.isOver, pool.held], [false, true, 0]);
    assertEquals([failures.length, cancelled.length], [1, 1]);
    assertStrictEquals(failures[0], state.error);
    assertStrictEquals(cancelled[0], state.error);
    upload.stop(new Error("again"));
    assertEquals(cancelled.length, 1);
  }
});

Deno.test("StreamUpload: a source that fails, in its content or its trailers, ends the upload once, uncancelled", async () => {
  const failure = new Error("disk");
  for (
    const up of [
      setUp([failure]),
      setUp([], () => Promise.reject(failure)),
      setUp([], () => {
        throw failure;
      }),
    ]
  ) {
    await sendAll(up);
    assertEquals([up.failures.length, up.cancelled.length, up.upload.isOver, up.pool.held], [1, 0, true, 0]);
    assertStrictEquals(up.failures[0], failure);
  }
});

Deno.test("StreamUpload: stopping cancels a source that has more, once, and one that has ended not at all", async () => {
  const reason = new Error("enough");
  for (
    const [chunks, turns, expected] of [[[new Uint8Array(1)], 0, 1], [[new Uint8Array(1)], 1, 1], [
      [],
      1,
      0,
    ]] as const
  ) {
    const { upload, send, cancelled, failures, calls } = setUp(chunks);
    for (let i = 0; i < turns; i++) {
      send();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    upload.stop(reason);
    upload.stop(reason);
    assertEquals([cancelled.length, failures, send(), upload.isOver], [expected, [], false, true]);
    assertEquals(calls.includes("uploaded"), false);
  }
});

Deno.test("StreamUpload: what a source gives after the upload was stopped is not sent", async () => {
  for (const chunk of [new Uint8Array(5), undefined, new Error("late")]) {
    const { upload, send, calls, failures, pool } = setUp([chunk]);
    send();
    upload.stop(new Error("enough"));
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals([send(), calls, failures, pool.held], [false, ["read"], [], 0]);
  }
});
