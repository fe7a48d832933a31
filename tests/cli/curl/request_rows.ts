/**
 * Invocations about the request: methods, fields, URLs, redirects, ranges.
 *
 * @module
 */

import type { Row } from "./compare.ts";

const FETCH_RULE =
  "redirects are followed as the Fetch standard says, with the method of the response's status";

const ALWAYS_SENT = "accept and user-agent are always sent, so leaving one out is refused";
const NO_CONTENT = "as with fetch, GET and HEAD have no content; it is refused";

/** The rows. */
export const REQUEST_ROWS: readonly Row[] = [
  { name: "a URL alone", args: ["http://HTTP/echo"] },
  { name: "a URL without a scheme", args: ["HTTP/echo"] },
  { name: "a URL without a path", args: ["http://HTTP"] },
  { name: "a URL with a query and a fragment", args: ["http://HTTP/echo?a=1&b=%20#x"] },
  { name: "HTTPS with an authority from a file", args: ["--cacert", "CA", "https://HTTPS/echo"] },
  { name: "HTTPS over HTTP/1.1", args: ["--http1.1", "--cacert", "CA", "https://HTTPS/echo"] },
  { name: "HTTPS over HTTP/2", args: ["--http2", "--cacert", "CA", "https://HTTPS/echo"] },
  { name: "HTTPS with any certificate", args: ["-k", "https://HTTPS/echo"] },
  { name: "a method", args: ["-X", "DELETE", "http://HTTP/echo"] },
  { name: "a method in lower case", args: ["-X", "purge", "http://HTTP/echo"] },
  { name: "a field", args: ["-H", "X-A: 1", "-H", "Accept: text/html", "http://HTTP/echo"] },
  { name: "a field without a value", args: ["-H", "X-A;", "http://HTTP/echo"] },
  { name: "fields from a file", args: ["-H", "@h", "http://HTTP/echo"], files: { h: "X-A: 1\nX-B: 2\n" } },
  {
    name: "a field that is left out",
    args: ["-H", "Content-Type:", "-d", "a", "http://HTTP/echo"],
  },
  { name: "a field that is left out and not sent anyway", args: ["-H", "Expect:", "http://HTTP/echo"] },
  {
    name: "a field that is left out, which is always sent",
    args: ["-H", "Accept:", "http://HTTP/echo"],
    differs: { code: ALWAYS_SENT, stdout: ALWAYS_SENT, seen: ALWAYS_SENT },
  },
  {
    name: "a GET with content",
    args: ["-X", "GET", "-d", "{}", "http://HTTP/echo"],
    differs: { code: NO_CONTENT, stdout: NO_CONTENT, seen: NO_CONTENT },
  },
  { name: "HTTP/2 without asking", args: ["--http2-prior-knowledge", "http://HTTP/echo"] },
  { name: "a name for this client", args: ["-A", "me/1", "http://HTTP/echo"] },
  { name: "flags that combine", args: ["-fsSLkio", "out", "http://HTTP/redirect/302"] },
  { name: "another host", args: ["-H", "Host: other.test", "http://HTTP/echo"] },
  { name: "a referer", args: ["-e", "http://x/", "http://HTTP/echo"] },
  { name: "a referer of redirects", args: ["-L", "-e", ";auto", "http://HTTP/redirect/302"] },
  { name: "a head", args: ["-I", "http://HTTP/echo"] },
  { name: "a head and a body", args: ["-i", "http://HTTP/echo"] },
  { name: "a head over HTTP/2", args: ["-i", "--cacert", "CA", "https://HTTPS/echo"] },
  { name: "heads of early hints", args: ["-i", "http://HINTS/"] },
  { name: "a redirect that is not followed", args: ["http://HTTP/redirect/302"] },
  ...[301, 302, 303, 307, 308].flatMap((status): Row[] => [
    { name: `a redirect by ${status}`, args: ["-L", `http://HTTP/redirect/${status}`] },
    {
      name: `a redirect of a POST by ${status}`,
      args: ["-L", "-d", "a=1", `http://HTTP/redirect/${status}`],
      // curl keeps the type of content that is no longer there.
      without: ["content-type"],
    },
    {
      name: `a redirect of a PUT by ${status}`,
      args: ["-L", "-X", "PUT", "-d", "a=1", `http://HTTP/redirect/${status}`],
      without: ["content-type"],
      ...(status < 307 && { differs: { stdout: FETCH_RULE, seen: FETCH_RULE } }),
    },
  ]),
  { name: "heads of redirects", args: ["-iL", "http://HTTP/redirect/302"] },
  { name: "the head alone of redirects", args: ["-IL", "http://HTTP/redirect/302"] },
  { name: "redirects without end", args: ["-L", "--max-redirs", "3", "http://HTTP/loop"] },
  { name: "redirects without end, by default", args: ["-L", "http://HTTP/loop"] },
  { name: "a redirect too many", args: ["-L", "--max-redirs", "0", "http://HTTP/redirect/302"] },
  { name: "a redirect elsewhere", args: ["-L", "http://HTTP/elsewhere"] },
  { name: "a range", args: ["-r", "2-5", "http://HTTP/bytes"] },
  { name: "a range to the end", args: ["-r", "7-", "http://HTTP/bytes"] },
  { name: "a range of the end", args: ["-r", "-3", "http://HTTP/bytes"] },
  { name: "a range beyond the end", args: ["-r", "20-30", "http://HTTP/bytes"] },
  {
    name: "compressed content",
    args: ["--compressed", "http://HTTP/gzip"],
    without: ["accept-encoding"],
  },
  { name: "content that could be compressed", args: ["http://HTTP/gzip"] },
  { name: "chunks", args: ["-N", "http://HTTP/chunks"] },
  { name: "data in the query", args: ["-G", "-d", "a=1", "-d", "b=2", "http://HTTP/echo"] },
  { name: "data in a query that is there", args: ["-G", "-d", "a=1", "http://HTTP/echo?x=0"] },
  { name: "data in the query of a HEAD", args: ["-I", "-G", "-d", "a=1", "http://HTTP/echo"] },
  {
    name: "encoded data in the query",
    args: ["-G", "--data-urlencode", "q=a b&c", "http://HTTP/echo"],
  },
  { name: "an added query", args: ["--url-query", "q=a b", "--url-query", "+x=%41", "http://HTTP/echo?a"] },
  { name: "several URLs", args: ["http://HTTP/echo/1", "http://HTTP/echo/2", "--url", "HTTP/echo/3"] },
  { name: "a set of URLs", args: ["http://HTTP/echo/{a,b}"] },
  { name: "a range of URLs", args: ["http://HTTP/echo/[1-3]"] },
  { name: "a padded range of URLs", args: ["http://HTTP/echo/[08-10]"] },
  { name: "a range of letters with a step", args: ["http://HTTP/echo/[a-e:2]"] },
  { name: "two patterns", args: ["http://HTTP/echo/{a,b}/[1-2]"] },
  { name: "a pattern that does not end", args: ["http://HTTP/echo/{a"] },
  { name: "patterns that are none", args: ["-g", "http://HTTP/echo?a[]={1}"] },
  {
    name: "another request",
    args: ["-d", "a", "http://HTTP/echo/1", "--next", "-H", "X-A: 1", "http://HTTP/echo/2"],
  },
  {
    name: "an address for a name",
    args: ["--resolve", "a.test:HTTP_PORT:127.0.0.1", "http://a.test:HTTP_PORT/echo"],
  },
  {
    name: "an end for a name",
    args: ["--connect-to", "a.test:80:127.0.0.1:HTTP_PORT", "http://a.test/echo"],
  },
  { name: "IPv4 alone", args: ["-4", "http://localhost:HTTP_PORT/echo"] },
  { name: "IPv6 to an address of IPv4", args: ["-6", "http://HTTP/echo"] },
  { name: "IPv4 to an address of IPv6", args: ["-4", "http://[::1]:HTTP_PORT/echo"] },
  { name: "TLS 1.2 or newer", args: ["--tlsv1.2", "--cacert", "CA", "https://HTTPS/echo"] },
  { name: "TLS 1.3", args: ["--tlsv1.3", "--cacert", "CA", "https://HTTPS/echo"] },
  { name: "TLS 1.2 at most", args: ["--tls-max", "1.2", "--cacert", "CA", "https://HTTPS/echo"] },
  {
    name: "a config",
    args: ["-K", "c"],
    files: { c: '# mine\nurl = "http://HTTP/none"\n' },
    differs: {
      code: "the name in the file is not replaced by this table",
      stdout: "as above",
    },
  },
  {
    name: "a config from standard input",
    args: ["-K", "-", "http://HTTP/echo"],
    input: '-H "X-A: 1"\nrequest=PUT\nuser-agent: me\n--data "a \\"b\\""\n',
  },
  { name: "a limited rate", args: ["--limit-rate", "1M", "http://HTTP/echo"] },
];
