/** Requests that a client writes, or refuses to write (R-...). */

import { assertEquals, assertThrows } from "@std/assert";
import type { Field } from "../../http/fields.ts";
import { Http1Connection } from "../../http1/connection.ts";
import type { ContentLength } from "../../http1/outgoing_fields.ts";
import type { RequestHead } from "../../http1/request_head.ts";
import { bytes, feed, request, written } from "./wires.ts";

const HOST = "host: example.com\r\n";

/** What is sent, and what is written for it. */
interface Sent {
  readonly name: string;
  readonly head?: Partial<RequestHead>;
  readonly content?: ContentLength;
  /** Pieces of content. */
  readonly data?: readonly string[];
  readonly trailers?: readonly Field[];
  readonly wire: string;
}

const SENT: readonly Sent[] = [
  {
    name: "the host comes first, the other fields in the caller's order",
    head: { fields: [["x", "1"], ["accept", "*/*"], ["x", "2"]] },
    wire: `GET / HTTP/1.1\r\n${HOST}x: 1\r\naccept: */*\r\nx: 2\r\n\r\n`,
  },
  {
    name: "R-04: the case of a method is kept",
    head: { method: "get" },
    wire: `get / HTTP/1.1\r\n${HOST}\r\n`,
  },
  {
    name: "R-22: a port is in the host only where the caller says so",
    head: { authority: "[::1]:8080", target: "/a?b=c" },
    wire: "GET /a?b=c HTTP/1.1\r\nhost: [::1]:8080\r\n\r\n",
  },
  {
    name: "an absolute URL for a proxy",
    head: { target: "http://example.com/a" },
    wire: `GET http://example.com/a HTTP/1.1\r\n${HOST}\r\n`,
  },
  {
    name: "TE is announced in Connection",
    head: { fields: [["te", "trailers"], ["connection", "upgrade"]] },
    wire: `GET / HTTP/1.1\r\n${HOST}te: trailers\r\nconnection: upgrade\r\nconnection: te\r\n\r\n`,
  },
  {
    name: "TE is announced once",
    head: { fields: [["connection", "TE, close"], ["te", "trailers"]] },
    wire: `GET / HTTP/1.1\r\n${HOST}connection: TE, close\r\nte: trailers\r\n\r\n`,
  },
  {
    name: "* for OPTIONS",
    head: { method: "OPTIONS", target: "*" },
    wire: `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
  },
  {
    name: "CONNECT has neither length nor chunks",
    head: { method: "CONNECT", target: "[::1]:443", authority: "[::1]:443" },
    wire: "CONNECT [::1]:443 HTTP/1.1\r\nhost: [::1]:443\r\n\r\n",
  },
  {
    name: "bytes beyond ASCII are written as they are",
    head: { fields: [["x", "caf\xe9\x80\xff"], ["y", "a\tb"], ["z", ""]] },
    wire: `GET / HTTP/1.1\r\n${HOST}x: caf\xe9\x80\xff\r\ny: a\tb\r\nz: \r\n\r\n`,
  },
  ...["POST", "PUT", "PATCH"].map((method): Sent => ({
    name: `R-12: ${method} without content says so`,
    head: { method },
    wire: `${method} / HTTP/1.1\r\n${HOST}content-length: 0\r\n\r\n`,
  })),
  ...["GET", "HEAD", "DELETE", "OPTIONS"].map((method): Sent => ({
    name: `R-12: ${method} without content says nothing`,
    head: { method },
    wire: `${method} / HTTP/1.1\r\n${HOST}\r\n`,
  })),
  ...["GET", "HEAD", "DELETE"].map((method): Sent => ({
    name: `R-11: ${method} with content says how long it is`,
    head: { method },
    content: 3,
    data: ["ab", "", "c"],
    wire: `${method} / HTTP/1.1\r\n${HOST}content-length: 3\r\n\r\nabc`,
  })),
  {
    name: "R-11: GET with content of unknown length sends chunks",
    content: "unknown",
    data: ["abc"],
    wire: `GET / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
  },
  {
    name: "R-14: an empty piece is not the last chunk",
    head: { method: "POST" },
    content: "unknown",
    data: ["abc", "", "0123456789abcdef"],
    wire:
      `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n`,
  },
  {
    name: "R-09: the caller's chunked overrides the caller's length, and is stated once",
    head: { method: "POST", fields: [["content-length", "5"], ["transfer-encoding", "Chunked"], ["x", "y"]] },
    content: 3,
    data: ["abc"],
    wire: `POST / HTTP/1.1\r\n${HOST}x: y\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
  },
  {
    name: "R-08: a length of the caller's for content of unknown length",
    head: { method: "POST", fields: [["content-length", "3"]] },
    content: "unknown",
    data: ["a", "bc"],
    wire: `POST / HTTP/1.1\r\n${HOST}content-length: 3\r\n\r\nabc`,
  },
  {
    name: "R-08: a length of the caller's that is right is stated once",
    head: { fields: [["content-length", "3"], ["content-length", "3"]] },
    content: 3,
    data: ["abc"],
    wire: `GET / HTTP/1.1\r\n${HOST}content-length: 3\r\n\r\nabc`,
  },
  {
    name: "a length of 0 of the caller's is stated",
    head: { fields: [["content-length", "0"]] },
    wire: `GET / HTTP/1.1\r\n${HOST}content-length: 0\r\n\r\n`,
  },
  {
    name: "R-15: trailers follow the last chunk",
    head: { method: "POST" },
    content: "unknown",
    data: ["abc"],
    trailers: [["x-sum", "1"], ["y", "\xff"]],
    wire:
      `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 1\r\ny: \xff\r\n\r\n`,
  },
  {
    name: "content above 64 KiB is not copied into the head's piece, and nothing is lost",
    head: { method: "POST" },
    content: "unknown",
    data: ["a".repeat(70_000), "b"],
    wire: `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n11170\r\n${
      "a".repeat(70_000)
    }\r\n1\r\nb\r\n0\r\n\r\n`,
  },
];

for (const { name, head, content = 0, data = [], trailers = [], wire } of SENT) {
  Deno.test(`request: ${name}`, () => {
    const machine = new Http1Connection("client");
    machine.sendRequest(request(head), content);
    for (const piece of data) machine.sendData(bytes(piece));
    machine.sendEnd(trailers);
    assertEquals(written(machine), wire);
  });
}

/** Heads that may not be sent. */
const UNSENDABLE: readonly { name: string; head: Partial<RequestHead>; content?: ContentLength }[] = [
  ...["a\r\nb: c", "a\nb", "a\rb", "a\x00b", "a\x7fb", "a\x1fb", "\r\n", "a\r\n"].map((value) => ({
    name: `R-01: the value ${JSON.stringify(value)}`,
    head: { fields: [["x", value]] as Field[] },
  })),
  ...["a b", "a:b", "a\r\nb", "caf\xe9", "", "a\x00", "(x)", '"x"', " x", "x\u0130"].map((name) => ({
    name: `R-02: the name ${JSON.stringify(name)}`,
    head: { fields: [[name, "y"]] as Field[] },
  })),
  { name: "a name in upper case", head: { fields: [["Content-Length", "3"]] } },
  ...["\u010a", "\u010d", "\u0100", "\u20ac", "\u{1f600}", "\ud800"].map((value) => ({
    name: `R-03: the value ${JSON.stringify(value)}, which is not cut down to bytes`,
    head: { fields: [["x", value]] as Field[] },
  })),
  ...["GET /x HTTP/1.1\r\nX:", "", "G T", "G\x00T", "GET\u0130"].map((method) => ({
    name: `R-04: the method ${JSON.stringify(method)}`,
    head: { method },
  })),
  ...[
    "/a b",
    "/\r\nX: y",
    "/\n",
    "/\x00",
    "/\x7f",
    "/\xe9",
    "/\u0130",
    "",
    "a",
    "*",
    "?q",
    "#x",
    "/a#b",
    "http:///x",
  ]
    .map((target) => ({ name: `R-05: the target ${JSON.stringify(target)}`, head: { target } })),
  ...["u:p@example.com", "u@example.com"].map((authority) => ({
    name: `R-07: userinfo in the authority ${JSON.stringify(authority)}`,
    head: { authority },
  })),
  ...[
    ...[
      "a/b",
      "a#b",
      "a\\b",
      "a%00b",
      "[::1",
      "::1]",
      "[::1]x",
      "a b",
      "a\r\nX: y",
      "",
      ":80",
      "a:",
      "a:b",
      "a:123456",
    ],
    ...["[]", "a?b", "[::1%eth0]", "\xe9", "a:80:80"],
  ].map((authority) => ({ name: `R-06: the authority ${JSON.stringify(authority)}`, head: { authority } })),
  ...["example.com", "example.com:", "example.com:443/", "/", "u@example.com:443", "::1:443", "[::1]"].map((
    target,
  ) => ({
    name: `R-06: CONNECT to ${JSON.stringify(target)}`,
    head: { method: "CONNECT", target },
  })),
  {
    name: "R-08: a length of 5 with content of 9 bytes",
    head: { fields: [["content-length", "5"]] },
    content: 9,
  },
  {
    name: "R-08: a length of 5 with content of 3 bytes",
    head: { fields: [["content-length", "5"]] },
    content: 3,
  },
  { name: "R-08: a length of 5 without content", head: { fields: [["content-length", "5"]] } },
  ...["+5", "", "5, 6", "0x5", "5 bytes"].map((value) => ({
    name: `R-08: the length ${JSON.stringify(value)}`,
    head: { fields: [["content-length", value]] as Field[] },
    content: 5,
  })),
  {
    name: "R-08: two lengths that differ",
    head: { fields: [["content-length", "5"], ["content-length", "6"]] },
    content: 5,
  },
  ...["gzip", "gzip, chunked", "identity", "chunked, chunked", ""].map((value) => ({
    name: `R-09: Transfer-Encoding ${JSON.stringify(value)}`,
    head: { fields: [["transfer-encoding", value]] as Field[] },
    content: 5,
  })),
  { name: "R-10: a Host beside the authority", head: { fields: [["host", "example.com"]] } },
  { name: "R-18: a pseudo header", head: { fields: [[":path", "/"]] } },
  { name: "CONNECT with content", head: { method: "CONNECT", target: "example.com:443" }, content: 3 },
  { name: "TRACE with content", head: { method: "TRACE" }, content: "unknown" },
  { name: "an expectation without content", head: { method: "POST", fields: [["expect", "100-continue"]] } },
  { name: "a negative length", head: {}, content: -1 },
  { name: "a length beyond 2^53", head: {}, content: 2 ** 53 },
  { name: "a length that is no number", head: {}, content: NaN },
];

for (const { name, head, content = 0 } of UNSENDABLE) {
  Deno.test(`request: ${name} is refused, and nothing is written`, () => {
    const machine = new Http1Connection("client");
    const error = assertThrows(() => machine.sendRequest(request(head), content), TypeError, "Cannot send");
    assertEquals(written(machine), "");
    assertEquals(machine.clientState, "idle");
    for (const [, value] of head.fields ?? []) {
      assertEquals(value.length > 2 && error.message.includes(value), false, "a value is never repeated");
    }
    machine.sendRequest(request());
  });
}

Deno.test("R-07: an error does not contain userinfo", () => {
  const machine = new Http1Connection("client");
  const error = assertThrows(
    () => machine.sendRequest(request({ authority: "user:secret@example.com" })),
    TypeError,
  );
  assertEquals(/user|secret/.test(error.message), false);
});

/** Misuse of a request in progress. */
const MISUSE: readonly {
  name: string;
  head?: Partial<RequestHead>;
  content?: ContentLength;
  then(m: Http1Connection): void;
}[] = [
  { name: "R-08: a ninth byte of eight", content: 8, then: (m) => m.sendData(bytes("123456789")) },
  {
    name: "R-08: an end after seven bytes of eight",
    content: 8,
    then: (m) => (m.sendData(bytes("1234567")), m.sendEnd()),
  },
  { name: "content of a request that has none", then: (m) => m.sendData(bytes("a")) },
  { name: "content after the end", then: (m) => (m.sendEnd(), m.sendData(bytes("a"))) },
  { name: "a second end", then: (m) => (m.sendEnd(), m.sendEnd()) },
  { name: "a second request", then: (m) => (m.sendEnd(), m.sendRequest(request())) },
  { name: "a response, by a client", then: (m) => m.sendResponse({ status: 200, fields: [] }) },
  { name: "a 1xx response, by a client", then: (m) => m.sendInformational({ status: 100, fields: [] }) },
  { name: "another exchange before this one is over", then: (m) => m.startNextCycle() },
  { name: "taking the rest of what was not switched", then: (m) => m.takeRest() },
  { name: "trailers without chunks", content: 0, then: (m) => m.sendEnd([["x", "y"]]) },
  ...["content-length", "transfer-encoding", "host", "set-cookie", "authorization", "trailer", "te"].map((
    name,
  ) => ({
    name: `R-15: the trailer ${name}`,
    content: "unknown" as const,
    then: (m: Http1Connection) => m.sendEnd([[name, "1"]]),
  })),
  { name: "R-01: a trailer with a line feed", content: "unknown", then: (m) => m.sendEnd([["x", "a\nb"]]) },
  { name: "R-02: a trailer without a name", content: "unknown", then: (m) => m.sendEnd([["", "a"]]) },
];

for (const { name, head, content = 0, then } of MISUSE) {
  Deno.test(`request: ${name} is a TypeError`, () => {
    const machine = new Http1Connection("client");
    machine.sendRequest(request(head), content);
    assertThrows(() => then(machine), TypeError, "Cannot");
    // And it leaves no half of anything behind.
    assertEquals(/\r\n0\r\n$|x: |: 1\r\n$/.test(written(machine)), false);
  });
}

Deno.test("request: a list that is frozen is checked once, and written the same each time", () => {
  const fields = Object.freeze([
    Object.freeze(["x", "y"] as const),
    Object.freeze(["z", "caf\xe9"] as const),
  ]);
  const machine = new Http1Connection("client");
  const wires = ["/a", "/b", "/b"].map((target) => exchange(machine, request({ target, fields })));
  assertEquals(wires, [
    `GET /a HTTP/1.1\r\n${HOST}x: y\r\nz: caf\xe9\r\n\r\n`,
    `GET /b HTTP/1.1\r\n${HOST}x: y\r\nz: caf\xe9\r\n\r\n`,
    `GET /b HTTP/1.1\r\n${HOST}x: y\r\nz: caf\xe9\r\n\r\n`,
  ]);
  // What differs is never taken from what was written before.
  const others = Object.freeze([Object.freeze(["x", "other"] as const)]);
  assertEquals(exchange(machine, request({ fields: others })), `GET / HTTP/1.1\r\n${HOST}x: other\r\n\r\n`);
  assertThrows(() => machine.sendRequest(request({ target: "/ b", fields })), TypeError);
  assertThrows(() => machine.sendRequest(request({ authority: "a@b", fields })), TypeError);
  assertEquals(exchange(machine, request({ method: "HEAD", fields })).slice(0, 7), "HEAD / ");
  assertEquals(
    exchange(machine, request({ authority: "other.example", fields })).split("\r\n")[1],
    "host: other.example",
  );
});

Deno.test("request: a list that can change is checked each time", () => {
  const fields: [string, string][] = [["x", "y"]];
  const machine = new Http1Connection("client");
  exchange(machine, request({ fields }));
  Object.freeze(fields);
  exchange(machine, request({ fields }));
  fields.forEach((field) => field[1] = "a\r\nb");
  assertThrows(() => machine.sendRequest(request({ fields })), TypeError);
});

/** Sends, is answered, and makes ready for the next; what was written. */
function exchange(machine: Http1Connection, head: RequestHead): string {
  machine.sendRequest(head);
  machine.sendEnd();
  const wire = written(machine);
  feed(machine, [bytes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")]);
  machine.startNextCycle();
  return wire;
}
