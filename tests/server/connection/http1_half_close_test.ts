/** A client of HTTP/1.1 that ends its half of the connection (V-50). */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ServeHandler, ServeInfo } from "../../../server/exchange/serve_info.ts";
import { connectRaw, KEPT } from "../in_memory.ts";

const GET = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";
const ok = (text: string) => `HTTP/1.1 200 OK\r\n${KEPT}content-length: ${text.length}\r\n\r\n${text}`;
const bytes = (text: string) => new TextEncoder().encode(text);
const later = () => new Promise((resolve) => setTimeout(resolve, 20));

interface Row {
  readonly name: string;
  readonly sent: string;
  readonly handler: ServeHandler;
  readonly allowHalfClose?: boolean;
  readonly received: string;
}

const ROWS: readonly Row[] = [
  {
    name: "a response that is at hand is sent",
    sent: GET,
    handler: () => new Response(bytes("hello")),
    received: ok("hello"),
  },
  {
    name: "so is one of text, whose content has to be read",
    sent: GET,
    handler: async () => await Promise.resolve(new Response("hello", { headers: { "content-type": "a/b" } })),
    received: ok("hello").replace("OK\r\n", "OK\r\ncontent-type: a/b\r\n"),
  },
  {
    name: "requests that came before the end are all answered",
    sent: GET.repeat(3),
    handler: () => new Response(bytes("hello")),
    received: ok("hello").repeat(3),
  },
  {
    name: "half a head behind a request is refused",
    sent: `${GET}GET`,
    handler: () => new Response(bytes("hello")),
    received: `${ok("hello")}HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
  },
  {
    name: "a response that takes its time is dropped",
    sent: GET,
    handler: () => new Promise(() => {}),
    received: "",
  },
  {
    name: "with allowHalfClose it is sent",
    sent: GET.repeat(2),
    handler: async () => {
      await later();
      return new Response(bytes("hello"));
    },
    allowHalfClose: true,
    received: ok("hello").repeat(2),
  },
  {
    name: "with allowHalfClose content that is cut off is none",
    sent: "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\n\r\nabc",
    handler: async (request) => new Response(await request.bytes()),
    allowHalfClose: true,
    received: "",
  },
];

for (const { name, sent, handler, allowHalfClose, received } of ROWS) {
  for (const chunk of [undefined, 1]) {
    Deno.test(`HTTP/1.1 server, V-50: a client ends its half: ${name}${chunk ? ", byte by byte" : ""}`, async () => {
      await using client = connectRaw(handler, {
        ...(allowHalfClose && { allowHalfClose }),
        ...(chunk && { chunk }),
      });
      await client.send(sent);
      await client.io.closeWrite();
      assertEquals(await client.receive(received.length + 1), received);
      await client.connection.finished;
    });
  }
}

Deno.test("HTTP/1.1 server, V-50: a client that ends its half while a handler takes its time aborts the signal", async () => {
  const started = Promise.withResolvers<[Request, ServeInfo]>();
  await using client = connectRaw((...given) => {
    started.resolve(given);
    return new Promise(() => {});
  });
  await client.send(GET);
  const [request, info] = await started.promise;
  const { signal } = request;
  await client.io.closeWrite();
  await client.connection.finished;
  assert(signal.aborted);
  await assertRejects(() => info.completed, DOMException);
});
