/** The work for what a peer sends is linear in its length, whatever it has much of. */

import type { Http1ConnectionOptions } from "../../http1/limits.ts";
import { Http1Connection } from "../../http1/connection.ts";
import { assertLinearCpu } from "../support/cost.ts";
import { asking, bytes, inPieces, request } from "./wires.ts";

/** Limits beyond all sizes of this test, so that the work is that of reading. */
const WIDE: Http1ConnectionOptions = {
  maxHeadBytes: 1e9,
  maxTargetBytes: 1e9,
  maxFields: 1e6,
  maxTrailerBytes: 1e9,
  maxInformationalBytes: 1e9,
  maxChunkExtensionBytes: 1e9,
};

const OK = "HTTP/1.1 200 OK\r\n";
const EMPTY = "Content-Length: 0\r\n\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** A wire that has much of something: of about so many bytes. */
interface Row {
  readonly name: string;
  readonly wire: (size: number) => string;
  /** Bytes of each piece; all at once by default. */
  readonly piece?: number;
}

/** Text of about so many bytes. */
const fill = (size: number, text: string): string => text.repeat(Math.ceil(size / text.length));

/** Fields of names that differ. */
const distinct = (size: number): string =>
  Array.from({ length: Math.ceil(size / 10) }, (_, i) => `x-${i}: y\r\n`).join("");

const RESPONSES: readonly Row[] = [
  ...["x", "connection", "content-length", "transfer-encoding"]
    .flatMap((name): Row[] => [
      { name: `blanks inside ${name}`, wire: (size) => `${OK}${name}: 1${fill(size, " ")}1\r\n${EMPTY}` },
      {
        name: `blanks and tabs in ${name}`,
        wire: (size) => `${OK}${name}: 1${fill(size, " \t")},\r\n${EMPTY}`,
      },
      { name: `members of ${name}`, wire: (size) => `${OK}${name}: ${fill(size, "1, ")}1\r\n${EMPTY}` },
      { name: `commas in ${name}`, wire: (size) => `${OK}${name}: ${fill(size, " ,")}1\r\n${EMPTY}` },
      { name: `lines of ${name}`, wire: (size) => `${OK}${fill(size, `${name}: 1\r\n`)}\r\n1` },
      { name: `folds of ${name}`, wire: (size) => `${OK}${name}: 1${fill(size, "\r\n 1")}\r\n${EMPTY}` },
      {
        name: `empty folds of ${name}`,
        wire: (size) => `${OK}${name}: 1${fill(size, "\r\n \t ")}\r\n${EMPTY}`,
      },
    ]),
  {
    name: "blanks around a value",
    wire: (size) => `${OK}x:${fill(size, " ")}y${fill(size, " ")}\r\n${EMPTY}`,
  },
  { name: "blanks alone", wire: (size) => `${OK}x:${fill(size, " ")}\r\n${EMPTY}` },
  { name: "names that differ", wire: (size) => `${OK}${distinct(size)}${EMPTY}` },
  { name: "a long name", wire: (size) => `${OK}${fill(size, "X")}: y\r\n${EMPTY}` },
  { name: "a long value", wire: (size) => `${OK}x: ${fill(size, "y")}\r\n${EMPTY}` },
  { name: "a long value beyond ASCII", wire: (size) => `${OK}x: ${fill(size, "\xe9a")}\r\n${EMPTY}` },
  { name: "a long reason", wire: (size) => `HTTP/1.1 200 ${fill(size, "a ")}\r\n${EMPTY}` },
  { name: "a long reason beyond ASCII", wire: (size) => `HTTP/1.1 200 ${fill(size, "a\xe9")}\r\n${EMPTY}` },
  { name: "digits of a length", wire: (size) => `${OK}content-length: ${fill(size, "0")}1\r\n\r\na` },
  { name: "empty lines", wire: (size) => `${fill(size, "\r\n")}${OK}${EMPTY}` },
  { name: "1xx responses", wire: (size) => `${fill(size, "HTTP/1.1 102 x\r\n\r\n")}${OK}${EMPTY}` },
  { name: "content with a length", wire: (size) => `${OK}content-length: ${size}\r\n\r\n${fill(size, "a")}` },
  { name: "small chunks", wire: (size) => `${CHUNKED}${fill(size, "1\r\na\r\n")}0\r\n\r\n` },
  { name: "chunks with extensions", wire: (size) => `${CHUNKED}${fill(size, "1;a=b\r\na\r\n")}0\r\n\r\n` },
  { name: "a long extension", wire: (size) => `${CHUNKED}1;${fill(size, "a=b;")}\r\na\r\n0\r\n\r\n` },
  { name: "blanks after a chunk size", wire: (size) => `${CHUNKED}1${fill(size, " ")}\r\na\r\n0\r\n\r\n` },
  { name: "zeros before a chunk size", wire: (size) => `${CHUNKED}${fill(size, "0")}1\r\na\r\n0\r\n\r\n` },
  { name: "trailers", wire: (size) => `${CHUNKED}0\r\n${distinct(size)}\r\n` },
  { name: "trailers that are left out", wire: (size) => `${CHUNKED}0\r\n${fill(size, "host: a\r\n")}\r\n` },
  { name: "a long trailer", wire: (size) => `${CHUNKED}0\r\nx: ${fill(size, "y ")}\r\n\r\n` },
  { name: "folds of a trailer", wire: (size) => `${CHUNKED}0\r\nx: y${fill(size, "\r\n y")}\r\n\r\n` },
  { name: "a head byte by byte", wire: (size) => `${OK}${fill(size, "x: y\r\n")}${EMPTY}`, piece: 1 },
  { name: "empty lines byte by byte", wire: (size) => `${fill(size, "\r\n")}${OK}${EMPTY}`, piece: 1 },
  {
    name: "chunks byte by byte",
    wire: (size) => `${CHUNKED}${fill(size, "3\r\nabc\r\n")}0\r\n\r\n`,
    piece: 1,
  },
  { name: "trailers byte by byte", wire: (size) => `${CHUNKED}0\r\n${distinct(size)}\r\n`, piece: 1 },
  { name: "a head without end", wire: (size) => `${OK}${fill(size, "x: y\r\n")}`, piece: 7 },
];

const HEAD = "GET / HTTP/1.1\r\nHost: a\r\n";
const REQUESTS: readonly Row[] = [
  ...["GET", "CONNECT", "OPTIONS"].flatMap((method): Row[] => [
    {
      name: `a long target of ${method}`,
      wire: (size) => `${method} /${fill(size, "a")} HTTP/1.1\r\nhost: a\r\n\r\n`,
    },
    {
      name: `a long URL of ${method}`,
      wire: (size) => `${method} ${fill(size, "a")}://a HTTP/1.1\r\nhost: a\r\n\r\n`,
    },
    {
      name: `colons of ${method}`,
      wire: (size) => `${method} ${fill(size, ":1")} HTTP/1.1\r\nhost: a\r\n\r\n`,
    },
    {
      name: `brackets of ${method}`,
      wire: (size) => `${method} ${fill(size, "[:")}]:1 HTTP/1.1\r\nhost: a\r\n\r\n`,
    },
  ]),
  ...["a", "a.", ":1", "[:", "1.", "xn--", "@", "%41", ","].flatMap((unit): Row[] => [
    { name: `a Host of ${unit}`, wire: (size) => `GET / HTTP/1.1\r\nhost: ${fill(size, unit)}\r\n\r\n` },
    {
      name: `an authority of ${unit}`,
      wire: (size) => `GET http://${fill(size, unit)}/ HTTP/1.1\r\nhost: a\r\n\r\n`,
    },
  ]),
  {
    name: "a target without end, byte by byte",
    wire: (size) => `GET /${fill(size, "a")}`,
    piece: 1,
  },
  { name: "a method without end, byte by byte", wire: (size) => fill(size, "A"), piece: 1 },
  { name: "a long method", wire: (size) => `${fill(size, "A")} / HTTP/1.1\r\nhost: a\r\n\r\n` },
  {
    name: "spaces in the request line",
    wire: (size) => `GET ${fill(size, " ")} HTTP/1.1\r\nhost: a\r\n\r\n`,
  },
  { name: "requests one after another", wire: (size) => fill(size, `${HEAD}\r\n`) },
  { name: "requests one after another byte by byte", wire: (size) => fill(size, `${HEAD}\r\n`), piece: 1 },
  ...["connection", "expect", "upgrade", "host"].flatMap((name): Row[] => [
    { name: `blanks inside ${name}`, wire: (size) => `${HEAD}${name}: 1${fill(size, " ")}1\r\n\r\n` },
    { name: `lines of ${name}`, wire: (size) => `${HEAD}${fill(size, `${name}: 1\r\n`)}\r\n` },
    { name: `members of ${name}`, wire: (size) => `${HEAD}${name}: ${fill(size, "1, ")}1\r\n\r\n` },
  ]),
];

/** Feeds a machine; a server answers each request. */
function read(machine: Http1Connection, pieces: readonly Uint8Array[]): void {
  for (const piece of pieces) {
    machine.receive(piece);
    for (let event = machine.next(); event !== undefined; event = machine.next()) {
      if (event.type !== "end_of_message" || machine.role === "client") continue;
      machine.sendResponse({ status: 204, fields: [] });
      machine.sendEnd();
      while (machine.output() !== undefined);
      if (!machine.reusable) return;
      machine.startNextCycle();
    }
  }
}

for (
  const [role, rows] of [["response", RESPONSES], ["request", REQUESTS]] as const
) {
  for (const { name, wire, piece = Infinity } of rows) {
    Deno.test(`cost: a ${role}: ${name}`, () => {
      assertLinearCpu(
        (size) => inPieces(bytes(wire(size)), piece),
        (pieces) => {
          const isClient = role === "response";
          read(isClient ? asking({}, WIDE) : new Http1Connection("server", WIDE), pieces);
        },
        { from: 4000 },
      );
    });
  }
}

Deno.test("cost: a 101 to a request that offers many protocols, and chooses many", () => {
  assertLinearCpu(
    (size) => `HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: ${fill(size, "a, ")}\r\n\r\n`,
    (wire) => {
      const machine = new Http1Connection("client", WIDE);
      machine.sendRequest(request({ fields: [["connection", "upgrade"], ["upgrade", "a"]] }));
      machine.sendEnd();
      read(machine, [bytes(wire)]);
    },
    { from: 4000 },
  );
});

/** What a program sends, in many parts, before any of it is written. */
const OUTPUT: readonly {
  readonly name: string;
  readonly size: number;
  readonly content: "unknown" | "known";
}[] = [
  { name: "small pieces in chunks", size: 10, content: "unknown" },
  { name: "small pieces of known content", size: 10, content: "known" },
  { name: "pieces that are not copied", size: 5000, content: "unknown" },
];
for (const { name, size, content } of OUTPUT) {
  Deno.test(`cost: output: ${name}`, () => {
    const piece = new Uint8Array(size);
    assertLinearCpu((count) => count, (count) => {
      const machine = new Http1Connection("client");
      machine.sendRequest(request({ method: "POST" }), content === "known" ? count * size : "unknown");
      for (let i = 0; i < count; i++) machine.sendData(piece);
      machine.sendEnd();
      while (machine.output() !== undefined);
    });
  });
}

Deno.test("cost: output: many fields, and many trailers", () => {
  assertLinearCpu(
    (count) => Array.from({ length: count }, (_, i) => [`x-${i}`, "y"] as const),
    (fields) => {
      const machine = new Http1Connection("client");
      machine.sendRequest(request({ method: "POST", fields }), "unknown");
      machine.sendEnd(fields);
      while (machine.output() !== undefined);
    },
  );
});
