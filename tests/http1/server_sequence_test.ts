/** One request after another on a connection of a server: what of one request must not count for the next. */

import { assertEquals, assertThrows } from "@std/assert";
import { Http1Connection } from "../../http1/connection.ts";
import { Http1Error } from "../../http1/error.ts";
import { bytes } from "./wires.ts";

/** Reads one request to its end, and gives its events by their types. */
function readRequest(machine: Http1Connection, wire: string): string[] {
  machine.receive(bytes(wire));
  const types: string[] = [];
  for (let event = machine.next(); event !== undefined; event = machine.next()) types.push(event.type);
  return types;
}

function answer(machine: Http1Connection): void {
  machine.sendResponse({ status: 200, fields: [] });
  machine.sendEnd();
  while (machine.output() !== undefined);
  machine.startNextCycle();
}

interface Repeated {
  readonly name: string;
  readonly options: Readonly<Record<string, number>>;
  /** A request that is just within the limit, and one that is just beyond it. */
  readonly within: string;
  readonly beyond: string;
}

const LINES = "\r\n".repeat(20);
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

const REPEATED: readonly Repeated[] = [
  {
    name: "empty lines before a head",
    options: { maxHeadBytes: 40 },
    within: LINES + GET,
    beyond: `\r\n${LINES}${GET}`,
  },
  {
    name: "bytes of a head",
    options: { maxHeadBytes: GET.length },
    within: GET,
    beyond: GET.replace("/ ", "/a "),
  },
  {
    name: "fields of a head",
    options: { maxFields: 2 },
    within: "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n",
    beyond: "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nX: y\r\n\r\n",
  },
  {
    name: "bytes of a target",
    options: { maxTargetBytes: 10 },
    within: GET.replace("/ ", "/123456789 "),
    beyond: GET.replace("/ ", "/1234567890 "),
  },
  {
    name: "bytes of a chunk's extensions",
    options: { maxChunkExtensionBytes: 20 },
    within: `${POST}1;a=123\r\na\r\n0\r\n\r\n`,
    beyond: `${POST}1;a=${"1".repeat(30)}\r\na\r\n0\r\n\r\n`,
  },
];
for (const { name, options, within, beyond } of REPEATED) {
  Deno.test(`server: ${name} count for one request, and not for those after it`, () => {
    const machine = new Http1Connection("server", options);
    for (let count = 0; count < 30; count++) {
      const types = readRequest(machine, within);
      assertEquals([types[0], types.at(-1)], ["request", "end_of_message"], `request ${count}`);
      answer(machine);
    }
    assertThrows(() => readRequest(machine, beyond), Http1Error);
  });
}

Deno.test("server: a Host that was checked permits no other one", () => {
  const machine = new Http1Connection("server");
  const get = (host: string): string => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  for (const host of ["a:1", "a:1", "", "b", ""]) {
    readRequest(machine, get(host));
    answer(machine);
  }
  const { code } = assertThrows(() => readRequest(machine, get("b@c")), Http1Error);
  assertEquals(code, "bad_host");
});

Deno.test("server: what a request offered to switch to is not offered by the next one", () => {
  const machine = new Http1Connection("server");
  readRequest(machine, "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
  assertEquals(machine.clientState, "might_switch");
  answer(machine);
  readRequest(machine, GET);
  assertEquals(machine.clientState, "done");
  assertThrows(() => machine.sendInformational({ status: 101, fields: [] }), TypeError);
});

Deno.test("server: the length of one request's content is not that of the next", () => {
  const machine = new Http1Connection("server");
  readRequest(machine, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
  assertEquals([machine.contentAhead, machine.wantsRead], [2, true]);
  readRequest(machine, "bc");
  answer(machine);
  assertEquals(readRequest(machine, GET), ["request", "end_of_message"]);
  answer(machine);
  assertEquals(readRequest(machine, `${POST}3\r\nabc\r\n0\r\n\r\n`), ["request", "data", "end_of_message"]);
});

Deno.test("server: pipelined requests wait for the answers before them, with their end behind them", () => {
  const machine = new Http1Connection("server");
  assertEquals(readRequest(machine, GET + GET), ["request", "end_of_message"]);
  machine.receiveEnd();
  assertEquals([machine.pendingInput, machine.wantsRead, machine.next()], [GET.length, false, undefined]);
  answer(machine);
  assertEquals(readRequest(machine, ""), ["request", "end_of_message", "connection_closed"]);
  assertEquals([machine.pendingInput, machine.wantsRead], [0, false]);
  // A client that has closed its half still waits for the response.
  machine.sendResponse({ status: 200, fields: [] });
  machine.sendEnd();
  assertEquals([machine.wantsWrite, machine.reusable, machine.next()], [true, false, undefined]);
});

for (const role of ["server", "client"] as const) {
  Deno.test(`machine: a ${role} keeps nothing of what it has refused, and fails with the same error again`, () => {
    const machine = new Http1Connection(role);
    machine.receive(bytes(`GET  / HTTP/1.1\r\n${"Host: a\r\n".repeat(100)}\r\n`));
    const error = assertThrows(() => machine.next(), Http1Error);
    assertEquals([machine.pendingInput, machine.wantsRead], [0, false]);
    assertEquals(assertThrows(() => machine.next(), Http1Error), error);
  });
}
