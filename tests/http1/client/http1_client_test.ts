/** The driver: exchanges, and what ends them. */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { Http1Client } from "../../../http1/client/http1_client.ts";
import { Http1Error } from "../../../http1/error.ts";
import type { IncomingBody } from "../../../http/message.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { collect, get, headOf, Peer, post, scene, settle, source } from "../peer.ts";
import { bytes, text } from "../wires.ts";

const OK = "HTTP/1.1 200 OK\r\n";

Deno.test("Http1Client: a small exchange is one write and one response with its content", async () => {
  const { client, server, log } = scene();
  assertEquals([client.idle, client.closed, client.capacity], [true, false, 1]);
  const pending = client.request(get({ fields: [["x", "y"]] }));
  assertEquals([client.idle, client.capacity], [false, 0]);
  await server.expect(headOf("GET", "x: y"));
  await server.send(`${OK}Content-Length: 5\r\nX-A: \xe9\r\n\r\nhello`);
  const response = await pending;
  assertEquals(response.status, 200);
  assertEquals(response.statusText, "OK");
  assertEquals(response.version, "HTTP/1.1");
  assertEquals(response.fields, [["content-length", "5"], ["x-a", "\xe9"]]);
  assertEquals(response.body, bytes("hello"));
  assertEquals(await response.trailers, []);
  assertEquals(response.upgraded, undefined);
  assertEquals(client.idle, true);
  assertEquals(log, ["unref", "ref", `write ${headOf("GET", "x: y").length}`, "unref", "idle"]);
  client.close();
  assertEquals(log.at(-1), "close");
});

Deno.test("Http1Client: exchanges follow one another on one connection", async () => {
  const { client, server, log } = scene();
  for (let i = 0; i < 5; i++) {
    const pending = client.request(get());
    await server.head();
    await server.send(`${OK}content-length: 1\r\n\r\n${i}`);
    assertEquals(await collect((await pending).body), String(i));
  }
  assertEquals(log.filter((entry) => entry === "idle").length, 5);
  client.close();
});

Deno.test("Http1Client: the next request may be sent out of onIdle", async () => {
  const results: Promise<number>[] = [];
  const { client, server } = scene({
    onIdle: () => {
      if (results.length < 3) results.push(client.request(get()).then((response) => response.status));
    },
  });
  results.push(client.request(get()).then((response) => response.status));
  for (const status of [200, 404, 500]) {
    await server.head();
    await server.send(`HTTP/1.1 ${status} x\r\ncontent-length: 0\r\n\r\n`);
  }
  assertEquals(await Promise.all(results), [200, 404, 500]);
  client.close();
});

Deno.test("Http1Client: head and content are one write where they fit, and large content is not copied", async () => {
  for (const [length, writes] of [[0, 1], [1, 1], [65_536, 1], [65_537, 2]] as const) {
    const { client, server, log } = scene({}, { capacity: 1_000_000 });
    const pending = client.request(post(new Uint8Array(length).fill(0x61)));
    await server.expect(headOf("POST", `content-length: ${length}`) + "a".repeat(length));
    await server.send(`${OK}content-length: 0\r\n\r\n`);
    await pending;
    assertEquals(log.filter((entry) => entry.startsWith("write")).length, writes, `${length} bytes`);
    client.close();
  }
});

Deno.test("Http1Client: a write that takes little at a time loses nothing", async () => {
  const { client, server } = scene({}, { capacity: 7 });
  const content = "0123456789".repeat(100);
  const pending = client.request(post(bytes(content)));
  await server.expect(headOf("POST", "content-length: 1000") + content);
  await server.send(`${OK}content-length: 0\r\n\r\n`);
  assertEquals((await pending).status, 200);
  client.close();
});

Deno.test("Http1Client: content that is not all there is a source, read as it is asked for", async () => {
  const { client, server, log } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}content-length: 11\r\n\r\nhello`);
  const { body, trailers } = await pending;
  assert(!(body instanceof Uint8Array));
  assertEquals(body.length, 11);
  assertEquals(text(await body.read() ?? bytes("none")), "hello");
  await server.send(" world");
  await settle();
  assertEquals(server.io.unread, 6, "nothing is read that nobody asked for");
  assertEquals(client.idle, false);
  assertEquals(text(await body.read() ?? bytes("none")), " world");
  assertEquals(client.idle, true, "the end of the content is known by its length");
  assertEquals(log.at(-1), "idle");
  assertEquals(await body.read(), undefined);
  assertEquals(await body.read(), undefined);
  assertEquals(await trailers, []);
  client.close();
});

Deno.test("Http1Client: chunks and trailers", async () => {
  const { client, server } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n `);
  const { body, trailers } = await pending;
  assert(!(body instanceof Uint8Array));
  assertEquals(body.length, undefined);
  assertEquals(text(await body.read() ?? bytes("none")), "hello ");
  const next = body.read();
  await server.send("\r\n5;x=y\r\nwor");
  assertEquals(text(await next ?? bytes("none")), "wor");
  await server.send("ld\r\n0\r\nX-Sum: 1\r\nHost: a\r\n\r\n");
  assertEquals(text(await body.read() ?? bytes("none")), "ld");
  assertEquals(await trailers, [["x-sum", "1"]]);
  assertEquals(await body.read(), undefined);
  assertEquals(client.idle, true);
  client.close();
});

Deno.test("Http1Client: chunks that came with the head are one piece of content", async () => {
  const { client, server } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}transfer-encoding: chunked\r\n\r\n1\r\nh\r\n4\r\nello\r\n0\r\nX-Sum: 1\r\n\r\n`);
  const { body, trailers } = await pending;
  assertEquals(body, bytes("hello"));
  assertEquals(await trailers, [["x-sum", "1"]]);
  client.close();
});

Deno.test("Http1Client: a chunk head alone does not wake the reader", async () => {
  const { client, server } = scene({}, { chunk: 1 });
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}transfer-encoding: chunked\r\n\r\n000003\r\nabc\r\n0\r\n\r\n`);
  const { body } = await pending;
  assert(!(body instanceof Uint8Array));
  const chunks: string[] = [];
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
    chunks.push(text(chunk));
  }
  assertEquals(chunks, ["a", "b", "c"]);
  client.close();
});

Deno.test("Http1Client: a second reader while one waits is refused", async () => {
  const { client, server } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}content-length: 2\r\n\r\n`);
  const { body } = await pending;
  assert(!(body instanceof Uint8Array));
  const first = body.read();
  await assertRejects(() => body.read(), TypeError, "pending");
  await server.send("ok");
  assertEquals(text(await first ?? bytes("none")), "ok");
  client.close();
});

Deno.test("Http1Client: responses without content", async () => {
  const { client, server } = scene();
  for (
    const [method, wire] of [
      ["HEAD", `${OK}content-length: 100\r\n\r\n`],
      ["HEAD", `${OK}transfer-encoding: chunked\r\n\r\n`],
      ["GET", "HTTP/1.1 204 No Content\r\n\r\n"],
      ["GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 100\r\n\r\n"],
      ["GET", `${OK}content-length: 0\r\n\r\n`],
      ["GET", `${OK}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ] as const
  ) {
    const pending = client.request(get({ method }));
    await server.head();
    await server.send(wire);
    assertEquals((await pending).body, new Uint8Array(), wire);
  }
  client.close();
});

Deno.test("Http1Client: 1xx responses are told in order", async () => {
  const { client, server } = scene();
  const told: unknown[] = [];
  const pending = client.request(get(), { onInformational: (...args) => told.push(args) });
  await server.head();
  await server.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  await server.send(`HTTP/1.1 102 Processing\r\n\r\n${OK}content-length: 2\r\n\r\nok`);
  assertEquals(await collect((await pending).body), "ok");
  assertEquals(told, [[103, [["link", "</a>"]]], [102, []]]);
  client.close();
});

Deno.test("Http1Client: P-26: what onInformational throws is what the request rejects with", async () => {
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

Deno.test("Http1Client: closing out of onInformational is heeded", async () => {
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
    wire: OK + "x: y".repeat(70_000),
    code: "head_too_large",
    progress: "responding",
  },
  {
    name: "H1-31: a switch that nobody asked for",
    wire: "HTTP/1.1 101 x\r\n\r\n",
    code: "unexpected_upgrade",
    progress: "responding",
  },
  {
    name: "H1-29: 1xx responses without end",
    wire: "HTTP/1.1 100 x\r\n\r\n".repeat(100),
    code: "too_many_informational",
    progress: "responding",
  },
];

for (const { name, wire, end, code, progress } of FAILURES) {
  for (const chunk of [Infinity, 1000, 3]) {
    Deno.test(`Http1Client: ${name} fails the request (in pieces of ${chunk})`, async () => {
      const { client, server, log } = scene({}, { chunk });
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

Deno.test("Http1Client: trailers that nobody awaits do not reject into the void", async () => {
  const { client, server } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}content-length: 10\r\n\r\n`);
  const { trailers } = await pending;
  assert(trailers instanceof Promise);
  client.close();
  await settle();
  await assertRejects(() => trailers, Http1Error);
});

Deno.test("Http1Client: content without a length ends with the connection", async () => {
  const { client, server, log } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}\r\nto the `);
  const { body } = await pending;
  await server.send("end");
  await server.io.closeWrite();
  assertEquals(await collect(body), "to the end");
  assertEquals([client.closed, log.at(-1)], [true, "close"]);
});

Deno.test("Http1Client: H1-36: a response that says close is the last", async () => {
  const { client, server, log } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}Connection: x\r\nConnection: close\r\ncontent-length: 2\r\n\r\nok`);
  assertEquals(await collect((await pending).body), "ok");
  assertEquals([client.closed, log.includes("idle")], [true, false]);
});

for (const name of ["a length", "chunks"]) {
  Deno.test(`Http1Client: B-13: bytes after content with ${name} are never a response`, async () => {
    const { client, server } = scene();
    const pending = client.request(get());
    await server.head();
    const content = name === "chunks"
      ? "transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
      : "content-length: 2\r\n\r\nok";
    await server.send(`${OK}${content}${OK}content-length: 0\r\n\r\n`);
    assertEquals(await collect((await pending).body), "ok");
    assertEquals(client.closed, true);
  });
}

Deno.test("Http1Client: H1-33: content after HEAD is never a response", async () => {
  const { client, server } = scene();
  const pending = client.request(get({ method: "HEAD" }));
  await server.head();
  await server.send(`${OK}content-length: 10\r\n\r\n`);
  await pending;
  assertEquals(client.idle, true);
  await server.send("0123456789");
  await settle();
  assertEquals(client.closed, true);
});

Deno.test("Http1Client: B-20: bytes on an idle connection close it at once", async () => {
  for (const fresh of [true, false]) {
    const { client, server, log } = scene();
    if (!fresh) {
      const pending = client.request(get());
      await server.head();
      await server.send(`${OK}content-length: 0\r\n\r\n`);
      await pending;
    }
    await server.send(`${OK}content-length: 6\r\n\r\npoison`);
    await settle();
    assertEquals([client.closed, client.capacity, log.at(-1)], [true, 0, "close"]);
    const error = await assertRejects(() => client.request(get()), Http1Error);
    assertEquals([error.code, error.progress], ["connection_closed", "unsent"]);
    assertEquals(await server.rest(), "");
  }
});

Deno.test("Http1Client: P-12: the end of an idle connection is noticed at once", async () => {
  for (const end of ["close", "reset"] as const) {
    const { client, server, log } = scene();
    server.io[end]();
    await settle();
    assertEquals([client.closed, log.at(-1)], [true, "close"]);
    const error = await assertRejects(() => client.request(get()), Http1Error);
    assertEquals([error.code, error.progress], ["connection_closed", "unsent"]);
  }
});

Deno.test("Http1Client: close is for ever, and once", async () => {
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

Deno.test("Http1Client: closing fails content on its way", async () => {
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

Deno.test("Http1Client: a request while another is in progress is a TypeError, and harms nobody", async () => {
  const { client, server } = scene();
  const pending = client.request(get());
  assertThrows(() => void client.request(get()), TypeError, "in progress");
  await server.head();
  await server.send(`${OK}content-length: 10\r\n\r\n01234`);
  const { body } = await pending;
  assertThrows(() => void client.request(get()), TypeError, "in progress");
  await server.send("56789");
  assertEquals(await collect(body), "0123456789");
  assertEquals(client.idle, true);
  client.close();
});

Deno.test("Http1Client: a request that may not be sent is a TypeError, and the connection is as it was", async () => {
  const { client, server } = scene();
  assertThrows(() => void client.request(get({ fields: [["x", "a\r\nb"]] })), TypeError);
  assertThrows(() => void client.request(get({ method: "G T" })), TypeError);
  assertThrows(() => void client.request(post(bytes("123"), [["content-length", "5"]])), TypeError);
  assertEquals(client.idle, true);
  const pending = client.request(get());
  await server.expect(headOf("GET"));
  await server.send(`${OK}content-length: 0\r\n\r\n`);
  assertEquals((await pending).status, 200);
  client.close();
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

Deno.test("Http1Client: cancelling late is harmless", async () => {
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

Deno.test("Http1Client: B-19: content that is given up closes the connection", async () => {
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

Deno.test("Http1Client: giving up content that has ended harms nobody", async () => {
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

Deno.test("Http1Client: a 101 hands the connection over, and what came of the new protocol first", async () => {
  for (const early of ["", "early"]) {
    const { client, server, log } = scene();
    const pending = client.request(get({ fields: [["connection", "upgrade"], ["upgrade", "echo"]] }));
    await server.head();
    await server.send(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n${early}`,
    );
    const { status, body, upgraded } = await pending;
    assertEquals([status, body], [101, new Uint8Array()]);
    assert(upgraded !== undefined);
    assertEquals([client.closed, client.idle, log.at(-1)], [true, false, "close"]);
    client.close(); // it is not this driver's any more
    await server.send(" and late");
    let got = "";
    while (got.length < early.length + 9) {
      const into = new Uint8Array(3);
      got += text(into.subarray(0, await upgraded.read(into) ?? 0));
    }
    assertEquals(got, `${early} and late`);
    assertEquals(await upgraded.write(bytes("answer")), 6);
    await server.expect("answer");
    upgraded.unref?.();
    upgraded.ref?.();
    assertEquals(log.slice(-3), ["write 6", "unref", "ref"]);
    if (early !== "") {
      await assertRejects(async () => await upgraded.closeWrite?.(), TypeError, "no closeWrite");
    }
    upgraded.close();
    assertEquals(await server.rest(), "");
    const error = await assertRejects(() => client.request(get()), Http1Error);
    assertEquals(error.progress, "unsent");
  }
});

Deno.test("Http1Client: P-03, P-04: a 2xx to CONNECT is a tunnel, and bytes glued to it are its first", async () => {
  const { client, server } = scene();
  const pending = client.request(get({ method: "CONNECT", target: "a:443", authority: "a:443" }));
  await server.head();
  await server.send("HTTP/1.1 299 Fine\r\ncontent-length: 5\r\n\r\n\x16\x03\x03");
  const { status, upgraded } = await pending;
  assertEquals(status, 299);
  const into = new Uint8Array(100);
  assertEquals(await upgraded?.read(into), 3);
  assertEquals(into.subarray(0, 3), bytes("\x16\x03\x03"));
  upgraded?.close();
});

Deno.test("Http1Client: P-01: another answer to CONNECT is an ordinary response", async () => {
  const { client, server } = scene();
  const pending = client.request(get({ method: "CONNECT", target: "a:443", authority: "a:443" }));
  await server.head();
  await server.send("HTTP/1.1 407 Who Are You\r\ncontent-length: 2\r\n\r\nno");
  const { status, body, upgraded } = await pending;
  assertEquals([status, await collect(body), upgraded], [407, "no", undefined]);
  assertEquals(client.idle, true);
  client.close();
});

Deno.test("Http1Client: chunks are not sent to a server that is known to speak HTTP/1.0", async () => {
  const { client, server } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\ncontent-length: 0\r\n\r\n");
  assertEquals((await pending).version, "HTTP/1.0");
  const log: string[] = [];
  const error = await assertRejects(() => client.request(post(source(["x"], log))), Http1Error);
  assertEquals([error.progress, client.closed, log], ["unsent", true, ["cancel Http1Error"]]);
});

Deno.test("Http1Client: a transport that throws, or counts wrong, fails the exchange", async () => {
  const pending = () => new Promise<never>(() => {});
  const thrown = new Error("thrown");
  const oops = (): never => {
    throw thrown;
  };
  for (
    const [name, read, write] of [
      ["read throws", oops, () => Promise.resolve(1000)],
      ["read counts 0", () => Promise.resolve(0), () => Promise.resolve(1000)],
      ["read counts too many", () => Promise.resolve(1_000_000), () => Promise.resolve(1000)],
      ["read counts NaN", () => Promise.resolve(NaN), () => Promise.resolve(1000)],
      ["write counts 0", pending, () => Promise.resolve(0)],
      ["write counts -1", pending, () => Promise.resolve(-1)],
      ["write counts NaN", pending, () => Promise.resolve(NaN)],
    ] as const
  ) {
    let closed = 0;
    const client = new Http1Client({ read, write, close: () => closed++ });
    if (!client.closed) await assertRejects(() => client.request(get()), Error, "Cannot", name);
    assertEquals([client.closed, closed], [true, 1], name);
  }
});

Deno.test("Http1Client: a transport that throws when it is closed is closed", () => {
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

Deno.test("Http1Client: chunks of content belong to the caller", async () => {
  const { client, server } = scene({}, { capacity: 1_000_000 });
  const pending = client.request(get());
  await server.head();
  const content = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
  const sending = (async () => {
    await server.send(`${OK}content-length: ${content.length}\r\n\r\n`);
    for (let sent = 0; sent < content.length;) sent += await server.io.write(content.subarray(sent));
  })();
  const { body } = await pending;
  const chunks = await chunksOf(body);
  await sending;
  let at = 0;
  for (const chunk of chunks) {
    assertEquals(chunk, content.subarray(at, at += chunk.length));
    // Whatever the caller does to it, or to its memory, is felt by no other.
    chunk.fill(0);
    structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
  }
  assertEquals(at, content.length);
  assertEquals(client.idle, true);
  client.close();
});

Deno.test("Http1Client: little pieces of content are not overwritten by those after them", async () => {
  const { client, server } = scene({}, { chunk: 100 });
  const pending = client.request(get());
  await server.head();
  const content = Array.from({ length: 50 }, (_, i) => String(i % 10).repeat(100)).join("");
  await server.send(`${OK}content-length: ${content.length}\r\n\r\n${content}`);
  const { body } = await pending;
  const chunks = await chunksOf(body);
  assertEquals(chunks.map(text).join(""), content);
  assert(chunks.every((chunk) => chunk.buffer.byteLength === chunk.length), "and they waste no memory");
  client.close();
});

Deno.test("Http1Client: many chunks in one read are one piece of content, in memory of its own", async () => {
  const { client, server } = scene({}, { capacity: 1_000_000 });
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}transfer-encoding: chunked\r\n\r\n`);
  const { body } = await pending;
  assert(!(body instanceof Uint8Array));
  await server.send("1\r\na\r\n".repeat(10_000) + "0\r\n\r\n");
  const first = await body.read();
  assertEquals(text(first ?? bytes("none")), "a".repeat(10_000));
  assertEquals(await body.read(), undefined);
  client.close();
});

Deno.test("Http1Client: small content has memory of its own, unless sharing is allowed", async () => {
  for (const shareMemory of [false, true]) {
    const { client, server } = scene({ shareMemory });
    const bodies: Uint8Array[] = [];
    for (const content of ["first", "second", "x".repeat(5000)]) {
      const pending = client.request(get());
      await server.head();
      await server.send(`${OK}content-length: ${content.length}\r\n\r\n${content}`);
      const { body } = await pending;
      assert(body instanceof Uint8Array);
      bodies.push(body);
    }
    assertEquals(bodies.map((body) => text(body).slice(0, 6)), ["first", "second", "xxxxxx"]);
    const [first, second, large] = bodies.map((body) => body.buffer);
    assertEquals(first === second, shareMemory);
    assertEquals(large?.byteLength, 5000, "what is larger is never shared");
    client.close();
  }
});

async function chunksOf(body: Uint8Array | IncomingBody): Promise<Uint8Array<ArrayBuffer>[]> {
  assert(!(body instanceof Uint8Array));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
    chunks.push(chunk as Uint8Array<ArrayBuffer>); // a driver's chunk is never shared memory
  }
  return chunks;
}

Deno.test("Http1Client: P-26: what onCancel throws is what the request rejects with", async () => {
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

Deno.test("Http1Client: a read that succeeds after the end is not looked at", async () => {
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

Deno.test("Http1Client: a transport whose writes are told late is waited for before the next request", async () => {
  const told: (() => void)[] = [];
  let answer = (_: string): void => {};
  const client = new Http1Client({
    read: (into) =>
      new Promise((resolve) => answer = (wire) => (into.set(bytes(wire)), resolve(wire.length))),
    write: (bytes) => new Promise((resolve) => told.push(() => resolve(bytes.length))),
    close() {},
  });
  const pending = client.request(post(bytes("hello"), [["expect", "100-continue"]]));
  answer("HTTP/1.1 100 Continue\r\n\r\n");
  await settle();
  assertEquals(told.length, 1, "the content goes behind the head, which is still being written");
  told[0]?.();
  await settle();
  assertEquals(told.length, 2);
  answer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  assertEquals((await pending).status, 200);
  assertEquals(client.idle, false);
  told[1]?.();
  await settle();
  assertEquals(client.idle, true);
  const next = client.request(get());
  answer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  await next;
  assertEquals(client.idle, false, "the machine's buffer is still being written from");
  told[2]?.();
  await settle();
  assertEquals(client.idle, true);
  client.close();
});

Deno.test("Http1Client: the writing direction of a switched connection ends where the transport can end it", async () => {
  const [near, far] = memoryDuplexPair();
  const client = new Http1Client(near);
  const pending = client.request(get({ method: "CONNECT", target: "a:1", authority: "a:1" }));
  const server = new Peer(far);
  await server.head();
  await server.send("HTTP/1.1 200 OK\r\n\r\nearly");
  const { upgraded } = await pending;
  await upgraded?.closeWrite?.();
  assertEquals(await server.rest(), "");
  upgraded?.close();
});
