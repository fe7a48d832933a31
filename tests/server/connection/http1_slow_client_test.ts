/** A client that is slow: with a head, with content, with a response. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { serveConnection } from "../../../server/serve_connection.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import type { ServeHandler } from "../../../server/exchange/serve_info.ts";
import { connectRaw, keptAlive } from "../in_memory.ts";

const REQUEST = new TextEncoder().encode("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
const LENGTH = 200;

for (const [name, content] of [["whole", () => new Uint8Array(LENGTH)], ["a stream", streamed]] as const) {
  Deno.test(`HTTP/1.1 server: a client may take a response slowly as long as it takes some, content that is ${name}`, async () => {
    const [client, io] = memoryDuplexPair({ capacity: 1, chunk: 1 });
    const timeouts = { write: 300 }; // less than all reads take together, and much more than one
    const connection = serveConnection(io, () => new Response(content()), { timeouts });
    await client.write(REQUEST.subarray(0, 1));
    for (const byte of REQUEST.subarray(1)) await client.write(Uint8Array.of(byte));
    const into = new Uint8Array(1);
    let total = 0;
    for (let zeros = 0; zeros < LENGTH; total++) {
      assertEquals(await client.read(into), 1, `after ${total} bytes`);
      if (into[0] === 0) zeros++;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    client.close();
    await connection.finished;
  });
}

Deno.test("HTTP/1.1 server: a client that takes no more of a response is left", async () => {
  const [client, io] = memoryDuplexPair({ capacity: 100 });
  const timeouts = { write: 40 };
  const completed: Promise<void>[] = [];
  const connection = serveConnection(io, (_, info) => {
    completed.push(info.completed);
    return new Response(new Uint8Array(100_000));
  }, { timeouts });
  await client.write(REQUEST);
  assert((await client.read(new Uint8Array(50)) ?? 0) > 0);
  const alive = setInterval(() => {}, 1000); // the server's own timers keep no process alive
  await connection.finished;
  clearInterval(alive);
  const [first] = completed;
  assert(first !== undefined);
  assertEquals((await assertRejects(() => first, DOMException)).name, "TimeoutError");
  client.close();
});

function streamed(): ReadableStream<Uint8Array> {
  let left = 2;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(LENGTH / 2));
      if (--left === 0) controller.close();
    },
  });
}

interface Row {
  readonly name: string;
  readonly sent: string;
  /** Sent again and again, until the connection is closed. */
  readonly dripped?: string;
  readonly handler: ServeHandler;
  /** The beginning of what is received; then the connection closes. */
  readonly received: string;
}

const POST = "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 1000\r\n\r\n";
const asked: ServeHandler = async (request) => new Response(await request.text());

const ROWS: readonly Row[] = [
  { name: "V-48: no byte: closed without a word", sent: "", handler: asked, received: "" },
  { name: "V-48: half a head is a 408", sent: "GET /", handler: asked, received: "HTTP/1.1 408 " },
  {
    name: "V-48: a head that comes byte by byte is a 408, however often a byte comes",
    sent: "GET /",
    dripped: "a",
    handler: asked,
    received: "HTTP/1.1 408 ",
  },
  {
    name: "V-48: nothing behind a response: closed without a word",
    sent: "GET / HTTP/1.1\r\nhost: h\r\n\r\n",
    handler: () => new Response(null),
    received: "HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n",
  },
  {
    name: "V-49: content that does not go on is a 408",
    sent: `${POST}a`,
    handler: asked,
    received: "HTTP/1.1 408 ",
  },
  {
    name: "V-49: content of which a byte comes now and then is a 408",
    sent: POST,
    dripped: "a",
    handler: asked,
    received: "HTTP/1.1 408 ",
  },
  {
    name: "V-49: content that does not go on while it is sent back ends the connection",
    sent: `${POST}a`,
    handler: (request) => new Response(request.body),
    received: "HTTP/1.1 200 ",
  },
  {
    name: "V-49: so does content that a handler reads behind its response",
    sent: `${POST}a`,
    handler: (request) => {
      request.text().catch(() => {}); // it fails, as it must
      return new Response(null);
    },
    received: "HTTP/1.1 200 ",
  },
];

for (const { name, sent, dripped, handler, received } of ROWS) {
  Deno.test(`HTTP/1.1 server: ${name}`, async () => {
    using _ = keptAlive();
    await using client = connectRaw(handler, { timeouts: { headers: 60, body: 60, write: 60, idle: 60 } });
    await client.send(sent);
    const dripping = dripped === undefined ? undefined : drip(() => client.send(dripped));
    const text = await client.receive(1000);
    assertEquals(text.slice(0, received.length), received);
    await client.connection.finished;
    await dripping;
  });
}

/** Does something slower than content has to come, until it fails. */
async function drip(send: () => Promise<void>): Promise<void> {
  try {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await send();
    }
  } catch {
    // The server has closed the connection.
  }
}
