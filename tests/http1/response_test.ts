/** What a client's machine makes of responses: heads (H1-...) and bodies (B-...), cut in every way. */

import { assertEquals } from "@std/assert";
import type { RequestHead } from "../../http1/request_head.ts";
import type { Http1Options } from "../../http1/limits.ts";
import { asking, bytes, feed, type Outcome, splits } from "./wires.ts";

interface Row {
  readonly name: string;
  /** What was asked; a GET by default. */
  readonly asked?: Partial<RequestHead>;
  readonly options?: Http1Options;
  readonly wire: string;
  /** Whether the connection ends after the wire. */
  readonly end?: true;
  /** What must be in the outcome. */
  readonly outcome: Partial<Outcome>;
  /** Whether another exchange may follow; where nothing is said, it may exactly if the message has ended. */
  readonly reusable?: boolean;
}

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;

/** A refused message: nothing after it is read. */
const refused = (code: string): Partial<Outcome> => ({ refused: code, ended: false });
/** A complete message with this content. */
const content = (body: string): Partial<Outcome> => ({ body, ended: true });

const CONTENT_LENGTH: readonly Row[] = [
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
    (value): Row => ({
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
    outcome: content("12345678"),
  },
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
    name: "a length of 2^53 - 1 is believed",
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

const TRANSFER_ENCODING: readonly Row[] = [
  ...[["Transfer-Encoding: chunked", "Content-Length: 10"], [
    "Content-Length: 10",
    "Transfer-Encoding: chunked",
  ]].map(
    (lines): Row => ({
      name: `H1-06: chunked wins over Content-Length, which is hidden (${lines.join(" first, ")})`,
      wire: `${OK}${lines.join("\r\n")}\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
      outcome: { ...content("abc"), fields: [["transfer-encoding", "chunked"]] },
      reusable: false,
    }),
  ),
  {
    name: "H1-06: even a malformed Content-Length is overruled by chunked",
    wire: `${OK}Content-Length: +1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    outcome: { ...content(""), fields: [["transfer-encoding", "chunked"]] },
    reusable: false,
  },
  ...["chunked, identity", "yolo", "gzip", "chunked, gzip"].map((value): Row => ({
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
  ): Row => ({
    name: `H1-09: Transfer-Encoding "${value.replace("\r\n", "; ")}" is refused`,
    wire: `${OK}Transfer-Encoding: ${value}\r\n\r\n0\r\n\r\n`,
    outcome: refused("bad_transfer_encoding"),
  })),
  ...["Chunked", "CHUNKED", " chunked\t", ",chunked,"].map((value): Row => ({
    name: `H1-09: Transfer-Encoding "${value}" is chunked`,
    wire: `${OK}Transfer-Encoding:${value}\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    outcome: content("abc"),
  })),
  ...["chunked;a=b", "gzip, chunked ; q", "", ","].map((value): Row => ({
    name: `Transfer-Encoding "${value}" is refused`,
    wire: `${OK}Transfer-Encoding: ${value}\r\n\r\n0\r\n\r\n`,
    outcome: refused("bad_transfer_encoding"),
  })),
  {
    name: "H1-10: Transfer-Encoding in HTTP/1.0 is refused",
    wire: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    outcome: refused("bad_transfer_encoding"),
  },
  ...["\x0bchunked", "chunked\x00"].map((value): Row => ({
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

const FIELDS: readonly Row[] = [
  {
    name: "H1-12: white space before the colon is refused",
    wire: `${OK}Content-Length : 5\r\n\r\n12345`,
    outcome: refused("bad_header"),
  },
  {
    name: "H1-13: a folded line is refused by default",
    wire: `${OK}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`,
    outcome: refused("bad_header"),
  },
  {
    name: "H1-13: a folded line is one space where that is allowed",
    options: { allowObsFold: true },
    wire: `${OK}X: a \r\n \t b\r\nY:\r\n\tc\r\nZ: d\r\n \r\nContent-Length: 0\r\n\r\n`,
    outcome: {
      ...content(""),
      fields: [["x", "a b"], ["y", "c"], ["z", "d"], ["content-length", "0"]],
    },
  },
  ...[undefined, { allowObsFold: true }].map((options): Row => ({
    name: `H1-14: white space before the first field is refused${
      options === undefined ? "" : ", folding or not"
    }`,
    ...(options && { options }),
    wire: `${OK} X: a\r\nContent-Length: 0\r\n\r\n`,
    outcome: refused("bad_header"),
  })),
  ...["no colon", ": v", "a(b: v", 'a"b: v', "a\xa0b: v", "a\x80: v", "a b: v", "\xff: v", "\tx: v"].map(
    (line): Row => ({
      name: `H1-15: the field line ${JSON.stringify(line)} is refused`,
      wire: `${OK}${line}\r\nContent-Length: 0\r\n\r\n`,
      outcome: refused("bad_header"),
    }),
  ),
  {
    name: "H1-15: a name with NUL is refused",
    wire: `${OK}a\x00b: v\r\n\r\n`,
    outcome: refused("bad_header"),
  },
  ...["\x00", "\rb", "\x7f", "\x01", "\x1b[0m"].map((value): Row => ({
    name: `H1-16: a value with ${escape(value)} is refused`,
    wire: `${OK}X: a${value}b\r\nContent-Length: 0\r\n\r\n`,
    outcome: refused("bad_header"),
  })),
  {
    name: "H1-17: bytes beyond ASCII in a value are code units of the same number",
    wire: `${OK}X: caf\xe9 \x80\x81\x9f\xa0\xff\r\nContent-Length: 0\r\n\r\n`,
    outcome: { ...content(""), fields: [["x", "caf\xe9 \x80\x81\x9f\xa0\xff"], ["content-length", "0"]] },
  },
  {
    name: "H1-17: UTF-8 in a value is not decoded",
    wire: `${OK}X: \xe2\x82\xac\r\nContent-Length: 0\r\n\r\n`,
    outcome: { ...content(""), fields: [["x", "\xe2\x82\xac"], ["content-length", "0"]] },
  },
  {
    name: "white space around a value is not part of it, white space inside is",
    wire: `${OK}X: \t a \t b \t\r\nY:\r\nZ: \r\nContent-Length:0\r\n\r\n`,
    outcome: { ...content(""), fields: [["x", "a \t b"], ["y", ""], ["z", ""], ["content-length", "0"]] },
  },
  {
    name: "a colon in a value is part of it",
    wire: `${OK}X: a:b:c\r\nContent-Length: 0\r\n\r\n`,
    outcome: { ...content(""), fields: [["x", "a:b:c"], ["content-length", "0"]] },
  },
  {
    name: "H1-18: lines may end in LF alone",
    wire: "HTTP/1.1 200 OK\nContent-Length: 3\nX: a\r\n\nabc",
    outcome: { ...content("abc"), fields: [["content-length", "3"], ["x", "a"]] },
  },
  {
    name: "H1-24: 100 fields are read",
    wire: `${OK}${"X: a\r\n".repeat(99)}Content-Length: 0\r\n\r\n`,
    outcome: content(""),
  },
  {
    name: "H1-24: 101 fields are refused",
    wire: `${OK}${"X: a\r\n".repeat(100)}Content-Length: 0\r\n\r\n`,
    outcome: refused("head_too_large"),
  },
  {
    name: "the number of fields can be limited further",
    options: { maxFields: 2 },
    wire: `${OK}A: a\r\nB: b\r\nContent-Length: 0\r\n\r\n`,
    outcome: refused("head_too_large"),
  },
  {
    name: "H1-25: a head of 500,000 bytes is refused",
    wire: `${OK}X: ${"a".repeat(500_000)}\r\n\r\n`,
    outcome: refused("head_too_large"),
  },
  {
    name: "H1-25: a head of exactly 262,144 bytes is read",
    wire: headOf(262_144),
    outcome: content(""),
  },
  {
    name: "H1-25: a head of 262,145 bytes is refused",
    wire: headOf(262_145),
    outcome: refused("head_too_large"),
  },
  {
    name: "the size of a head can be limited further",
    options: { maxHeadBytes: 40 },
    wire: `${OK}Content-Length: 0\r\nX: aaaa\r\n\r\n`,
    outcome: refused("head_too_large"),
  },
  {
    name: "H1-39: repeated fields are kept apart and in order",
    wire:
      `${OK}Set-Cookie: a=1\r\nX: y\r\nSet-Cookie: b=2, c\r\nset-cookie: a=1\r\nContent-Length: 0\r\n\r\n`,
    outcome: {
      ...content(""),
      fields: [
        ["set-cookie", "a=1"],
        ["x", "y"],
        ["set-cookie", "b=2, c"],
        ["set-cookie", "a=1"],
        ["content-length", "0"],
      ],
    },
  },
  {
    name: "H1-40: names that mean something to JavaScript are names like others",
    wire: `${OK}__proto__: x\r\nconstructor: y\r\ntoString: z\r\nContent-Length: 0\r\n\r\n`,
    outcome: {
      ...content(""),
      fields: [["__proto__", "x"], ["constructor", "y"], ["tostring", "z"], ["content-length", "0"]],
    },
  },
];

const FIRST_LINES: readonly Row[] = [
  ...["001 OK", "099 OK", "1 OK", "20 OK", "1000", "20x", "2 0 OK", " 200 OK", "", "+20 OK", "-20 OK"].map((
    rest,
  ): Row => ({
    name: `H1-19: the status line "HTTP/1.1 ${rest}" is refused`,
    wire: `HTTP/1.1 ${rest}\r\n\r\n`,
    outcome: refused("bad_status_line"),
  })),
  {
    name: "H1-19: no space after the status is refused",
    wire: "HTTP/1.1 200OK\r\n\r\n",
    outcome: refused("bad_status_line"),
  },
  ...[["", ""], [" ", ""], [" Gut \xfc\r".slice(0, -1), ""], [" OK", "OK"], [" Not Found", "Not Found"], [
    "  x\ty ",
    " x\ty ",
  ]].map(
    ([rest, statusText = ""]): Row => ({
      name: `H1-20: the reason in "HTTP/1.1 200${rest}" is "${statusText}"`,
      wire: `HTTP/1.1 200${rest}\r\nContent-Length: 0\r\n\r\n`,
      outcome: { ...content(""), status: 200, statusText },
    }),
  ),
  ...["\x00", "\x01", "\x7f", "\rx"].map((control): Row => ({
    name: `H1-21: a reason with ${escape(control)} is refused`,
    wire: `HTTP/1.1 200 O${control}K\r\n\r\n`,
    outcome: refused("bad_status_line"),
  })),
  ...["HEAT/1.1 200 OK", "http/1.1 200 OK", " HTTP/1.1 200 OK", "HTTP 200 OK", "ICY 200 OK"].map((
    line,
  ): Row => ({
    name: `H1-22: "${line}" is no status line`,
    wire: `${line}\r\n\r\n`,
    outcome: refused("bad_status_line"),
  })),
  ...[
    "HTTP/2.0 200 OK",
    "HTTP/1.2 200 OK",
    "HTTP/0.9 200 OK",
    "HTTP/1,1 200 OK",
    "HTTP/11 200 OK",
    "HTTP/ 200 OK",
  ].map(
    (line): Row => ({
      name: `H1-22: the version in "${line}" is refused`,
      wire: `${line}\r\n\r\n`,
      outcome: refused("bad_version"),
    }),
  ),
  {
    name: "H1-22: a tab after the version is refused",
    wire: "HTTP/1.1\t200 OK\r\n\r\n",
    outcome: refused("bad_status_line"),
  },
  {
    name: "H1-23: HTTP/0.9 is refused by its first bytes",
    wire: "Baguettes de France",
    outcome: refused("bad_status_line"),
  },
  {
    name: "H1-23: HTTP/0.9 after a 100 is refused as well",
    wire: "HTTP/1.1 100 Continue\r\n\r\nBaguettes de France",
    outcome: { ...refused("bad_status_line"), informational: [100] },
  },
  {
    name: "a TLS alert is refused by its first bytes",
    wire: "\x15\x03\x01\x00\x02\x02\x16",
    outcome: refused("bad_status_line"),
  },
  {
    name: "an empty line before a response is refused",
    wire: `\r\n${OK}\r\n`,
    outcome: refused("bad_status_line"),
  },
  {
    name: "a status of 999 is read",
    wire: "HTTP/1.1 999 Beyond\r\nContent-Length: 0\r\n\r\n",
    outcome: { ...content(""), status: 999 },
  },
];

const ENDS: readonly Row[] = [
  { name: "H1-27: an end before any byte", wire: "", end: true, outcome: refused("connection_closed") },
  ...["H", "HTTP/1.1 2", OK, `${OK}X: a`, `${OK}X: a\r\n\r`].map((wire): Row => ({
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

const INFORMATIONAL: readonly Row[] = [
  {
    name: "H1-28: a 100 comes before the final response",
    wire: `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
    outcome: { ...content("ok"), status: 200, informational: [100] },
  },
  {
    name: "H1-29: 32 informational responses are waited through",
    wire: `${"HTTP/1.1 102 Processing\r\n\r\n".repeat(32)}${OK}Content-Length: 0\r\n\r\n`,
    outcome: { ...content(""), informational: Array(32).fill(102) },
  },
  {
    name: "H1-29: the 33rd is one too many",
    wire: `${"HTTP/1.1 102 Processing\r\n\r\n".repeat(33)}${OK}Content-Length: 0\r\n\r\n`,
    outcome: { ...refused("too_many_informational"), informational: Array(32).fill(102) },
  },
  {
    name: "H1-30: what a 1xx says of its content is ignored",
    wire:
      `HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
    outcome: { ...content("ok"), informational: [103] },
  },
  {
    name: "H1-30: content after a 1xx is not skipped but read as the next head",
    wire: `HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nhello${OK}Content-Length: 0\r\n\r\n`,
    outcome: { ...refused("bad_status_line"), informational: [103] },
  },
];

const UPGRADE: RequestHead["fields"] = [["connection", "Upgrade"], ["upgrade", "websocket, foo/2"]];
const SWITCH = "HTTP/1.1 101 Switching Protocols\r\n";

const SWITCHES: readonly Row[] = [
  {
    name: "H1-31: a 101 that was not asked for is refused",
    wire: `${SWITCH}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
    outcome: refused("unexpected_upgrade"),
  },
  {
    name: "H1-31: an Upgrade field without its connection option asks for nothing",
    asked: { fields: [["upgrade", "websocket"]] },
    wire: `${SWITCH}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
    outcome: refused("unexpected_upgrade"),
  },
  ...["Upgrade: h2c", "Upgrade: websocket, h2c", "Upgrade: foo", "X: y"].map((line): Row => ({
    name: `H1-32: a 101 to a protocol that was not offered (${line}) is refused`,
    asked: { fields: UPGRADE },
    wire: `${SWITCH}Connection: upgrade\r\n${line}\r\n\r\n`,
    outcome: refused("unexpected_upgrade"),
  })),
  {
    name: "a 101 hands over what follows it",
    asked: { fields: UPGRADE },
    wire: `${SWITCH}Connection: Upgrade\r\nUpgrade: WebSocket\r\nContent-Length: 3\r\n\r\n\x81\x05hello`,
    outcome: { status: 101, rest: "\x81\x05hello", ended: false },
  },
  {
    name: "a 200 to a request that offers to switch is an ordinary response",
    asked: { fields: UPGRADE },
    wire: `${OK}Content-Length: 2\r\n\r\nno`,
    outcome: { ...content("no"), status: 200 },
  },
  ...[200, 204, 299].map((status): Row => ({
    name: `H1-35: a ${status} to CONNECT makes a tunnel, whatever it says of its content`,
    asked: { method: "CONNECT", target: "example.com:443", authority: "example.com:443" },
    wire:
      `HTTP/1.1 ${status} Connected\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n\x16\x03\x03`,
    outcome: { status, rest: "\x16\x03\x03", ended: false },
  })),
  {
    name: "a 407 to CONNECT is an ordinary response",
    asked: { method: "CONNECT", target: "example.com:443", authority: "example.com:443" },
    wire: "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno",
    outcome: { ...content("no"), status: 407 },
  },
];

const PERSISTENCE: readonly Row[] = [
  ...["HTTP/1.1 204 No Content", "HTTP/1.1 304 Not Modified"].map((line): Row => ({
    name: `H1-33: "${line}" has no content, and what follows it spoils the connection`,
    wire: `${line}\r\nContent-Length: 10\r\n\r\n0123456789`,
    outcome: { ...content(""), length: 0 },
    reusable: false,
  })),
  {
    name: "H1-33: the response to HEAD has no content, and what follows it spoils the connection",
    asked: { method: "HEAD" },
    wire: `${OK}Content-Length: 10\r\n\r\n0123456789`,
    outcome: { ...content(""), length: 0 },
    reusable: false,
  },
  {
    name: "H1-33: the response to HEAD alone leaves the connection usable",
    asked: { method: "HEAD" },
    wire: `${OK}Content-Length: 10\r\n\r\n`,
    outcome: content(""),
  },
  {
    name: "H1-34: the response to HEAD has no chunks",
    asked: { method: "HEAD" },
    wire: `${OK}Transfer-Encoding: chunked\r\n\r\n`,
    outcome: content(""),
  },
  ...[
    "Connection: x\r\nConnection: close",
    "Connection: close\r\nConnection: keep-alive",
    "Connection: keep-alive, Close",
  ]
    .map((lines): Row => ({
      name: `H1-36, H1-37: "${lines.replace("\r\n", "; ")}" ends the connection`,
      wire: `${OK}${lines}\r\nContent-Length: 0\r\n\r\n`,
      outcome: content(""),
      reusable: false,
    })),
  {
    name: "an option that only begins like close does not end the connection",
    wire: `${OK}Connection: closed, not-close\r\nContent-Length: 0\r\n\r\n`,
    outcome: content(""),
  },
  {
    name: "H1-38: HTTP/1.0 ends the connection",
    wire: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    outcome: { ...content("ok"), version: "HTTP/1.0" },
    reusable: false,
  },
  {
    name: "H1-38: HTTP/1.0 goes on where it says so",
    wire: "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok",
    outcome: content("ok"),
  },
  {
    name: "a request that says close ends the connection",
    asked: { fields: [["connection", "close"]] },
    wire: `${OK}Content-Length: 0\r\n\r\n`,
    outcome: content(""),
    reusable: false,
  },
  {
    name: "content without a length goes on to the end of the connection",
    wire: `${OK}X: y\r\n\r\nto the end`,
    end: true,
    outcome: { ...content("to the end"), closed: true },
    reusable: false,
  },
  {
    name: "no content without a length",
    wire: `${OK}\r\n`,
    end: true,
    outcome: content(""),
    reusable: false,
  },
];

const CHUNK_SIZES: readonly Row[] = [
  {
    name: "B-01: a size beyond 64 bits is refused",
    wire: `${CHUNKED}f0000000000000003\r\nabc\r\n0\r\n\r\n`,
    outcome: refused("bad_chunk"),
  },
  ...["", "X", "-1", "1X", "0x5", "+5", " 5", "1 A", "\t1", "1\x00", "g", "1,", "\xb2"].map((size): Row => ({
    name: `B-02: the size ${JSON.stringify(size)} is refused`,
    wire: `${CHUNKED}${size}\r\na\r\n0\r\n\r\n`,
    outcome: refused("bad_chunk"),
  })),
  ...["5 \t;ext", "5;;;", "5;ext name=value", '5;a="b;c"', "5 ", "5\t", "005", "0000000000000005", "5;\xff"]
    .map((line): Row => ({
      name: `B-03: the size line ${JSON.stringify(line)} is read`,
      wire: `${CHUNKED}${line}\r\nhello\r\n0\r\n\r\n`,
      outcome: content("hello"),
    })),
  {
    name: "B-03: hexadecimal digits of either case, and an extension of the last chunk",
    wire: `${CHUNKED}a;x\r\n0123456789\r\nB\r\n0123456789a\r\n000;last=1\r\n\r\n`,
    outcome: content("01234567890123456789a"),
  },
  ...["5;a\nb\r\nhello", "5\nhello", "5\rhello", "5;a\rb\r\nhello", "5;a\nhello", "5;\x00\r\nhello"].map((
    wire,
  ): Row => ({
    name: `B-04: ${JSON.stringify(wire)} is refused`,
    wire: `${CHUNKED}${wire}\r\n0\r\n\r\n`,
    outcome: refused("bad_chunk"),
  })),
  {
    name: "B-05: extensions of 16,383 bytes are skipped",
    wire: `${CHUNKED}${`1;${"x".repeat(1022)}\r\na\r\n`.repeat(16).replace("x", "")}0\r\n\r\n`,
    outcome: content("a".repeat(16)),
  },
  {
    name: "B-05: extensions of 16,384 bytes over all chunks are refused",
    wire: `${CHUNKED}${`1;${"x".repeat(1023)}\r\na\r\n`.repeat(16)}0\r\n\r\n`,
    outcome: { refused: "bad_chunk", body: "a".repeat(15), ended: false },
  },
  {
    name: "B-05: white space around extensions counts",
    wire: `${CHUNKED}1${" ".repeat(16_384)}\r\na\r\n0\r\n\r\n`,
    outcome: refused("bad_chunk"),
  },
  ...["helloX\r\n", "hello\rX", "hello\n", "hello0\r\n\r\n"].map((wire): Row => ({
    name: `B-06: data ${JSON.stringify(wire)} after a size of 5 is refused`,
    wire: `${CHUNKED}5\r\n${wire}\r\n0\r\n\r\n`,
    outcome: { refused: "bad_chunk", body: "hello", ended: false },
  })),
  {
    name: "B-07: a last chunk without its zero is refused",
    wire: `${CHUNKED}5\r\nhello\r\n\r\n`,
    outcome: { refused: "bad_chunk", body: "hello", ended: false },
  },
  ...[
    "",
    "5",
    "5\r\n",
    "5\r\nhel",
    "5\r\nhello",
    "5\r\nhello\r\n",
    "5\r\nhello\r\n0\r\n",
    "0\r\n\r",
    "0\r\nX: y\r\n",
  ].map(
    (wire): Row => ({
      name: `B-08: an end after ${JSON.stringify(wire)} is not the end of the content`,
      wire: CHUNKED + wire,
      end: true,
      outcome: refused("truncated"),
    }),
  ),
  {
    name: "B-15: a size of 2^53 is refused, as it cannot be counted",
    wire: `${CHUNKED}20000000000000\r\nabc`,
    outcome: refused("bad_chunk"),
  },
  {
    name: "B-15: a size of 2^53 - 1 is counted",
    wire: `${CHUNKED}1fffffffffffff\r\nabc`,
    outcome: { body: "abc", ended: false },
  },
];

/** The last chunk, and trailers. */
const trailers = (lines: string): string => `${CHUNKED}1\r\na\r\n0\r\n${lines}\r\n`;

const TRAILERS: readonly Row[] = [
  {
    name: "B-10: trailers are delivered, repeated ones apart",
    wire: trailers("X-Sum: 1\r\nX-Sum: 2\r\nY: \xe9\r\n"),
    outcome: { ...content("a"), trailers: [["x-sum", "1"], ["x-sum", "2"], ["y", "\xe9"]] },
  },
  {
    name: "B-10: 100 trailer fields are read",
    wire: trailers("X: y\r\n".repeat(100)),
    outcome: { ...content("a"), trailers: Array(100).fill(["x", "y"]) },
  },
  {
    name: "B-09: 101 trailer fields are refused",
    wire: trailers("X: y\r\n".repeat(101)),
    outcome: { refused: "trailers_too_large", ended: false },
  },
  {
    name: "B-09: trailers of 16,384 bytes are read",
    wire: trailers(`X: ${"y".repeat(16_384 - 7)}\r\n`),
    outcome: content("a"),
  },
  {
    name: "B-09: trailers of 16,385 bytes are refused",
    wire: trailers(`X: ${"y".repeat(16_385 - 7)}\r\n`),
    outcome: { refused: "trailers_too_large", ended: false },
  },
  ...[
    "X: y\n",
    "X: y\rZ: y\r\n",
    "X y\r\n",
    "X : y\r\n",
    ": y\r\n",
    "X: \x00\r\n",
    " X: y\r\n",
    "X: y\r\n z\r\n",
  ].map(
    (lines): Row => ({
      name: `B-09: trailers ${JSON.stringify(lines)} are refused`,
      wire: trailers(lines),
      outcome: { refused: "bad_header", ended: false },
    }),
  ),
  {
    name: "B-11: fields that may not stand in trailers are left out",
    wire: trailers(
      ["Content-Length", "Transfer-Encoding", "Host", "Set-Cookie", "Authorization", "X-Sum"]
        .map((name) => `${name}: 1\r\n`).join(""),
    ),
    outcome: { ...content("a"), trailers: [["x-sum", "1"]], fields: [["transfer-encoding", "chunked"]] },
  },
];

const LENGTHS: readonly Row[] = [
  {
    name: "B-12: content that ends before its length is cut short",
    wire: `${OK}Content-Length: 10\r\n\r\n1234567`,
    end: true,
    outcome: { body: "1234567", ended: false, refused: "truncated" },
  },
  {
    name: "B-13: what follows the content spoils the connection, and is no response",
    wire: `${OK}Content-Length: 5\r\n\r\nhello${OK}`,
    outcome: { ...content("hello"), status: 200 },
    reusable: false,
  },
  {
    name: "B-13: what follows the last chunk spoils the connection",
    wire: `${CHUNKED}0\r\n\r\n\r\n`,
    outcome: content(""),
    reusable: false,
  },
];

const ROWS: readonly Row[] = [
  ...[...CONTENT_LENGTH, ...TRANSFER_ENCODING, ...FIELDS, ...FIRST_LINES, ...ENDS, ...INFORMATIONAL],
  ...[...SWITCHES, ...PERSISTENCE, ...CHUNK_SIZES, ...TRAILERS, ...LENGTHS],
];

for (const { name, asked = {}, options = {}, wire, end, outcome, reusable } of ROWS) {
  Deno.test(`response: ${name}`, () => {
    for (const pieces of splits(bytes(wire))) {
      const machine = asking(asked, options);
      const got = feed(machine, pieces, end);
      const seen = Object.fromEntries(Object.keys(outcome).map((key) => [key, got[key as keyof Outcome]]));
      assertEquals(seen, { ...outcome }, `in ${pieces.length} pieces`);
      assertEquals(got.refused, outcome.refused, `in ${pieces.length} pieces`);
      assertEquals(machine.reusable, reusable ?? got.ended, `in ${pieces.length} pieces`);
    }
  });
}

/** A response with a head of exactly so many bytes. */
function headOf(length: number): string {
  const rest = `${OK}Content-Length: 0\r\nX: \r\n\r\n`;
  return rest.replace("X: ", `X: ${"a".repeat(length - rest.length)}`);
}

function escape(value: string): string {
  return JSON.stringify(value);
}
