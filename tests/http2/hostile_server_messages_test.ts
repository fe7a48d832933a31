/**
 * A client machine against a server that breaks the rules of messages: heads, content, trailers, and how streams and
 * the connection end.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Field } from "../../http/fields.ts";
import { FrameType } from "../../http2/protocol.ts";
import { fatal, malformed, OK, refused, type Row, testRows } from "./hostile_server.ts";
import {
  bytes,
  client,
  data,
  feedAll,
  frame,
  goAway,
  headers,
  lastData,
  number,
  reset,
  response,
} from "./raw_frames.ts";

/** A head with a content-length. */
const BODY = (length: number): Field[] => [OK, ["content-length", String(length)], ["x", "hello"]];

/** The size of `:status: 103` in a field section (RFC 9113 §6.5.2). */
const SIZE_OF_103 = 7 + 3 + 32;

const ROWS: readonly Row[] = [
  // Heads
  malformed("T-20: no :status", [["x", "y"]]),
  malformed("T-20: an empty section", []),
  malformed("T-20: two :status", [OK, OK]),
  malformed("T-20: :status after a field", [["x", "y"], OK]),
  malformed("T-20: :status of 20", [[":status", "20"]]),
  malformed("T-20: :status of 1000", [[":status", "1000"]]),
  malformed("T-20: :status of abc", [[":status", "abc"]]),
  malformed("T-20: :status of 099", [[":status", "099"]]),
  malformed("T-20: :status of 2000 with a space", [[":status", "200 "]]),
  malformed("T-20: a request's pseudo-field", [OK, [":path", "/"]]),
  malformed("T-20: an unknown pseudo-field", [OK, [":x", "y"]]),
  malformed("T-20: an unknown pseudo-field first", [[":x", "y"], OK]),
  malformed("T-21: connection", [OK, ["connection", "close"]]),
  malformed("T-21: transfer-encoding", [OK, ["transfer-encoding", "chunked"]]),
  malformed("T-21: keep-alive", [OK, ["keep-alive", "5"]]),
  malformed("T-21: proxy-connection", [OK, ["proxy-connection", "close"]]),
  malformed("T-21: upgrade", [OK, ["upgrade", "h3"]]),
  malformed("T-21: te that is not trailers", [OK, ["te", "gzip"]]),
  malformed("T-22: an upper-case name", [OK, ["X-a", "y"]]),
  malformed("T-22: a name with a space", [OK, ["x a", "y"]]),
  malformed("T-22: a name with a colon", [OK, ["x:a", "y"]]),
  malformed("T-22: an empty name", [OK, ["", "y"]]),
  malformed("T-22: a name with a byte above 0x7f", [OK, ["x\xe9", "y"]]),
  malformed("T-22: a value with NUL", [OK, ["x", "a\0b"]]),
  malformed("T-22: a value with CR", [OK, ["x", "a\rb"]]),
  malformed("T-22: a value with LF", [OK, ["x", "a\nb"]]),
  malformed("T-22: a value of white space and NUL", [OK, ["x", " \0 "]]),
  malformed("T-22: a value that ends with a vertical tab", [OK, ["x", "a\x0b"]]),
  {
    name: "a value with bytes above 0x7f",
    wire: [headers(1, [OK, ["x", "\xe9\xff"]])],
    events: ["response 1 200"],
  },
  {
    name: "H1-40: names that are properties of every object",
    wire: [headers(1, [OK, ["__proto__", "x"], ["constructor", "y"]], true)],
    events: ["response 1 200", "end_of_message 1"],
  },

  // Content
  {
    name: "T-23: less content than Content-Length says",
    wire: [headers(1, BODY(5)), lastData(1, "1234")],
    ...refused(["response 1 200"]),
    // A piece of the frame may come before its end does, and is content like any other.
    long: true,
  },
  {
    name: "T-23: more content than Content-Length says",
    wire: [headers(1, BODY(5)), data(1, "12345"), data(1, "6")],
    ...refused(["response 1 200", "data 1 5"]),
  },
  malformed("T-23: Content-Length, and the end instead of content", BODY(5), true),
  malformed("T-23: two Content-Length", [OK, ["content-length", "5"], ["content-length", "6"]]),
  malformed("T-23: two Content-Length in a list", [OK, ["content-length", "5, 6"]]),
  malformed("T-23: a Content-Length and a list with another", [
    OK,
    ["content-length", "5"],
    ["content-length", "5, 6"],
  ]),
  malformed("T-23: a Content-Length beside an empty one", [OK, ["content-length", "5"], [
    "content-length",
    "",
  ]]),
  malformed("T-23: a list of Content-Length with an empty member", [OK, ["content-length", "5,"]]),
  {
    name: "T-23: equal Content-Length, repeated and in a list, are one",
    wire: [
      headers(1, [OK, ["content-length", "5"], ["content-length", "5, 5"], ["content-length", "5"]]),
      lastData(1, "12345"),
    ],
    events: ["response 1 200", "data 1 5", "end_of_message 1"],
  },
  {
    name: "T-23: less content than equal Content-Length say",
    wire: [headers(1, [OK, ["content-length", "5"], ["content-length", "5"]]), lastData(1, "1234")],
    ...refused(["response 1 200"]),
    long: true,
  },
  malformed("T-23: Content-Length of +5", [OK, ["content-length", "+5"]]),
  malformed("T-23: Content-Length that is empty", [OK, ["content-length", ""]]),
  malformed("T-23: Content-Length of 2^64", [OK, ["content-length", "18446744073709551616"]]),
  {
    name: "T-24: HEAD answered with Content-Length and no content",
    start: { method: "HEAD" },
    wire: [headers(1, BODY(5), true)],
    events: ["response 1 200", "end_of_message 1"],
  },
  {
    name: "T-24: HEAD answered with Content-Length and empty DATA",
    start: { method: "HEAD" },
    wire: [headers(1, BODY(5)), lastData(1, "")],
    events: ["response 1 200", "end_of_message 1"],
  },
  {
    name: "T-24: HEAD answered with content",
    start: { method: "HEAD" },
    wire: [headers(1, BODY(5)), lastData(1, "h")],
    ...refused(["response 1 200"]),
  },
  {
    name: "T-24: 304 with Content-Length and no content",
    wire: [headers(1, [[":status", "304"], ["content-length", "5"]], true)],
    events: ["response 1 304", "end_of_message 1"],
  },
  {
    name: "T-25: trailers",
    wire: [response(1), data(1, "x"), headers(1, [["x-sum", "1"]], true)],
    events: ["response 1 200", "data 1 1", "end_of_message 1 with 1 trailers"],
  },
  {
    name: "T-25: trailers that do not end the stream",
    wire: [response(1), data(1, "x"), headers(1, [["x-sum", "1"]])],
    ...refused(["response 1 200", "data 1 1"]),
  },
  {
    name: "T-25: a pseudo-field in trailers",
    wire: [response(1), headers(1, [[":status", "200"]], true)],
    ...refused(["response 1 200"]),
  },
  {
    name: "T-25: a second response in the content of the first",
    wire: [response(1), data(1, "x"), response(1)],
    ...refused(["response 1 200", "data 1 1"]),
  },
  {
    name: "T-25: trailers before all the content that Content-Length says",
    wire: [headers(1, BODY(5)), data(1, "x"), headers(1, [["x-sum", "1"]], true)],
    ...refused(["response 1 200", "data 1 1"]),
  },
  { name: "DATA before a response", wire: [data(1, "x")], ...refused() },
  {
    name: "T-26: 103 and 100 before a response",
    wire: [response(1, "103"), response(1, "100"), response(1, "200", true)],
    events: ["informational 1 103", "informational 1 100", "response 1 200", "end_of_message 1"],
  },
  malformed("T-26: 1xx that ends the stream", [[":status", "103"]], true),
  malformed("T-26: 101", [[":status", "101"]]),
  {
    name: "T-26: any number of informational responses is waited through, within their bytes",
    wire: [...Array(1000).fill(response(1, "102")), response(1, "200", true)],
    long: true,
    events: [...Array(1000).fill("informational 1 102"), "response 1 200", "end_of_message 1"],
  },
  {
    name: "T-26: informational responses of as many bytes as are allowed are waited through",
    start: { maxInformationalBytes: 5 * SIZE_OF_103 },
    wire: [...Array(5).fill(response(1, "103")), response(1, "200", true)],
    events: [...Array(5).fill("informational 1 103"), "response 1 200", "end_of_message 1"],
  },
  {
    name: "T-26: informational responses of more bytes than are allowed end their stream",
    start: { maxInformationalBytes: 5 * SIZE_OF_103 - 1, requests: 2 },
    wire: [...Array(5).fill(response(1, "103")), response(3, "103"), response(3, "200", true)],
    events: [
      ...Array(4).fill("informational 1 103"),
      "reset 1 too_many_informational local responding",
      "informational 3 103",
      "response 3 200",
      "end_of_message 3",
    ],
    output: ["RST_STREAM 1 ENHANCE_YOUR_CALM"],
  },
  {
    name: "T-26: informational responses without end",
    wire: Array(66).fill(headers(1, [[":status", "103"], ["link", "y".repeat(16_000)]])),
    long: true,
    events: [
      ...Array(65).fill("informational 1 103"),
      "reset 1 too_many_informational local responding",
    ],
    output: ["RST_STREAM 1 ENHANCE_YOUR_CALM"],
  },

  // The end
  {
    name: "T-28: GOAWAY ends the streams above its last, and no others",
    start: { requests: 3 },
    wire: [goAway(1), response(1, "200", true)],
    events: [
      "go_away 1 NO_ERROR",
      "reset 3 REFUSED_STREAM remote refused",
      "reset 5 REFUSED_STREAM remote refused",
      "response 1 200",
      "end_of_message 1",
    ],
  },
  {
    name: "T-28: GOAWAY twice, the second time with fewer streams",
    start: { requests: 2 },
    wire: [goAway(0x7fff_ffff), goAway(1)],
    events: ["go_away 2147483647 NO_ERROR", "go_away 1 NO_ERROR", "reset 3 REFUSED_STREAM remote refused"],
  },
  {
    name: "T-28: a response on a stream that GOAWAY has given up",
    start: { requests: 2 },
    wire: [goAway(1), response(3, "200", true)],
    events: ["go_away 1 NO_ERROR", "reset 3 REFUSED_STREAM remote refused"],
    output: ["RST_STREAM 3 STREAM_CLOSED"],
  },
  {
    name: "T-28: GOAWAY twice with the same last stream, which gives each up once",
    start: { requests: 2 },
    wire: [goAway(1), goAway(1)],
    events: ["go_away 1 NO_ERROR", "reset 3 REFUSED_STREAM remote refused", "go_away 1 NO_ERROR"],
  },
  {
    name: "T-29: GOAWAY with a larger last stream than before",
    wire: [goAway(1), goAway(3)],
    ...fatal("PROTOCOL_ERROR", ["go_away 1 NO_ERROR"]),
  },
  {
    name: "T-30: REFUSED_STREAM is safe to retry",
    wire: [reset(1, "REFUSED_STREAM")],
    events: ["reset 1 REFUSED_STREAM remote refused"],
  },
  {
    name: "T-31: RST_STREAM with NO_ERROR after a whole response",
    start: { open: true, method: "POST" },
    wire: [response(1, "200"), lastData(1, "ok"), reset(1, "NO_ERROR")],
    events: ["response 1 200", "data 1 2", "end_of_message 1", "reset 1 NO_ERROR remote responding"],
  },
  {
    name: "T-32: RST_STREAM after the end of a response",
    wire: [response(1, "200"), lastData(1, "ok"), reset(1)],
    events: ["response 1 200", "data 1 2", "end_of_message 1"],
  },
  {
    name: "an unknown error code",
    wire: [frame(FrameType.RST_STREAM, 0, 1, number(0xfa, 4))],
    events: ["reset 1 INTERNAL_ERROR remote no_response"],
  },
];

testRows(ROWS);

Deno.test("client machine: T-22: each byte in a name and in a value", () => {
  const token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
  for (let code = 0; code < 256; code++) {
    const byte = String.fromCharCode(code);
    const isValue = code === 0x09 || (code >= 0x20 && code !== 0x7f);
    for (
      const [field, isRight] of [
        [["x" + byte, "y"], token.includes(byte)],
        [["x", `a${byte}b`], isValue],
        [["x", byte], isValue],
      ] as const
    ) {
      const { events } = feedAll(client(), headers(1, [OK, field]));
      assertEquals(events, isRight ? ["response 1 200"] : refused().events, JSON.stringify(field));
    }
  }
});

Deno.test("client machine: T-23: equal Content-Length are told as one", () => {
  for (const values of [["5", "5"], ["5, 5"], ["5", "5,5"], ["05", "5"]]) {
    const machine = client();
    const lengths = values.map((value): Field => ["content-length", value]);
    machine.receive(headers(1, [OK, ["a", "b"], ...lengths, ["c", "d"]]));
    const event = machine.next();
    const seen = event?.type === "response" ? [event.contentLength, event.fields] : [];
    assertEquals(seen, [5, [["a", "b"], ["c", "d"], ["content-length", "5"]]]);
  }
});

Deno.test("client machine: T-22: white space around the values of responses and trailers is taken off", () => {
  const fields: Field[] = [["a", " x"], ["b", "y \t"], ["c", "\t"], ["d", " a \t b "], ["e", ""], ["f", "z"]];
  const seen: (readonly Field[])[] = [];
  const machine = client();
  machine.receive(bytes(
    headers(1, [[":status", "103"], ...fields]),
    headers(1, [OK, ...fields]),
    headers(1, fields, true),
  ));
  for (let event = machine.next(); event !== undefined; event = machine.next()) {
    if (event.type === "end_of_message") seen.push(event.trailers);
    else if ("fields" in event) seen.push(event.fields);
  }
  const expected: Field[] = [["a", "x"], ["b", "y"], ["c", ""], ["d", "a \t b"], ["e", ""], ["f", "z"]];
  assertEquals(seen, [expected, expected, expected]);
});
