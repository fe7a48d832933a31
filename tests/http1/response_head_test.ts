/**
 * The heads of responses (H1-...) that a client receives: status lines, fields, and 1xx responses.
 *
 * @module
 */

import { content, OK, refused, type ResponseRow, testResponses } from "./response_rows.ts";

const FIRST_LINES: readonly ResponseRow[] = [
  ...["001 OK", "099 OK", "1 OK", "20 OK", "1000", "20x", "2 0 OK", " 200 OK", "", "+20 OK", "-20 OK"].map((
    rest,
  ): ResponseRow => ({
    name: `H1-19: the status line "HTTP/1.1 ${rest}" is refused`,
    wire: `HTTP/1.1 ${rest}\r\n\r\n`,
    outcome: refused("bad_status_line"),
  })),
  {
    name: "H1-19: no space after the status is refused",
    wire: "HTTP/1.1 200OK\r\n\r\n",
    outcome: refused("bad_status_line"),
  },
  ...[
    ["", ""],
    [" ", ""],
    [" Gut \xfc\r".slice(0, -1), ""],
    [" OK", "OK"],
    [" Not Found", "Not Found"],
    [
      "  x\ty ",
      " x\ty ",
    ],
    [" OKAY", "OKAY"],
    [" Ok", "Ok"],
    [" KK", "KK"],
  ].map(
    ([rest, statusText = ""]): ResponseRow => ({
      name: `H1-20: the reason in "HTTP/1.1 200${rest}" is "${statusText}"`,
      wire: `HTTP/1.1 200${rest}\r\nContent-Length: 0\r\n\r\n`,
      outcome: { ...content(""), status: 200, statusText },
    }),
  ),
  ...["\x00", "\x01", "\x7f", "\rx"].map((control): ResponseRow => ({
    name: `H1-21: a reason with ${escape(control)} is refused`,
    wire: `HTTP/1.1 200 O${control}K\r\n\r\n`,
    outcome: refused("bad_status_line"),
  })),
  ...["HEAT/1.1 200 OK", "http/1.1 200 OK", " HTTP/1.1 200 OK", "HTTP 200 OK", "ICY 200 OK"].map((
    line,
  ): ResponseRow => ({
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
    (line): ResponseRow => ({
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
  ...["\r\n", "\n", "\r\n\n\r\n"].map((lines): ResponseRow => ({
    name: `H1-41: empty lines (${JSON.stringify(lines)}) before a response are skipped`,
    wire: `${lines}${OK}Content-Length: 2\r\n\r\nok`,
    outcome: { ...content("ok"), status: 200 },
  })),
  {
    name: "H1-41: empty lines after a 100 and after a 103 are skipped",
    wire:
      `HTTP/1.1 100 Continue\r\n\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n\r\n\r\n${OK}Content-Length: 0\r\n\r\n`,
    outcome: { ...content(""), status: 200, informational: [100, 103] },
  },
  {
    name: "H1-41: empty lines count as bytes of the head, and as many as those are skipped",
    options: { maxHeadBytes: 100 },
    wire: `${"\r\n".repeat(50)}${OK}Content-Length: 0\r\n\r\n`,
    outcome: content(""),
  },
  {
    name: "H1-41: more empty lines than a head may have bytes are refused",
    options: { maxHeadBytes: 100 },
    wire: `${"\r\n".repeat(50)}\n${OK}Content-Length: 0\r\n\r\n`,
    outcome: refused("head_too_large"),
  },
  {
    name: "H1-41: empty lines without end are refused",
    wire: "\r\n".repeat(140_000),
    outcome: refused("head_too_large"),
  },
  ...["\r", "\r\r\n", "\r\n\rX", " \r\n", "\0\r\n"].map((start): ResponseRow => ({
    name: `H1-41: ${JSON.stringify(start)} before a response is no empty line, and is refused`,
    wire: `${start}${OK}Content-Length: 0\r\n\r\n`,
    outcome: refused("bad_status_line"),
  })),
  {
    name: "H1-41: an end after an empty line is an end before the response",
    wire: "\r\n",
    end: true,
    outcome: refused("truncated"),
  },
  {
    name: "a status of 999 is read",
    wire: "HTTP/1.1 999 Beyond\r\nContent-Length: 0\r\n\r\n",
    outcome: { ...content(""), status: 999 },
  },
];

const FIELDS: readonly ResponseRow[] = [
  {
    name: "H1-12: white space before the colon is refused",
    wire: `${OK}Content-Length : 5\r\n\r\n12345`,
    outcome: refused("bad_header"),
  },
  {
    name: "H1-13: a folded line is refused where folding is not allowed",
    options: { allowObsFold: false },
    wire: `${OK}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`,
    outcome: refused("bad_header"),
  },
  {
    name: "H1-13: the fold of a line is one space by default",
    wire: `${OK}X: a \r\n \t b\r\nY:\r\n\tc\r\nZ: d\r\n \r\nContent-Length: 0\r\n\r\n`,
    outcome: {
      ...content(""),
      fields: [["x", "a b"], ["y", "c"], ["z", "d"], ["content-length", "0"]],
    },
  },
  {
    name: "H1-13: a line may be folded many times, at LF alone, and look like a field",
    wire: `${OK}X:\r\n Y: a\n\t\t\r\n\tb\r\n c \r\nContent-Length: 0\r\n\r\n`,
    outcome: { ...content(""), fields: [["x", "Y: a b c"], ["content-length", "0"]] },
  },
  {
    name: "H1-13: the framing is that of the unfolded lines",
    wire: `${OK}Transfer-Encoding:\r\n gzip,\r\n chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
    outcome: { ...content("a"), fields: [["transfer-encoding", "gzip, chunked"]] },
  },
  {
    name: "H1-13: a folded length is not two digits",
    wire: `${OK}Content-Length: 1\r\n 0\r\n\r\n0123456789`,
    outcome: refused("bad_content_length"),
  },
  {
    name: "H1-13: each fold is a line of the limit",
    options: { maxFields: 3 },
    wire: `${OK}X: a\r\n b\r\n c\r\n d\r\n\r\n`,
    outcome: refused("head_too_large"),
  },
  ...[true, false].map((allowObsFold): ResponseRow => ({
    name: `H1-14: white space before the first field is refused, folding ${
      allowObsFold ? "allowed" : "or not"
    }`,
    options: { allowObsFold },
    wire: `${OK} X: a\r\nContent-Length: 0\r\n\r\n`,
    outcome: refused("bad_header"),
  })),
  ...["no colon", ": v", "a(b: v", 'a"b: v', "a\xa0b: v", "a\x80: v", "a b: v", "\xff: v", "\tx: v"].map(
    (line): ResponseRow => ({
      name: `H1-15: the field line ${JSON.stringify(line)} is refused`,
      wire: `${OK}${line}\r\nContent-Length: 0\r\n\r\n`,
      outcome: refused("bad_header"),
    }),
  ),
  ...["no colon", ": v", "a(b: v", "a b: v", "Content-Length : 0", "\xff: v"].map((line): ResponseRow => ({
    name: `H1-15: ${JSON.stringify(line)} is refused behind a field, which it does not continue`,
    wire: `${OK}X: y\r\n${line}\r\nContent-Length: 0\r\n\r\n`,
    outcome: refused("bad_header"),
  })),
  {
    name: "H1-15: a name with NUL is refused",
    wire: `${OK}a\x00b: v\r\n\r\n`,
    outcome: refused("bad_header"),
  },
  ...["\x00", "\rb", "\x7f", "\x01", "\x1b[0m"].map((value): ResponseRow => ({
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
    name: "H1-17: a long value with bytes beyond ASCII is whole",
    wire: `${OK}X: ${"0123456789".repeat(1000)}\xe9\r\nContent-Length: 0\r\n\r\n`,
    outcome: { ...content(""), fields: [["x", `${"0123456789".repeat(1000)}\xe9`], ["content-length", "0"]] },
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
    name: "H1-24: 1,000 fields are read",
    wire: `${OK}${"X: a\r\n".repeat(999)}Content-Length: 0\r\n\r\n`,
    outcome: content(""),
  },
  {
    name: "H1-24: 1,001 fields are refused",
    wire: `${OK}${"X: a\r\n".repeat(1000)}Content-Length: 0\r\n\r\n`,
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
    name: "H1-40: names such as __proto__ and constructor are ordinary names",
    wire: `${OK}__proto__: x\r\nconstructor: y\r\ntoString: z\r\nContent-Length: 0\r\n\r\n`,
    outcome: {
      ...content(""),
      fields: [["__proto__", "x"], ["constructor", "y"], ["tostring", "z"], ["content-length", "0"]],
    },
  },
];

const INFORMATIONAL: readonly ResponseRow[] = [
  {
    name: "H1-28: a 100 comes before the final response",
    wire: `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
    outcome: { ...content("ok"), status: 200, informational: [100] },
  },
  {
    name: "H1-29: any number of informational responses is waited through, within their bytes",
    wire: `${"HTTP/1.1 102 Processing\r\n\r\n".repeat(400)}${OK}Content-Length: 0\r\n\r\n`,
    outcome: { ...content(""), informational: Array(400).fill(102) },
  },
  {
    name: "H1-29: informational responses of as many bytes as are allowed are waited through",
    options: { maxInformationalBytes: 4 * 24 },
    wire: `${"HTTP/1.1 102 Working\r\n\r\n".repeat(4)}${OK}Content-Length: 0\r\n\r\n`,
    outcome: { ...content(""), informational: Array(4).fill(102) },
  },
  {
    name: "H1-29: informational responses of more bytes than are allowed are refused",
    options: { maxInformationalBytes: 4 * 24 - 1 },
    wire: `${"HTTP/1.1 102 Working\r\n\r\n".repeat(4)}${OK}Content-Length: 0\r\n\r\n`,
    outcome: { ...refused("too_many_informational"), informational: Array(3).fill(102) },
  },
  {
    name: "H1-30: framing fields of a 1xx are ignored",
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

testResponses([...FIRST_LINES, ...FIELDS, ...INFORMATIONAL]);

function escape(value: string): string {
  return JSON.stringify(value);
}

/** A response with a head of exactly so many bytes. */
function headOf(length: number): string {
  const rest = `${OK}Content-Length: 0\r\nX: \r\n\r\n`;
  return rest.replace("X: ", `X: ${"a".repeat(length - rest.length)}`);
}
