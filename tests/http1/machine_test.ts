/** The machine's options, limits and states, as its driver sees them. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Http1Connection } from "../../http1/connection.ts";
import { Http1Error } from "../../http1/error.ts";
import type { Http1ConnectionOptions } from "../../http1/limits.ts";
import { asking, bytes, feed, request, written } from "./wires.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** What exceeds each limit, with the option that moves it. */
const LIMITS: readonly {
  readonly option: keyof Http1ConnectionOptions;
  readonly at: number;
  readonly wire: string;
  readonly code: string;
}[] = [
  { option: "maxHeadBytes", at: 50, wire: `${OK}x: ${"y".repeat(99)}\r\n\r\n`, code: "head_too_large" },
  { option: "maxHeadBytes", at: 50, wire: `${"\r\n".repeat(99)}${OK}\r\n`, code: "head_too_large" },
  { option: "maxFields", at: 3, wire: `${OK}${"x: y\r\n".repeat(4)}\r\n`, code: "head_too_large" },
  {
    option: "maxFields",
    at: 3,
    wire: `${CHUNKED}0\r\n${"x: y\r\n".repeat(4)}\r\n`,
    code: "trailers_too_large",
  },
  {
    option: "maxTrailerBytes",
    at: 50,
    wire: `${CHUNKED}0\r\nx: ${"y".repeat(99)}\r\n\r\n`,
    code: "trailers_too_large",
  },
  {
    option: "maxInformationalBytes",
    at: 50,
    wire: `${"HTTP/1.1 102 x\r\n\r\n".repeat(4)}${OK}\r\n`,
    code: "too_many_informational",
  },
  {
    option: "maxChunkExtensionBytes",
    at: 50,
    wire: `${CHUNKED}1;${"x".repeat(99)}\r\na\r\n0\r\n\r\n`,
    code: "bad_chunk",
  },
];

for (const { option, at, wire, code } of LIMITS) {
  Deno.test(`machine: beyond ${option} is ${code}, which names the option and its figure (${JSON.stringify(wire.slice(0, 20))})`, () => {
    const machine = asking({}, { [option]: at });
    machine.receive(bytes(wire));
    const error = assertThrows(() => {
      while (machine.next() !== undefined);
    }, Http1Error);
    assertEquals(error.code, code);
    assertStringIncludes(error.message, option);
    assertStringIncludes(error.message, String(at));
    assertEquals(
      feed(asking({}, { [option]: 1000 }), [bytes(wire)]).refused,
      undefined,
      "the option moves the limit",
    );
  });
}

Deno.test("machine: a control character is refused with the number of its line", () => {
  for (
    const [wire, where] of [[`${OK}x: y\r\nz: \0\r\n\r\n`, "line 3"], [
      `${CHUNKED}0\r\nx: \0\r\n\r\n`,
      "line 1",
    ]] as const
  ) {
    const machine = asking();
    machine.receive(bytes(wire));
    const error = assertThrows(() => {
      while (machine.next() !== undefined);
    }, Http1Error);
    assertStringIncludes(error.message, `${where} has a control character`);
  }
});

Deno.test("machine: an idle client has no event, and its end is told as such", () => {
  const machine = new Http1Connection("client");
  assertEquals(machine.next(), undefined);
  machine.receive(new Uint8Array());
  assertEquals(machine.next(), undefined);
  machine.receiveEnd();
  assertEquals(machine.next(), { type: "connection_closed" });
  assertEquals([machine.next(), machine.wantsRead], [undefined, false]);
});

Deno.test("machine: H1-27: of each exchange anew, an end before the response is told apart from one within", () => {
  const machine = asking();
  feed(machine, [bytes(`${OK}Content-Length: 0\r\n\r\n`)]);
  machine.startNextCycle();
  machine.sendRequest(request());
  machine.sendEnd();
  machine.receiveEnd();
  const error = assertThrows(() => machine.next(), Http1Error);
  assertEquals([error.code, error.progress], ["connection_closed", "no_response"]);
});

Deno.test("machine: H1-29: 1xx responses of an earlier exchange do not count", () => {
  const early = "HTTP/1.1 103 x\r\n\r\n".repeat(3);
  const machine = asking({}, { maxInformationalBytes: early.length });
  for (let exchange = 0; exchange < 3; exchange++) {
    assertEquals(feed(machine, [bytes(`${early}${OK}Content-Length: 0\r\n\r\n`)]).informational, [
      103,
      103,
      103,
    ]);
    machine.startNextCycle();
    machine.sendRequest(request());
    machine.sendEnd();
  }
});

Deno.test("machine: H1-41: empty lines before an earlier response do not count", () => {
  const machine = asking({}, { maxHeadBytes: 50 });
  for (let exchange = 0; exchange < 3; exchange++) {
    assertEquals(feed(machine, [bytes(`${"\r\n".repeat(25)}${OK}Content-Length: 0\r\n\r\n`)]).ended, true);
    machine.startNextCycle();
    machine.sendRequest(request());
    machine.sendEnd();
  }
});

/** Statuses at the edges of what each method of a server may send. */
Deno.test("machine: a server sends a 1xx as informational alone, and a 200 as final alone", () => {
  const server = new Http1Connection("server");
  feed(server, [bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]);
  for (const status of [200, 204, 300]) {
    assertThrows(() => server.sendInformational({ status, fields: [] }), TypeError, "Cannot send");
  }
  for (const status of [100, 103, 199]) {
    assertThrows(() => server.sendResponse({ status, fields: [] }), TypeError, "Cannot send");
  }
  server.sendInformational({ status: 199, fields: [] });
  server.sendResponse({ status: 200, fields: [] });
});

Deno.test("machine: a server answers no CONNECT with a 101, whose tunnel a 2xx opens", () => {
  const server = new Http1Connection("server");
  feed(server, [bytes("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")]);
  const fields = [["connection", "upgrade"], ["upgrade", "x"]] as const;
  assertThrows(() => server.sendInformational({ status: 101, fields }), TypeError, "Cannot send");
  server.sendResponse({ status: 200, fields: [] });
  assertEquals(server.serverState, "switched");
});

Deno.test("machine: content up to the end of the connection makes it the last exchange from the head on", () => {
  const server = new Http1Connection("server");
  feed(server, [bytes("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")]);
  assertEquals(server.persistent, true);
  server.sendResponse({ status: 200, fields: [["connection", "keep-alive"]] }, "unknown");
  assertEquals(server.persistent, false);
});

Deno.test("machine: a frozen list of fields goes out with each request's own method, target and authority", () => {
  const fields = Object.freeze([Object.freeze(["x", "y"] as const)]);
  const heads = [
    { method: "GET", target: "/", authority: "a.test" },
    { method: "GET", target: "/b", authority: "a.test" },
    { method: "GET", target: "/b", authority: "b.test" },
    { method: "DELETE", target: "/b", authority: "b.test" },
  ];
  const client = new Http1Connection("client");
  for (const head of heads) {
    client.sendRequest({ ...head, fields });
    client.sendEnd();
    const { method, target, authority } = head;
    assertEquals(written(client), `${method} ${target} HTTP/1.1\r\nhost: ${authority}\r\nx: y\r\n\r\n`);
    feed(client, [bytes(`${OK}Content-Length: 0\r\n\r\n`)]);
    client.startNextCycle();
  }
});

Deno.test("machine: the answer to a request that cannot be read does not go by the request before it", () => {
  const server = new Http1Connection("server");
  feed(server, [bytes("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")]);
  server.sendResponse({ status: 200, fields: [] });
  server.sendEnd();
  server.startNextCycle();
  assertEquals(feed(server, [bytes("GET / HTTP/1.1\r\n\r\n")]).refused, "bad_host");
  while (server.output() !== undefined);
  server.sendResponse({ status: 400, fields: [] }, 3);
  server.sendData(bytes("bad"));
  server.sendEnd();
  assertEquals(written(server), "HTTP/1.1 400 \r\ncontent-length: 3\r\n\r\nbad");
});

Deno.test("machine: a server answers a request once, and a CONNECT once it has read all of it", () => {
  const head = { status: 200, fields: [] };
  const server = new Http1Connection("server");
  feed(server, [bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]);
  server.sendResponse(head, 3);
  const once = written(server);
  assertThrows(() => server.sendResponse(head), TypeError, "Cannot send");
  server.sendData(bytes("abc"));
  server.sendEnd();
  assertThrows(() => server.sendResponse(head), TypeError, "Cannot send");
  assertEquals([once.startsWith("HTTP/1.1 200"), written(server)], [true, "abc"]);

  const proxy = new Http1Connection("server");
  proxy.receive(bytes("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"));
  assertEquals(proxy.next()?.type, "request");
  assertThrows(() => proxy.sendResponse(head), TypeError, "Cannot send");
  assertEquals([proxy.wantsWrite, proxy.next()?.type], [false, "end_of_message"]);
  proxy.sendResponse(head);
  assertEquals(proxy.serverState, "switched");
});

Deno.test("machine: a 299 to CONNECT makes a tunnel, a 300 is a response", () => {
  for (const [status, state] of [[299, "switched"], [300, "send_body"]] as const) {
    const server = new Http1Connection("server");
    feed(server, [bytes("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")]);
    server.sendResponse({ status, fields: [] });
    assertEquals(server.serverState, state);
  }
});

Deno.test("machine: limits are positive integers", () => {
  for (const limit of [0, -1, 1.5, NaN, Infinity]) {
    for (const name of ["maxHeadBytes", "maxFields", "maxTrailerBytes", "maxInformationalBytes"]) {
      assertThrows(() => new Http1Connection("client", { [name]: limit }), RangeError, name);
    }
  }
});

Deno.test("machine: wantsRead and wantsWrite follow the exchange", () => {
  const client = new Http1Connection("client");
  assertEquals([client.wantsRead, client.wantsWrite], [true, false]);
  client.sendRequest(request({ method: "POST" }), 3);
  assertEquals([client.wantsRead, client.wantsWrite, client.contentLeft], [true, true, 3]);
  client.sendData(bytes("abc"));
  client.sendEnd();
  assertEquals(written(client).endsWith("abc"), true);
  assertEquals([client.wantsRead, client.wantsWrite, client.contentLeft], [true, false, 0]);
  feed(client, [bytes("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab")]);
  assertEquals([client.wantsRead, client.contentAhead], [true, 3]);
  feed(client, [bytes("cde")]);
  assertEquals([client.wantsRead, client.reusable], [false, true]);
});

Deno.test("machine: nothing more is wanted once the peer's end is known", () => {
  const client = asking();
  feed(client, [bytes(`${OK}\r\nto the end`)]);
  assertEquals([client.wantsRead, client.persistent], [true, false]);
  client.receiveEnd();
  assertEquals(client.wantsRead, false);
});

Deno.test("machine: H1-23: after bytes that no request asked for, no request is sent", () => {
  const client = new Http1Connection("client");
  client.receive(bytes(OK));
  assertThrows(() => client.next(), Http1Error);
  assertThrows(() => client.sendRequest(request()), TypeError, "Cannot send");
  assertEquals([client.wantsWrite, client.wantsRead], [false, false]);
});

Deno.test("machine: no content is sent before a message or after its end", () => {
  const client = new Http1Connection("client");
  assertThrows(() => client.sendData(bytes("early")), TypeError, "Cannot send");
  client.sendRequest(request({ method: "POST" }), "unknown");
  client.sendEnd();
  written(client);
  assertThrows(() => client.sendData(bytes("late")), TypeError, "Cannot send");
  assertThrows(() => client.sendEnd(), TypeError, "Cannot send");
  assertEquals(written(client), "");
});

Deno.test("machine: H1-26: a head received byte by byte is refused at the limit, each byte scanned once", () => {
  const client = new Http1Connection("client");
  client.sendRequest(request());
  client.sendEnd();
  feed(client, [bytes("HTTP/1.1 200 OK\r\nx: ")]);
  const drop = bytes("a");
  let fed = 0;
  const error = assertThrows(() => {
    // Looking at all that is there for each byte would take hours.
    for (; fed < 500_000; fed++) {
      client.receive(drop);
      client.next();
    }
  }, Http1Error);
  assertEquals(error.code, "head_too_large");
  assertEquals(fed, 262_144 - 20);
});

Deno.test("machine: B-16: a hundred thousand chunks of one byte are passed on as they come", () => {
  const client = new Http1Connection("client");
  client.sendRequest(request());
  client.sendEnd();
  feed(client, [bytes("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")]);
  const wire = bytes("1\r\na\r\n".repeat(1000));
  let length = 0;
  for (let i = 0; i < 100; i++) length += feed(client, [wire]).body.length;
  assertEquals(feed(client, [bytes("0\r\n\r\n")]).ended, true);
  assertEquals(length, 100_000);
});
