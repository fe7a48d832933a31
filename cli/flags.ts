/**
 * The flags of the command line: name, help and reader of each in one place, so that a new flag is one entry here (and
 * a field of the command, if none there holds its value). Where curl has the flag, it means here what it means there;
 * where it cannot, the help says so.
 *
 * @module
 */

import type { Command } from "./command.ts";
import {
  count,
  data,
  fileName,
  type FlagReader,
  headerField,
  listed,
  readPins,
  readTls,
  seconds,
  text,
  turnsOn,
} from "./flag_readers.ts";
import type { FlagForm } from "./given_flags.ts";

/** A flag of the command line. */
export interface Flag extends FlagForm {
  /** Writes the value into the command; absent where the flag asks for an action instead of a fetch. */
  readonly read?: FlagReader;
  /** The action that the flag asks for. */
  readonly action?: Command["action"];
}

/** Every flag, in the order of the help. */
export const FLAGS: readonly Flag[] = [
  {
    name: "request",
    short: "X",
    takes: "METHOD",
    help: ["The method: GET by default, POST with data"],
    read: text("method"),
  },
  {
    name: "header",
    short: "H",
    takes: "FIELD",
    help: ['A field, "Name: value"; "Name;" for an empty value. May be repeated'],
    read: headerField(),
  },
  {
    name: "data",
    short: "d",
    takes: "DATA",
    help: [
      "Send DATA as application/x-www-form-urlencoded. @FILE reads a file without its",
      "line breaks, @- or - standard input. Repeated, the parts are joined with &",
    ],
    read: data("data"),
  },
  {
    name: "data-binary",
    takes: "DATA",
    help: ["As --data, but line breaks stay"],
    read: data("data-binary"),
  },
  {
    name: "data-raw",
    takes: "DATA",
    help: ["As --data, but @ and - mean themselves"],
    read: data("data-raw"),
  },
  {
    name: "json",
    takes: "DATA",
    help: ["As --data-binary, joined with nothing, as application/json, asking for the same"],
    read: data("json"),
  },
  {
    name: "head",
    short: "I",
    help: ["Ask for the head alone (HEAD), and print it to standard output"],
    read: turnsOn("head", "include"),
  },
  {
    name: "user-agent",
    short: "A",
    takes: "NAME",
    help: ["What to call this client"],
    read: headerField("user-agent"),
  },
  {
    name: "referer",
    short: "e",
    takes: "URL",
    help: ["The page that led here"],
    read: headerField("referer"),
  },
  {
    name: "compressed",
    help: [
      "Ask for gzip, br, deflate or zstd and decode it. Without it nothing is asked for,",
      "and the body is printed as it comes",
    ],
    read: turnsOn("compressed"),
  },
  {
    name: "location",
    short: "L",
    help: ["Follow redirects; without it they are printed like any response"],
    read: turnsOn("location"),
  },
  {
    name: "max-redirs",
    takes: "COUNT",
    help: ["How many to follow: 20 by default, -1 for any number"],
    read: count("maxRedirects"),
  },
  {
    name: "http1.1",
    help: ["Offer HTTP/1.1 alone"],
    read: (_value, command) => command.version = "http1.1",
  },
  {
    name: "http2",
    help: ["Offer HTTP/2, then HTTP/1.1, as is done by default. For https: only"],
    read: (_value, command) => command.version = "http2",
  },
  {
    name: "http2-prior-knowledge",
    help: ["Speak HTTP/2 without asking"],
    read: (_value, command) => command.version = "http2-prior-knowledge",
  },
  {
    name: "cacert",
    takes: "FILE",
    help: ["Trust the certificates in FILE (PEM) too, beside --roots"],
    read: text("caFile"),
  },
  {
    name: "cert",
    takes: "FILE",
    help: ["Show the certificate chain in FILE (PEM) to servers that ask"],
    read: text("certFile"),
  },
  {
    name: "key",
    takes: "FILE",
    help: ["Its private key (PEM); by default it is looked for beside the certificate"],
    read: text("keyFile"),
  },
  {
    name: "tls",
    takes: "WHOSE",
    help: [
      "deno: faster; ductile: can do more and show more. Both speak TLS 1.2 and 1.3.",
      "By default deno, and ductile for what deno cannot do",
    ],
    read: readTls,
  },
  {
    name: "roots",
    takes: "WHOSE",
    help: [
      "Whom to trust. deno by default; mozilla or FILE (PEM) alone; native, the system,",
      "with Deno's. Under --tls ductile deno means mozilla, and native is alone, too",
    ],
    read: fileName("roots"),
  },
  {
    name: "list-roots",
    help: ["Print the roots of --roots instead of fetching: name, key, restrictions"],
    action: "list-roots",
  },
  {
    name: "pinnedpubkey",
    takes: "PINS",
    help: ["Keys of which the server's chain must have one: sha256//BASE64, more after ;"],
    read: readPins,
  },
  {
    name: "insecure",
    short: "k",
    help: ["Take any certificate: an attacker in between can read and change everything"],
    read: turnsOn("insecure"),
  },
  {
    name: "key-log",
    takes: "FILE",
    help: [
      "Append the secrets of the connection to FILE, for Wireshark. SSLKEYLOGFILE does so,",
      "too, with --allow-env and --allow-write, where ductile does the TLS",
    ],
    read: fileName("keyLogFile"),
  },
  {
    name: "har",
    takes: "FILE",
    help: [
      "Record the requests in FILE, as HAR 1.2 for the developer tools of a browser. Content",
      "is not recorded; credentials, cookies and tokens are redacted",
    ],
    read: fileName("harFile"),
  },
  {
    name: "explain",
    takes: "FILE",
    isOptional: true,
    help: [
      "Explain the TLS handshake, message by message, on standard error, or in FILE: a page",
      "if its name ends with .html, else text. Ductile does the TLS. Secrets: with --key-log",
    ],
    read: (value, command) => command.explain = value,
  },
  {
    name: "unix-socket",
    takes: "PATH",
    help: ["Connect to this Unix socket, whatever the URL says"],
    read: fileName("unixSocket"),
  },
  {
    name: "resolve",
    takes: "HOST:PORT:ADDRS",
    help: ["The addresses of HOST at PORT, with commas; * is any host. May be repeated"],
    read: listed("resolve"),
  },
  {
    name: "connect-to",
    takes: "H1:P1:H2:P2",
    help: ["Connect to host H2, port P2 for URLs of H1, P1; empty parts are any, or the same"],
    read: listed("connectTo"),
  },
  {
    name: "proxy",
    short: "x",
    takes: "PROXY",
    help: [
      "Connect through PROXY: http://, https://, socks5://, socks5h:// or socks4a://HOST:PORT;",
      "http:// if it has no scheme; the port is 80, 443 or 1080 by default. env: that of",
      "https_proxy, http_proxy, all_proxy and no_proxy, with --allow-env",
    ],
    read: text("proxy"),
  },
  {
    name: "proxy-user",
    short: "U",
    takes: "USER:PASSWORD",
    help: ["The user name and password for the proxy"],
    read: text("proxyUser"),
  },
  {
    name: "noproxy",
    takes: "HOSTS",
    help: ["Connect to these directly: names, addresses, CIDRs or *, with commas between them"],
    read: text("noProxy"),
  },
  {
    name: "socks5",
    takes: "HOST",
    help: ["As --proxy socks5://HOST: names are looked up here"],
    read: (value, command) => command.proxy = `socks5://${value}`,
  },
  {
    name: "socks5-hostname",
    takes: "HOST",
    help: ["As --proxy socks5h://HOST: names are looked up by the proxy"],
    read: (value, command) => command.proxy = `socks5h://${value}`,
  },
  {
    name: "connect-timeout",
    takes: "SECONDS",
    help: ["How long to connect, and then to shake hands: 30 each by default"],
    read: seconds("connectTimeout"),
  },
  {
    name: "max-time",
    short: "m",
    takes: "SECONDS",
    help: ["How long everything may take"],
    read: seconds("maxTime"),
  },
  {
    name: "output",
    short: "o",
    takes: "FILE",
    help: ["Write the body to FILE, with a progress bar on a terminal; - is standard output"],
    read: (value, command) => {
      command.output = value;
      delete command.remoteName; // of the two, the last counts
    },
  },
  {
    name: "remote-name",
    short: "O",
    help: ["Write the body to a file named as the URL's path ends"],
    read: turnsOn("remoteName"),
  },
  {
    name: "include",
    short: "i",
    help: ["Print the response's head to the output too, secrets and all"],
    read: turnsOn("include"),
  },
  {
    name: "fail",
    short: "f",
    help: ["Fail on a status of 400 or above, and print no body"],
    read: turnsOn("fail"),
  },
  {
    name: "silent",
    short: "s",
    help: ["Print the body and errors, nothing else"],
    read: (_value, command) => command.talk = command.talk === "verbose" ? "verbose" : "silent",
  },
  {
    name: "show-error",
    short: "S",
    help: ["Errors are always shown; taken for the sake of -sS"],
    read: () => {},
  },
  {
    name: "verbose",
    short: "v",
    help: ["Print request, redirects, 1xx responses, trailers, timings and certificates too"],
    read: (_value, command) => command.talk = "verbose",
  },
  {
    name: "help",
    short: "h",
    help: ["Print this"],
    action: "help",
  },
  {
    name: "version",
    short: "V",
    help: ["Print the version"],
    action: "version",
  },
];
