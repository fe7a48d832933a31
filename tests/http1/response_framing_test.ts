/**
 * The framing of responses that a client receives (RFC 9112 §6.3): Content-Length, Transfer-Encoding, and the end of the
 * connection.
 *
 * @module
 */

import { CHUNKED, content, OK, refused, type ResponseRow, testResponses } from "./response_rows.ts";

const CONTENT_LENGTH: readonly ResponseRow[] = [
  ...[
    "-1",
    "0x10",
    "",
    "8 bytes",
    "1_0",
    "\xef\xbc\x98",
    "8.0",
    "1e1",
    "8;",
    ",8x",
  ].map(
    (value): ResponseRow => ({
      name: `H1-02: Content-Length "${value}" is refused`,
      wire: `${OK}Content-Length: ${value}\r\n\r\n12345678`,
      outcome: refused("bad_content_length"),
    }),
  ),
  {
    name: "H1-01: a sign before the length is refused",
    wire: `${OK}Content-Length: +8\r\n\r\n`,
    outcome: refused("bad_content_length"),
  },
  {
    name: "H1-03: two lengths that differ are refused",
    wire: `${OK}Content-Length: 8\r\nContent-Length: 9\r\n\r\n123456789`,
    outcome: refused("bad_content_length"),
  },
  {
    name: "H1-03: a list of lengths that differ is refused",
    wire: `${OK}Content-Length: 8, 9\r\n\r\n123456789`,
    outcome: refused("bad_content_length"),
  },
  {
    name: "H1-04: the same length twice is that length",
    wire: `${OK}Content-Length: 8\r\nContent-Length: 8\r\n\r\n12345678`,
    outcome: content("12345678"),
  },
  {
    name: "H1-04: a list of the same length is that length",
    wire: `${OK}Content-Length: 8, 8\r\n\r\n12345678`,
    outcome: { ...content("12345678"), fields: [["content-length", "8"]] },
  },
  ...["HTTP/1.1 204 No Content", "HTTP/1.1 304 Not Modified"].map((line): ResponseRow => ({
    name: `lengths that contradict each other decide nothing in "${line}", and are told as they are`,
    wire: `${line}\r\nContent-Length: 5, 6\r\n\r\n`,
    outcome: { ...content(""), fields: [["content-length", "5, 6"]] },
  })),
  {
    name: "H1-05: a length of 2^64 is refused",
    wire: `${OK}Content-Length: 18446744073709551616\r\n\r\n`,
    outcome: refused("bad_content_length"),
  },
  {
    name: "H1-05: a length of 2^53 is refused, as it cannot be counted",
    wire: `${OK}Content-Length: 9007199254740992\r\n\r\n`,
    outcome: refused("bad_content_length"),
  },
  {
    name: "a length of 2^53 - 1 is accepted",
    wire: `${OK}Content-Length: 9007199254740991\r\n\r\nbegin`,
    outcome: { length: Number.MAX_SAFE_INTEGER, body: "begin", ended: false },
  },
  {
    name: "H1-05: a length of 40 digits is refused",
    wire: `${OK}Content-Length: ${"1".repeat(40)}\r\n\r\n`,
    outcome: refused("bad_content_length"),
  },
  {
    name: "leading zeros do not change a length",
    wire: `${OK}Content-Length: 0000000000000000000000003\r\n\r\nabc`,
    outcome: content("abc"),
  },
];

const TRANSFER_ENCODING: readonly ResponseRow[] = [
  ...[["Transfer-Encoding: chunked", "Content-Length: 10"], [
    "Content-Length: 10",
    "Transfer-Encoding: chunked",
  ]].map(
    (lines): ResponseRow => ({
      name: `H1-06: chunked overrides Content-Length, which is left out (${lines.join(" first, ")})`,
      wire: `${OK}${lines.join("\r\n")}\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
      outcome: { ...content("abc"), fields: [["transfer-encoding", "chunked"]] },
      reusable: false,
    }),
  ),
  {
    name: "H1-06: chunked overrides even a malformed Content-Length",
    wire: `${OK}Content-Length: +1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    outcome: { ...content(""), fields: [["transfer-encoding", "chunked"]] },
    reusable: false,
  },
  ...["chunked, identity", "yolo", "gzip", "chunked, gzip"].map((value): ResponseRow => ({
    name: `H1-07: content with Transfer-Encoding "${value}" goes on to the end of the connection`,
    wire: `${OK}Transfer-Encoding: ${value}\r\n\r\n3\r\nabc`,
    end: true,
    outcome: { ...content("3\r\nabc"), closed: true },
    reusable: false,
  })),
  {
    name: "H1-08: of two lines, the last decides: gzip, then chunked",
    wire: `${OK}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    outcome: content("abc"),
  },
  {
    name: "H1-08: of two lines, the last decides: chunked, then gzip",
    wire: `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n3\r\nabc`,
    end: true,
    outcome: content("3\r\nabc"),
    reusable: false,
  },
  ...["chunked, chunked", "chunked, gzip, chunked", "chunked\r\nTransfer-Encoding: chunked"].map((
    value,
  ): ResponseRow => ({
    name: `H1-09: Transfer-Encoding "${value.replace("\r\n", "; ")}" is refused`,
    wire: `${OK}Transfer-Encoding: ${value}\r\n\r\n0\r\n\r\n`,
    outcome: refused("bad_transfer_encoding"),
  })),
  ...["Chunked", "CHUNKED", " chunked\t", ",chunked,"].map((value): ResponseRow => ({
    name: `H1-09: Transfer-Encoding "${value}" is chunked`,
    wire: `${OK}Transfer-Encoding:${value}\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    outcome: content("abc"),
  })),
  ...["chunked;a=b", "gzip, chunked ; q", "", ","].map((value): ResponseRow => ({
    name: `Transfer-Encoding "${value}" is refused`,
    wire: `${OK}Transfer-Encoding: ${value}\r\n\r\n0\r\n\r\n`,
    outcome: refused("bad_transfer_encoding"),
  })),
  ...["", "Connection: keep-alive\r\n", "Content-Length: 3\r\nConnection: keep-alive\r\n"].map((
    lines,
  ): ResponseRow => ({
    name: `H1-10: chunked in HTTP/1.0 is read, and ends the connection (${JSON.stringify(lines)})`,
    wire: `HTTP/1.0 200 OK\r\n${lines}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    outcome: { ...content("abc"), version: "HTTP/1.0" },
    reusable: false,
  })),
  {
    name: "H1-10: another Transfer-Encoding in HTTP/1.0 goes on to the end of the connection",
    wire: "HTTP/1.0 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
    end: true,
    outcome: content("abc"),
    reusable: false,
  },
  {
    name: "H1-10: Transfer-Encoding in an HTTP/1.0 response to HEAD ends the connection",
    asked: { method: "HEAD" },
    wire: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n",
    outcome: content(""),
    reusable: false,
  },
  ...["\x0bchunked", "chunked\x00"].map((value): ResponseRow => ({
    name: `H1-11: a control character in Transfer-Encoding (${escape(value)}) is refused`,
    wire: `${OK}Transfer-Encoding: ${value}\r\n\r\n0\r\n\r\n`,
    outcome: refused("bad_header"),
  })),
  {
    name: "H1-11: a coding that only resembles chunked is not chunked",
    wire: `${OK}Transfer-Encoding: \xa0chunked\r\n\r\n0\r\n\r\n`,
    end: true,
    outcome: content("0\r\n\r\n"),
    reusable: false,
  },
];

const ENDS: readonly ResponseRow[] = [
  { name: "H1-27: an end before any byte", wire: "", end: true, outcome: refused("connection_closed") },
  ...["H", "HTTP/1.1 2", OK, `${OK}X: a`, `${OK}X: a\r\n\r`].map((wire): ResponseRow => ({
    name: `H1-27: an end after ${JSON.stringify(wire)}`,
    wire,
    end: true,
    outcome: refused("truncated"),
  })),
  {
    name: "an end after a 1xx response leaves the exchange cut short",
    wire: "HTTP/1.1 100 Continue\r\n\r\n",
    end: true,
    outcome: { ...refused("truncated"), informational: [100] },
  },
];

const LENGTHS: readonly ResponseRow[] = [
  {
    name: "B-12: content that ends before its length is cut short",
    wire: `${OK}Content-Length: 10\r\n\r\n1234567`,
    end: true,
    outcome: { body: "1234567", ended: false, refused: "truncated" },
  },
  {
    name: "B-13: bytes after the content end keep-alive, and are no response",
    wire: `${OK}Content-Length: 5\r\n\r\nhello${OK}`,
    outcome: { ...content("hello"), status: 200 },
    reusable: false,
  },
  {
    name: "B-13: bytes after the last chunk end keep-alive",
    wire: `${CHUNKED}0\r\n\r\n\r\n`,
    outcome: content(""),
    reusable: false,
  },
];

testResponses([...CONTENT_LENGTH, ...TRANSFER_ENCODING, ...ENDS, ...LENGTHS]);

function escape(value: string): string {
  return JSON.stringify(value);
}
