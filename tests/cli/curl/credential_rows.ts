/**
 * Invocations about credentials and cookies.
 *
 * @module
 */

import type { Row } from "./compare.ts";

const NETRC = "machine 127.0.0.1 login me password pw\ndefault login any password one\n";
const JAR = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tid\t7\n" +
  "#HttpOnly_127.0.0.1\tFALSE\t/echo\tFALSE\t4070908800\tlong\t8\n" +
  "127.0.0.1\tFALSE\t/\tFALSE\t1\told\t9\nother.test\tTRUE\t/\tFALSE\t0\telse\t1\n";

/** The rows. */
export const CREDENTIAL_ROWS: readonly Row[] = [
  { name: "a user and a password", args: ["-u", "me:p:w", "http://HTTP/auth"] },
  { name: "an empty password", args: ["-u", "me:", "http://HTTP/auth"] },
  { name: "credentials in the URL", args: ["http://me:p%20w@HTTP/auth"] },
  { name: "credentials in the URL and a flag", args: ["-u", "a:b", "http://me:pw@HTTP/auth"] },
  { name: "credentials and a field", args: ["-u", "a:b", "-H", "Authorization: X y", "http://HTTP/auth"] },
  { name: "credentials on a redirect", args: ["-L", "-u", "a:b", "http://HTTP/redirect/302"] },
  { name: "credentials on a redirect elsewhere", args: ["-L", "-u", "a:b", "http://HTTP/elsewhere"] },
  {
    name: "a field with credentials on a redirect elsewhere",
    args: ["-L", "-H", "Authorization: X y", "http://HTTP/elsewhere"],
  },
  { name: "a token", args: ["--oauth2-bearer", "tok", "http://HTTP/auth"] },
  { name: "no credentials", args: ["http://HTTP/auth"] },
  { name: "a .netrc", args: ["-n", "http://HTTP/auth"], files: { ".netrc": NETRC } },
  {
    name: "a .netrc whose entry has no credentials",
    args: ["--netrc-file", "n", "http://HTTP/auth"],
    files: { n: "default\n" },
  },
  { name: "a .netrc that is not there", args: ["-n", "http://HTTP/auth"] },
  { name: "another .netrc", args: ["--netrc-file", "n", "http://HTTP/auth"], files: { n: NETRC } },
  {
    name: "a .netrc for any host",
    args: ["--netrc-file", "n", "http://localhost:HTTP_PORT/auth"],
    files: { n: NETRC },
  },
  {
    name: "a .netrc beside a flag",
    args: ["-n", "-u", "a:b", "http://HTTP/auth"],
    files: { ".netrc": NETRC },
  },
  {
    name: "a .netrc that is optional",
    args: ["--netrc-optional", "http://x:y@HTTP/auth"],
    files: { ".netrc": NETRC },
  },
  {
    name: "a .netrc of several lines, in quotes",
    args: ["-n", "http://HTTP/auth"],
    files: { ".netrc": 'machine x login a\nmachine 127.0.0.1\n  login "m e"\n  password "p\\"w"\n' },
  },
  { name: "cookies", args: ["-b", "a=1; b=2", "http://HTTP/echo"] },
  { name: "cookies on a redirect", args: ["-L", "-b", "a=1", "http://HTTP/redirect/302"] },
  {
    name: "cookies on a redirect elsewhere",
    args: ["-L", "-b", "a=1", "http://HTTP/elsewhere"],
    differs: {
      seen: "cookies of the command line go to the first origin alone; to curl another port is no other host",
    },
  },
  { name: "cookies from a file", args: ["-b", "jar", "http://HTTP/echo"], files: { jar: JAR } },
  { name: "cookies from a file, by path", args: ["-b", "jar", "http://HTTP/auth"], files: { jar: JAR } },
  {
    name: "cookies from a file without the session's",
    args: ["-j", "-b", "jar", "http://HTTP/echo"],
    files: { jar: JAR },
  },
  {
    name: "cookies from a file and a text",
    args: ["-b", "jar", "-b", "x=1", "http://HTTP/auth"],
    files: { jar: JAR },
  },
  { name: "cookies of redirects, without a file", args: ["-L", "-b", "", "http://HTTP/set-go"] },
  { name: "cookies from a file that is not there", args: ["-b", "none", "http://HTTP/echo"] },
  { name: "cookies that are kept", args: ["-c", "jar", "http://HTTP/set"] },
  { name: "cookies that are printed", args: ["-c", "-", "http://HTTP/set"] },
  { name: "cookies that are hidden and last", args: ["-c", "jar", "http://HTTP/set-secret"] },
  {
    name: "cookies of other bytes",
    args: ["-b", "jar", "-c", "jar", "http://HTTP/set-bytes", "http://HTTP/echo"],
  },
  { name: "no cookies to keep", args: ["-c", "jar", "http://HTTP/echo"] },
  { name: "cookies that a redirect sets", args: ["-L", "-c", "jar", "http://HTTP/set-go"] },
  { name: "cookies from one URL to the next", args: ["-c", "jar", "http://HTTP/set", "http://HTTP/echo"] },
  {
    name: "cookies that are taken over and kept",
    args: ["-b", "jar", "-c", "jar", "http://HTTP/set"],
    files: { jar: "127.0.0.1\tFALSE\t/\tFALSE\t4070908800\tx\t8\n" },
    differs: { files: "cookies of a file are written in the order in which they came" },
  },
];
