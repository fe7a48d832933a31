/** The driver: the content of responses, as it is read, and the memory that it lies in. */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { Http1Error } from "../../../http1/error.ts";
import type { IncomingBody } from "../../../http/message.ts";
import { collect, get, nextTurn, scene } from "../peer.ts";
import { bytes, text } from "../wires.ts";

const OK = "HTTP/1.1 200 OK\r\n";

Deno.test("Http1Client: content that has not all arrived is a source, and read only on demand", async () => {
  const { client, server, log } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}content-length: 11\r\n\r\nhello`);
  const { body, trailers } = await pending;
  assert(!(body instanceof Uint8Array));
  assertEquals(body.length, 11);
  assertEquals(text(await body.read() ?? bytes("none")), "hello");
  await server.send(" world");
  await nextTurn();
  assertEquals(server.io.unread, 6, "nothing is read before the caller asks");
  assertEquals(client.idle, false);
  assertEquals(text(await body.read() ?? bytes("none")), " world");
  assertEquals(client.idle, true, "the end of the content is known by its length");
  assertEquals(log.at(-1), "idle");
  assertEquals(await body.read(), undefined);
  assertEquals(await body.read(), undefined);
  assertEquals(await trailers, []);
  client.close();
});

Deno.test("Http1Client: a response counts as unread from its head to its end, except while a read waits", async () => {
  const { client, server } = scene();
  assertEquals(client.unreadResponses, 0);
  const pending = client.request(get());
  await server.head();
  assertEquals(client.unreadResponses, 0);
  await server.send(`${OK}content-length: 4\r\n\r\nab`);
  const { body } = await pending;
  assert(!(body instanceof Uint8Array));
  assertEquals(client.unreadResponses, 1);
  await body.read();
  assertEquals(client.unreadResponses, 1);
  const next = body.read();
  assertEquals(client.unreadResponses, 0);
  await server.send("cd");
  await next;
  assertEquals(client.unreadResponses, 0);
  client.close();
});

Deno.test("Http1Client: a response in chunks has content and trailers", async () => {
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

Deno.test("Http1Client: a second read while one waits is refused", async () => {
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

Deno.test("Http1Client: trailers that are not awaited are no unhandled rejection", async () => {
  const { client, server } = scene();
  const pending = client.request(get());
  await server.head();
  await server.send(`${OK}content-length: 10\r\n\r\n`);
  const { trailers } = await pending;
  assert(trailers instanceof Promise);
  client.close();
  await nextTurn();
  await assertRejects(() => trailers, Http1Error);
});

/** What has arrived and what was read of it when the request is cancelled. */
const CANCELLED: readonly { name: string; first: string; reads: number; next?: string }[] = [
  { name: "before the first read, with content at hand", first: "he", reads: 0 },
  { name: "before the first read, with none at hand", first: "", reads: 0 },
  { name: "between two reads", first: "he", reads: 1 },
  { name: "between two reads, with more at hand in the transport", first: "he", reads: 1, next: "llo" },
];
for (const { name, first, reads, next } of CANCELLED) {
  Deno.test(`Http1Client: a cancellation ${name} fails every read after it, and the trailers`, async () => {
    const { client, server } = scene();
    let cancel = (_: unknown): void => {};
    const pending = client.request(get(), { onCancel: (given) => cancel = given });
    await server.head();
    await server.send(`${OK}content-length: 10\r\n\r\n${first}`);
    const { body, trailers } = await pending;
    assert(!(body instanceof Uint8Array));
    for (let i = 0; i < reads; i++) assertEquals(text(await body.read() ?? bytes("none")), first);
    if (next !== undefined) await server.send(next);
    const reason = new Error("not wanted any more");
    cancel(reason);
    for (let i = 0; i < 2; i++) assertStrictEquals(await body.read().catch((error) => error), reason);
    assertStrictEquals(await trailers.catch((error) => error), reason);
    assertEquals(client.closed, true);
    cancel(new Error("later"));
    assertStrictEquals(await body.read().catch((error) => error), reason);
  });
}

Deno.test("Http1Client: a cancellation after the exchange leaves what has arrived", async () => {
  const { client, server } = scene();
  let cancel = (_: unknown): void => {};
  const pending = client.request(get(), { onCancel: (given) => cancel = given });
  await server.head();
  await server.send(`${OK}content-length: 5\r\n\r\nhello`);
  const { body } = await pending;
  assertEquals(client.idle, true);
  cancel(new Error("too late"));
  assertEquals([await collect(body), client.idle], ["hello", true]);
  client.close();
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

Deno.test("Http1Client: small pieces of content are not overwritten by later reads", async () => {
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
