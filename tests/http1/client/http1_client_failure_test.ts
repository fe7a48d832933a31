/** The driver: exchanges that fail, are cancelled, or are closed, and transports that break their contract. */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertStringIncludes } from "@std/assert";
import { Http1Client } from "../../../http1/client/http1_client.ts";
import type { Http1ConnectionOptions } from "../../../http1/limits.ts";
import { Http1Error } from "../../../http1/error.ts";
import { get, nextTurn, post, scene, source } from "../peer.ts";
import { bytes, text } from "../wires.ts";

const OK = "HTTP/1.1 200 OK\r\n";

Deno.test("Http1Client: P-26: the request rejects with an error of onInformational", async () => {
  const { client, server } = scene();
  const thrown = new Error("from the callback");
  const pending = client.request(get(), {
    onInformational: () => {
      throw thrown;
    },
  });
  await server.head();
  await server.send("HTTP/1.1 103 Early Hints\r\n\r\n");
  assertStrictEquals(await assertRejects(() => pending), thrown);
  assertEquals(client.closed, true);
});

Deno.test("Http1Client: close within onInformational rejects the request", async () => {
  const { client, server } = scene();
  const pending = client.request(get(), { onInformational: () => client.close() });
  await server.head();
  await server.send(`HTTP/1.1 103 Early Hints\r\n\r\n${OK}content-length: 0\r\n\r\n`);
  assertEquals((await assertRejects(() => pending, Http1Error)).code, "closed");
});

/** What the server sends, and what becomes of the request. */
const FAILURES: readonly {
  name: string;
  wire: string;
  options?: Http1ConnectionOptions;
  end?: "close" | "reset";
  code: string;
  progress: string;
}[] = [
  {
    name: "H1-27: an end instead of a response",
    wire: "",
    end: "close",
    code: "connection_closed",
    progress: "no_response",
  },
  {
    name: "a reset instead of a response",
    wire: "",
    end: "reset",
    code: "connection_closed",
    progress: "no_response",
  },
  {
    name: "H1-27: an end inside the head",
    wire: "HTTP/1.1 2",
    end: "close",
    code: "truncated",
    progress: "responding",
  },
  {
    name: "an end after a 1xx response",
    wire: "HTTP/1.1 103 Early Hints\r\n\r\n",
    end: "close",
    code: "truncated",
    progress: "responding",
  },
  {
    name: "H1-19: a bad status line",
    wire: "HTTP/1.1 20x\r\n\r\n",
    code: "bad_status_line",
    progress: "responding",
  },
  { name: "H1-15: a bad field", wire: `${OK}no colon\r\n\r\n`, code: "bad_header", progress: "responding" },
  {
    name: "H1-01: a bad length",
    wire: `${OK}content-length: +8\r\n\r\n`,
    code: "bad_content_length",
    progress: "responding",
  },
  {
    name: "H1-25: a head without end",
    wire: OK + "x: y".repeat(300),
    options: { maxHeadBytes: 1000 },
    code: "head_too_large",
    progress: "responding",
  },
  {
    name: "H1-31: a switch that was not offered",
    wire: "HTTP/1.1 101 x\r\n\r\n",
    code: "unexpected_upgrade",
    progress: "responding",
  },
  {
    name: "H1-29: 1xx responses without end",
    wire: "HTTP/1.1 100 x\r\n\r\n".repeat(100),
    options: { maxInformationalBytes: 1000 },
    code: "too_many_informational",
    progress: "responding",
  },
];

for (const { name, wire, options, end, code, progress } of FAILURES) {
  for (const chunk of [Infinity, 1000, 3]) {
    Deno.test(`Http1Client: ${name} fails the request (in pieces of ${chunk})`, async () => {
      const { client, server, log } = scene(options, { chunk });
      const pending = client.request(get());
      const failed = assertRejects(() => pending, Http1Error);
      await server.head();
      await server.send(wire).catch(() => {}); // the driver may have seen enough
      if (end === "close") server.io.close();
      if (end === "reset") server.io.reset();
      const error = await failed;
      assertEquals([error.code, error.progress], [code, progress]);
      assertEquals([client.closed, client.idle], [true, false]);
      assertEquals(log.filter((entry) => entry === "close").length, 1);
      assertEquals(log.includes("idle"), false);
    });
  }
}

/** What the server sends, and how far the content gets. */
const CUT: readonly { name: string; wire: string; end?: "close" | "reset"; content: string; code: string }[] =
  [
    {
      name: "B-12: an end before the length",
      wire: "content-length: 10\r\n\r\n1234567",
      end: "close",
      content: "1234567",
      code: "truncated",
    },
    {
      name: "a reset before the length",
      wire: "content-length: 10\r\n\r\n",
      end: "reset",
      content: "",
      code: "truncated",
    },
    {
      name: "B-14: a failing read without a length",
      wire: "x: y\r\n\r\n",
      end: "reset",
      content: "",
      code: "truncated",
    },
    {
      name: "B-08: an end between chunks",
      wire: "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
      end: "close",
      content: "abc",
      code: "truncated",
    },
    {
      name: "B-02: a bad chunk",
      wire: "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nX\r\n",
      content: "abc",
      code: "bad_chunk",
    },
    {
      name: "B-09: too large trailers",
      wire: `transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: ${"y".repeat(20_000)}\r\n\r\n`,
      content: "abc",
      code: "trailers_too_large",
    },
  ];

for (const { name, wire, end, content, code } of CUT) {
  for (const chunk of [Infinity, 1000, 3]) {
    Deno.test(`Http1Client: ${name} fails the content, not the response (in pieces of ${chunk})`, async () => {
      const { client, server } = scene({}, { chunk });
      const pending = client.request(get());
      await server.head();
      await server.send(OK + wire);
      const { status, body, trailers } = await pending;
      assertEquals(status, 200);
      assert(!(body instanceof Uint8Array));
      if (end === "reset") server.io.reset();
      if (end === "close") server.io.close();
      let got = "";
      const error = await assertRejects(async () => {
        for (let piece = await body.read(); piece !== undefined; piece = await body.read()) {
          got += text(piece);
        }
      }, Http1Error);
      assertEquals(got, content);
      assertEquals([error.code, error.progress], [code, "responding"]);
      assertStrictEquals(await assertRejects(() => body.read()), error, "for ever");
      assertStrictEquals(await assertRejects(() => trailers), error);
      assertEquals(client.closed, true);
    });
  }
}

Deno.test("Http1Client: close closes the connection once", async () => {
  const { client, server, log } = scene();
  const pending = client.request(get());
  await server.head();
  client.close();
  client.close();
  const error = await assertRejects(() => pending, Http1Error);
  assertEquals([error.code, error.progress], ["closed", "no_response"]);
  assertEquals(log.filter((entry) => entry === "close").length, 1);
  const cancelled: string[] = [];
  const refused = await assertRejects(() => client.request(post(source(["x"], cancelled))), Http1Error);
  assertEquals([refused.code, refused.progress], ["connection_closed", "unsent"]);
  assertEquals(cancelled, ["cancel Http1Error"], "its content is given up too");
  assertEquals(await server.rest(), "");
});

Deno.test("Http1Client: close fails content that has not all arrived", async () => {
  const { client, server } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}content-length: 10\r\n\r\n`);
  const { body } = await pending;
  assert(!(body instanceof Uint8Array));
  const reading = assertRejects(() => body.read(), Http1Error);
  client.close();
  assertEquals((await reading).code, "closed");
});

Deno.test("Http1Client: P-17: a request is cancelled before its response", async () => {
  const { client, server, log } = scene();
  let cancel = (_: unknown): void => {};
  const pending = client.request(get(), { onCancel: (given) => cancel = given });
  await server.head();
  const reason = new DOMException("enough", "AbortError");
  cancel(reason);
  assertStrictEquals(await assertRejects(() => pending), reason);
  assertEquals([client.closed, log.at(-1)], [true, "close"]);
  assertEquals(await server.rest(), "");
  cancel("late");
});

Deno.test("Http1Client: P-17: a request is cancelled before it is sent", async () => {
  const { client, server } = scene();
  const log: string[] = [];
  const pending = client.request(post(source(["x"], log)), { onCancel: (cancel) => cancel("no") });
  assertEquals(await pending.catch((reason) => reason), "no");
  assertEquals(log, ["cancel no"]);
  assertEquals(await server.rest(), "", "nothing was written");
});

Deno.test("Http1Client: P-17: a request is cancelled while its content is read", async () => {
  const { client, server } = scene();
  let cancel = (_: unknown): void => {};
  const pending = client.request(get(), { onCancel: (given) => cancel = given });
  await server.head();
  await server.send(`${OK}content-length: 10\r\n\r\n01234`);
  const { body, trailers } = await pending;
  assert(!(body instanceof Uint8Array));
  assertEquals(text(await body.read() ?? bytes("none")), "01234");
  const reading = body.read().catch((reason) => reason);
  cancel("enough");
  assertEquals(await reading, "enough");
  assertEquals(await body.read().catch((reason) => reason), "enough");
  assertEquals(await trailers.catch((reason) => reason), "enough");
  assertEquals(client.closed, true);
});

Deno.test("Http1Client: cancelling after the exchange has no effect", async () => {
  const { client, server } = scene();
  let cancel = (_: unknown): void => {};
  const pending = client.request(get(), { onCancel: (given) => cancel = given });
  await server.head();
  await server.send(`${OK}content-length: 0\r\n\r\n`);
  await pending;
  cancel("late");
  assertEquals(client.idle, true);
  const next = client.request(get());
  cancel("later still");
  await server.head();
  await server.send(`${OK}content-length: 0\r\n\r\n`);
  assertEquals((await next).status, 200);
  client.close();
});

Deno.test("Http1Client: B-19: cancelling content closes the connection", async () => {
  const { client, server } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}content-length: 10\r\n\r\n01234`);
  const { body } = await pending;
  assert(!(body instanceof Uint8Array));
  body.cancel();
  body.cancel("again");
  assertEquals(client.closed, true);
  assertEquals((await assertRejects(() => body.read(), Http1Error)).code, "closed");
  assertEquals(await server.rest(), "");
});

Deno.test("Http1Client: cancelling content that has ended has no effect", async () => {
  const { client, server } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}content-length: 2\r\n\r\n`);
  const { body } = await pending;
  assert(!(body instanceof Uint8Array));
  await server.send("ok");
  await body.read();
  body.cancel();
  assertEquals(client.idle, true);
  client.close();
});

Deno.test("Http1Client: a transport that throws, or counts wrong, fails the exchange", async () => {
  const pending = () => new Promise<never>(() => {});
  const oops = (): never => {
    throw new Error("thrown");
  };
  /** A response that would be well if the count were. */
  const answered = (more: number) => (into: Uint8Array) => {
    into.set(bytes(`${OK}content-length: 0\r\n\r\n`));
    return Promise.resolve(into.length + more);
  };
  for (
    const [name, read, write, cause] of [
      ["read throws", oops, () => Promise.resolve(1000), "thrown"],
      ["read counts 0", () => Promise.resolve(0), () => Promise.resolve(1000), "have read 0 bytes"],
      ["read counts too many", answered(1), () => Promise.resolve(1000), "have read 16385 bytes"],
      ["read counts NaN", answered(NaN), () => Promise.resolve(1000), "have read NaN bytes"],
      ["write counts 0", pending, () => Promise.resolve(0), "have written 0 bytes"],
      ["write counts -1", pending, () => Promise.resolve(-1), "have written -1 bytes"],
      ["write counts NaN", pending, () => Promise.resolve(NaN), "have written NaN bytes"],
    ] as const
  ) {
    let closed = 0;
    const client = new Http1Client({ read, write, close: () => closed++ });
    const error = await assertRejects(() => client.request(get()), Http1Error, "Cannot", name);
    assertStringIncludes(String(error.cause), cause);
    assertEquals([client.closed, closed], [true, 1], name);
  }
});

Deno.test("Http1Client: an error of the transport's close is ignored", () => {
  const client = new Http1Client({
    read: () => new Promise(() => {}),
    write: () => Promise.resolve(0),
    close: () => {
      throw new Error("gone");
    },
  });
  client.close();
  assertEquals(client.closed, true);
});

Deno.test("Http1Client: P-26: the request rejects with an error of onCancel", async () => {
  const { client, server } = scene();
  const thrown = new Error("from the callback");
  const pending = client.request(get(), {
    onCancel: () => {
      throw thrown;
    },
  });
  assertStrictEquals(await assertRejects(() => pending), thrown);
  assertEquals(client.closed, true);
  assertEquals(await server.rest(), "");
});

Deno.test("Http1Client: a read that succeeds after close is ignored", async () => {
  let finish = (_: number): void => {};
  const client = new Http1Client({
    read: () => new Promise((resolve) => finish = resolve),
    write: (bytes) => Promise.resolve(bytes.length),
    close() {},
  });
  const pending = client.request(get());
  const failed = assertRejects(() => pending, Http1Error);
  client.close();
  finish(5);
  assertEquals((await failed).code, "closed");
});

Deno.test("Http1Client: a write that succeeds after close is followed by no other", async () => {
  const written: number[] = [];
  let finish = (): void => {};
  const client = new Http1Client({
    read: () => new Promise(() => {}),
    write: ({ length }) => {
      written.push(length);
      return new Promise((resolve) => finish = () => resolve(length));
    },
    close() {},
  });
  const failed = assertRejects(() => client.request(post(new Uint8Array(1_000_000))), Http1Error);
  assertEquals(written.length, 1);
  client.close();
  finish();
  await nextTurn();
  assertEquals([(await failed).code, written.length], ["closed", 1]);
});

Deno.test("Http1Client: a request after the transport failed rejects with its error as the cause", async () => {
  const cause = new Error("reset");
  const client = new Http1Client({
    read: () => Promise.reject(cause),
    write: (bytes) => Promise.resolve(bytes.length),
    close() {},
  });
  await nextTurn();
  assertEquals(client.closed, true);
  const error = await assertRejects(() => client.request(get()), Http1Error);
  assertEquals([error.code, error.progress], ["connection_closed", "unsent"]);
  assertStrictEquals(error.cause, cause);
});
