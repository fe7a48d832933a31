/** What a command sends: method, fields, content and the options of the client. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { clientOptions } from "../../cli/client_options.ts";
import { exitCodeFor } from "../../cli/error.ts";
import { type Plan, planRequest } from "../../cli/request.ts";
import type { ClientOptions } from "../../client/options.ts";
import { USER_AGENT } from "../../client/version.ts";
import { operationOf, transferOf } from "./commands.ts";
import { FakeHost } from "./fake_host.ts";

const URL_ = "https://example.com/";
const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n";

const FILES = {
  "form.txt": "a=1\r\nb=2\n\0",
  "ca.pem": CERTIFICATE,
  "cert.pem": CERTIFICATE,
  "key.pem": KEY,
  "both.pem": CERTIFICATE + KEY,
  "text.pem": "hello",
  "broken.pem": CERTIFICATE.replace("AA==", "A!=="),
  "forbidden.pem": "forbidden",
};

function plan(args: readonly string[], input = "from stdin\n"): Promise<Plan> {
  return planRequest(transferOf(args), new FakeHost({ files: FILES, input }));
}

function bodyOf(content: Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array>): BodyInit {
  return content instanceof Uint8Array ? content : ReadableStream.from(content);
}

/** What is wrong with a plan is found before or after the options. */
async function planAndOptions(args: readonly string[]): Promise<void> {
  await plan(args);
  await clientOptions(operationOf(args), new FakeHost({ files: FILES }));
}

interface Row {
  readonly name: string;
  readonly args: readonly string[];
  readonly method?: string;
  readonly content?: string;
  /** The fields beside those of every request. */
  readonly fields?: readonly (readonly [string, string])[];
  readonly host?: string;
  readonly redirect?: RequestRedirect;
}

const FORM = ["content-type", "application/x-www-form-urlencoded"] as const;

const ROWS: readonly Row[] = [
  { name: "a URL alone is a GET that follows nothing", args: [URL_] },
  { name: "HEAD is asked for", args: ["-I", URL_], method: "HEAD" },
  { name: "redirects are followed when asked for", args: ["-L", URL_], redirect: "follow" },
  {
    name: "data makes it a POST of a form",
    args: ["-d", "a=1", URL_],
    method: "POST",
    content: "a=1",
    fields: [FORM],
  },
  { name: "empty data is data", args: ["-d", "", URL_], method: "POST", content: "", fields: [FORM] },
  {
    name: "parts of a form are joined",
    args: ["-d", "a=1", "-d", "b=2", URL_],
    method: "POST",
    content: "a=1&b=2",
    fields: [FORM],
  },
  {
    name: "a file loses its line breaks",
    args: ["-d", "@form.txt", URL_],
    method: "POST",
    content: "a=1b=2",
    fields: [FORM],
  },
  {
    name: "a binary file keeps everything",
    args: ["--data-binary", "@form.txt", URL_],
    method: "POST",
    content: FILES["form.txt"],
    fields: [FORM],
  },
  {
    name: "raw data is what it says",
    args: ["--data-raw", "@form.txt", URL_],
    method: "POST",
    content: "@form.txt",
    fields: [FORM],
  },
  {
    name: "@- is standard input",
    args: ["-d", "@-", URL_],
    method: "POST",
    content: "from stdin",
    fields: [FORM],
  },
  {
    name: "a dash is a dash, as in curl",
    args: ["--data-binary", "-", URL_],
    method: "POST",
    content: "-",
    fields: [FORM],
  },
  {
    name: "the method may be another one",
    args: ["-X", "PUT", "-d", "x", URL_],
    method: "PUT",
    content: "x",
    fields: [FORM],
  },
  {
    name: "the person's type of content counts",
    args: ["-d", "x", "-H", "Content-Type: text/plain", URL_],
    method: "POST",
    content: "x",
    fields: [["content-type", "text/plain"]],
  },
  {
    name: "there may be no type of content",
    args: ["-d", "x", "-H", "Content-Type:", URL_],
    method: "POST",
    content: "x",
  },
  {
    name: "JSON says what it is and what it wants",
    args: ["--json", '{"a":', "--json", "1}", URL_],
    method: "POST",
    content: '{"a":1}',
    fields: [["content-type", "application/json"], ["accept", "application/json"]],
  },
  {
    name: "JSON may want something else",
    args: ["--json", "{}", "-H", "accept: text/html", URL_],
    method: "POST",
    content: "{}",
    fields: [["accept", "text/html"], ["content-type", "application/json"]],
  },
  { name: "fields are trimmed and lower-case", args: ["-H", "X-A:  1 ", URL_], fields: [["x-a", "1"]] },
  { name: "a field may hold a colon", args: ["-H", "X-A: b:c", URL_], fields: [["x-a", "b:c"]] },
  { name: "a field may be empty", args: ["-H", "X-A;", URL_], fields: [["x-a", ""]] },
  { name: "a field that is not sent anyway may be left out", args: ["-H", "Expect:", URL_] },
  {
    name: "a field may come twice",
    args: ["-H", "a: 1", "-H", "a: 2", URL_],
    fields: [["a", "1"], ["a", "2"]],
  },
  { name: "text beyond ASCII travels as UTF-8", args: ["-H", "x: é", URL_], fields: [["x", "\xc3\xa9"]] },
  { name: "the host may be another one", args: ["-H", "Host: other.example", URL_], host: "other.example" },
  {
    name: "userinfo becomes a field",
    args: ["https://me:pw@example.com/"],
    fields: [["authorization", "Basic bWU6cHc="]],
  },
  {
    name: "decoding is asked for",
    args: ["--compressed", URL_],
    fields: [["accept-encoding", "gzip, br, deflate, zstd"]],
  },
];

for (const { name, args, method = "GET", content, fields = [], host, redirect = "manual" } of ROWS) {
  Deno.test(`planRequest: ${name}`, async () => {
    const { request, content: sent } = await plan(args);
    const others = [["accept", "*/*"], ["user-agent", USER_AGENT]];
    const expected = [...others.filter(([given]) => !fields.some(([field]) => field === given)), ...fields];
    assertEquals([...request.fields].sort(), expected.sort());
    assertEquals(
      { method: request.method, host: request.host, redirect: request.redirect, href: request.target.href },
      { method, host, redirect, href: URL_ },
    );
    assertEquals(sent && await new Response(bodyOf(sent.open())).text(), content);
  });
}

const OPTIONS: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly options: ClientOptions;
}[] = [
  { name: "the defaults are the client's, but for decoding", args: [URL_], options: { decode: false } },
  { name: "content is decoded", args: ["--compressed", URL_], options: { decode: true } },
  { name: "HTTP/1.1 alone", args: ["--http1.1", URL_], options: { decode: false, protocols: ["http/1.1"] } },
  { name: "HTTP/2 is offered by default", args: ["--http2", URL_], options: { decode: false } },
  {
    name: "HTTP/2 without asking",
    args: ["--http2-prior-knowledge", URL_],
    options: { decode: false, http2PriorKnowledge: true },
  },
  {
    name: "the time to connect is also that to shake hands",
    args: ["--connect-timeout", "2", URL_],
    options: { decode: false, timeouts: { connect: 2_000, handshake: 2_000 } },
  },
  {
    name: "an authority from a file",
    args: ["--cacert", "ca.pem", URL_],
    options: { decode: false, caCerts: CERTIFICATE },
  },
  {
    name: "a certificate and its key",
    args: ["--cert", "cert.pem", "--key", "key.pem", URL_],
    options: { decode: false, cert: CERTIFICATE, key: KEY },
  },
  {
    name: "a certificate with its key",
    args: ["--cert", "both.pem", URL_],
    options: { decode: false, cert: CERTIFICATE + KEY, key: CERTIFICATE + KEY },
  },
];

for (const { name, args, options } of OPTIONS) {
  Deno.test(`planRequest: ${name} (options)`, async () => {
    assertEquals(await clientOptions(operationOf(args), new FakeHost({ files: FILES })), options);
  });
}

Deno.test("planRequest: the number of redirects is the request's own", async () => {
  assertEquals((await plan(["--max-redirs", "3", URL_])).request.maxRedirects, 3);
  assertEquals((await plan([URL_])).request.maxRedirects, 50);
});

const REFUSED = [
  { name: "a URL without a host", args: ["https:///?secret"], code: 3, says: "Cannot parse the URL" },
  { name: "another scheme", args: ["ftp://x/secret"], code: 1, says: '"ftp:"' },
  { name: "a port that fetch blocks", args: ["http://localhost:22/"], code: 2, says: "port 22" },
  { name: "a field without a colon", args: ["-H", "secret", URL_], code: 2, says: "it is no field" },
  { name: "a field without a name", args: ["-H", ": secret", URL_], code: 2, says: "it is no field" },
  { name: "a semicolon with a value", args: ["-H", "X; secret", URL_], code: 2, says: "it is no field" },
  {
    name: "a field with a line break",
    args: ["-H", "X: a\nsecret", URL_],
    code: 2,
    says: "Cannot make a request",
  },
  {
    name: "leaving out what is always sent",
    args: ["-H", "User-Agent:", URL_],
    code: 2,
    says: '"user-agent"',
  },
  {
    name: "another host that is none",
    args: ["-H", "Host: a/b", URL_],
    code: 2,
    says: "host must be a host name",
  },
  {
    name: "content with GET",
    args: ["-X", "GET", "-d", "secret", URL_],
    code: 2,
    says: "GET cannot have a body",
  },
  { name: "a method that is none", args: ["-X", "G T", URL_], code: 2, says: "the method is no token" },
  {
    name: "data from a file that is not there",
    args: ["-d", "@none", URL_],
    code: 26,
    says: '"none" cannot be read',
  },
  {
    name: "data from a file that may not be read",
    args: ["-d", "@forbidden.pem", URL_],
    code: 26,
    says: "forbidden.pem",
    hint: "Run with --allow-read=forbidden.pem.",
  },
  {
    name: "an authority from a file that is not there",
    args: ["--cacert", "none", URL_],
    code: 77,
    says: '--cacert: "none"',
  },
  {
    name: "an authority from a file of something else",
    args: ["--cacert", "text.pem", URL_],
    code: 77,
    says: "no certificate in PEM",
  },
  {
    name: "an authority from a file that is damaged",
    args: ["--cacert", "broken.pem", URL_],
    code: 77,
    says: "no certificate in PEM",
  },
  {
    name: "a certificate from a file of something else",
    args: ["--cert", "text.pem", URL_],
    code: 58,
    says: "no certificate in PEM",
  },
  {
    name: "a certificate without its key",
    args: ["--cert", "cert.pem", URL_],
    code: 58,
    says: "no private key in PEM",
  },
  {
    name: "a key from a file that may not be read",
    args: ["--cert", "cert.pem", "--key", "forbidden.pem", URL_],
    code: 58,
    says: "--key",
    hint: "--allow-read=forbidden.pem",
  },
] as const;

for (const row of REFUSED) {
  Deno.test(`planRequest refuses ${row.name}`, async () => {
    const error: Error & { hint?: string } = await assertRejects(() => planAndOptions(row.args), Error);
    assertEquals(exitCodeFor(error), row.code);
    assertStringIncludes(error.message, row.says);
    if ("hint" in row) assertStringIncludes(error.hint ?? "", row.hint);
    assertEquals(`${error.message}${error.hint}`.includes("secret"), false);
  });
}
