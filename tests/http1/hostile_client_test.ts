/**
 * What a server's machine reads of a client that breaks the rules, bends them, or goes to their limit: the requests, and
 * the status of the response to what it refuses.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Http1Connection } from "../../http1/connection.ts";
import { Http1Error } from "../../http1/error.ts";
import type { Http1ConnectionOptions } from "../../http1/limits.ts";
import { bytes, splits, text } from "./wires.ts";

interface Row {
  readonly name: string;
  readonly wire: string;
  readonly options?: Http1ConnectionOptions;
  /** Each request that was read to its end, with its content; last the status of a refusal, or `close`. */
  readonly seen: readonly (string | number)[];
}

/** Answers each request with 404, and puts what was read into words. */
function serve(pieces: Iterable<Uint8Array>, options: Http1ConnectionOptions = {}): (string | number)[] {
  const machine = new Http1Connection("server", options);
  const seen: (string | number)[] = [];
  let request = "";
  let content = "";
  try {
    for (const piece of pieces) {
      const memory = piece.slice();
      machine.receive(memory);
      for (let event = machine.next(); event !== undefined; event = machine.next()) {
        if (event.type === "request") request = `${event.method} ${event.target} of ${event.authority}`;
        if (event.type === "data") content += text(event.data);
        if (event.type !== "end_of_message") continue;
        seen.push(content === "" ? request : `${request}: ${content}`);
        content = "";
        for (const [name, value] of event.trailers) seen.push(`trailer ${name}: ${value}`);
        machine.sendResponse({ status: 404, fields: [] });
        machine.sendEnd();
        while (machine.output() !== undefined);
        if (!machine.reusable) return [...seen, "close"];
        machine.startNextCycle();
      }
      memory.fill(0x21);
    }
  } catch (error) {
    if (!(error instanceof Http1Error)) throw error;
    seen.push(error.statusHint);
    // It can be answered, with content that its end delimits, and nothing is read any more.
    machine.sendResponse({ status: error.statusHint, fields: [] });
    machine.sendEnd();
    machine.receive(bytes("GET /never HTTP/1.1\r\nHost: a\r\n\r\n"));
    assertEquals([machine.reusable, machine.wantsRead], [false, false]);
  }
  return seen;
}

/** A second request, which is read only where the first one has the end that both ends agree on. */
const NEXT = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
const SERVED = "GET /next of a";

const post = (lines: string, content = ""): string =>
  `POST / HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n${content}${NEXT}`;
const chunked = (content: string, trailers = "\r\n"): string =>
  post("Transfer-Encoding: chunked", `${content}0\r\n${trailers}`);
const get = (line: string, host = "Host: a\r\n"): string => `${line}\r\n${host}\r\n${NEXT}`;
const refused = (name: string, wire: string, status = 400): Row => ({ name, wire, seen: [status] });
const read = (name: string, wire: string, request: string): Row => ({ name, wire, seen: [request, SERVED] });
const json = JSON.stringify;

const CONTENT_ROWS: readonly Row[] = [
  ...["Content-Length: 11\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 11"]
    .map((lines) => refused(`V-01: both lengths, ${json(lines)}`, post(lines, "1\r\na\r\n0\r\n\r\n"))),
  ...["gzip, chunked", "identity, chunked", "gzip\r\nTransfer-Encoding: chunked", "x;q=1, chunked"]
    .map((codings) =>
      refused(
        `V-02: a coding that is not known, ${json(codings)}`,
        post(`Transfer-Encoding: ${codings}`),
        501,
      )
    ),
  refused(
    "V-03: chunks in HTTP/1.0",
    "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + NEXT,
  ),
  refused(
    "V-03: a coding that is not known in HTTP/1.0",
    "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + NEXT,
  ),
  ...[
    "xchunked",
    "chunked, identity",
    "chunked, chunked",
    "chunked\r\nTransfer-Encoding: chunked",
    "chunked;q=1",
    '"chunked"',
    "",
    ",",
    "gzip",
    "identity",
    "chunked\x0b",
    "\x0bchunked",
    "\x00chunked",
    "chunked chunked",
    "chunked\xa0",
  ].flatMap((coding) => [
    refused(
      `V-04: Transfer-Encoding ${json(coding)}, which does not end in one chunked`,
      post(`Transfer-Encoding: ${coding}`),
    ),
    refused(
      `V-04: Transfer-Encoding ${json(coding)} beside a length`,
      post(`Transfer-Encoding: ${coding}\r\nContent-Length: 3`, "abc"),
    ),
  ]),
  ...["ChUnKeD", "\tchunked", "chunked\t ", ",chunked,"].map((coding) =>
    read(
      `V-05: Transfer-Encoding ${json(coding)} is chunked`,
      post(`Transfer-Encoding: ${coding}`, "1\r\na\r\n0\r\n\r\n"),
      "POST / of a: a",
    )
  ),
  refused("V-06: a blank before the colon", post("Transfer-Encoding : chunked")),
  read(
    "V-07: Transfer_Encoding is another field",
    post("Transfer_Encoding: chunked\r\nContent-Length: 3", "abc"),
    "POST / of a: abc",
  ),
  ...["+3", "-1", "0x3", "", "3 x", "1e1", "1_0", "3, 4", "3\r\nContent-Length: 4", "3,", "3;", "3.0", '"3"']
    .map((length) =>
      refused(`V-08: Content-Length ${json(length)}`, post(`Content-Length: ${length}`, "abc"))
    ),
  ...["18446744073709551616", "9007199254740993", "1".repeat(40)]
    .map((length) => refused(`V-08: Content-Length ${length}`, post(`Content-Length: ${length}`, "abc"))),
  ...["3\r\nContent-Length: 3", "3, 3", "003", "3 ", "\t3"].map((length) =>
    read(
      `V-09: Content-Length ${json(length)} is 3`,
      post(`Content-Length: ${length}`, "abc"),
      "POST / of a: abc",
    )
  ),
  refused("V-10: lines that end in LF alone", "GET / HTTP/1.1\nHost: a\n\n" + NEXT),
  refused("V-10: one field that ends in LF alone", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n" + NEXT),
  refused("V-10: an empty line of LF alone", "GET / HTTP/1.1\r\nHost: a\r\n\n" + NEXT),
  refused(
    "V-10: LF alone inside a value",
    "GET / HTTP/1.1\r\nHost: a\r\nX: b\nTransfer-Encoding: chunked\r\n\r\n",
  ),
  ...[
    "GET / HTTP/1.1\rHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
  ]
    .map((wire) => refused(`V-11: a bare CR, ${json(wire)}`, wire + NEXT)),
  ...["5\rX\nabcde\r\n", "5;a\rb\r\nabcde\r\n", "5\r\r\nabcde\r\n"]
    .map((chunk): Row => ({
      name: `V-11: a bare CR in the chunk ${json(chunk)}`,
      wire: chunked(chunk),
      seen: [400],
    })),
  ...[
    " X: y",
    "\tX: y",
    ": y",
    "X",
    "X : y",
    "X\t: y",
    "X Y: z",
    "X\x80: y",
    "X: \x00",
    "X: \x01",
    "X: \x7f",
    "X(: y",
  ]
    .map((line) =>
      refused(`V-12: the field line ${json(line)}`, `GET / HTTP/1.1\r\n${line}\r\nHost: a\r\n\r\n${NEXT}`)
    ),
  refused("V-12: a folded field line", `GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n${NEXT}`),
  ...["0x5", "+5", "-5", "", " 5", "f0000000000000003", "20000000000000", "5h", "5 h", ";a", "\u0665"]
    .map((size): Row => ({
      name: `V-13: the chunk size ${json(size)}`,
      wire: chunked(`${size}\r\nabcde\r\n`),
      seen: [400],
    })),
  ...["5 ", "5\t", "05", '5;a=b;c="d"', "5 ; a = b", "0000000000000005"].map((size) =>
    read(
      `V-14: the chunk size line ${json(size)} is 5`,
      chunked(`${size}\r\nabcde\r\n`),
      "POST / of a: abcde",
    )
  ),
  read(
    "V-14: a last chunk of several zeros",
    post("Transfer-Encoding: chunked", "1\r\na\r\n000\r\n\r\n"),
    "POST / of a: a",
  ),
  ...[
    "5\nabcde\r\n",
    "5\r\nabcde\n",
    "5\r\nabcde",
    "5;a\nb\r\nabcde\r\n",
    "5\r\nabcdef\r\n",
    "5\r\nabcd\r\n",
  ]
    .map((chunk): Row => ({ name: `V-15: the chunk ${json(chunk)}`, wire: chunked(chunk), seen: [400] })),
  refused("V-15: a last chunk of lines that end in LF alone", post("Transfer-Encoding: chunked", "0\n\n")),
  refused("V-15: trailers that end in LF alone", chunked("", "X: y\n\n")),
  refused("V-16: an extension beyond the limit", chunked(`1;${"a".repeat(20_000)}\r\na\r\n`)),
  refused("V-16: small chunks with large extensions", chunked(`1;${"a".repeat(4000)}\r\na\r\n`.repeat(20))),
  {
    name: "V-17: trailers that frame, route or authenticate are left out",
    wire: chunked(
      "",
      "Content-Length: 5\r\nHost: b\r\nTransfer-Encoding: gzip\r\nAuthorization: x\r\nX: y\r\n\r\n",
    ),
    seen: ["POST / of a", "trailer x: y", SERVED],
  },
  refused("V-17: a trailer whose name is no token", chunked("", "X Y: z\r\n\r\n")),
  refused("V-17: trailers beyond the limit", chunked("", `X: ${"y".repeat(20_000)}\r\n\r\n`), 431),
  ...["GET", "HEAD", "DELETE", "OPTIONS", "FOO"].flatMap((method) => [
    read(
      `V-18: content of ${method}, with a length`,
      `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc${NEXT}`,
      `${method} / of a: abc`,
    ),
    read(
      `V-18: content of ${method}, in chunks`,
      `${method} / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n${NEXT}`,
      `${method} / of a: abc`,
    ),
  ]),
];

const HEAD_ROWS: readonly Row[] = [
  read("V-21: an empty line before a request", `\r\n${get("GET / HTTP/1.1")}`, "GET / of a"),
  read(
    "V-21: five empty lines before a request",
    `${"\r\n".repeat(5)}${get("GET / HTTP/1.1")}`,
    "GET / of a",
  ),
  refused("V-21: empty lines without end", "\r\n".repeat(140_000), 431),
  ...["\n", "\r", " ", "\r\n ", "\t"].map((start) =>
    refused(`V-21: ${json(start)} before a request`, `${start}${get("GET / HTTP/1.1")}`)
  ),
  ...["1.2", "1.9"].map((version) =>
    read(`V-22: HTTP/${version} is read as HTTP/1.1`, get(`GET / HTTP/${version}`), "GET / of a")
  ),
  refused("V-22: HTTP/1.2 without a Host", get("GET / HTTP/1.2", "")),
  ...["HTTP/2.0", "HTTP/9.9", "HTTP/0.9", "HTTP/3.0"].map((version) =>
    refused(`V-22: the version ${version}`, get(`GET / ${version}`), 505)
  ),
  ...[
    "HTTP/01.1",
    "http/1.1",
    "HTTP/1",
    "HTTP/1.1x",
    "HTTP/1.x",
    "HTTP/x.1",
    "HTTP/1,1",
    "HTTP/ 1.1",
    "HTTP/11",
    "HTTP/1.10",
  ]
    .map((version) => refused(`V-22: ${json(version)}, which is no version`, get(`GET / ${version}`))),
  refused("V-23: a request line without a version", "GET /\r\n\r\n"),
  ...[
    "GET  / HTTP/1.1",
    "GET /  HTTP/1.1",
    "GET\t/ HTTP/1.1",
    "GET /\tHTTP/1.1",
    "GET / HTTP/1.1 ",
    "GET /a b HTTP/1.1",
    "GET HTTP/1.1",
    "GET  HTTP/1.1",
    "/ HTTP/1.1",
    " / HTTP/1.1",
    "GET\x0b/ HTTP/1.1",
    "GET / HTTP/1.1\t",
  ]
    .map((line) => refused(`V-24: the request line ${json(line)}`, get(line))),
  ...["G(T", "G\x00T", "G:", "\x16\x03\x01", "{}", "G\xe9T"].map((method) =>
    refused(`V-25: the method ${json(method)}`, get(`${method} / HTTP/1.1`))
  ),
  ...["A".repeat(70), "FOO", "get", "M-SEARCH", "!#$%&'*+-.^_`|~"].map((method) =>
    read(`V-25: the method ${method}`, get(`${method} / HTTP/1.1`), `${method} / of a`)
  ),
  refused("V-25: a method without end", "A".repeat(20_000)),
  read(
    "V-26: a target of 16,384 bytes",
    get(`GET /${"a".repeat(16_383)} HTTP/1.1`),
    `GET /${"a".repeat(16_383)} of a`,
  ),
  refused("V-26: a target of one byte more", get(`GET /${"a".repeat(16_384)} HTTP/1.1`), 414),
  refused("V-26: a target of 70,000 bytes", get(`GET /${"a".repeat(70_000)} HTTP/1.1`), 414),
  refused("V-26: a target without end", `GET /${"a".repeat(20_000)}`, 414),
  {
    name: "V-26: a target beyond the option's bytes",
    wire: get("GET /abcd HTTP/1.1"),
    options: { maxTargetBytes: 4 },
    seen: [414],
  },
  refused(
    "V-27: a head beyond the limit",
    get("GET / HTTP/1.1", `Host: a\r\nX: ${"y".repeat(300_000)}\r\n`),
    431,
  ),
  refused("V-27: a head without end", `GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(1100)}`, 431),
  refused("V-27: too many fields", get("GET / HTTP/1.1", `Host: a\r\n${"X: y\r\n".repeat(1000)}`), 431),
  ...["/\x00", "/\x7f", "/\x80", "/\xff", "\xef\xbb\xbf/", "/\x01", "/#", "/a#b", "#"].map((target) =>
    refused(`V-28: the target ${json(target)}`, get(`GET ${target} HTTP/1.1`))
  ),
  ...["/\\a", '/^{}"<>|', "/%zz", "/%00", "/%2f/../..", "/a;b?c=d&e", "//evil/x", "/?", "/@", "/http://b/"]
    .map((target) =>
      read(
        `V-29: the target ${json(target)} comes as it is`,
        get(`GET ${target} HTTP/1.1`),
        `GET ${target} of a`,
      )
    ),
  ...[
    "http://b/x",
    "HTTP://b/x",
    "https://b/",
    "http://b",
    "http://b?q",
    "http://b:81/x",
    "http://[::1]:81/x",
  ].map(
    (target) =>
      read(
        `V-31: the authority of ${target} is the request's`,
        get(`GET ${target} HTTP/1.1`),
        `GET ${target} of ${target.replace(/^[a-z]+:\/\/|[/?].*$/gi, "")}`,
      ),
  ),
  ...[
    "http://u:p@b/",
    "http://u@b/",
    "http://@b/",
    "ftp://b/",
    "file:///x",
    "http:///x",
    "http://",
    "http:/b",
    "http:b",
    "http://b\\c/",
    "http://b:x/",
    "http://b:99999/",
    "http://[::1/",
    "http://%62/",
    "http://b,c/",
    "javascript://b/",
    "http://1/",
    "http://b/#x",
  ].map((target) => refused(`V-31: the target ${target}`, get(`GET ${target} HTTP/1.1`))),
  ...["a:80", "*", "x", "?x", "a/b", ":", "%2f"].map((target) =>
    refused(`V-32: the target ${target} of a GET`, get(`GET ${target} HTTP/1.1`))
  ),
  refused("V-33: no Host", get("GET / HTTP/1.1", "")),
  refused("V-33: no Host beside a whole URL", get("GET http://b/ HTTP/1.1", "")),
  refused("V-33: two Hosts", get("GET / HTTP/1.1", "Host: a\r\nHost: b\r\n")),
  refused("V-33: two equal Hosts", get("GET / HTTP/1.1", "Host: a\r\nHost: a\r\n")),
  refused("V-33: two Hosts, one of them empty", get("GET / HTTP/1.1", "Host:\r\nHost: a\r\n")),
  refused("V-33: two Hosts in HTTP/1.0", get("GET / HTTP/1.0", "Host: a\r\nHost: a\r\n")),
  read("V-33: an empty Host names none", get("GET / HTTP/1.1", "Host: \r\n"), "GET / of "),
  ...[
    "a b",
    "a/b",
    "u@a",
    "a#b",
    "a?b",
    "a,b",
    "[::1",
    "::1",
    "a:b",
    "a:99999",
    "a:000080",
    "%41",
    "a\x80",
    "a\\b",
    "a:80:80",
    "[]",
    "[1:2]",
    "[::1]x",
    "[::1%25a]",
    "1",
    "0x7f.1",
    "256.1.1.1",
    "a.1",
    "01.2.3.4",
    "xn--a",
    "<a>",
    '"a"',
    "a|b",
    "a^b",
    ":80",
    "http://a",
    `${"a".repeat(300)}.b`,
  ].map((host) => refused(`V-34: the Host ${json(host)}`, get("GET / HTTP/1.1", `Host: ${host}\r\n`))),
  refused("V-34: a Host that is no host beside a whole URL", get("GET http://b/ HTTP/1.1", "Host: a b\r\n")),
  refused("V-34: a Host that is no host, in HTTP/1.0", get("GET / HTTP/1.0", "Host: a/b\r\n")),
  {
    name: "V-34: a second request whose Host is no host",
    wire: get("GET / HTTP/1.1") + get("GET / HTTP/1.1", "Host: a/b\r\n"),
    seen: ["GET / of a", SERVED, 400],
  },
  ...[
    "A.b",
    "a:80",
    "a:",
    "a_b",
    "a.",
    "1.2.3.4",
    "[::1]",
    "[::FFFF:1.2.3.4]:65535",
    "xn--nxasmq6b",
    "a-b.c~d",
    "localhost",
  ].map((host) =>
    read(`V-34: the Host ${host}`, get("GET / HTTP/1.1", `Host: ${host}\r\n`), `GET / of ${host}`)
  ),
  { name: "V-35: HTTP/1.0 without a Host", wire: get("GET / HTTP/1.0", ""), seen: ["GET / of ", "close"] },
  read("V-36: OPTIONS of the server as a whole", get("OPTIONS * HTTP/1.1"), "OPTIONS * of a"),
  read("V-36: TRACE", get("TRACE / HTTP/1.1"), "TRACE / of a"),
  read(
    "V-36: a CONNECT that is answered with no tunnel",
    get("CONNECT b:443 HTTP/1.1"),
    "CONNECT b:443 of b:443",
  ),
  ...[
    "/",
    "a",
    "a:",
    "a:0",
    "a:99999",
    "a:x",
    ":80",
    "a/b:80",
    "u@a:80",
    "http://a:80",
    "*",
    "[::1:80",
    "a b:80",
    "%41:80",
    "a:80/",
  ].map((target) => refused(`V-36: CONNECT to ${target}`, get(`CONNECT ${target} HTTP/1.1`))),
  ...["Content-Length: 3", "Transfer-Encoding: chunked"].map((line) =>
    refused(`V-37: CONNECT with ${line}`, get("CONNECT b:443 HTTP/1.1", `Host: b:443\r\n${line}\r\n`))
  ),
  read(
    "V-37: CONNECT with a length of 0",
    get("CONNECT b:443 HTTP/1.1", "Host: b:443\r\nContent-Length: 0\r\n"),
    "CONNECT b:443 of b:443",
  ),
  read(
    "V-42: the request behind an Upgrade that is ignored is served",
    get("GET / HTTP/1.1", "Host: a\r\nConnection: upgrade\r\nUpgrade: foo, h2c\r\n"),
    "GET / of a",
  ),
  read(
    "V-42: the request behind content and an Upgrade that is ignored is served",
    post("Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 3", "abc"),
    "POST / of a: abc",
  ),
  refused("V-44: the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
  {
    name: "V-44: the preface of HTTP/2 behind a request",
    wire: get("GET / HTTP/1.1") + "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    seen: ["GET / of a", SERVED, 505],
  },
  refused("V-45: a ClientHello of TLS", "\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03"),
  {
    name: "V-46: requests one behind the other are read in order",
    wire: get("GET /1 HTTP/1.1") + post("Content-Length: 2", "ab") + "garbage\r\n\r\n",
    seen: ["GET /1 of a", SERVED, "POST / of a: ab", SERVED, 400],
  },
  ...["close", "x, Close", "keep-alive\r\nConnection: close", ",close,"].map((options): Row => ({
    name: `V-47: nothing is read behind Connection ${json(options)}`,
    wire: get("GET / HTTP/1.1", `Host: a\r\nConnection: ${options}\r\n`),
    seen: ["GET / of a", "close"],
  })),
];

for (const { name, wire, options, seen } of [...CONTENT_ROWS, ...HEAD_ROWS]) {
  Deno.test(`server machine: ${name}`, () => {
    for (const pieces of splits(bytes(wire))) {
      assertEquals(serve(pieces, options), [...seen], `in ${pieces.length} pieces`);
    }
  });
}
