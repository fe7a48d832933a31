/** The driver of HTTP/1.1, byte by byte. */

import { assertEquals } from "@std/assert";
import type { ServeHandler } from "../../../server/exchange/serve_info.ts";
import { serveConnection } from "../../../server/serve_connection.ts";
import { connectRaw, KEPT, type RawClient } from "../in_memory.ts";

const encoder = new TextEncoder();

interface Row {
  readonly name: string;
  readonly sent: string;
  readonly handler: ServeHandler;
  readonly received: string;
  /** Whether it is not tried byte by byte. */
  readonly atOnce?: boolean;
}

const hello: ServeHandler = () => new Response(encoder.encode("hello"));
const asked: ServeHandler = async (request) => {
  return new Response(encoder.encode(`${request.method} ${request.url} ${await request.text()};`));
};
const GET = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";
const refused = (status: string, fields = "") =>
  `HTTP/1.1 ${status}\r\n${fields}connection: close\r\ncontent-length: 0\r\n\r\n`;
const ok = (text: string, fields = KEPT) =>
  `HTTP/1.1 200 OK\r\n${fields}content-length: ${text.length}\r\n\r\n${text}`;
const CLOSED = "connection: close\r\n";

const ROWS: readonly Row[] = [
  { name: "a response with its length", sent: GET, handler: hello, received: ok("hello") },
  { name: "a response without content", sent: GET, handler: () => new Response(null), received: ok("") },
  {
    name: "V-55: a status without content has no length",
    sent: GET,
    handler: () => new Response(null, { status: 204, headers: { "content-length": "3" } }),
    received: `HTTP/1.1 204 No Content\r\n${KEPT}\r\n`,
  },
  {
    name: "V-55: a 304 has no length",
    sent: GET,
    handler: () => new Response(null, { status: 304, headers: { "content-length": "3" } }),
    received: `HTTP/1.1 304 Not Modified\r\n${KEPT}\r\n`,
  },
  {
    name: "a 205 has a length of 0",
    sent: GET,
    handler: () => new Response(null, { status: 205 }),
    received: `HTTP/1.1 205 Reset Content\r\n${KEPT}content-length: 0\r\n\r\n`,
  },
  {
    name: "the reason of the handler",
    sent: GET,
    handler: () => new Response(null, { status: 299, statusText: "Odd" }),
    received: `HTTP/1.1 299 Odd\r\n${KEPT}content-length: 0\r\n\r\n`,
  },
  {
    name: "HEAD has the head alone, with the length",
    sent: "HEAD / HTTP/1.1\r\nhost: h\r\n\r\n",
    handler: hello,
    received: `HTTP/1.1 200 OK\r\n${KEPT}content-length: 5\r\n\r\n`,
  },
  {
    name: "HEAD of a stream has no length",
    sent: "HEAD / HTTP/1.1\r\nhost: h\r\n\r\n",
    handler: () => new Response(new ReadableStream()),
    received: `HTTP/1.1 200 OK\r\n${KEPT}\r\n`,
  },
  {
    name:
      "HEAD without content has the length that the handler declares, as what a GET would get is not known",
    sent: "HEAD /7 HTTP/1.1\r\nhost: h\r\n\r\nHEAD / HTTP/1.1\r\nhost: h\r\n\r\n",
    handler: ({ url }) => new Response(null, { headers: url.endsWith("7") ? { "content-length": "7" } : {} }),
    received: `HTTP/1.1 200 OK\r\n${KEPT}content-length: 7\r\n\r\nHTTP/1.1 200 OK\r\n${KEPT}\r\n`,
  },
  {
    name: "pipelined requests are answered in order",
    sent: "GET /1 HTTP/1.1\r\nhost: h\r\n\r\nPOST /2 HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nabc" +
      "GET /3 HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n",
    handler: asked,
    received: ok("GET http://h/1 ;") + ok("POST http://h/2 abc;") + ok("GET http://h/3 ;", CLOSED),
  },
  {
    name: "chunked content",
    sent: "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    handler: asked,
    received: ok("POST http://h/ abcde;"),
  },
  {
    name: "content of a GET is dropped, and the next request served",
    sent: "GET /1 HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nhost: h\r\n\r\n",
    handler: asked,
    received: ok("GET http://h/1 ;") + ok("GET http://h/2 ;"),
  },
  {
    name: "close of the client is obeyed",
    sent: `GET / HTTP/1.1\r\nhost: h\r\nconnection: x, Close\r\n\r\n${GET}`,
    handler: hello,
    received: ok("hello", CLOSED),
  },
  {
    name: "close of the handler is obeyed",
    sent: GET + GET,
    handler: () => new Response(null, { headers: { connection: "close" } }),
    received: `HTTP/1.1 200 OK\r\n${CLOSED}content-length: 0\r\n\r\n`,
  },
  {
    name: "HTTP/1.0 closes",
    sent: "GET / HTTP/1.0\r\nhost: h\r\n\r\n",
    handler: hello,
    received: ok("hello", CLOSED),
  },
  {
    name: "HTTP/1.0 is kept on request",
    sent: "GET / HTTP/1.0\r\nhost: h\r\nconnection: keep-alive\r\n\r\n",
    handler: hello,
    received: ok("hello"),
  },
  {
    name: "HTTP/1.0 needs no Host",
    sent: "GET / HTTP/1.0\r\n\r\n",
    handler: asked,
    received: ok("GET http://localhost/ ;", CLOSED),
  },
  {
    name: "a Host that is none",
    sent: "GET / HTTP/1.1\r\nhost: a b\r\n\r\n",
    handler: hello,
    received: refused("400 Bad Request"),
  },
  {
    name: "no Host",
    sent: "GET / HTTP/1.1\r\n\r\n",
    handler: hello,
    received: refused("400 Bad Request"),
  },
  {
    name: "TRACE is refused",
    sent: "TRACE / HTTP/1.1\r\nhost: h\r\n\r\n",
    handler: hello,
    received: refused("405 Method Not Allowed", "allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"),
  },
  {
    name: "CONNECT is refused, and nothing after it is a request",
    sent: `CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n${GET}`,
    handler: hello,
    received: refused("501 Not Implemented"),
  },
  {
    name: "V-41: an unknown expectation is refused",
    sent: "POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue, foo\r\ncontent-length: 1\r\n\r\n",
    handler: hello,
    received: refused("417 Expectation Failed"),
  },
  {
    name: "V-40: content that is expected and not read: no 100, and the connection ends",
    sent: "POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n",
    handler: hello,
    received: ok("hello", CLOSED),
  },
  {
    name: "V-41: with the content at once no 100 is needed",
    sent: "POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\na",
    handler: asked,
    received: ok("POST http://h/ a;"),
    atOnce: true,
  },
  {
    name: "V-41: an expectation without content, or of no length, needs no 100",
    sent: "GET / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\n\r\n" +
      "POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 0\r\n\r\n",
    handler: asked,
    received: ok("GET http://h/ ;") + ok("POST http://h/ ;"),
  },
  {
    name: "V-41: an expectation of HTTP/1.0 is ignored, known or not",
    sent: "POST / HTTP/1.0\r\nhost: h\r\nconnection: keep-alive\r\nexpect: 100-continue\r\n" +
      "content-length: 1\r\n\r\na" +
      "POST / HTTP/1.0\r\nhost: h\r\nconnection: keep-alive\r\nexpect: foo\r\ncontent-length: 1\r\n\r\nb",
    handler: asked,
    received: ok("POST http://h/ a;") + ok("POST http://h/ b;"),
  },
  {
    name: "V-41: expectations on several lines are one list",
    sent: "POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\nexpect: foo\r\ncontent-length: 1\r\n\r\n",
    handler: hello,
    received: refused("417 Expectation Failed"),
  },
  {
    name:
      "V-55: a date, a length and a keep-alive of the handler's: the date is sent, and lengths of no content are not",
    sent: "GET / HTTP/1.1\r\nhost: h\r\n\r\n",
    handler: () =>
      new Response(null, {
        status: 204,
        headers: { date: "x", "keep-alive": "max=9", "content-length": "a" },
      }),
    received: `HTTP/1.1 204 No Content\r\n${KEPT}\r\n`,
  },
  {
    name: "V-55: a field with a CR or LF cannot be made, and an attempt is a 500",
    sent: GET,
    handler: () => new Response(null, { headers: { "x-a": "1\r\nset-cookie: a=1" } }),
    received: ok("Internal Server Error").replace("200 OK", "500 Internal Server Error"),
  },
  {
    name: "V-55: a reason that would end the line is a 500",
    sent: GET,
    handler: () => new Response(null, { statusText: "a\tb" }),
    received: `HTTP/1.1 200 a\tb\r\n${KEPT}content-length: 0\r\n\r\n`,
  },
  {
    name: "V-44: what begins as the preface of HTTP/2 and goes on as something else",
    sent: "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
    handler: hello,
    received: refused("505 HTTP Version Not Supported"),
  },
  {
    name: "V-44: the preface of HTTP/2 behind a request",
    sent: `${GET}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    handler: hello,
    received: ok("hello") + refused("505 HTTP Version Not Supported"),
  },
  {
    name: "V-45: the first bytes of TLS",
    sent: "\x16\x03\x01\x00\xc4\x01\x00\x00\xc0\x03\x03",
    handler: hello,
    received: refused("400 Bad Request"),
  },
  {
    name: "a method is given as it came",
    sent: "get / HTTP/1.1\r\nhost: h\r\n\r\n",
    handler: asked,
    received: ok("get http://h/ ;"),
  },
  {
    name: "a bad chunk, before there is an answer",
    sent: "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n+5\r\nabcde\r\n0\r\n\r\n",
    handler: asked,
    received: refused("400 Bad Request"),
  },
  {
    name: "V-55: an invalid field is a 500, and never on the wire",
    sent: GET,
    handler: () => new Response(null, { headers: { "x-a": "\x01" } }),
    received: ok("Internal Server Error").replace("200 OK", "500 Internal Server Error"),
  },
  {
    name: "a handler that fails is a 500 with nothing of the error",
    sent: GET + GET,
    handler: () => {
      throw new Error("inside");
    },
    received: ok("Internal Server Error").replace("200 OK", "500 Internal Server Error").repeat(2),
  },
  {
    name: "V-55: a wrong length of content at hand is corrected",
    sent: GET,
    handler: () => new Response(encoder.encode("hello"), { headers: { "content-length": "99" } }),
    received: ok("hello"),
  },
  {
    name: "V-55: the handler's transfer-encoding is the server's to choose",
    sent: GET,
    handler: () => new Response(encoder.encode("hello"), { headers: { "transfer-encoding": "chunked" } }),
    received: ok("hello"),
  },
  {
    name: "two cookies are two lines",
    sent: GET,
    handler: () => new Response(null, { headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]] }),
    received: `HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n${KEPT}content-length: 0\r\n\r\n`,
  },
];

for (const { name, sent, handler, received, atOnce } of ROWS) {
  for (const chunk of atOnce ? [undefined] : [undefined, 1]) {
    Deno.test(`Http1Server: ${name}${chunk === 1 ? ", byte by byte" : ""}`, async () => {
      await using client = connectRaw(handler, {
        onError: () => new Response(encoder.encode("Internal Server Error"), { status: 500 }),
        ...(chunk && { chunk }),
      });
      await client.send(sent);
      assertEquals(await client.receive(received.length), received);
      // Nothing more comes: the next request is answered, or the connection has ended.
      if (received.includes(CLOSED)) assertEquals(await client.receive(1), "");
      else await assertServesOn(client);
    });
  }
}

async function assertServesOn(client: RawClient): Promise<void> {
  await client.send("TRACE / HTTP/1.1\r\nhost: h\r\n\r\n");
  assertEquals(await client.receive(12), "HTTP/1.1 405");
}

for (const count of [0, -1, NaN, 1e6]) {
  Deno.test(`Http1Server: a transport that claims to have read ${count} bytes is closed`, async () => {
    const reads = ["GET / HTTP/1.1\r\nhost: h\r\n\r\n"];
    let closed = 0;
    const connection = serveConnection({
      read(into) {
        const text = reads.shift();
        if (text === undefined) return Promise.resolve(count);
        return Promise.resolve(new TextEncoder().encodeInto(text, into).written);
      },
      write: (bytes) => Promise.resolve(bytes.length),
      close: () => void closed++,
    }, () => new Response("a"));
    await connection.finished;
    assertEquals(closed > 0, true);
  });
}
