/** Content of every kind, taken over and opened. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { concat } from "@std/bytes/concat";
import { prepareBody, type PreparedBody } from "../../../client/request/body.ts";
import { ClientError } from "../../../client/error/client_error.ts";
import { RequestBody } from "../../../client/request/request_body.ts";
import type { OutgoingBody } from "../../../http/message.ts";

const utf8 = new TextEncoder();
const LARGE = new Uint8Array(200_000).map((_, i) => i * 7);

/** What JavaScript may pass where TypeScript would not let it. */
const anything = (value: unknown): BodyInit => value as BodyInit;

async function contentOf(body: PreparedBody): Promise<Uint8Array> {
  const content = await body.open();
  return content instanceof Uint8Array ? content : await collect(content);
}

async function collect(source: OutgoingBody): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) chunks.push(chunk);
  assertEquals(await source.read(), undefined);
  return concat(chunks);
}

interface Kind {
  readonly name: string;
  readonly make: () => BodyInit;
  readonly bytes: Uint8Array;
  readonly length: number | undefined;
  readonly type: string | undefined;
  readonly replayable: boolean;
}

const TEXT = "text/plain;charset=UTF-8";
const KINDS: readonly Kind[] = [
  { name: "a string", make: () => "aé", bytes: utf8.encode("aé"), length: 3, type: TEXT, replayable: true },
  {
    name: "an empty string",
    make: () => "",
    bytes: new Uint8Array(),
    length: 0,
    type: TEXT,
    replayable: true,
  },
  {
    name: "a number",
    make: () => anything(12),
    bytes: utf8.encode("12"),
    length: 2,
    type: TEXT,
    replayable: true,
  },
  {
    name: "a String object",
    make: () => anything(Object("ab")),
    bytes: utf8.encode("ab"),
    length: 2,
    type: TEXT,
    replayable: true,
  },
  {
    name: "an object with a text",
    make: () => anything({ toString: () => "the text" }),
    bytes: utf8.encode("the text"),
    length: 8,
    type: TEXT,
    replayable: true,
  },
  {
    name: "a Uint8Array",
    make: () => new Uint8Array([1, 2]),
    bytes: new Uint8Array([1, 2]),
    length: 2,
    type: undefined,
    replayable: true,
  },
  {
    name: "a part of a Uint8Array",
    make: () => new Uint8Array([1, 2, 3]).subarray(1, 2),
    bytes: new Uint8Array([2]),
    length: 1,
    type: undefined,
    replayable: true,
  },
  {
    name: "an ArrayBuffer",
    make: () => new Uint8Array([1, 2]).buffer,
    bytes: new Uint8Array([1, 2]),
    length: 2,
    type: undefined,
    replayable: true,
  },
  {
    name: "a DataView",
    make: () => new DataView(new Uint8Array([1, 2, 3]).buffer, 1),
    bytes: new Uint8Array([2, 3]),
    length: 2,
    type: undefined,
    replayable: true,
  },
  {
    name: "a Uint16Array",
    make: () => new Uint16Array([0x0201]),
    bytes: new Uint8Array([1, 2]),
    length: 2,
    type: undefined,
    replayable: true,
  },
  {
    name: "shared memory",
    make: () => anything(new Uint8Array(new SharedArrayBuffer(2))),
    bytes: new Uint8Array(2),
    length: 2,
    type: undefined,
    replayable: true,
  },
  {
    name: "search parameters",
    make: () => new URLSearchParams([["a b", "1&2=3+4%\u{1f600}"]]),
    bytes: utf8.encode("a+b=1%262%3D3%2B4%25%F0%9F%98%80"),
    length: 32,
    type: "application/x-www-form-urlencoded;charset=UTF-8",
    replayable: true,
  },
  {
    name: "a small blob",
    make: () => new Blob(["ab"], { type: "a/b" }),
    bytes: utf8.encode("ab"),
    length: 2,
    type: "a/b",
    replayable: true,
  },
  {
    name: "an empty blob without type",
    make: () => new Blob(),
    bytes: new Uint8Array(),
    length: 0,
    type: undefined,
    replayable: true,
  },
  {
    name: "a large blob",
    make: () => new Blob([LARGE]),
    bytes: LARGE,
    length: LARGE.length,
    type: undefined,
    replayable: true,
  },
  {
    name: "a file",
    make: () => new File(["ab"], "f", { type: "a/b" }),
    bytes: utf8.encode("ab"),
    length: 2,
    type: "a/b",
    replayable: true,
  },
  {
    name: "a stream",
    make: () => new Blob(["ab"]).stream(),
    bytes: utf8.encode("ab"),
    length: undefined,
    type: undefined,
    replayable: false,
  },
  {
    name: "a stream with empty chunks",
    make: () =>
      ReadableStream.from([
        new Uint8Array(),
        utf8.encode("a"),
        new Uint8Array(),
        utf8.encode("b"),
        new Uint8Array(),
      ]),
    bytes: utf8.encode("ab"),
    length: undefined,
    type: undefined,
    replayable: false,
  },
  {
    name: "an async generator",
    make: () =>
      (async function* () {
        yield utf8.encode("a");
        yield utf8.encode("b");
      })(),
    bytes: utf8.encode("ab"),
    length: undefined,
    type: undefined,
    replayable: false,
  },
  {
    name: "an array of bytes",
    make: () => [utf8.encode("a"), utf8.encode("b")],
    bytes: utf8.encode("ab"),
    length: undefined,
    type: undefined,
    replayable: false,
  },
];

for (const { name, make, bytes, length, type, replayable } of KINDS) {
  Deno.test(`prepareBody: ${name}`, async () => {
    const body = prepareBody(make());
    assertEquals({ length: body.length, type: body.type, replayable: body.replayable }, {
      length,
      type,
      replayable,
    });
    const content = await body.open();
    if (!(content instanceof Uint8Array)) assertEquals(content.length, length);
    assertEquals(content instanceof Uint8Array ? content : await collect(content), bytes);
    if (replayable) assertEquals(await contentOf(body), bytes);
  });

  Deno.test(`prepareBody: ${name}, as the platform has it`, async () => {
    const init = make();
    if (ArrayBuffer.isView(init) && init.buffer instanceof SharedArrayBuffer) {
      assertThrows(() => new Response(init), TypeError); // we are the more lenient one
      return;
    }
    const platform = new Response(init);
    assertEquals(prepareBody(make()).type ?? null, platform.headers.get("content-type"));
    assertEquals(bytes, await platform.bytes());
  });
}

Deno.test("prepareBody: bytes are copied, so that the caller may go on writing", async () => {
  const given = new Uint8Array([1, 2]);
  const view = prepareBody(given);
  const buffer = prepareBody(given.buffer);
  given.fill(9);
  assertEquals(await contentOf(view), new Uint8Array([1, 2]));
  assertEquals(await contentOf(buffer), new Uint8Array([1, 2]));
});

Deno.test("prepareBody: a small blob is bytes, a large one a source", async () => {
  assertInstanceOf(await prepareBody(new Blob([LARGE.subarray(0, 65_536)])).open(), Uint8Array);
  const source = await prepareBody(new Blob([LARGE.subarray(0, 65_537)])).open();
  assert(!(source instanceof Uint8Array));
  source.cancel("not wanted");
});

Deno.test("prepareBody: R-13: a blob that cannot be read fails the request", async () => {
  const blob = Object.assign(new Blob(["x"]), { arrayBuffer: () => Promise.reject(cause) });
  const error = await assertRejects(async () => await prepareBody(blob).open(), ClientError);
  assertEquals(error.code, "request_body_failed");
  assertStrictEquals(error.cause, cause);
});

Deno.test("prepareBody: a stream cannot be sent twice", async () => {
  const body = prepareBody(new Blob(["ab"]).stream());
  await contentOf(body);
  const error = assertThrows(() => body.open(), ClientError);
  assertEquals(error.code, "request_body_failed");
});

Deno.test("prepareBody: a stream is locked at once", () => {
  const stream = new ReadableStream();
  const body = prepareBody(stream);
  assert(stream.locked);
  body.discard("not wanted");
});

Deno.test("prepareBody: a stream is asked for one chunk at a time, and for none before it is read", async () => {
  let asked = 0;
  const stream = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array([asked++]));
    },
  }, { highWaterMark: 0 });
  const source = await prepareBody(stream).open();
  assert(!(source instanceof Uint8Array));
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(asked, 0);
  await source.read();
  await source.read();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(asked, 2);
  source.cancel("enough");
});

for (const [name, opened] of [["that is being sent", true], ["that is not sent", false]] as const) {
  Deno.test(`prepareBody: a stream ${name} is cancelled when it is discarded`, async () => {
    const reasons: unknown[] = [];
    const body = prepareBody(new ReadableStream({ cancel: (reason) => void reasons.push(reason) }));
    const source = opened ? await body.open() : undefined;
    if (source instanceof Uint8Array) throw source;
    source?.cancel("enough");
    source?.cancel("again");
    body.discard("enough");
    assertEquals(reasons, ["enough"]);
    assertEquals(await source?.read(), undefined);
  });
}

Deno.test("prepareBody: a generator is ended when it is discarded", async () => {
  let returned = false;
  const source = await prepareBody(
    (async function* () {
      try {
        yield new Uint8Array(1);
        yield new Uint8Array(1);
      } finally {
        returned = true;
      }
    })(),
  ).open();
  assert(!(source instanceof Uint8Array));
  await source.read();
  source.cancel("enough");
  await new Promise((resolve) => setTimeout(resolve));
  assert(returned);
});

Deno.test("prepareBody: a stream whose cancel rejects causes no unhandled rejection", async () => {
  const body = prepareBody(new ReadableStream({ cancel: () => Promise.reject(new Error("no")) }));
  const source = await body.open();
  assert(!(source instanceof Uint8Array));
  source.cancel("enough");
  await new Promise((resolve) => setTimeout(resolve));
});

const cause = new Error("disk on fire");
const FAILING: readonly { name: string; init: () => BodyInit; declared?: number; cause?: unknown }[] = [
  {
    name: "R-13: a stream that fails",
    init: () => new ReadableStream({ start: (controller) => controller.error(cause) }),
    cause,
  },
  { name: "R-13: a stream that fails midway", init: () => failingMidway(), cause },
  { name: "a chunk that is a string", init: () => anything(ReadableStream.from(["text"])) },
  { name: "a chunk that is an ArrayBuffer", init: () => anything(ReadableStream.from([new ArrayBuffer(1)])) },
  { name: "a chunk that is null", init: () => anything(ReadableStream.from([null])) },
  { name: "an iterable of strings", init: () => anything(["text"]) },
  {
    name: "R-08: a stream beyond its declared length",
    init: () => ReadableStream.from([new Uint8Array(2), new Uint8Array(2)]),
    declared: 3,
  },
  {
    name: "R-08: a stream short of its declared length",
    init: () => ReadableStream.from([new Uint8Array(2)]),
    declared: 3,
  },
  {
    name: "R-08: a stream with content where none was declared",
    init: () => ReadableStream.from([new Uint8Array(2)]),
    declared: 0,
  },
];

function failingMidway(): ReadableStream<Uint8Array> {
  let first = true;
  return new ReadableStream({
    pull(controller) {
      if (!first) throw cause;
      first = false;
      controller.enqueue(new Uint8Array(1));
    },
  });
}

for (const { name, init, declared, cause } of FAILING) {
  Deno.test(`prepareBody: ${name} fails the request, and then is over`, async () => {
    const source = await prepareBody(init(), declared).open();
    assert(!(source instanceof Uint8Array));
    const error = await assertRejects(async () => {
      while (await source.read() !== undefined);
    }, ClientError);
    assertEquals(error.code, "request_body_failed");
    if (cause !== undefined) assertStrictEquals(error.cause, cause);
    assertEquals(await source.read(), undefined);
    source.cancel("late");
  });
}

Deno.test("prepareBody: a stream of exactly its declared length passes", async () => {
  const body = prepareBody(ReadableStream.from([new Uint8Array(2), new Uint8Array(1)]), 3);
  assertEquals(body.length, 3);
  assertEquals(await contentOf(body), new Uint8Array(3));
});

function bodyOf(init: BodyInit): ReadableStream {
  const { body } = new Request("http://h/", { method: "POST", body: init });
  assert(body !== null);
  return body;
}

const WRAPPED: readonly [string, () => BodyInit, string][] = [
  ["a string", () => "ab", "ab"],
  ["bytes", () => utf8.encode("ab"), "ab"],
  ["nothing", () => "", ""],
  ["search parameters", () => new URLSearchParams("a=b"), "a=b"],
];
for (const [name, init, text] of WRAPPED) {
  Deno.test(`RequestBody: a Request made of ${name} proves to be bytes, and is replayable`, async () => {
    const body = new RequestBody(bodyOf(init()), undefined);
    assertEquals([body.length, body.replayable], [undefined, false]);
    assertEquals(await body.open(), utf8.encode(text));
    assertEquals([body.length, body.replayable], [text.length, true]);
    assertEquals(await body.open(), utf8.encode(text));
  });
}

Deno.test("RequestBody: a stream is not waited for", async () => {
  let enqueue: ((chunk: Uint8Array) => void) | undefined;
  let close: (() => void) | undefined;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      enqueue = (chunk) => controller.enqueue(chunk);
      close = () => controller.close();
    },
  });
  const body = new RequestBody(bodyOf(stream), undefined);
  const source = await body.open(); // although nothing has come
  assert(!(source instanceof Uint8Array));
  assertEquals([body.length, body.replayable], [undefined, false]);
  const first = source.read();
  enqueue?.(utf8.encode("ab"));
  assertEquals(await first, utf8.encode("ab"));
  enqueue?.(utf8.encode("cd"));
  close?.();
  assertEquals(await collect(source), utf8.encode("cd"));
  assertThrows(() => body.open(), ClientError);
});

Deno.test("RequestBody: a stream that has a chunk and not yet its end is not waited for either", async () => {
  let close: (() => void) | undefined;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(utf8.encode("ab"));
      close = () => controller.close();
    },
  });
  const source = await new RequestBody(bodyOf(stream), undefined).open();
  assert(!(source instanceof Uint8Array));
  assertEquals(await source.read(), utf8.encode("ab"));
  close?.();
  assertEquals(await source.read(), undefined);
});

const BAD_STREAMS: readonly [string, () => ReadableStream, number?][] = [
  ["fails", () => new ReadableStream({ start: (controller) => controller.error(cause) })],
  ["fails midway", () => failingMidway()],
  ["gives text", () => ReadableStream.from(["text"])],
  ["is longer than declared", () => bodyOf("abc"), 2],
  ["is shorter than declared", () => bodyOf("abc"), 4],
  ["is empty against its declaration", () => bodyOf(""), 4],
];
for (const [name, stream, declared] of BAD_STREAMS) {
  Deno.test(`RequestBody: a stream that ${name} fails the request`, async () => {
    const source = await new RequestBody(stream(), declared).open();
    assert(!(source instanceof Uint8Array));
    const error = await assertRejects(() => collect(source), ClientError);
    assertEquals(error.code, "request_body_failed");
  });
}

Deno.test("RequestBody: is cancelled when it is discarded, opened or not", async () => {
  const reasons: unknown[] = [];
  const make = () =>
    new RequestBody(new ReadableStream({ cancel: (reason) => void reasons.push(reason) }), undefined);
  make().discard("early");
  const source = await make().open();
  assert(!(source instanceof Uint8Array));
  source.cancel("late");
  assertEquals(reasons, ["early", "late"]);
});
