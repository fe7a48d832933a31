/** Requests that a server receives: heads and content, cut in every way. */

import { assertEquals, assertThrows } from "@std/assert";
import { Http1Connection } from "../../http1/connection.ts";
import { bytes, feed, type Outcome, splits } from "./wires.ts";

/** What a server reads. */
interface Received {
  readonly name: string;
  readonly wire: string;
  readonly end?: true;
  readonly outcome: Partial<Outcome>;
}

const POST = `POST / HTTP/1.1\r\nHost: a\r\n`;
const refused = (code: string): Partial<Outcome> => ({ refused: code, ended: false });

const RECEIVED: readonly Received[] = [
  {
    name: "a request without content",
    wire: "GET /a?b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n",
    outcome: {
      request: "GET /a?b",
      version: "HTTP/1.1",
      length: 0,
      ended: true,
      fields: [["host", "a"], ["x", "y"]],
    },
  },
  {
    name: "V-31: the Host of a whole URL in the place of another",
    wire: "GET http://b:81/x HTTP/1.1\r\nX: y\r\nHost: a\r\n\r\n",
    outcome: { request: "GET http://b:81/x", fields: [["x", "y"], ["host", "b:81"]] },
  },
  {
    name: "a request with a length",
    wire: `${POST}Content-Length: 3\r\n\r\nabc`,
    outcome: { body: "abc", ended: true, length: 3 },
  },
  {
    name: "a request in chunks, with trailers",
    wire: `${POST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n`,
    outcome: { body: "abc", ended: true, trailers: [["x", "y"]] },
  },
  ...["\r\n", "\r\n\r\n\r\n"].map((lines): Received => ({
    name: `empty lines (${JSON.stringify(lines)}) before a request, which are skipped`,
    wire: `${lines}GET / HTTP/1.1\r\nHost: a\r\n\r\n`,
    outcome: { request: "GET /", ended: true },
  })),
  {
    name: "empty lines without end",
    wire: "\r\n".repeat(140_000),
    outcome: refused("head_too_large"),
  },
  ...["\r", " \r\n"].map((start): Received => ({
    name: `${JSON.stringify(start)} before a request, which is no empty line`,
    wire: `${start}GET / HTTP/1.1\r\nHost: a\r\n\r\n`,
    outcome: refused("bad_request_line"),
  })),
  {
    name: "H1-13: a folded line",
    wire: "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    outcome: refused("bad_header"),
  },
  {
    name: "HTTP/1.0 needs no Host",
    wire: "GET / HTTP/1.0\r\n\r\n",
    outcome: { version: "HTTP/1.0", ended: true },
  },
  { name: "HTTP/1.1 without Host", wire: "GET / HTTP/1.1\r\n\r\n", outcome: refused("bad_host") },
  { name: "two Hosts", wire: "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", outcome: refused("bad_host") },
  {
    name: "two Hosts in HTTP/1.0",
    wire: "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
    outcome: refused("bad_host"),
  },
  ...["gzip", "chunked, gzip", "identity", "chunked, chunked"].map((coding): Received => ({
    name: `Transfer-Encoding "${coding}", whose end cannot be found`,
    wire: `${POST}Transfer-Encoding: ${coding}\r\n\r\n`,
    outcome: refused("bad_transfer_encoding"),
  })),
  {
    name: "Transfer-Encoding in HTTP/1.0",
    wire: "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
    outcome: refused("bad_transfer_encoding"),
  },
  { name: "a bad length", wire: `${POST}Content-Length: +3\r\n\r\n`, outcome: refused("bad_content_length") },
  ...[
    "GET  / HTTP/1.1",
    "GET / / HTTP/1.1",
    " GET / HTTP/1.1",
    "GET /",
    "GET / ",
    "G(T / HTTP/1.1",
    "G(/ HTTP/1.1",
    "GET\t/ HTTP/1.1",
    " / HTTP/1.1",
    "GET /\xe9 HTTP/1.1",
  ].map(
    (line): Received => ({
      name: `the request line ${JSON.stringify(line)}`,
      wire: `${line}\r\nHost: a\r\n\r\n`,
      outcome: refused("bad_request_line"),
    }),
  ),
  ...[
    "GET a HTTP/1.1",
    "GET * HTTP/1.1",
    "CONNECT /a HTTP/1.1",
    "GET /#x HTTP/1.1",
    "GET / http/1.1",
    "GET / HTTX/1.1",
  ].map(
    (line): Received => ({
      name: `the request line ${JSON.stringify(line)}`,
      wire: `${line}\r\nHost: a\r\n\r\n`,
      outcome: refused("bad_request_line"),
    }),
  ),
  ...["GET / HTTP/2.0", "GET / HTTP/0.9"].map((line): Received => ({
    name: `the version in "${line}"`,
    wire: `${line}\r\nHost: a\r\n\r\n`,
    outcome: refused("bad_version"),
  })),
  {
    name: "the preface of HTTP/2",
    wire: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    outcome: refused("bad_version"),
  },
  { name: "an end inside a head", wire: "GET / HTTP/1.1\r\n", end: true, outcome: refused("truncated") },
  {
    name: "an end inside content",
    wire: `${POST}Content-Length: 3\r\n\r\nab`,
    end: true,
    outcome: refused("truncated"),
  },
  { name: "an end instead of a request", wire: "", end: true, outcome: { closed: true, ended: false } },
  {
    name: "CONNECT, whose tunnel waits for the response",
    wire: "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n\x16\x03",
    outcome: { request: "CONNECT a:443", ended: true },
  },
];

for (const { name, wire, end, outcome } of RECEIVED) {
  Deno.test(`server: reads ${name}`, () => {
    for (const pieces of splits(bytes(wire))) {
      const got = feed(new Http1Connection("server"), pieces, end);
      const seen = Object.fromEntries(Object.keys(outcome).map((key) => [key, got[key as keyof Outcome]]));
      assertEquals(seen, { ...outcome }, `in ${pieces.length} pieces`);
      assertEquals(got.refused, outcome.refused, `in ${pieces.length} pieces`);
    }
  });
}

/** Requests, and whether the connection persists once they are answered. */
const ANSWERED: readonly { readonly name: string; readonly wire: string; readonly reusable: boolean }[] = [
  { name: "a request with a length", wire: `${POST}Content-Length: 1\r\n\r\na`, reusable: true },
  {
    name: "chunks",
    wire: `${POST}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
    reusable: true,
  },
  {
    name: "equal lengths",
    wire: `${POST}Content-Length: 1, 1\r\nContent-Length: 1\r\n\r\na`,
    reusable: true,
  },
  { name: "close", wire: `${POST}Connection: x, Close\r\nContent-Length: 1\r\n\r\na`, reusable: false },
  { name: "HTTP/1.0", wire: "GET / HTTP/1.0\r\nHost: a\r\n\r\n", reusable: false },
  {
    name: "HTTP/1.0 with keep-alive",
    wire: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    reusable: true,
  },
];

for (const { name, wire, reusable } of ANSWERED) {
  Deno.test(`server: after ${name}, the connection ${reusable ? "persists" : "does not persist"}`, () => {
    for (const pieces of splits(bytes(wire))) {
      const machine = new Http1Connection("server");
      const { ended } = feed(machine, pieces);
      assertEquals([ended, machine.persistent], [true, reusable]);
      machine.sendResponse({ status: 200, fields: [["connection", "keep-alive"]] });
      machine.sendEnd();
      assertEquals(machine.reusable, reusable);
      // A request behind it is read only where the connection persists.
      machine.receive(bytes("GET /next HTTP/1.1\r\nHost: a\r\n\r\n"));
      if (reusable) machine.startNextCycle();
      else assertThrows(() => machine.startNextCycle(), TypeError);
      assertEquals(machine.next()?.type, reusable ? "request" : undefined);
    }
  });
}

for (const [version, state] of [["HTTP/1.0", "done"], ["HTTP/1.1", "might_switch"]] as const) {
  Deno.test(`server: V-43: an Upgrade of ${version} leaves the client in the state "${state}"`, () => {
    const machine = new Http1Connection("server");
    const lines = `Host: a\r\nConnection: upgrade, keep-alive\r\nUpgrade: x`;
    assertEquals(feed(machine, [bytes(`GET / ${version}\r\n${lines}\r\n\r\n`)]).ended, true);
    assertEquals(machine.clientState, state);
  });
}
