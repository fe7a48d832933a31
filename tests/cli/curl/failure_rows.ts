/**
 * Invocations that fail, by exit code; and retries.
 *
 * @module
 */

import type { Row } from "./compare.ts";

const BODY_OF_RETRIES = "the body of a response after which the request is repeated is not written";

/** The rows. */
export const FAILURE_ROWS: readonly Row[] = [
  { name: "a status of 404", args: ["http://HTTP/status/404"] },
  { name: "a status of 404 as a failure", args: ["-f", "http://HTTP/status/404"] },
  { name: "a status of 404 as a failure, into a file", args: ["-f", "-o", "out", "http://HTTP/status/404"] },
  {
    name: "a status of 404 as a failure, with its body",
    args: ["--fail-with-body", "http://HTTP/status/404"],
  },
  { name: "a status of 404 as a failure, with its head", args: ["-fi", "http://HTTP/status/404"] },
  { name: "a failure of the first URL", args: ["-f", "http://HTTP/status/404", "http://HTTP/echo"] },
  { name: "a failure of the last URL", args: ["-f", "http://HTTP/echo", "http://HTTP/status/404"] },
  {
    name: "a failure that ends it all",
    args: ["-f", "--fail-early", "http://HTTP/status/404", "http://HTTP/echo"],
  },
  { name: "exit code 1: another scheme", args: ["nonsense://HTTP/"] },
  { name: "exit code 2: an unknown flag", args: ["--frobnicate", "http://HTTP/"] },
  { name: "exit code 2: no URL", args: [] },
  { name: "exit code 2: a count that is none", args: ["--retry", "x", "http://HTTP/"] },
  { name: "exit code 3: a URL that is none", args: ["http://"] },
  { name: "exit code 3: a port that is none", args: ["http://HTTP0000/"] },
  { name: "exit code 6: no such name", args: ["http://nothing.invalid/"] },
  { name: "exit code 7: nothing listens", args: ["http://CLOSED/"] },
  { name: "exit code 8: a length that is none", args: ["http://BROKEN_HEAD/"] },
  {
    name: "exit code 1: what is no HTTP",
    args: ["http://BROKEN_TEXT/"],
    differs: { code: "1 is curl's word for HTTP/0.9; here it is 8, what is no HTTP" },
  },
  { name: "exit code 18: a body that ends early", args: ["http://BROKEN_SHORT/"] },
  { name: "exit code 18: chunks that end early", args: ["http://BROKEN_CHUNK/"] },
  {
    name: "exit code 56: chunks that are none",
    args: ["http://BROKEN_SIZE/"],
    differs: {
      code: "8 stands for every message that breaks the rules, as for a length that is none",
    },
  },
  {
    name: "exit code 56: a head that is too large",
    args: ["http://BROKEN_LARGE/"],
    differs: {
      code: "63 stands for what is too large",
    },
  },
  { name: "exit code 23: a folder for a file", args: ["-o", "d", "http://HTTP/echo"], files: { "d/x": "" } },
  { name: "exit code 26: an upload that is not there", args: ["-T", "none", "http://HTTP/"] },
  { name: "exit code 28: a server that is slow", args: ["-m", "0.4", "http://HTTP/slow"] },
  { name: "exit code 28: a body that is slow", args: ["-m", "0.4", "http://HTTP/drip"] },
  { name: "exit code 35: no TLS", args: ["https://HTTP/"] },
  { name: "exit code 47: redirects without end", args: ["-L", "--max-redirs", "1", "http://HTTP/loop"] },
  { name: "exit code 52: no answer", args: ["http://BROKEN_NOTHING/"] },
  {
    name: "exit code 58: a certificate that is none",
    args: ["-E", "CA", "--cacert", "CA", "https://HTTPS/"],
  },
  { name: "exit code 60: an authority that is not known", args: ["https://HTTPS/"] },
  {
    name: "exit code 60: another name",
    args: ["--cacert", "CA", "--connect-to", "a.test:443:HTTPS", "https://a.test/"],
  },
  { name: "exit code 61: what is not gzip", args: ["--compressed", "http://BROKEN_GZIP/"] },
  { name: "exit code 63: a body that is too long", args: ["--max-filesize", "5", "http://HTTP/bytes"] },
  { name: "exit code 77: an authority that is not there", args: ["--cacert", "none", "https://HTTPS/"] },
  {
    name: "exit code 90: another key",
    args: [
      "-k",
      "--pinnedpubkey",
      "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
      "https://HTTPS/",
    ],
  },
  {
    name: "a retry",
    args: ["--retry", "2", "--retry-delay", "1", "http://HTTP/flaky/1"],
    differs: { stdout: BODY_OF_RETRIES },
  },
  {
    name: "a retry of a POST, into a file",
    args: ["--retry", "1", "-d", "a", "-o", "out", "http://HTTP/flaky/1"],
  },
  { name: "a retry with a failure", args: ["-f", "--retry", "1", "http://HTTP/flaky/1"] },
  { name: "retries that do not suffice", args: ["--retry", "1", "-o", "out", "http://HTTP/flaky/5"] },
  {
    name: "a retry when the server says",
    args: ["-f", "--retry", "1", "--retry-delay", "9", "http://HTTP/flaky-after"],
  },
  { name: "no retry of a refused connection", args: ["--retry", "1", "http://CLOSED/"] },
  { name: "no retry of a 404", args: ["--retry", "1", "http://HTTP/status/404"] },
  {
    name: "a retry of every failure",
    args: ["-f", "--retry", "1", "--retry-all-errors", "http://HTTP/status/404"],
  },
];
