/** Two machines back to back: whatever one end writes, the other reads as it was meant. */

import { assertEquals, assertThrows } from "@std/assert";
import type { Field } from "../../http/fields.ts";
import { Http1Connection } from "../../http1/connection.ts";
import { Http1Error } from "../../http1/error.ts";
import type { ContentLength } from "../../http1/outgoing_fields.ts";
import type { RequestHead } from "../../http1/request_head.ts";
import type { ResponseHead } from "../../http1/response_head.ts";
import { bytes, feed, inPieces, type Outcome, request, text, written } from "./wires.ts";

/** One side of an exchange. */
interface Message<Head> {
  readonly head?: Partial<Head>;
  readonly content?: ContentLength;
  readonly data?: readonly string[];
  readonly trailers?: readonly Field[];
}

interface Row {
  readonly name: string;
  readonly asked?: Message<RequestHead>;
  readonly informational?: readonly ResponseHead[];
  readonly answered?: Message<ResponseHead>;
  /** What the server sees. */
  readonly seen?: Partial<Outcome>;
  /** What the client gets. */
  readonly got: Partial<Outcome>;
  /** Whether the server ends the connection behind its response. */
  readonly closes?: true;
}

const ROWS: readonly Row[] = [
  {
    name: "nothing but heads",
    seen: { request: "GET /", ended: true },
    got: { status: 200, body: "", ended: true },
  },
  {
    name: "content with a length, both ways",
    asked: { head: { method: "POST" }, content: 5, data: ["he", "llo"] },
    answered: { content: 3, data: ["bye"] },
    seen: { body: "hello", length: 5 },
    got: { body: "bye", length: 3, ended: true },
  },
  {
    name: "content in chunks with trailers, both ways",
    asked: {
      head: { method: "POST" },
      content: "unknown",
      data: ["he", "", "llo"],
      trailers: [["x-a", "1"]],
    },
    answered: {
      content: "unknown",
      data: ["b", "y".repeat(70_000), "e"],
      trailers: [["x-b", "2"], ["x-b", "3"]],
    },
    seen: { body: "hello", trailers: [["x-a", "1"]] },
    got: { body: `b${"y".repeat(70_000)}e`, trailers: [["x-b", "2"], ["x-b", "3"]], ended: true },
  },
  {
    name: "1xx responses first",
    informational: [{ status: 100, fields: [] }, { status: 103, fields: [["link", "</a>"]] }],
    got: { informational: [100, 103], status: 200, ended: true },
  },
  {
    name: "HEAD: the length of what is not sent",
    asked: { head: { method: "HEAD" } },
    answered: { head: { fields: [["content-length", "12345"]] } },
    got: { fields: [["content-length", "12345"]], body: "", length: 0, ended: true },
  },
  {
    name: "HEAD: the chunks of what is not sent",
    asked: { head: { method: "HEAD" } },
    answered: { head: { fields: [["transfer-encoding", "chunked"]] } },
    got: { fields: [["transfer-encoding", "chunked"]], body: "", length: 0, ended: true },
  },
  {
    name: "304 with the length of what is not sent",
    answered: { head: { status: 304, fields: [["content-length", "5"]] } },
    got: { status: 304, body: "", ended: true },
  },
  { name: "204", answered: { head: { status: 204 } }, got: { status: 204, fields: [], ended: true } },
  {
    name: "a caller's own length for content that is not known yet",
    answered: { head: { fields: [["content-length", "3"]] }, content: "unknown", data: ["a", "bc"] },
    got: { body: "abc", length: 3, ended: true },
  },
  {
    name: "a caller's own chunks for content of known length",
    answered: { head: { fields: [["transfer-encoding", "chunked"]] }, content: 3, data: ["abc"] },
    got: { body: "abc", ended: true },
  },
  {
    name: "a status text and bytes beyond ASCII",
    answered: { head: { statusText: "Very Well", fields: [["x", "\xe9\xff"]] } },
    got: { statusText: "Very Well", fields: [["x", "\xe9\xff"], ["content-length", "0"]] },
  },
];

for (const { name, asked = {}, informational = [], answered = {}, seen = {}, got } of ROWS) {
  for (const size of [Infinity, 1, 7]) {
    Deno.test(`pair: ${name} (in pieces of ${size})`, () => {
      const client = new Http1Connection("client");
      const server = new Http1Connection("server");
      for (let exchange = 0; exchange < 2; exchange++) {
        send(client, () => client.sendRequest(request(asked.head), asked.content), asked);
        checkSome(pass(client, server, size), { ended: true, ...seen });
        for (const head of informational) server.sendInformational(head);
        const head: ResponseHead = { status: 200, fields: [], ...answered.head };
        send(server, () => server.sendResponse(head, answered.content), answered);
        checkSome(pass(server, client, size), got);
        assertEquals([client.reusable, server.reusable], [true, true]);
        client.startNextCycle();
        server.startNextCycle();
      }
    });
  }
}

function send(
  machine: Http1Connection,
  sendHead: () => void,
  { data = [], trailers = [] }: Message<unknown>,
): void {
  sendHead();
  for (const piece of data) machine.sendData(bytes(piece));
  machine.sendEnd(trailers);
}

/** Passes on what one machine has to write; what the other makes of it. */
function pass(from: Http1Connection, to: Http1Connection, size = Infinity, end = false): Outcome {
  const wire = bytes(written(from));
  return feed(to, size === Infinity ? [wire] : inPieces(wire, size), end);
}

function checkSome(outcome: Outcome, expected: Partial<Outcome>): void {
  const some = Object.fromEntries(Object.keys(expected).map((key) => [key, outcome[key as keyof Outcome]]));
  assertEquals(some, { ...expected });
}

Deno.test("pair: pipelined requests wait for the one before them", () => {
  const server = new Http1Connection("server");
  const wire = ["/1", "/2", "/3"].map((target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).join("");
  checkSome(feed(server, [bytes(wire)]), { request: "GET /1", ended: true });
  assertEquals(server.next(), undefined);
  assertEquals(server.wantsRead, false, "what comes ahead of time is not asked for");
  for (const target of ["/2", "/3"]) {
    server.sendResponse({ status: 200, fields: [] });
    server.sendEnd();
    server.startNextCycle();
    checkSome(feed(server, [new Uint8Array()]), { request: `GET ${target}`, ended: true });
  }
});

Deno.test('pair: after "connection: close" of a client the server closes, and the client waits for that', () => {
  const client = new Http1Connection("client");
  const server = new Http1Connection("server");
  client.sendRequest(request({ fields: [["connection", "close"]] }));
  client.sendEnd();
  pass(client, server);
  server.sendResponse({ status: 200, fields: [] });
  server.sendEnd();
  checkSome(pass(server, client), { ended: true });
  assertEquals([client.clientState, client.serverState], ["must_close", "must_close"]);
  assertEquals([server.clientState, server.serverState], ["must_close", "must_close"]);
  server.sendClose();
  checkSome(pass(server, client, Infinity, true), { closed: true });
  client.sendClose();
  assertEquals([client.clientState, client.serverState], ["closed", "closed"]);
});

Deno.test("pair: HTTP/1.0 gets neither chunks nor 1xx, and content to the end of the connection", () => {
  const server = new Http1Connection("server");
  feed(server, [bytes("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")]);
  assertThrows(() => server.sendInformational({ status: 103, fields: [] }), TypeError, "HTTP/1.0");
  assertThrows(
    () => server.sendResponse({ status: 200, fields: [["transfer-encoding", "chunked"]] }, "unknown"),
    TypeError,
    "HTTP/1.0",
  );
  server.sendResponse({ status: 200, fields: [] }, "unknown");
  server.sendData(bytes("to the end"));
  server.sendEnd();
  assertEquals(server.serverState, "closed");
  assertEquals(written(server), "HTTP/1.1 200 \r\nconnection: close\r\n\r\nto the end");
});

Deno.test("pair: HTTP/1.0 keep-alive needs the option of both ends", () => {
  for (
    const [asked, answered, reusable] of [["keep-alive", "keep-alive", true], ["keep-alive", "x", false], [
      "x",
      "keep-alive",
      false,
    ]]
  ) {
    const server = new Http1Connection("server");
    feed(server, [bytes(`GET / HTTP/1.0\r\nConnection: ${asked}\r\n\r\n`)]);
    server.sendResponse({ status: 200, fields: [["connection", String(answered)]] });
    server.sendEnd();
    assertEquals(server.reusable, reusable);
  }
});

Deno.test("pair: after a switch of protocols both ends get the bytes of the new one", () => {
  const client = new Http1Connection("client");
  const server = new Http1Connection("server");
  client.sendRequest(request({ fields: [["connection", "upgrade"], ["upgrade", "echo"]] }));
  client.sendEnd();
  const wire = bytes(written(client) + "early");
  checkSome(feed(server, [wire]), { ended: true });
  assertEquals(server.clientState, "might_switch");
  server.sendInformational({ status: 101, fields: [["connection", "upgrade"], ["upgrade", "echo"]] });
  assertEquals([server.clientState, server.serverState], ["switched", "switched"]);
  assertEquals(text(server.takeRest()), "early");
  const got = feed(client, [bytes(written(server) + "hello")]);
  checkSome(got, { status: 101, rest: "hello" });
  assertEquals([client.clientState, client.serverState], ["switched", "switched"]);
  assertThrows(() => client.sendRequest(request()), TypeError);
});

Deno.test("pair: the rest behind a switch is a copy: the memory it was read into may be written over", () => {
  const client = new Http1Connection("client");
  const server = new Http1Connection("server");
  client.sendRequest(request({ fields: [["connection", "upgrade"], ["upgrade", "echo"]] }));
  client.sendEnd();
  const asked = bytes(written(client) + "early");
  server.receive(asked);
  while (server.next() !== undefined);
  server.sendInformational({ status: 101, fields: [["connection", "upgrade"], ["upgrade", "echo"]] });
  const answered = bytes(written(server) + "hello");
  client.receive(answered);
  assertEquals(client.next()?.type, "switched"); // asked no further, which would copy what is left
  const rests = [server.takeRest(), client.takeRest()];
  for (const memory of [asked, answered]) memory.fill(0);
  assertEquals(rests.map(text), ["early", "hello"]);
});

Deno.test("pair: a tunnel is made by a 2xx to CONNECT, and by nothing else", () => {
  for (const status of [200, 299, 302, 407]) {
    const client = new Http1Connection("client");
    const server = new Http1Connection("server");
    client.sendRequest(request({ method: "CONNECT", target: "a:443", authority: "a:443" }));
    client.sendEnd();
    pass(client, server);
    server.sendResponse({ status, fields: [] });
    if (status >= 300) server.sendEnd();
    const got = pass(server, client);
    checkSome(got, status < 300 ? { status, rest: "" } : { status, ended: true });
    assertEquals(client.reusable, status >= 300);
  }
});

Deno.test("pair: a server may not switch to a protocol that was not offered", () => {
  const server = new Http1Connection("server");
  feed(server, [bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]);
  assertThrows(() => server.sendInformational({ status: 101, fields: [] }), TypeError, "switch");
});

/** What a server may not send in answer to what. */
const UNSENDABLE: readonly {
  name: string;
  method?: string;
  head: Partial<ResponseHead>;
  content?: ContentLength;
}[] = [
  { name: "a status of two digits", head: { status: 20 } },
  { name: "a status of four digits", head: { status: 1000 } },
  { name: "a status that is no number", head: { status: NaN } },
  { name: "a 1xx as the final response", head: { status: 103 } },
  { name: "a status text with a line feed", head: { statusText: "a\nb" } },
  { name: "a value with CRLF", head: { fields: [["x", "a\r\nb: c"]] } },
  { name: "content with 204", head: { status: 204 }, content: 3 },
  { name: "a length with 204", head: { status: 204, fields: [["content-length", "0"]] } },
  { name: "chunks with 204", head: { status: 204, fields: [["transfer-encoding", "chunked"]] } },
  {
    name: "a length in the answer to CONNECT",
    method: "CONNECT",
    head: { fields: [["content-length", "0"]] },
  },
  { name: "a length that the content has not", head: { fields: [["content-length", "4"]] }, content: 3 },
  { name: "a coding that cannot be applied", head: { fields: [["transfer-encoding", "gzip"]] }, content: 3 },
];

for (const { name, method = "GET", head, content } of UNSENDABLE) {
  Deno.test(`pair: a server refuses to send ${name}, and writes nothing`, () => {
    const server = new Http1Connection("server");
    const target = method === "CONNECT" ? "a:443" : "/";
    feed(server, [bytes(`${method} ${target} HTTP/1.1\r\nHost: a\r\n\r\n`)]);
    assertThrows(
      () => server.sendResponse({ status: 200, fields: [], ...head }, content),
      TypeError,
      "Cannot send",
    );
    assertEquals(written(server), "");
    server.sendResponse({ status: 500, fields: [] });
  });
}

Deno.test("pair: a request that cannot be read is answered with the status that its error hints at", () => {
  for (
    const [wire, status] of [
      ["GET / HTTP/3.0\r\n\r\n", 505],
      ["GET / HTTP/1.1\r\n\r\n", 400],
      ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: br, chunked\r\n\r\n", 501],
      [`GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(1000)}\r\n`, 431],
    ] as const
  ) {
    const client = new Http1Connection("client");
    const server = new Http1Connection("server");
    client.sendRequest(request());
    client.sendEnd();
    server.receive(bytes(wire));
    const error = assertThrows(() => server.next(), Http1Error);
    assertEquals(error.statusHint, status);
    server.sendResponse({ status: error.statusHint, fields: [] }, "unknown");
    server.sendData(bytes("no"));
    server.sendEnd();
    checkSome(pass(server, client, Infinity, true), { status, body: "no", ended: true, closed: true });
    // It stays broken.
    assertEquals(assertThrows(() => server.next()), error);
  }
});

Deno.test("pair: after an error next throws the same one at every call", () => {
  const client = new Http1Connection("client");
  client.sendRequest(request());
  client.sendEnd();
  client.receive(bytes("nonsense"));
  const error = assertThrows(() => client.next(), Http1Error);
  client.receive(bytes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
  assertEquals(assertThrows(() => client.next()), error);
  assertEquals(client.serverState, "error");
  assertEquals(client.wantsRead, false);
});

Deno.test("pair: H1-23, B-20: a client without a request refuses every byte", () => {
  const client = new Http1Connection("client");
  client.receive(bytes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
  assertEquals(assertThrows(() => client.next(), Http1Error).code, "unexpected_bytes");
});

Deno.test("pair: B-17: a response may end before its request, and the connection does not persist then", () => {
  const client = new Http1Connection("client");
  client.sendRequest(request({ method: "POST" }), "unknown");
  client.sendData(bytes("half"));
  const got = feed(client, [
    bytes("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno"),
  ]);
  checkSome(got, { status: 413, body: "no", ended: true });
  assertEquals([client.clientState, client.persistent], ["send_body", false]);
  client.sendEnd();
  assertEquals(client.clientState, "must_close");
});

Deno.test("pair: output that was not taken before the next exchange begins is not lost", () => {
  const server = new Http1Connection("server");
  const wire = ["/1", "/2"].map((target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).join("");
  feed(server, [bytes(wire)]);
  for (const target of ["/1", "/2"]) {
    server.sendResponse({ status: 200, fields: [["x-target", target]] });
    server.sendEnd();
    server.startNextCycle();
    feed(server, [new Uint8Array()]);
  }
  const written = new TextDecoder().decode(server.output());
  assertEquals(written.match(/x-target: \S+/g), ["x-target: /1", "x-target: /2"]);
});
