/** The fields of a request: the caller's, those of the URL and the content, and the defaults. */

import { assertEquals } from "@std/assert";
import type { RequestDefaultsOptions } from "../../../client/request/request_defaults.ts";
import type { ClientRequestInit } from "../../../client/request/request_options.ts";
import { field, request } from "./support.ts";

const FIELDS: readonly {
  name: string;
  init?: ClientRequestInit;
  input?: string;
  options?: RequestDefaultsOptions;
  fields: Readonly<Record<string, string | undefined>>;
}[] = [
  {
    name: "the request's fields replace the defaults",
    init: { headers: { Accept: "a/b", "User-Agent": "me" } },
    fields: { accept: "a/b", "user-agent": "me" },
  },
  {
    name: "the client's fields replace the defaults",
    options: { headers: { accept: "a/b" } },
    fields: { accept: "a/b" },
  },
  {
    name: "the request's fields replace the client's, all lines of them",
    init: { headers: { "x-a": "3" } },
    options: { headers: [["x-a", "1"], ["x-a", "2"], ["x-b", "4"]] },
    fields: { "x-a": "3", "x-b": "4" },
  },
  {
    name: "the client's repeated fields are kept apart",
    options: { headers: [["x-a", "1"], ["x-a", "2"]] },
    fields: { "x-a": "1, 2" },
  },
  {
    name: "an encoding that the request asks for is left alone",
    init: { headers: { "accept-encoding": "br" } },
    fields: { "accept-encoding": "br" },
  },
  {
    name: "an encoding that the client asks for is left alone",
    options: { headers: { "accept-encoding": "br" } },
    fields: { "accept-encoding": "br" },
  },
  {
    name: "a range is asked for without encoding",
    init: { headers: { range: "bytes=0-1" } },
    fields: { "accept-encoding": "identity" },
  },
  {
    name: "a request with other fields is asked for with the encodings",
    init: { headers: { "x-a": "1" } },
    fields: { "x-a": "1", "accept-encoding": "gzip, br, deflate, zstd" },
  },
  {
    name: "a range with an encoding of the caller's own",
    init: { headers: { range: "bytes=0-1", "accept-encoding": "gzip" } },
    fields: { "accept-encoding": "gzip" },
  },
  {
    name: "decode: false asks for no encoding",
    init: { decode: false },
    fields: { "accept-encoding": undefined },
  },
  {
    name: "a client with decode: false asks for no encoding",
    options: { decode: false },
    fields: { "accept-encoding": undefined },
  },
  {
    name: "decode: true on a client without",
    init: { decode: true },
    options: { decode: false },
    fields: { "accept-encoding": "gzip, br, deflate, zstd" },
  },
  {
    name: "R-07: userinfo becomes an authorization",
    input: "https://u:p@h/",
    fields: { authorization: `Basic ${btoa("u:p")}` },
  },
  {
    name: "an authorization of the caller's own wins over userinfo",
    input: "https://u:p@h/",
    init: { headers: { authorization: "Bearer x" } },
    fields: { authorization: "Bearer x" },
  },
  {
    name: "userinfo wins over an authorization of the client's",
    input: "https://u:p@h/",
    options: { headers: { authorization: "Bearer x" } },
    fields: { authorization: `Basic ${btoa("u:p")}` },
  },
  {
    name: "R-10: host is not the caller's to set among the headers",
    init: { headers: { host: "other" } },
    fields: { host: undefined },
  },
  {
    name: "a string is text",
    init: { method: "POST", body: "x" },
    fields: { "content-type": "text/plain;charset=UTF-8" },
  },
  {
    name: "a content-type of the caller's own wins",
    init: { method: "POST", body: "x", headers: { "Content-Type": "a/b" } },
    fields: { "content-type": "a/b" },
  },
  {
    name: "bytes have no content-type",
    init: { method: "POST", body: new Uint8Array(1) },
    fields: { "content-type": undefined },
  },
  {
    name: "search parameters are a form",
    init: { method: "POST", body: new URLSearchParams("a=1") },
    fields: { "content-type": "application/x-www-form-urlencoded;charset=UTF-8" },
  },
  {
    name: "a blob has its own type",
    init: { method: "POST", body: new Blob(["x"], { type: "a/b" }) },
    fields: { "content-type": "a/b" },
  },
  {
    name: "the client's content-type wins over that of a string",
    init: { method: "POST", body: "{}" },
    options: { headers: { "content-type": "application/json" } },
    fields: { "content-type": "application/json" },
  },
  {
    name: "the client's content-type loses against that of a form",
    init: { method: "POST", body: new URLSearchParams("a=1") },
    options: { headers: { "content-type": "application/json" } },
    fields: { "content-type": "application/x-www-form-urlencoded;charset=UTF-8" },
  },
  {
    name: "expect goes nowhere with empty content",
    init: { method: "POST", headers: { expect: "100-continue" } },
    fields: { expect: undefined },
  },
  {
    name: "expect goes out with content",
    init: { method: "POST", body: "x", headers: { expect: "100-continue" } },
    fields: { expect: "100-continue" },
  },
  {
    name: "expect goes nowhere without content",
    init: { headers: { expect: "100-continue" } },
    fields: { expect: undefined },
  },
];

for (const { name, init, input, options, fields } of FIELDS) {
  Deno.test(`prepare: ${name}`, () => {
    const prepared = request(init, input, options);
    for (const [name, value] of Object.entries(fields)) assertEquals(field(prepared, name), value, name);
  });
}
