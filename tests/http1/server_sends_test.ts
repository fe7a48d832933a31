/** What a server may send, when, and in which bytes: a table for each kind of request. */

import { assertEquals, assertThrows } from "@std/assert";
import { Http1Connection } from "../../http1/connection.ts";
import type { ContentLength } from "../../http1/outgoing_fields.ts";
import type { Field } from "../../http/fields.ts";
import { bytes } from "./wires.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
const CONNECT = "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n";
const UPGRADE = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
const OLD = "GET / HTTP/1.0\r\n\r\n";
const OLD_KEPT = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";

/** A server that has read this much, event by event. */
function serverWith(wire: string): Http1Connection {
  const machine = new Http1Connection("server");
  machine.receive(bytes(wire));
  while (machine.next() !== undefined);
  return machine;
}

function written(machine: Http1Connection): string {
  let text = "";
  for (let piece = machine.output(); piece !== undefined; piece = machine.output()) {
    text += String.fromCharCode(...piece);
  }
  return text;
}

interface Sent {
  readonly name: string;
  readonly request: string;
  readonly status?: number;
  readonly fields?: readonly Field[];
  readonly content?: ContentLength;
  /** The head behind the status line, or the message of the refusal. */
  readonly head?: string;
  readonly refused?: string;
  /** Whether the connection persists by what was sent. */
  readonly persistent?: boolean;
}

const LENGTH_3: Field = ["content-length", "3"];
const CHUNKED: Field = ["transfer-encoding", "chunked"];
const CLOSE: Field = ["connection", "close"];

const SENT: readonly Sent[] = [
  { name: "no content", request: GET, head: "content-length: 0\r\n" },
  { name: "3 bytes", request: GET, content: 3, head: "content-length: 3\r\n" },
  {
    name: "content of unknown length",
    request: GET,
    content: "unknown",
    head: "transfer-encoding: chunked\r\n",
  },
  {
    name: "a stated length",
    request: GET,
    fields: [LENGTH_3],
    content: "unknown",
    head: "content-length: 3\r\n",
  },
  { name: "another length", request: GET, fields: [LENGTH_3], content: 4, refused: "of 4 bytes" },
  { name: "no content of 3 bytes", request: GET, fields: [LENGTH_3], content: 0, refused: "of 0 bytes" },
  {
    name: "two lengths",
    request: GET,
    fields: [LENGTH_3, ["content-length", "4"]],
    content: 3,
    refused: "one decimal",
  },
  { name: "half a byte", request: GET, content: 0.5, refused: "whole number" },
  { name: "fewer than no bytes", request: GET, content: -1, refused: "whole number" },
  {
    name: "chunks of 3 bytes",
    request: GET,
    fields: [CHUNKED],
    content: 3,
    head: "transfer-encoding: chunked\r\n",
  },
  {
    name: "gzip as a coding",
    request: GET,
    fields: [["transfer-encoding", "gzip, chunked"]],
    refused: "only chunked",
  },
  {
    name: "close",
    request: GET,
    fields: [CLOSE],
    head: "connection: close\r\ncontent-length: 0\r\n",
    persistent: false,
  },
  {
    name: "no content to a client that closes",
    request: OLD,
    head: "content-length: 0\r\n",
    persistent: false,
  },
  {
    name: "content of unknown length to HTTP/1.0",
    request: OLD,
    content: "unknown",
    head: "connection: close\r\n",
    persistent: false,
  },
  {
    name: "content of unknown length to HTTP/1.0 with keep-alive",
    request: OLD_KEPT,
    content: "unknown",
    head: "connection: close\r\n",
    persistent: false,
  },
  {
    name: "chunks to HTTP/1.0",
    request: OLD_KEPT,
    fields: [CHUNKED],
    content: "unknown",
    refused: "not for HTTP/1.0",
  },
  { name: "HEAD of unknown length", request: HEAD, content: "unknown", head: "" },
  { name: "HEAD with a length", request: HEAD, fields: [LENGTH_3], head: "content-length: 3\r\n" },
  { name: "HEAD with chunks", request: HEAD, fields: [CHUNKED], head: "transfer-encoding: chunked\r\n" },
  {
    name: "HEAD with a malformed length",
    request: HEAD,
    fields: [["content-length", "+3"]],
    refused: "one decimal",
  },
  { name: "304 with a length", request: GET, status: 304, fields: [LENGTH_3], head: "content-length: 3\r\n" },
  { name: "204", request: GET, status: 204, head: "" },
  { name: "204 with content", request: GET, status: 204, content: 1, refused: "status 204 with content" },
  {
    name: "204 with content of unknown length",
    request: GET,
    status: 204,
    content: "unknown",
    refused: "status 204 with content",
  },
  {
    name: "204 with a length",
    request: GET,
    status: 204,
    fields: [["content-length", "0"]],
    refused: "status 204 with content",
  },
  {
    name: "204 with chunks",
    request: GET,
    status: 204,
    fields: [CHUNKED],
    refused: "status 204 with content",
  },
  { name: "205", request: GET, status: 205, head: "content-length: 0\r\n" },
  {
    name: "CONNECT, refused with content",
    request: CONNECT,
    status: 300,
    content: 3,
    head: "content-length: 3\r\n",
  },
  {
    name: "CONNECT, 299 with a length",
    request: CONNECT,
    status: 299,
    fields: [["content-length", "0"]],
    refused: "status 299 with content",
  },
  {
    name: "CONNECT, 200 with chunks",
    request: CONNECT,
    status: 200,
    fields: [CHUNKED],
    refused: "status 200 with content",
  },
  { name: "status 999", request: GET, status: 999, head: "content-length: 0\r\n" },
  { name: "status 1000", request: GET, status: 1000, refused: "it has not three digits" },
  { name: "status 200.5", request: GET, status: 200.5, refused: "it has not three digits" },
  { name: "status 199 as the final one", request: GET, status: 199, refused: 'Cannot send "response"' },
  { name: "status NaN", request: GET, status: NaN, refused: "it has not three digits" },
  { name: "a name in upper case", request: GET, fields: [["X", "y"]], refused: "token in lower case" },
  { name: "no name", request: GET, fields: [["", "y"]], refused: "token in lower case" },
  { name: "a second line in a value", request: GET, fields: [["x", "y\r\nz: 1"]], refused: 'field "x"' },
];
for (
  const { name, request, status = 200, fields = [], content = 0, head, refused, persistent = true } of SENT
) {
  Deno.test(`server: sends ${name}: ${refused === undefined ? "its bytes" : "refused, and nothing is sent"}`, () => {
    const machine = serverWith(request);
    const send = (): void => machine.sendResponse({ status, fields }, content);
    if (refused !== undefined) {
      const before = [machine.serverState, machine.clientState, machine.persistent];
      assertThrows(send, TypeError, refused);
      assertEquals([machine.serverState, machine.clientState, machine.persistent], before);
      assertEquals(machine.wantsWrite, false);
      return;
    }
    send();
    assertEquals(written(machine), `HTTP/1.1 ${status} \r\n${head}\r\n`);
    assertEquals([machine.serverState, machine.persistent], ["send_body", persistent]);
  });
}

const INFORMATIONAL: readonly (readonly [request: string, status: number, state: string | undefined])[] = [
  [GET, 100, "send_response"],
  [GET, 103, "send_response"],
  [GET, 199, "send_response"],
  [CONNECT, 103, "send_response"],
  [UPGRADE, 101, "switched"],
  [GET, 101, undefined],
  [CONNECT, 101, undefined],
  [GET, 99, undefined],
  [GET, 200, undefined],
  [OLD, 100, undefined],
  [OLD_KEPT, 103, undefined],
  [POST, 100, "send_response"],
  [`${UPGRADE.slice(0, -2)}Content-Length: 1\r\n\r\n`, 101, undefined],
];
for (const [request, status, state] of INFORMATIONAL) {
  Deno.test(`server: ${status} after ${JSON.stringify(request)}: ${state ?? "refused"}`, () => {
    const machine = serverWith(request);
    const send = (): void => machine.sendInformational({ status, fields: [["x", "y"]] });
    if (state === undefined) {
      assertThrows(send, TypeError);
      assertEquals([machine.serverState, machine.wantsWrite], ["send_response", false]);
      return;
    }
    send();
    assertEquals([machine.serverState, written(machine)], [state, `HTTP/1.1 ${status} \r\nx: y\r\n\r\n`]);
  });
}

const STATES: readonly (readonly [
  name: string,
  prepare: (machine: Http1Connection) => void,
  legal: readonly string[],
])[] = [
  ["before a request", () => {}, ["response", "close"]],
  ["after a request", (machine) => receiveAll(machine, GET), ["informational", "response"]],
  ["in a response", (machine) => {
    receiveAll(machine, GET);
    machine.sendResponse({ status: 200, fields: [] }, "unknown");
  }, ["data", "end"]],
  ["after a response", (machine) => {
    receiveAll(machine, GET);
    machine.sendResponse({ status: 200, fields: [] });
    machine.sendEnd();
  }, ["close", "next"]],
  ["after the last response", (machine) => {
    receiveAll(machine, GET);
    machine.sendResponse({ status: 200, fields: [CLOSE] });
    machine.sendEnd();
  }, ["close"]],
  ["in a tunnel", (machine) => {
    receiveAll(machine, CONNECT);
    machine.sendResponse({ status: 299, fields: [] });
  }, ["rest"]],
  ["after a refused request", (machine) => {
    assertThrows(() => receiveAll(machine, "GET  / HTTP/1.1\r\n\r\n"));
  }, ["response", "close"]],
];

function receiveAll(machine: Http1Connection, wire: string): void {
  machine.receive(bytes(wire));
  while (machine.next() !== undefined);
}

const ACTS: Readonly<Record<string, (machine: Http1Connection) => void>> = {
  request: (machine) => machine.sendRequest({ method: "GET", target: "/", authority: "a", fields: [] }),
  informational: (machine) => machine.sendInformational({ status: 103, fields: [] }),
  response: (machine) => machine.sendResponse({ status: 400, fields: [] }),
  data: (machine) => machine.sendData(bytes("a")),
  end: (machine) => machine.sendEnd(),
  close: (machine) => machine.sendClose(),
  next: (machine) => machine.startNextCycle(),
  rest: (machine) => machine.takeRest(),
};
for (const [name, prepare, legal] of STATES) {
  Deno.test(`server: ${name}, it may ${legal.join(" or ")}, and nothing else`, () => {
    const allowed = Object.entries(ACTS).filter(([, act]) => {
      const machine = new Http1Connection("server");
      prepare(machine);
      const before = [machine.serverState, machine.clientState, written(machine)];
      try {
        act(machine);
        return true;
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        // What is refused changes nothing.
        assertEquals([machine.serverState, machine.clientState, ""], [
          before[0],
          before[1],
          written(machine),
        ]);
        return false;
      }
    });
    assertEquals(allowed.map(([act]) => act), legal);
  });
}

Deno.test("server: a request that is next is nothing to the one before: version, method and framing are new", () => {
  const machine = serverWith("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  machine.sendResponse({ status: 200, fields: [LENGTH_3] });
  machine.sendEnd();
  machine.startNextCycle();
  written(machine);
  // Nothing is read yet: what is said now is for a client of which nothing is known.
  machine.sendResponse({ status: 408, fields: [] }, "unknown");
  assertEquals(written(machine), "HTTP/1.1 408 \r\nconnection: close\r\n\r\n");
  machine.sendData(bytes("late"));
  machine.sendEnd();
  assertEquals([written(machine), machine.serverState, machine.reusable], ["late", "closed", false]);
});
