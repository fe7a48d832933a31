/** The driver: exchanges, one after another on a connection, and what ends the connection. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Http1Client } from "../../../http1/client/http1_client.ts";
import { Http1Error } from "../../../http1/error.ts";
import { collect, get, headOf, nextTurn, post, scene, source } from "../peer.ts";
import { bytes } from "../wires.ts";

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

Deno.test("Http1Client: the next request may be sent within onIdle", async () => {
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

Deno.test("Http1Client: a transport that takes a few bytes a write gets all of them", async () => {
  const { client, server } = scene({}, { capacity: 7 });
  const content = "0123456789".repeat(100);
  const pending = client.request(post(bytes(content)));
  await server.expect(headOf("POST", "content-length: 1000") + content);
  await server.send(`${OK}content-length: 0\r\n\r\n`);
  assertEquals((await pending).status, 200);
  client.close();
});

Deno.test("Http1Client: responses to HEAD, and with 204 or a length of 0, have empty content", async () => {
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

Deno.test("Http1Client: onInformational is called for 1xx responses in order", async () => {
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

Deno.test('Http1Client: H1-36: a response with "connection: close" ends keep-alive', async () => {
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
  await nextTurn();
  assertEquals(client.closed, true);
});

Deno.test("Http1Client: B-20: bytes without a request close the idle connection", async () => {
  for (const fresh of [true, false]) {
    const { client, server, log } = scene();
    if (!fresh) {
      const pending = client.request(get());
      await server.head();
      await server.send(`${OK}content-length: 0\r\n\r\n`);
      await pending;
    }
    await server.send(`${OK}content-length: 6\r\n\r\npoison`);
    await nextTurn();
    assertEquals([client.closed, client.capacity, log.at(-1)], [true, 0, "close"]);
    const error = await assertRejects(() => client.request(get()), Http1Error);
    assertEquals([error.code, error.progress], ["connection_closed", "unsent"]);
    assertEquals(await server.rest(), "");
  }
});

Deno.test("Http1Client: P-12: the end of an idle connection closes it", async () => {
  for (const end of ["close", "reset"] as const) {
    const { client, server, log } = scene();
    server.io[end]();
    await nextTurn();
    assertEquals([client.closed, log.at(-1)], [true, "close"]);
    const error = await assertRejects(() => client.request(get()), Http1Error);
    assertEquals([error.code, error.progress], ["connection_closed", "unsent"]);
  }
});

Deno.test("Http1Client: a request while another is in progress is a TypeError, and the other goes on", async () => {
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

Deno.test("Http1Client: an invalid request is a TypeError, and the connection can be used afterwards", async () => {
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

Deno.test("Http1Client: chunks are not sent to a server that answered in HTTP/1.0", async () => {
  const { client, server } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\ncontent-length: 0\r\n\r\n");
  assertEquals((await pending).version, "HTTP/1.0");
  const log: string[] = [];
  const error = await assertRejects(() => client.request(post(source(["x"], log))), Http1Error);
  assertEquals([error.progress, client.closed, log], ["unsent", true, ["cancel Http1Error"]]);
});

Deno.test("Http1Client: the next request waits for a pending write of the one before", async () => {
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
  await nextTurn();
  assertEquals(told.length, 1, "the content goes behind the head, which is still being written");
  told[0]?.();
  await nextTurn();
  assertEquals(told.length, 2);
  answer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  assertEquals((await pending).status, 200);
  assertEquals(client.idle, false);
  told[1]?.();
  await nextTurn();
  assertEquals(client.idle, true);
  const next = client.request(get());
  answer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  await next;
  assertEquals(client.idle, false, "the machine's buffer is still being written from");
  told[2]?.();
  await nextTurn();
  assertEquals(client.idle, true);
  client.close();
});
