/** URLs of requests: each is a URL whose host is that of the request, or the request is refused. */

import { assert, assertEquals } from "@std/assert";
import { RequestUrls } from "../../../server/exchange/request_url.ts";

interface Row {
  readonly name: string;
  readonly target: string;
  readonly authority: string;
  readonly url: string | undefined;
  readonly scheme?: "https";
}

const ROWS: readonly Row[] = [
  {
    name: "a path and query stand behind the authority",
    target: "/a?b=c",
    authority: "h",
    url: "http://h/a?b=c",
  },
  { name: "the host is in lower case", target: "/", authority: "Example.COM", url: "http://example.com/" },
  { name: "the scheme's own port is left out", target: "/", authority: "h:80", url: "http://h/" },
  { name: "another port stays", target: "/", authority: "h:8080", url: "http://h:8080/" },
  { name: "an IPv6 address stays in brackets", target: "/x", authority: "[::1]:1", url: "http://[::1]:1/x" },
  {
    name: "two slashes begin a path of this host",
    target: "//evil/x",
    authority: "h",
    url: "http://h//evil/x",
  },
  { name: "dot segments are removed", target: "/a/../../b", authority: "h", url: "http://h/b" },
  { name: "encoded dot segments are removed", target: "/a/%2e%2E/b", authority: "h", url: "http://h/b" },
  { name: "dots in names stay", target: "/a.b/c..d", authority: "h", url: "http://h/a.b/c..d" },
  { name: "an encoded slash stays", target: "/a%2fb", authority: "h", url: "http://h/a%2fb" },
  {
    name: "a reverse solidus is a slash, as in any URL",
    target: "/a\\b",
    authority: "h",
    url: "http://h/a/b",
  },
  { name: "a quote in the query is encoded", target: "/?a'b", authority: "h", url: "http://h/?a%27b" },
  { name: "the asterisk is a path", target: "*", authority: "h", url: "http://h/*" },
  { name: "an absolute target overrides Host", target: "http://b/x?y", authority: "a", url: "http://b/x?y" },
  {
    name: "an absolute target without a path gets one",
    target: "http://b",
    authority: "a",
    url: "http://b/",
  },
  {
    name: "an absolute target with a query alone gets a path",
    target: "http://b?q",
    authority: "a",
    url: "http://b/?q",
  },
  {
    name: "the scheme of an absolute target has no case",
    target: "HTTP://b/",
    authority: "a",
    url: "http://b/",
  },
  { name: "no authority stands for the server's own", target: "/", authority: "", url: "http://own:1/" },
  { name: "TLS makes it https", target: "/", authority: "h:443", url: "https://h/", scheme: "https" },
  ...[
    ["an absolute target of the other scheme", "https://b/", "a"],
    ["an absolute target with userinfo", "http://u:p@b/", "a"],
    ["an absolute target of a foreign scheme", "ftp://b/", "a"],
    ["an absolute target without a host", "http:///x", "a"],
    ["a Host with a blank", "/", "a b"],
    ["a Host with a slash", "/", "a/b"],
    ["a Host with userinfo", "/", "u@a"],
    ["a Host with a fragment", "/", "a#b"],
    ["a Host with a query", "/", "a?b"],
    ["a Host that is a list", "/", "a,b"],
    ["a Host with half an IPv6 address", "/", "[::1"],
    ["a Host whose port is a word", "/", "a:b"],
    ["a Host whose port is too large", "/", "a:99999"],
    ["a Host that is encoded", "/", "%41"],
    ["a Host with a byte above ASCII", "/", "a\x80"],
    ["a Host that is no IPv4 address", "/", "1.2.3.256"],
    ["a target that is neither", "x", "a"],
  ].map(([name = "", target = "", authority = ""]) => ({ name, target, authority, url: undefined })),
];

for (const { name, target, authority, url, scheme = "http" } of ROWS) {
  Deno.test(`RequestUrls: ${name}${url === undefined ? " is refused" : ""}`, () => {
    const urls = new RequestUrls(scheme, "own:1");
    assertEquals(urls.of(target, authority), url);
    assertEquals(urls.of(target, authority), url, "and again");
    if (url !== undefined) assert(URL.canParse(url) && new URL(url).href === url);
  });
}
