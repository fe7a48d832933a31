/**
 * The chunked coding of responses (B-...): sizes, extensions and trailers.
 *
 * @module
 */

import { CHUNKED, content, refused, type ResponseRow, testResponses } from "./response_rows.ts";

/** Bytes of padding that the one chunk before, and its one byte of content, make free. */
const FREE = 1 + 16;

/** A chunk size of 1 with so many bytes of padding: zeros before it, and others after. */
const padded = (byte: string, count: number): string =>
  byte === "0" ? `${"0".repeat(count)}1` : `1${byte.repeat(count)}`;

const CHUNK_SIZES: readonly ResponseRow[] = [
  {
    name: "B-01: a size beyond 64 bits is refused",
    wire: `${CHUNKED}f0000000000000003\r\nabc\r\n0\r\n\r\n`,
    outcome: refused("bad_chunk"),
  },
  ...["", "X", "-1", "1X", "0x5", "+5", " 5", "1 A", "\t1", "1\x00", "g", "1,", "\xb2"].map((
    size,
  ): ResponseRow => ({
    name: `B-02: the size ${JSON.stringify(size)} is refused`,
    wire: `${CHUNKED}${size}\r\na\r\n0\r\n\r\n`,
    outcome: refused("bad_chunk"),
  })),
  ...["5 \t;ext", "5;;;", "5;ext name=value", '5;a="b;c"', "5 ", "5\t", "005", "0000000000000005", "5;\xff"]
    .map((line): ResponseRow => ({
      name: `B-03: the size line ${JSON.stringify(line)} is read`,
      wire: `${CHUNKED}${line}\r\nhello\r\n0\r\n\r\n`,
      outcome: content("hello"),
    })),
  {
    name: "B-03: hexadecimal digits of either case, and an extension of the last chunk",
    wire: `${CHUNKED}a;x\r\n0123456789\r\nB\r\n0123456789a\r\n000;last=1\r\n\r\n`,
    outcome: content("01234567890123456789a"),
  },
  ...[
    "5;a\nb\r\nhello",
    "5\nhello",
    "5\rhello",
    "5\r\rhello",
    "5;a\rXhello",
    "5;a\rb\r\nhello",
    "5;a\nhello",
    "5;\x00\r\nhello",
  ].map((
    wire,
  ): ResponseRow => ({
    name: `B-04: ${JSON.stringify(wire)} is refused`,
    wire: `${CHUNKED}${wire}\r\n0\r\n\r\n`,
    outcome: refused("bad_chunk"),
  })),
  ...["1\r\naX\n", "1\r\na\n\n", "1\r\na\rX", "1\r\na\r\r"].map((wire): ResponseRow => ({
    name: `B-04: ${JSON.stringify(wire)}, whose data is not followed by CRLF, is refused`,
    wire: `${CHUNKED}${wire}0\r\n\r\n`,
    outcome: { refused: "bad_chunk", body: "a", ended: false },
  })),
  ...[" ", "\t", ";", "0"].map((byte): ResponseRow => ({
    name: `B-05: ${JSON.stringify(byte)} as often as is free, and 100 times more, is read`,
    options: { maxChunkExtensionBytes: 100 },
    wire: `${CHUNKED}${padded(byte, 100)}\r\na\r\n${padded(byte, FREE)}\r\na\r\n0\r\n\r\n`,
    outcome: content("aa"),
  })),
  ...[" ", "\t", ";", "0"].map((byte): ResponseRow => ({
    name: `B-05: ${JSON.stringify(byte)} more than 100 times beyond what is free is refused`,
    options: { maxChunkExtensionBytes: 100 },
    wire: `${CHUNKED}${padded(byte, 100)}\r\na\r\n${padded(byte, FREE + 1)}\r\na\r\n0\r\n\r\n`,
    outcome: { refused: "bad_chunk", body: "a", ended: false },
  })),
  {
    name: "B-05: extensions of the last chunk count",
    options: { maxChunkExtensionBytes: 100 },
    wire: `${CHUNKED}0;${"x".repeat(100)}\r\n\r\n`,
    outcome: refused("bad_chunk"),
  },
  {
    name: "B-05: by default, 16,384 bytes of extensions are skipped",
    wire: `${CHUNKED}1;${"x".repeat(16_383)}\r\na\r\n0\r\n\r\n`,
    outcome: content("a"),
  },
  {
    name: "B-05: by default, 16,385 bytes of extensions are refused",
    wire: `${CHUNKED}1;${"x".repeat(16_384)}\r\na\r\n0\r\n\r\n`,
    outcome: refused("bad_chunk"),
  },
  {
    name: "B-05: a size is no content yet, however large it is",
    wire: `${CHUNKED}fffffff;${"x".repeat(16_384)}\r\na`,
    outcome: refused("bad_chunk"),
  },
  {
    name: "B-21: extensions may be as long as the content before them",
    wire: `${CHUNKED}8000\r\n${"a".repeat(32_768)}\r\n1;${"x".repeat(32_767)}\r\na\r\n0\r\n\r\n`,
    outcome: content("a".repeat(32_769)),
  },
  ...[
    ["padded to 16 digits", "0000000000000001"],
    ["with blanks behind them", "1               "],
    ["with a short extension", "1;id=0123456789"],
  ].map(([how, size]): ResponseRow => ({
    name: `B-21: any number of small chunks whose sizes come ${how} is read`,
    wire: `${CHUNKED}${`${size}\r\na\r\n`.repeat(3000)}0\r\n\r\n`,
    outcome: content("a".repeat(3000)),
  })),
  ...["helloX\r\n", "hello\rX", "hello\n", "hello0\r\n\r\n"].map((wire): ResponseRow => ({
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
    (wire): ResponseRow => ({
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

const TRAILERS: readonly ResponseRow[] = [
  {
    name: "B-10: trailers are delivered, repeated ones apart",
    wire: trailers("X-Sum: 1\r\nX-Sum: 2\r\nY: \xe9\r\n"),
    outcome: { ...content("a"), trailers: [["x-sum", "1"], ["x-sum", "2"], ["y", "\xe9"]] },
  },
  {
    name: "B-10: 1,000 trailer fields are read",
    wire: trailers("X: y\r\n".repeat(1000)),
    outcome: { ...content("a"), trailers: Array(1000).fill(["x", "y"]) },
  },
  {
    name: "B-09: 1,001 trailer fields are refused",
    wire: trailers("X: y\r\n".repeat(1001)),
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
    "X: y\r\n z\n",
  ].map(
    (lines): ResponseRow => ({
      name: `B-09: trailers ${JSON.stringify(lines)} are refused`,
      wire: trailers(lines),
      outcome: { refused: "bad_header", ended: false },
    }),
  ),
  {
    name: "H1-13: a folded trailer is one space",
    wire: trailers("X: y\r\n\tz\r\n"),
    outcome: { ...content("a"), trailers: [["x", "y z"]] },
  },
  {
    name: "H1-13: a folded trailer is refused where folding is not allowed",
    options: { allowObsFold: false },
    wire: trailers("X: y\r\n z\r\n"),
    outcome: { refused: "bad_header", ended: false },
  },
  {
    name: "B-11: fields that may not stand in trailers are left out",
    wire: trailers(
      ["Content-Length", "Transfer-Encoding", "Host", "Set-Cookie", "Authorization", "X-Sum"]
        .map((name) => `${name}: 1\r\n`).join(""),
    ),
    outcome: { ...content("a"), trailers: [["x-sum", "1"]], fields: [["transfer-encoding", "chunked"]] },
  },
];

testResponses([...CHUNK_SIZES, ...TRAILERS]);
