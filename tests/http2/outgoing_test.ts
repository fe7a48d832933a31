/**
 * What this end sends is never malformed, whatever the caller gives.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import type { Field } from "../../http/fields.ts";
import { Http2Connection } from "../../http2/connection.ts";
import { Http2Error } from "../../http2/error.ts";
import {
  requestSection,
  type RequestTarget,
  responseSection,
  trailerSection,
} from "../../http2/outgoing_head.ts";
import { SettingId } from "../../http2/protocol.ts";
import { client, describe, feedAll, GET, headers, server, settings } from "./raw_frames.ts";

const TARGET: RequestTarget = { method: "GET", scheme: "https", authority: "a.test", path: "/" };

/** The fields of a request, after its pseudo-fields. */
function sent(fields: readonly Field[]): readonly Field[] {
  return requestSection(TARGET, fields).fields.slice(4);
}

const KEPT: { name: string; fields: Field[]; sent: Field[] }[] = [
  {
    name: "fields in order, repeated ones apart",
    fields: [["b", "1"], ["a", "2"], ["b", "3"]],
    sent: [["b", "1"], ["a", "2"], ["b", "3"]],
  },
  {
    name: "R-16: fields that Connection names, and Connection, are not sent",
    fields: [["connection", "X-A, close"], ["x-a", "1"], ["x-b", "2"], ["close", "3"]],
    sent: [["x-b", "2"]],
  },
  {
    name: "R-16: names in several Connection fields, also after what they name",
    fields: [["x-a", "1"], ["connection", "x-a"], ["x-b", "2"], ["Connection", "X-B"]],
    sent: [],
  },
  {
    name: "R-16: a Connection field with bytes above 0x7f does no harm",
    fields: [["connection", "\xe9, x-a"], ["x-a", "1"], ["x-b", "2"]],
    sent: [["x-b", "2"]],
  },
  {
    name: "R-16: fields for HTTP/1.1 connections are not sent",
    fields: [["keep-alive", "5"], ["proxy-connection", "x"], ["transfer-encoding", "chunked"], [
      "upgrade",
      "h2c",
    ]],
    sent: [],
  },
  {
    name: "R-16: te only says trailers",
    fields: [["te", "gzip"], ["te", "trailers"], ["te", "trailers, gzip"]],
    sent: [["te", "trailers"]],
  },
  { name: "R-17: names become lower-case", fields: [["X-Upper", "Value"]], sent: [["x-upper", "Value"]] },
  {
    name: "white space around a value is not sent",
    fields: [["x", " \t a b\t "], ["y", " "]],
    sent: [["x", "a b"], ["y", ""]],
  },
  { name: "bytes above 0x7f in a value", fields: [["x", "\x80\xff"]], sent: [["x", "\x80\xff"]] },
  {
    name: "names that are properties of every object",
    fields: [["__proto__", "a"], ["constructor", "b"]],
    sent: [["__proto__", "a"], ["constructor", "b"]],
  },
];

for (const { name, fields, sent: expected } of KEPT) {
  Deno.test(`outgoing fields: ${name}`, () => assertEquals(sent(fields), expected));
}

const REFUSED: { name: string; fields: Field[] }[] = [
  { name: "R-01: a value with CR LF", fields: [["x", "a\r\nb: c"]] },
  { name: "R-01: a value with LF at its end", fields: [["x", "a\n"]] },
  { name: "R-01: a value with CR", fields: [["x", "\r"]] },
  { name: "R-01: a value with NUL", fields: [["x", "\0"]] },
  { name: "R-01: a value with DEL", fields: [["x", "\x7f"]] },
  { name: "R-02: a name with a space", fields: [["x y", "a"]] },
  { name: "R-02: a name with a colon", fields: [["x:y", "a"]] },
  { name: "R-02: a name with LF", fields: [["x\n", "a"]] },
  { name: "R-02: a name with a letter beyond ASCII", fields: [["\xe9", "a"]] },
  { name: "R-02: a name that becomes ASCII when lower-cased", fields: [["\u212a", "a"]] },
  { name: "R-02: an empty name", fields: [["", "a"]] },
  { name: "R-03: a value with a code unit above 0xff", fields: [["x", "\u010a"]] },
  { name: "R-10: host, which the authority says", fields: [["Host", "b.test"]] },
  { name: "R-18: a pseudo-field", fields: [[":path", "/x"]] },
  { name: "R-08: content-length twice", fields: [["content-length", "1"], ["Content-Length", "1"]] },
  { name: "R-08: content-length that is not a number", fields: [["content-length", "+1"]] },
];

for (const { name, fields } of REFUSED) {
  Deno.test(`outgoing fields: ${name} is refused`, () => {
    const error = assertThrows(() => sent(fields), TypeError, "Cannot send");
    for (const [, value] of fields) if (value.length > 3) assertEquals(error.message.includes(value), false);
    assertThrows(() => responseSection(200, fields), TypeError);
    assertThrows(() => trailerSection(fields), TypeError);
  });
}

const TARGETS: { name: string; target: Partial<RequestTarget> }[] = [
  { name: "R-04: a method with more after it", target: { method: "GET /x HTTP/1.1\r\nX:" } },
  { name: "R-04: an empty method", target: { method: "" } },
  { name: "R-04: a method with a space", target: { method: "G T" } },
  { name: "R-05: a path with LF", target: { path: "/\n" } },
  { name: "R-05: a path with a space", target: { path: "/a b" } },
  { name: "R-05: a path with DEL", target: { path: "/\x7f" } },
  { name: "R-05: a path beyond ASCII", target: { path: "/\xe9" } },
  { name: "R-05: a path with a fragment", target: { path: "/a#b" } },
  { name: "R-05: a path that is none", target: { path: "https://a.test/" } },
  { name: "R-05: an empty path", target: { path: "" } },
  { name: "R-05: an asterisk that is not for OPTIONS", target: { path: "*" } },
  { name: "R-06: an authority with a path", target: { authority: "a.test/x" } },
  { name: "R-06: an authority with a line feed", target: { authority: "a.test\n" } },
  { name: "R-06: an empty authority", target: { authority: "" } },
  { name: "R-07: an authority with userinfo", target: { authority: "user:secret@a.test" } },
  { name: "a scheme that is not HTTP", target: { scheme: "ftp" } },
  { name: "an empty scheme", target: { scheme: "" } },
];

for (const { name, target } of TARGETS) {
  Deno.test(`outgoing request: ${name} is refused`, () => {
    const error = assertThrows(() => requestSection({ ...TARGET, ...target }, []), TypeError, "Cannot send");
    assertEquals(error.message.includes("secret"), false);
  });
}

Deno.test("outgoing request: the pseudo-fields come first, and CONNECT has only two", () => {
  assertEquals(requestSection({ ...TARGET, method: "patch" }, [["a", "b"]]).fields, [
    [":method", "patch"],
    [":scheme", "https"],
    [":authority", "a.test"],
    [":path", "/"],
    ["a", "b"],
  ]);
  assertEquals(
    requestSection({ ...TARGET, method: "CONNECT", authority: "[::1]:443", path: "" }, []).fields,
    [
      [":method", "CONNECT"],
      [":authority", "[::1]:443"],
    ],
  );
  assertEquals(requestSection({ ...TARGET, method: "OPTIONS", path: "*" }, []).fields.length, 4);
});

Deno.test("outgoing response: statuses that are none, or not of HTTP/2, are refused", () => {
  for (const status of [99, 101, 1000, 200.5, NaN]) {
    assertThrows(() => responseSection(status, []), TypeError);
  }
  assertEquals(responseSection(599, []).fields, [[":status", "599"]]);
});

Deno.test("a head that is larger than the peer takes is refused, and nothing of it is sent", () => {
  const machine = new Http2Connection("client");
  machine.output();
  feedAll(machine, settings([SettingId.MAX_HEADER_LIST_SIZE, 200]));
  const error = assertThrows(() => machine.sendRequest(TARGET, [["x", "y".repeat(200)]], true), Http2Error);
  assertEquals([error.code, error.progress, error.scope], ["head_too_large", "unsent", "stream"]);
  assertEquals([machine.pendingOutput, machine.activeStreams], [0, 0]);
  assertEquals(machine.sendRequest(TARGET, [], true), 1);
});

Deno.test("a head that is larger than the client takes is refused, and its stream stays as it was", () => {
  const machine = server();
  feedAll(machine, settings([SettingId.MAX_HEADER_LIST_SIZE, 200]), headers(1, GET, true));
  machine.output();
  const large: Field[] = [["x", "y".repeat(200)]];
  const refuse = (send: () => void) => {
    assertEquals(assertThrows(send, Http2Error).code, "head_too_large");
    assertEquals(machine.pendingOutput, 0);
  };
  refuse(() => machine.sendInformational(1, 103, large));
  refuse(() => machine.sendResponse(1, 200, large, true));
  machine.sendInformational(1, 103, []);
  machine.sendResponse(1, 200, [], false);
  assertEquals(describe(machine.output()), ["HEADERS 1", "HEADERS 1"]);
  refuse(() => machine.sendTrailers(1, large));
  // As large as the client takes, with 32 for the field.
  machine.sendTrailers(1, [["x", "y".repeat(200 - 33)]]);
  assertEquals(describe(machine.output()), ["HEADERS 1 end"]);
});

Deno.test("R-08: content that disagrees with content-length is refused before it is sent", () => {
  const machine = client({ requests: 0 });
  const send = (length: string, end = false) =>
    machine.sendRequest({ ...TARGET, method: "POST" }, [["content-length", length]], end);
  assertThrows(() => send("5", true), TypeError, "announces content");
  const id = send("5");
  machine.output();
  assertThrows(() => machine.sendData(id, new Uint8Array(6), true), TypeError, "longer");
  assertThrows(() => machine.sendData(id, new Uint8Array(4), true), TypeError, "shorter");
  assertEquals(machine.sendData(id, new Uint8Array(4), false), 4);
  assertThrows(() => machine.sendTrailers(id, [["x", "y"]]), TypeError, "shorter");
  assertThrows(() => machine.sendTrailers(id, []), TypeError, "shorter");
  assertEquals(machine.sendData(id, new Uint8Array(1), true), 1);
  assertEquals(describe(machine.output()), [`DATA ${id} 4`, `DATA ${id} end 1`]);
});

Deno.test("a server's content keeps to content-length too, where a response has content", () => {
  const machine = server();
  feedAll(
    machine,
    headers(1, GET, true),
    headers(3, [[":method", "HEAD"], ...GET.slice(1)], true),
    headers(5, GET, true),
  );
  assertThrows(
    () => machine.sendResponse(1, 200, [["content-length", "2"]], true),
    TypeError,
    "announces content",
  );
  machine.sendResponse(1, 200, [["content-length", "2"]], false);
  assertThrows(() => machine.sendData(1, new Uint8Array(3), true), TypeError, "longer");
  machine.sendResponse(3, 200, [["content-length", "2"]], true);
  machine.sendResponse(5, 304, [["content-length", "2"]], true);
  assertEquals(describe(machine.output()), ["HEADERS 1", "HEADERS 3 end", "HEADERS 5 end"]);
});

Deno.test("R-08: the refusal of a CONNECT keeps to content-length, which a tunnel has not", () => {
  const machine = server();
  const connect: readonly Field[] = [[":method", "CONNECT"], [":authority", "a.test:443"]];
  feedAll(machine, headers(1, connect, false), headers(3, connect, false), headers(5, connect, false));
  const length: readonly Field[] = [["content-length", "2"]];
  assertThrows(() => machine.sendResponse(1, 403, length, true), TypeError, "announces content");
  machine.sendResponse(1, 403, length, false);
  assertThrows(() => machine.sendData(1, new Uint8Array(3), true), TypeError, "longer");
  assertThrows(() => machine.sendData(1, new Uint8Array(1), true), TypeError, "shorter");
  machine.sendData(1, new Uint8Array(2), true);
  machine.sendResponse(3, 200, length, false);
  machine.sendData(3, new Uint8Array(3), true);
  machine.sendResponse(5, 200, length, true);
  assertEquals(describe(machine.output()), [
    "HEADERS 1",
    "DATA 1 end 2",
    "HEADERS 3",
    "DATA 3 end 3",
    "HEADERS 5 end",
  ]);
});

Deno.test("sending on a stream in the wrong state is refused", () => {
  const machine = server();
  feedAll(machine, headers(1, GET, true));
  assertThrows(() => machine.sendData(1, new Uint8Array(1), false), TypeError, "no head was sent");
  assertThrows(() => machine.sendResponse(3, 200, [], true), TypeError, "not open");
  assertThrows(() => machine.sendResponse(1, 103, [], false), TypeError, "informational");
  assertThrows(() => machine.sendInformational(1, 200, []), TypeError, "final");
  assertThrows(() => machine.sendRequest(TARGET, [], true), TypeError, "no stream can be opened");
  machine.sendInformational(1, 103, []);
  machine.sendResponse(1, 200, [], false);
  assertThrows(() => machine.sendInformational(1, 103, []), TypeError, "final one was sent");
  assertThrows(() => machine.sendResponse(1, 200, [], true), TypeError, "one was sent");
  machine.sendTrailers(1, [["x", "y"]]);
  assertThrows(() => machine.sendData(1, new Uint8Array(1), true), TypeError, "not open");
  machine.reset(1);
  machine.consume(1, 5);
  assertEquals(describe(machine.output()), ["HEADERS 1", "HEADERS 1", "HEADERS 1 end"]);
  assertThrows(() => machine.ping(new Uint8Array(7)), RangeError, "eight");
});
