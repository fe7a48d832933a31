/**
 * Forbidden trailers, name by name: both versions of HTTP refuse to send them, and leave out those that a peer sends,
 * in requests and in responses alike.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { CONNECTION_FIELDS, type Field } from "../../http/fields.ts";
import { FORBIDDEN_TRAILERS } from "../../http/trailers.ts";
import { Http1Connection } from "../../http1/connection.ts";
import { Http2Connection } from "../../http2/connection.ts";
import * as h1 from "../http1/wires.ts";
import * as h2 from "../http2/raw_frames.ts";

/** By what RFC 9110 §6.5.1 says of them. */
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  "about the connection": [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
  ],
  "about framing and routing": ["content-length", "trailer", "host", "http2-settings", "max-forwards"],
  "about authentication": [
    ...["authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate"],
    ...["cookie", "cookie2", "set-cookie", "set-cookie2"],
  ],
  "a request modifier": [
    ...["expect", "range", "cache-control", "pragma"],
    ...["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"],
  ],
  "a response control": ["age", "date", "expires", "location", "retry-after", "vary", "warning"],
  "about the content's format": ["content-encoding", "content-type", "content-range"],
};

const PERMITTED = [
  "x-checksum",
  "etag",
  "accept-ranges",
  "server-timing",
  "authentication-info",
  "grpc-status",
];

Deno.test("trailers: the list has the forbidden names, no more and no fewer", () => {
  assertEquals([...FORBIDDEN_TRAILERS].sort(), Object.values(FORBIDDEN).flat().sort());
  assertEquals([...CONNECTION_FIELDS].sort(), FORBIDDEN["about the connection"]);
});

/** One version of HTTP, in one role. */
interface Row {
  readonly name: string;
  /** Sends a message with trailers, and returns what was written after its content. */
  readonly send: (trailers: readonly Field[]) => Uint8Array | string;
  /** The trailers that a caller sees of those that a peer sent; the code of the error where they are malformed. */
  readonly receive: (trailers: readonly Field[]) => readonly Field[] | string | undefined;
}

const ROWS: readonly Row[] = [
  {
    name: "HTTP/1.1, a request's",
    send: (trailers) => {
      const client = new Http1Connection("client");
      client.sendRequest(h1.request({ method: "POST" }), "unknown");
      return sendEnd(client, trailers);
    },
    receive: (trailers) =>
      h1.feed(new Http1Connection("server"), [chunked("POST / HTTP/1.1\r\nhost: a", trailers)]).trailers,
  },
  {
    name: "HTTP/1.1, a response's",
    send: (trailers) => {
      const server = new Http1Connection("server");
      h1.feed(server, [h1.bytes("GET / HTTP/1.1\r\nhost: a\r\n\r\n")]);
      server.sendResponse({ status: 200, fields: [] }, "unknown");
      return sendEnd(server, trailers);
    },
    receive: (trailers) => h1.feed(h1.asking(), [chunked("HTTP/1.1 200 OK", trailers)]).trailers,
  },
  {
    name: "HTTP/2, a request's",
    send: (trailers) => {
      const client = new Http2Connection("client");
      const streamId = client.sendRequest({ ...TARGET, method: "POST" }, [], false);
      return sendTrailers(client, streamId, trailers);
    },
    receive: (trailers) => {
      const client = new Http2Connection("client");
      const streamId = client.sendRequest({ ...TARGET, method: "POST" }, [], false);
      const server = new Http2Connection("server");
      return receiveTrailers(server, output(client), streamId, trailers);
    },
  },
  {
    name: "HTTP/2, a response's",
    send: (trailers) => {
      const { server, streamId } = answering();
      return sendTrailers(server, streamId, trailers);
    },
    receive: (trailers) => {
      const { client, server, streamId } = answering();
      return receiveTrailers(client, output(server), streamId, trailers);
    },
  },
];

for (const { name, send, receive } of ROWS) {
  for (const [kind, names] of Object.entries(FORBIDDEN)) {
    for (const trailer of names) {
      Deno.test(`trailers: ${name} "${trailer}" is refused by the sender, as a field ${kind}`, () => {
        const message = `Cannot send field "${trailer}": it may not stand in trailers`;
        assertThrows(() => send([["x-checksum", "1"], [trailer, valueOf(trailer)]]), TypeError, message);
      });

      Deno.test(`trailers: ${name} "${trailer}" does not reach the recipient's caller, as a field ${kind}`, () => {
        const seen = receive([["x-checksum", "1"], [trailer, valueOf(trailer)], ["etag", '"x"']]);
        // "Any message containing connection-specific header fields MUST be treated as malformed (Section 8.1.1). The
        // only exception to this is the TE header field" (RFC 9113 §8.2.2)
        const malformed = name.startsWith("HTTP/2") && CONNECTION_FIELDS.has(trailer) && trailer !== "te";
        assertEquals(seen, malformed ? "PROTOCOL_ERROR" : [["x-checksum", "1"], ["etag", '"x"']]);
      });
    }
  }

  Deno.test(`trailers: ${name} "Set-Cookie" is refused by the sender, however it is written`, () => {
    assertThrows(() => send([["Set-Cookie", "x"]]), TypeError, "Cannot send");
  });

  for (const trailer of PERMITTED) {
    Deno.test(`trailers: ${name} "${trailer}" is sent and received`, () => {
      assertEquals(send([[trailer, "0"]]).length > 0, true);
      assertEquals(receive([[trailer, "0"]]), [[trailer, "0"]]);
    });
  }
}

const TARGET = { method: "GET", scheme: "http", authority: "a.test", path: "/" };

/** A value with which a header field of that name would be valid. */
function valueOf(name: string): string {
  if (name === "te") return "trailers";
  return name === "content-length" ? "0" : "x";
}

/** A message without content but with trailers, in chunks. */
function chunked(head: string, trailers: readonly Field[]): Uint8Array {
  const lines = trailers.map(([name, value]) => `${name}: ${value}\r\n`);
  return h1.bytes(`${head}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${lines.join("")}\r\n`);
}

/** Ends a message of HTTP/1.1. Nothing of trailers that are refused is written. */
function sendEnd(machine: Http1Connection, trailers: readonly Field[]): string {
  h1.written(machine);
  try {
    machine.sendEnd(trailers);
  } catch (error) {
    assertEquals(h1.written(machine), "");
    throw error;
  }
  return h1.written(machine);
}

/** Ends a stream of HTTP/2. Nothing of trailers that are refused is written. */
function sendTrailers(machine: Http2Connection, streamId: number, trailers: readonly Field[]): Uint8Array {
  output(machine);
  try {
    machine.sendTrailers(streamId, trailers);
  } catch (error) {
    assertEquals(output(machine).length, 0);
    throw error;
  }
  return output(machine);
}

/** Both machines of a connection, on which a response without content has begun. */
function answering(): { client: Http2Connection; server: Http2Connection; streamId: number } {
  const client = new Http2Connection("client");
  const server = new Http2Connection("server");
  const streamId = client.sendRequest(TARGET, [], true);
  server.receive(output(client));
  while (server.next() !== undefined);
  server.sendResponse(streamId, 200, [], false);
  return { client, server, streamId };
}

/** Feeds a machine the beginning of a message and then its trailers, written by hand. */
function receiveTrailers(
  machine: Http2Connection,
  begun: Uint8Array,
  streamId: number,
  trailers: readonly Field[],
): readonly Field[] | string | undefined {
  let seen: readonly Field[] | undefined;
  for (const wire of [begun, h2.headers(streamId, trailers, true)]) {
    machine.receive(wire);
    for (let event = machine.next(); event !== undefined; event = machine.next()) {
      if (event.type === "end_of_message") seen = event.trailers;
      if (event.type === "reset") return event.error.code;
    }
  }
  return seen;
}

function output(machine: Http2Connection): Uint8Array {
  return machine.output()?.slice() ?? new Uint8Array();
}
