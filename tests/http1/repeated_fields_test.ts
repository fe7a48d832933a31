/** A message whose fields repeat those of the one before, or nearly: it is read as on a connection of its own. */

import { assertEquals } from "@std/assert";
import { Http1Connection } from "../../http1/connection.ts";
import type { Http1Event } from "../../http1/events.ts";
import { bytes } from "./wires.ts";

/** The events of one request, or the code of its refusal, when it comes in pieces of so many bytes. */
function read(machine: Http1Connection, wire: string, size: number): unknown {
  const events: Http1Event[] = [];
  const all = bytes(wire);
  try {
    for (let at = 0; at < all.length; at += size) {
      machine.receive(all.slice(at, at + size));
      for (let event = machine.next(); event !== undefined; event = machine.next()) {
        events.push(event.type === "data" ? { ...event, data: event.data.slice() } : event);
      }
    }
  } catch (error) {
    return String(error);
  }
  return { events, persistent: machine.persistent };
}

function respond(machine: Http1Connection): void {
  machine.sendResponse({ status: 200, fields: [["connection", "keep-alive"]] });
  machine.sendEnd();
  while (machine.output() !== undefined);
  machine.startNextCycle();
}

const PLAIN = "Host: a\r\nX: 1\r\n\r\n";
const POST = "Host: a\r\nContent-Length: 2\r\n\r\n";
const NO_HOST = "X: 1\r\n\r\n";
const LONG = `Host: a\r\nX: ${"x".repeat(2000)}\r\n\r\n`;

interface Repetition {
  readonly name: string;
  readonly first: string;
  readonly second: string;
}

const REPETITIONS: readonly Repetition[] = [
  { name: "the same request", first: `GET / HTTP/1.1\r\n${PLAIN}`, second: `GET / HTTP/1.1\r\n${PLAIN}` },
  {
    name: "another target and method",
    first: `GET / HTTP/1.1\r\n${PLAIN}`,
    second: `DELETE /a/b?c HTTP/1.1\r\n${PLAIN}`,
  },
  {
    name: "a target that names another host",
    first: `GET / HTTP/1.1\r\n${PLAIN}`,
    second: `GET http://b/ HTTP/1.1\r\n${PLAIN}`,
  },
  {
    name: "its own host after a target that named another",
    first: `GET http://b/ HTTP/1.1\r\n${PLAIN}`,
    second: `GET / HTTP/1.1\r\n${PLAIN}`,
  },
  {
    name: "fields that are no more than as long",
    first: `GET / HTTP/1.1\r\n${PLAIN}`,
    second: `GET / HTTP/1.1\r\n${PLAIN.replace("1", "2")}`,
  },
  {
    name: "fields that are longer",
    first: `GET / HTTP/1.1\r\n${PLAIN}`,
    second: `GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 2\r\n\r\n`,
  },
  {
    name: "no Host, which HTTP/1.0 may leave out, and HTTP/1.1 may not",
    first: `GET / HTTP/1.0\r\nConnection: keep-alive\r\n${NO_HOST}`,
    second: `GET / HTTP/1.1\r\nConnection: keep-alive\r\n${NO_HOST}`,
  },
  {
    name: "HTTP/1.0, which does not persist by itself",
    first: `GET / HTTP/1.1\r\n${PLAIN}`,
    second: `GET / HTTP/1.0\r\n${PLAIN}`,
  },
  {
    name: "content of the same length",
    first: `POST / HTTP/1.1\r\n${POST}ab`,
    second: `POST / HTTP/1.1\r\n${POST}cd`,
  },
  {
    name: "the same length, which a CONNECT may not have",
    first: `POST / HTTP/1.1\r\n${POST}ab`,
    second: `CONNECT a:1 HTTP/1.1\r\n${POST}`,
  },
  {
    name: "more fields than are kept",
    first: `GET / HTTP/1.1\r\n${LONG}`,
    second: `GET /a HTTP/1.1\r\n${LONG}`,
  },
  {
    name: "bytes beyond ASCII",
    first: "GET / HTTP/1.1\r\nHost: a\r\nX: \xe4\r\n\r\n",
    second: "GET /a HTTP/1.1\r\nHost: a\r\nX: \xe4\r\n\r\n",
  },
  {
    name: "a target beyond ASCII",
    first: `GET / HTTP/1.1\r\n${PLAIN}`,
    second: `GET /\xe4 HTTP/1.1\r\n${PLAIN}`,
  },
];
for (const { name, first, second } of REPETITIONS) {
  Deno.test(`server: a request after another is read as alone: ${name}`, () => {
    const alone = read(new Http1Connection("server"), second, second.length);
    for (let size = 1; size <= Math.min(second.length, 64); size++) {
      const machine = new Http1Connection("server");
      read(machine, first, first.length);
      respond(machine);
      const after = read(machine, second, size);
      if (size >= second.length || !second.includes("Content-Length")) assertEquals(after, alone, `${size}`);
      else assertEquals(dataOf(after), dataOf(alone), `${size}`);
    }
  });
}

/** The types of the events, those of content once. */
function dataOf(outcome: unknown): string {
  return JSON.stringify(outcome).replaceAll(/\{"type":"data","data":\{[^}]*\}\},?/g, "");
}

const RESPONSES: readonly (readonly [name: string, first: string, second: string])[] = [
  ["the same response", "200 OK\r\nContent-Length: 1\r\n\r\na", "200 OK\r\nContent-Length: 1\r\n\r\nb"],
  ["another status", "200 OK\r\nContent-Length: 1\r\n\r\na", "404 Not Found\r\nContent-Length: 1\r\n\r\nb"],
  ["a status without content", "200 OK\r\nContent-Length: 1\r\n\r\na", "304 \r\nContent-Length: 1\r\n\r\n"],
  [
    "content after a status without",
    "304 \r\nContent-Length: 1\r\n\r\n",
    "200 OK\r\nContent-Length: 1\r\n\r\nb",
  ],
  ["another length", "200 OK\r\nContent-Length: 1\r\n\r\na", "200 OK\r\nContent-Length: 2\r\n\r\nbc"],
  [
    "chunks",
    "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
  ],
];
for (const [name, first, second] of RESPONSES) {
  Deno.test(`client: a response after another is read as alone: ${name}`, () => {
    const alone = read(asked(new Http1Connection("client")), `HTTP/1.1 ${second}`, second.length + 9);
    for (let size = 1; size <= second.length + 9; size++) {
      const machine = asked(new Http1Connection("client"));
      read(machine, `HTTP/1.1 ${first}`, first.length + 9);
      machine.startNextCycle();
      assertEquals(dataOf(read(asked(machine), `HTTP/1.1 ${second}`, size)), dataOf(alone), `${size}`);
    }
  });
}

function asked(machine: Http1Connection): Http1Connection {
  machine.sendRequest({ method: "GET", target: "/", authority: "a", fields: [] });
  machine.sendEnd();
  while (machine.output() !== undefined);
  return machine;
}

Deno.test("server: a repeated head counts its own bytes, of its line too", () => {
  const head = `GET / HTTP/1.1\r\n${PLAIN}`;
  const machine = new Http1Connection("server", { maxHeadBytes: head.length });
  read(machine, head, head.length);
  respond(machine);
  const longer = head.replace("/ ", "/a ");
  assertEquals(String(read(machine, longer, longer.length)).includes("maxHeadBytes"), true);
});

Deno.test("server: memory of a request that is written over changes no repeated fields", () => {
  const machine = new Http1Connection("server");
  const memory = bytes(`GET / HTTP/1.1\r\n${PLAIN}`);
  const heads: Http1Event[] = [];
  for (const value of ["1", "2", "1"]) {
    memory.set(bytes(`GET / HTTP/1.1\r\n${PLAIN.replace("1", value)}`));
    machine.receive(memory);
    for (let event = machine.next(); event !== undefined; event = machine.next()) heads.push(event);
    respond(machine);
  }
  const values = heads.flatMap((event) => event.type === "request" ? [event.fields[1]?.[1]] : []);
  assertEquals(values, ["1", "2", "1"]);
});
