/** Content of a request that does not come to its end, or that a handler does not read to its end. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { writeAll } from "../../../io/duplex.ts";
import type { ServeHandler, ServeInfo } from "../../../server/exchange/serve_info.ts";
import { serve } from "../../../server/serve.ts";
import { connectRaw, KEPT } from "../in_memory.ts";

const encoder = new TextEncoder();
const POST = "POST / HTTP/1.1\r\nhost: h\r\n";
const GET = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";

const CUT: Readonly<Record<string, string>> = {
  "a length": `${POST}content-length: 6\r\n\r\nabc`,
  "chunks, inside one": `${POST}transfer-encoding: chunked\r\n\r\n6\r\nabc`,
  "chunks, before the last": `${POST}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`,
  "chunks, before the end of the trailers": `${POST}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n`,
};
const WAYS = ["closeWrite", "close", "reset"] as const;
for (const [name, sent] of Object.entries(CUT)) {
  for (const way of WAYS) {
    Deno.test(`Http1Server, V-19: content by ${name}, that is cut off by ${way}, fails its reader, and the response is dropped`, async () => {
      const failed = Promise.withResolvers<unknown>();
      const started = Promise.withResolvers<[Request, ServeInfo]>();
      const client = connectRaw(async (request, info) => {
        started.resolve([request, info]);
        await request.text().catch(failed.resolve);
        return new Response("too late");
      });
      await client.send(sent);
      const [request, info] = await started.promise;
      const { signal } = request;
      await client.io[way]();
      assert(await failed.promise instanceof DOMException);
      if (way === "closeWrite") assertEquals(await client.receive(1), "");
      await client.connection.finished;
      assert(signal.aborted);
      await assertRejects(() => info.completed, DOMException);
      await assertRejects(() => info.trailers);
    });
  }
}

const UNREAD: readonly {
  readonly name: string;
  readonly head: string;
  /** The bytes of content that are sent; more than fits into the sockets' buffers where it is much. */
  readonly bytes: number;
  readonly handler: ServeHandler;
  readonly persists: boolean;
}[] = [
  {
    name: "5 bytes that come with the head",
    head: "content-length: 5\r\n\r\n",
    bytes: 5,
    handler: () => new Response("answer"),
    persists: true,
  },
  {
    name: "5 MB",
    head: "content-length: 5000000\r\n\r\n",
    bytes: 5_000_000,
    handler: () => new Response("answer"),
    persists: false,
  },
  {
    name: "5 MB of which a part was read",
    head: "content-length: 5000000\r\n\r\n",
    bytes: 5_000_000,
    handler: async (request) => {
      const reader = request.body?.getReader();
      await reader?.read();
      await reader?.cancel();
      return new Response("answer");
    },
    persists: false,
  },
  {
    name: "chunks without end",
    head: `transfer-encoding: chunked\r\n\r\n${(100_000_000).toString(16)}\r\n`,
    bytes: 20_000_000,
    handler: () => new Response("answer"),
    persists: false,
  },
  {
    name: "content that would be too long",
    head: "content-length: 100000000\r\n\r\n",
    bytes: 20_000_000,
    handler: () => new Response("not asked for"),
    persists: false,
  },
];
for (const { name, head, bytes, handler, persists } of UNREAD) {
  Deno.test(`serve, V-20: ${name}, not read: the response can be read, over TCP`, async () => {
    await using server = serve({ port: 0, onListen() {}, maxBodySize: 50_000_000 }, handler);
    const io = await Deno.connect({ port: server.addr.port });
    const reading = readStatuses(io);
    await io.write(encoder.encode(POST + head));
    const piece = new Uint8Array(65_536).fill(0x61);
    let left = bytes;
    try {
      for (; left > 0; left -= Math.min(left, piece.length)) {
        await writeAll(io, piece.subarray(0, Math.min(left, piece.length)));
      }
      if (persists) {
        await writeAll(io, encoder.encode(GET + GET.replace("host", "connection: close\r\nhost")));
      }
    } catch {
      // The server has closed the connection, as it may.
    }
    const statuses = await reading;
    const status = name.includes("too long") ? "413" : "200";
    assertEquals(statuses, persists ? ["200", "200", "200"] : [status]);
    io.close();
  });
}

Deno.test("Http1Server, V-40: a handler that responds before it reads gets the content without a 100", async () => {
  const text = Promise.withResolvers<string>();
  await using client = connectRaw((request) => {
    setTimeout(() => request.text().then(text.resolve, text.reject), 5);
    return new Response(null);
  });
  await client.send(`${POST}expect: 100-continue\r\ncontent-length: 3\r\n\r\n`);
  const response = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
  assertEquals(await client.receive(response.length), response);
  await client.send("abc");
  // Whether it can still be read or not: nothing hangs, and no 100 follows the response.
  assertEquals(await text.promise.catch(() => "failed"), "failed");
  assertEquals(await client.receive(1), "");
});

Deno.test("Http1Server, V-40: a 100 in other letter case, and for chunks, is asked for once", async () => {
  await using client = connectRaw(async (request) => new Response(encoder.encode(await request.text())));
  await client.send(`${POST}expect: 100-Continue\r\ntransfer-encoding: chunked\r\n\r\n`);
  assertEquals(await client.receive(25), "HTTP/1.1 100 Continue\r\n\r\n");
  for (const piece of ["1\r\na\r\n", "1\r\nb\r\n", "0\r\n\r\n"]) await client.send(piece);
  const response = `HTTP/1.1 200 OK\r\n${KEPT}content-length: 2\r\n\r\nab`;
  assertEquals(await client.receive(response.length), response);
});

/** The statuses of all responses until the server ends the connection; a reset is none of the end. */
async function readStatuses(io: Deno.Conn): Promise<string[]> {
  const into = new Uint8Array(65_536);
  let text = "";
  try {
    for (let count = await io.read(into); count !== null; count = await io.read(into)) {
      text += new TextDecoder().decode(into.subarray(0, count));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    text += " reset";
  }
  return [...text.matchAll(/HTTP\/1\.1 (\d+)| (reset)/g)].map(([, status, reset]) => status ?? reset ?? "");
}
