/**
 * Invocations about content that is sent: data, forms, uploads.
 *
 * @module
 */

import type { Row } from "./compare.ts";

const LATER_CURL = "curl 7.88 sends empty data; later versions refuse the file with this code, too";

/** The rows. */
export const CONTENT_ROWS: readonly Row[] = [
  { name: "data", args: ["-d", "a=1", "http://HTTP/echo"] },
  { name: "data over HTTP/2", args: ["--cacert", "CA", "-d", "a=1", "https://HTTPS/echo"] },
  { name: "two pieces of data", args: ["-d", "a=1", "-d", "b=2", "http://HTTP/echo"] },
  { name: "empty data", args: ["-d", "", "http://HTTP/echo"] },
  { name: "data from a file", args: ["-d", "@f", "http://HTTP/echo"], files: { f: "a=1\r\nb=2\n" } },
  { name: "data from standard input", args: ["-d", "@-", "http://HTTP/echo"], input: "a=1\n" },
  { name: "a dash as data", args: ["-d", "-", "http://HTTP/echo"], input: "a=1\n" },
  {
    name: "binary data from a file",
    args: ["--data-binary", "@f", "http://HTTP/echo"],
    files: { f: "a\r\nb\n" },
  },
  {
    name: "binary data from standard input",
    args: ["--data-binary", "@-", "http://HTTP/echo"],
    input: "a\n\0b\n",
    without: ["content-length", "transfer-encoding"],
  },
  {
    name: "standard input for two URLs",
    args: ["--data-binary", "@-", "http://HTTP/echo/1", "http://HTTP/echo/2"],
    input: "a",
  },
  {
    name: "standard input twice",
    args: ["-d", "@-", "-d", "@-", "http://HTTP/echo"],
    input: "a",
    differs: {
      seen: "standard input is the same each time it is named; curl finds it empty the second time",
    },
  },
  { name: "raw data", args: ["--data-raw", "@f", "http://HTTP/echo"] },
  {
    name: "data from a file that is not there",
    args: ["-d", "@none", "http://HTTP/echo"],
    differs: { code: LATER_CURL, stdout: LATER_CURL, seen: LATER_CURL },
  },
  { name: "JSON", args: ["--json", '{"a":', "--json", "1}", "http://HTTP/echo"] },
  { name: "JSON from standard input", args: ["--json", "@-", "http://HTTP/echo"], input: '{"a":1}\n' },
  {
    name: "JSON with a type of its own",
    args: ["--json", "{}", "-H", "Content-Type: a/b", "http://HTTP/echo"],
  },
  ...["a b&c=ü/?", "=a=b c", "n=a b", "@f", "n@f", "n=@f"].map((text): Row => ({
    name: `encoded data: ${text}`,
    args: ["--data-urlencode", text, "http://HTTP/echo"],
    files: { f: "x y\n&z" },
  })),
  { name: "encoded data beside other", args: ["-d", "a=1", "--data-urlencode", "b= ", "http://HTTP/echo"] },
  { name: "data with another method", args: ["-X", "PATCH", "-d", "a", "http://HTTP/echo"] },
  { name: "data with HEAD", args: ["-I", "-d", "a", "http://HTTP/echo"] },
  { name: "a form of text", args: ["-F", "a=1", "-F", 'b="x;y"', "http://HTTP/echo"] },
  { name: "a form with a file", args: ["-F", "f=@a.txt", "http://HTTP/echo"], files: { "a.txt": "hello\n" } },
  {
    name: "a form with a file of a type",
    args: ["-F", 'f=@a.bin;type=text/x-a;filename=b"c.txt', "http://HTTP/echo"],
    files: { "a.bin": "hello\n" },
    differs: {
      seen: "a quote within a name is taken as it is; curl takes what follows it away",
      stdout: "",
      code: "",
    },
  },
  {
    name: "a form with a named file",
    args: ["-F", 'f=@a.bin;filename="b c.txt";type=text/plain', "http://HTTP/echo"],
    files: { "a.bin": "hello\n" },
  },
  { name: "a form with a type of text", args: ["-F", 'j={"a":1};type=application/json', "http://HTTP/echo"] },
  {
    name: "a form with a type that has parameters",
    args: ["-F", "j=x;type=text/plain;charset=utf-8", "http://HTTP/echo"],
  },
  {
    name: "a form with the text of a file",
    args: ["-F", "f=<a.txt", "http://HTTP/echo"],
    files: { "a.txt": "hi\n" },
  },
  { name: "a form with standard input", args: ["-F", "f=@-;filename=x", "http://HTTP/echo"], input: "in\n" },
  { name: "a form with plain strings", args: ["--form-string", "f=@a;type=b", "http://HTTP/echo"] },
  {
    name: "a form with an unknown extension",
    args: ["-F", "f=@a.zzz", "http://HTTP/echo"],
    files: { "a.zzz": "" },
  },
  { name: "a form with a picture", args: ["-F", "f=@a.PNG", "http://HTTP/echo"], files: { "a.PNG": "x" } },
  { name: "a form with a file that is not there", args: ["-F", "f=@none", "http://HTTP/echo"] },
  { name: "a form without an equals sign", args: ["-F", "f", "http://HTTP/echo"] },
  { name: "a form with PUT", args: ["-X", "PUT", "-F", "a=1", "http://HTTP/echo"] },
  {
    name: "a form of which a redirect repeats",
    args: ["-L", "-F", "f=@a", "http://HTTP/redirect/307"],
    files: { a: "x" },
  },
  { name: "an upload", args: ["-T", "a.txt", "http://HTTP/echo/there"], files: { "a.txt": "hello\n" } },
  {
    name: "an upload into a folder",
    args: ["-T", "a b.txt", "http://HTTP/echo/"],
    files: { "a b.txt": "hello\n" },
  },
  { name: "an upload to the root", args: ["-T", "a.txt", "http://HTTP"], files: { "a.txt": "hello\n" } },
  { name: "an upload of standard input", args: ["-T", "-", "http://HTTP/echo/there"], input: "hello\n" },
  {
    name: "an upload with another method",
    args: ["-X", "POST", "-T", "a", "http://HTTP/echo"],
    files: { a: "x" },
  },
  { name: "an upload of a file that is not there", args: ["-T", "none", "http://HTTP/echo/"] },
  { name: "an upload of an empty file", args: ["-T", "a", "http://HTTP/echo/"], files: { a: "" } },
  {
    name: "two uploads",
    args: ["-T", "a", "-T", "b", "http://HTTP/echo/1", "http://HTTP/echo/2"],
    files: { a: "A", b: "B" },
  },
  {
    name: "an upload that a redirect repeats",
    args: ["-L", "-T", "a", "http://HTTP/redirect/308"],
    files: { a: "x" },
  },
  {
    name: "standard input that a redirect repeats",
    args: ["-L", "--data-binary", "@-", "http://HTTP/redirect/307"],
    input: "x",
    without: ["content-length", "transfer-encoding"],
  },
];
