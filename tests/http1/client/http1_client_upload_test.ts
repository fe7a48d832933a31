/** The driver: content on its way to the server, and responses that come before it has ended. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Http1Client } from "../../../http1/client/http1_client.ts";
import { Http1Error } from "../../../http1/error.ts";
import type { OutgoingBody } from "../../../http/message.ts";
import { collect, get, headOf, nextTurn, post, scene, source } from "../peer.ts";
import { bytes, text } from "../wires.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const CHUNKED = "transfer-encoding: chunked";

Deno.test("upload: content of unknown length is sent in chunks", async () => {
  const { client, server } = scene();
  const log: string[] = [];
  const pending = client.request(post(source(["he", "", "llo"], log)));
  await server.expect(headOf("POST", CHUNKED) + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
  await server.send(OK);
  assertEquals((await pending).status, 200);
  assertEquals(log, ["read", "read", "read", "read"]);
  assertEquals(client.idle, true);
  client.close();
});

Deno.test("upload: content of known length is sent as it is", async () => {
  const { client, server } = scene();
  const pending = client.request(post(source(["he", "llo"], undefined, 5)));
  await server.expect(headOf("POST", "content-length: 5") + "hello");
  await server.send(OK);
  assertEquals((await pending).status, 200);
  assertEquals(client.idle, true);
  client.close();
});

Deno.test("upload: a source without content is an empty message", async () => {
  const { client, server } = scene();
  for (
    const [length, wire] of [
      [0, headOf("POST", "content-length: 0")],
      [undefined, headOf("POST", CHUNKED) + "0\r\n\r\n"],
    ] as const
  ) {
    const pending = client.request(post(source([], undefined, length)));
    await server.expect(wire);
    await server.send(OK);
    await pending;
  }
  client.close();
});

Deno.test("upload: trailers follow the content, which is in chunks for them", async () => {
  const { client, server } = scene();
  for (
    const trailers of [() => [["x-sum", "1"] as const], () => Promise.resolve([["x-sum", "1"] as const])]
  ) {
    const pending = client.request(post({ ...source(["hello"], [], 5), trailers }));
    await server.expect(headOf("POST", CHUNKED) + "5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n");
    await server.send(OK);
    await pending;
  }
  client.close();
});

Deno.test("upload: the source is read only when the piece before is written", async () => {
  const { client, server } = scene({}, { capacity: 1000 });
  const log: string[] = [];
  const pending = client.request(post(source(["a".repeat(100), "b".repeat(3000), "c"], log)));
  await nextTurn();
  assertEquals(log, ["read", "read"], "the second piece does not fit");
  await server.expect(
    headOf("POST", CHUNKED) + `64\r\n${"a".repeat(100)}\r\nbb8\r\n${"b".repeat(3000)}\r\n1\r\nc\r\n`,
  );
  await server.expect("0\r\n\r\n");
  await server.send(OK);
  await pending;
  assertEquals(log.length, 4);
  client.close();
});

/** Sources that do not keep their word. */
const BROKEN: readonly { name: string; body: (log: string[]) => OutgoingBody; wire: string }[] = [
  {
    name: "R-13: a source that fails",
    body: (log) => source(["he", new Error("disk on fire")], log),
    wire: headOf("POST", CHUNKED) + "2\r\nhe\r\n",
  },
  {
    name: "R-08: a source that gives more than it said",
    body: (log) => source(["hello", "!"], log, 5),
    wire: headOf("POST", "content-length: 5") + "hello",
  },
  {
    name: "R-08: a source that gives less than it said",
    body: (log) => source(["hell"], log, 5),
    wire: headOf("POST", "content-length: 5") + "hell",
  },
  {
    name: "a source that throws",
    body: (log) => ({
      ...source([], log),
      read: () => {
        throw new Error("at once");
      },
    }),
    wire: headOf("POST", CHUNKED),
  },
  {
    name: "a source of something else than bytes",
    // A caller without types can do this.
    body: (log) => ({ ...source([], log), read: () => Promise.resolve("text" as unknown as Uint8Array) }),
    wire: headOf("POST", CHUNKED),
  },
  {
    name: "R-15: a source with a trailer that may not be one",
    body: (log) => ({ ...source(["he"], log), trailers: () => [["content-length", "2"]] }),
    wire: headOf("POST", CHUNKED) + "2\r\nhe\r\n",
  },
  {
    name: "a source whose trailers fail",
    body: (log) => ({ ...source(["he"], log), trailers: () => Promise.reject(new Error("no sum")) }),
    wire: headOf("POST", CHUNKED) + "2\r\nhe\r\n",
  },
];

for (const { name, body, wire } of BROKEN) {
  Deno.test(`upload: ${name} fails the request, and the server never sees an end`, async () => {
    const { client, server } = scene();
    const log: string[] = [];
    const error = await assertRejects(() => client.request(post(body(log))), Http1Error);
    assertEquals([error.code, error.progress], ["request_body_failed", "no_response"]);
    assert(error.cause instanceof Error);
    assertEquals(log.filter((entry) => entry.startsWith("cancel")).length, 1);
    assertEquals(client.closed, true);
    await server.expect(wire);
    assertEquals(await server.rest(), "");
  });
}

Deno.test("upload: R-13: a source that fails while the response is read fails the response's content", async () => {
  const { client, server } = scene();
  let fail = (_: Error): void => {};
  const pending = client.request(post({
    read: () => new Promise((_, reject) => fail = reject),
    cancel() {},
  }));
  await server.head();
  await server.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234");
  const { body } = await pending;
  assert(!(body instanceof Uint8Array));
  assertEquals(text(await body.read() ?? bytes("none")), "01234");
  const reading = assertRejects(() => body.read(), Http1Error);
  fail(new Error("disk on fire"));
  assertEquals((await reading).code, "request_body_failed");
});

Deno.test("upload: B-18: the driver does not spin when a server half-closes during an upload", async () => {
  const { client, server } = scene();
  const log: string[] = [];
  const pending = client.request(post({
    read: () => new Promise(() => log.push("read")),
    cancel: () => log.push("cancel"),
  }));
  const failed = assertRejects(() => pending, Http1Error);
  await server.head();
  await server.io.closeWrite();
  assertEquals((await failed).code, "connection_closed");
  assertEquals(log, ["read", "cancel"]);
});

Deno.test("upload: a failed write without a response fails the request", async () => {
  for (const body of [undefined, bytes("hello"), source(["a", "b"])]) {
    const { client, server } = scene();
    const failed = assertRejects(() => client.request(body === undefined ? get() : post(body)), Http1Error);
    server.io.reset();
    const error = await failed;
    assertEquals([error.code, error.progress, client.closed], ["connection_closed", "no_response", true]);
  }
});

Deno.test("upload: a write that throws fails the request", async () => {
  const client = new Http1Client({
    read: () => Promise.resolve(null),
    write: () => {
      throw new Error("no");
    },
    close() {},
  });
  assertEquals((await assertRejects(() => client.request(get()), Http1Error)).code, "connection_closed");
});

const EXPECT = [["expect", "100-continue"]] as const;
const HELD = headOf("POST", "expect: 100-continue", "content-length: 5");

for (const name of ["bytes", "a source"]) {
  const body = (log: string[] = []) => name === "bytes" ? bytes("hello") : source(["hello"], log, 5);

  Deno.test(`upload: with an expectation, ${name} wait for the 100`, async () => {
    const { client, server, log } = scene({ continueTimeout: 100_000 });
    const told: number[] = [];
    const pending = client.request(post(body(), EXPECT), { onInformational: (status) => told.push(status) });
    await server.expect(HELD);
    await server.send("HTTP/1.1 103 Early Hints\r\n\r\n");
    while (told.length === 0) await nextTurn();
    await nextTurn();
    assertEquals(
      log.filter((entry) => entry.startsWith("write")),
      [`write ${HELD.length}`],
      "a 103 is no 100",
    );
    await server.send("HTTP/1.1 100 Continue\r\n\r\n");
    await server.expect("hello");
    await server.send(OK);
    assertEquals((await pending).status, 200);
    assertEquals(told, [103, 100]);
    assertEquals(client.idle, true);
    client.close();
  });

  Deno.test(`upload: with an expectation, ${name} are sent when no 100 comes in time`, async () => {
    const { client, server } = scene({ continueTimeout: 5 });
    const pending = client.request(post(body(), EXPECT));
    await server.expect(HELD + "hello");
    await server.send("HTTP/1.1 100 Continue\r\n\r\n" + OK);
    assertEquals((await pending).status, 200);
    assertEquals(client.idle, true);
    client.close();
  });

  Deno.test(`upload: with an expectation, ${name} are never sent after a final response`, async () => {
    for (const status of [417, 401, 200]) {
      const { client, server } = scene({ continueTimeout: 100_000 });
      const log: string[] = [];
      const pending = client.request(post(body(log), EXPECT));
      await server.expect(HELD);
      await server.send(`HTTP/1.1 ${status} x\r\ncontent-length: 2\r\n\r\nno`);
      assertEquals((await pending).status, status);
      assertEquals(client.closed, true, "the server may wait for the content still");
      assertEquals(await server.rest(), "");
      assertEquals(log.includes("read"), false);
    }
  });
}

Deno.test("upload: with an expectation, the source is cancelled when the final response begins", async () => {
  const { client, server } = scene({ continueTimeout: 100_000 });
  const log: string[] = [];
  const pending = client.request(post(source(["hello"], log, 5), EXPECT));
  await server.expect(HELD);
  await server.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n");
  const { body } = await pending;
  assertEquals(log, ["cancel Http1Error"]);
  await server.send("no");
  assertEquals(await collect(body), "no");
  assertEquals(client.closed, true);
});

Deno.test("upload: with an expectation, close ends the timer", async () => {
  const { client, server } = scene({ continueTimeout: 100_000 });
  const failed = assertRejects(() => client.request(post(bytes("hello"), EXPECT)), Http1Error);
  await server.expect(HELD);
  client.close();
  assertEquals((await failed).code, "closed");
});

Deno.test("upload: content of a hundred pieces is echoed whole", async () => {
  const { client, server } = scene({}, { capacity: 5000, chunk: 777 });
  const pieces = Array.from({ length: 100 }, (_, i) => String(i).repeat(1 + i * 3));
  const pending = client.request(post(source(pieces, [], pieces.join("").length)));
  await server.expect(headOf("POST", `content-length: ${pieces.join("").length}`) + pieces.join(""));
  const sending = server.send(
    `HTTP/1.1 200 OK\r\n${CHUNKED}\r\n\r\n${
      pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join("")
    }0\r\n\r\n`,
  );
  assertEquals(await collect((await pending).body), pieces.join(""));
  await sending;
  assertEquals(client.idle, true);
  client.close();
});
