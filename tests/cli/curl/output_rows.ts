/**
 * Invocations about what is written, and where.
 *
 * @module
 */

import type { Row } from "./compare.ts";

/** The variables whose values do not depend on time, port or program. */
const FACTS = [
  "content_type",
  "errormsg",
  "exitcode",
  "filename_effective",
  "http_code",
  "http_version",
  "local_ip",
  "method",
  "num_connects",
  "num_redirects",
  "redirect_url",
  "referer",
  "remote_ip",
  "remote_port",
  "response_code",
  "scheme",
  "size_download",
  "size_upload",
  "ssl_verify_result",
  "url",
  "url_effective",
  "urlnum",
];
const ALL = FACTS.map((name) => `${name}=%{${name}}\\n`).join("");

/** The rows. */
export const OUTPUT_ROWS: readonly Row[] = [
  { name: "a file", args: ["-o", "out", "http://HTTP/echo"] },
  {
    name: "a file that is there",
    args: ["-o", "out", "http://HTTP/echo"],
    files: { out: "a longer text than that\n\n\n\n" },
  },
  { name: "nothing", args: ["-o", "/dev/null", "-w", "%{http_code} %{size_download}", "http://HTTP/echo"] },
  { name: "standard output, in so many words", args: ["-o", "-", "http://HTTP/echo"] },
  { name: "the URL's name", args: ["-O", "http://HTTP/echo/a.txt?x"] },
  { name: "the URL's name where that is a hyphen", args: ["-O", "http://HTTP/echo/-"] },
  { name: "the URL's name where it has none", args: ["-O", "http://HTTP/"] },
  { name: "two files", args: ["-o", "a", "-o", "b", "http://HTTP/echo/1", "http://HTTP/echo/2"] },
  { name: "a file too few", args: ["-o", "a", "http://HTTP/echo/1", "http://HTTP/echo/2"] },
  { name: "the URLs' names", args: ["-OO", "http://HTTP/echo/1", "http://HTTP/echo/2"] },
  {
    name: "the URLs' names, for all",
    args: ["--remote-name-all", "http://HTTP/echo/1", "http://HTTP/echo/2"],
  },
  { name: "files named by patterns", args: ["-o", "f_#1_#2", "http://HTTP/echo/{a,b}/[1-2]"] },
  { name: "the response's name", args: ["-OJ", "http://HTTP/named"] },
  { name: "the response's name, which leads elsewhere", args: ["-OJ", "http://HTTP/evil"] },
  { name: "the response's name, which it has not", args: ["-OJ", "http://HTTP/echo/a.txt"] },
  {
    name: "the response's name, of a file that is there",
    args: ["-OJ", "http://HTTP/named"],
    files: { "named.txt": "mine\n" },
  },
  { name: "a folder", args: ["--output-dir", "d", "-o", "out", "http://HTTP/echo"], files: { "d/x": "" } },
  { name: "a folder that is not there", args: ["--output-dir", "d", "-o", "out", "http://HTTP/echo"] },
  { name: "a folder that is made", args: ["--create-dirs", "-o", "d/e/out", "http://HTTP/echo"] },
  {
    name: "no other file",
    args: ["--no-clobber", "-o", "out", "http://HTTP/echo"],
    files: { out: "mine\n" },
  },
  {
    name: "a failure that removes the file",
    args: ["--remove-on-error", "-o", "out", "http://BROKEN_SHORT/"],
  },
  { name: "a failure that leaves the file", args: ["-o", "out", "http://BROKEN_SHORT/"] },
  { name: "the rest of a file", args: ["-C", "-", "-o", "out", "http://HTTP/bytes"], files: { out: "0123" } },
  { name: "the rest of no file", args: ["-C", "-", "-o", "out", "http://HTTP/bytes"] },
  { name: "the rest from an offset", args: ["-C", "7", "http://HTTP/bytes"] },
  {
    name: "the rest of a whole file",
    args: ["-C", "-", "-o", "out", "http://HTTP/bytes"],
    files: { out: "0123456789" },
  },
  {
    name: "the rest of a whole file, or a failure",
    args: ["-fC", "-", "-o", "out", "http://HTTP/bytes"],
    files: { out: "0123456789" },
  },
  {
    name: "the rest where there is nothing",
    args: ["-C", "-", "-o", "out", "http://HTTP/status/404"],
    files: { out: "01" },
  },
  {
    name: "the URL's name in a folder, not the response's",
    args: ["-OJ", "--output-dir", "d", "http://HTTP/echo/a"],
    files: { "d/a": "old" },
  },
  {
    name: "the rest from a server that does not give it",
    args: ["-C", "-", "-o", "out", "http://HTTP/whole"],
    files: { out: "0123" },
  },
  { name: "heads in a file", args: ["-D", "heads", "http://HTTP/echo"] },
  { name: "heads on standard output", args: ["-D", "-", "-o", "out", "http://HTTP/echo"] },
  {
    name: "heads of redirects in a file",
    args: ["-L", "-D", "heads", "-o", "out", "http://HTTP/redirect/302"],
  },
  { name: "the facts", args: ["-o", "out", "-w", ALL, "http://HTTP/echo"] },
  {
    name: "the facts over HTTP/2",
    args: ["-o", "out", "--cacert", "CA", "-w", ALL, "https://HTTPS/echo"],
    differs: {
      stdout: "the address of localhost is the system's choice",
    },
  },
  { name: "the facts of a redirect", args: ["-o", "out", "-w", ALL, "http://HTTP/redirect/302"] },
  { name: "the facts of redirects", args: ["-L", "-o", "out", "-w", ALL, "http://HTTP/redirect/302"] },
  { name: "the facts of content", args: ["-d", "abc", "-o", "out", "-w", ALL, "http://HTTP/echo"] },
  {
    name: "the facts of a failure",
    args: ["-w", ALL.replace("errormsg=%{errormsg}\\n", ""), "http://CLOSED/"],
  },
  {
    name: "the facts of several URLs",
    args: ["-w", "%{urlnum} %{num_connects} %{url}\\n", "http://HTTP/echo/1", "http://HTTP/echo/2"],
  },
  { name: "signs in the format", args: ["-w", "%%a\\tb\\nc%", "http://HTTP/echo"] },
  { name: "a fact that is none", args: ["-w", "[%{nonsense}]", "http://HTTP/echo"] },
  {
    name: "a field in the format",
    args: ["-w", "[%header{Content-Type}][%header{none}]", "http://HTTP/echo"],
  },
  { name: "the format from a file", args: ["-w", "@w", "http://HTTP/echo"], files: { w: "%{http_code}\\n" } },
  { name: "the format on standard error", args: ["-w", "a%{stderr}b%{stdout}c", "http://HTTP/echo"] },
  { name: "the format for failures", args: ["-w", "%{http_code}%{onerror}!", "http://HTTP/echo"] },
  { name: "a time in seconds", args: ["-w", "%{time_redirect}", "http://HTTP/echo"] },
];
