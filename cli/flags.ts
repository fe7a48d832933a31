/**
 * The flags of the command line, and the help that is written from them. Where curl has the flag, it means here
 * what it means there; where it cannot, the help says so.
 *
 * @module
 */

import { EXIT_CODES } from "./error.ts";

/** A flag's long name. */
export type FlagName =
  | "request"
  | "header"
  | "data"
  | "data-binary"
  | "data-raw"
  | "json"
  | "head"
  | "user-agent"
  | "referer"
  | "compressed"
  | "location"
  | "max-redirs"
  | "http1.1"
  | "http2"
  | "http2-prior-knowledge"
  | "cacert"
  | "cert"
  | "key"
  | "tls"
  | "roots"
  | "list-roots"
  | "pinnedpubkey"
  | "insecure"
  | "key-log"
  | "connect-timeout"
  | "max-time"
  | "output"
  | "remote-name"
  | "include"
  | "fail"
  | "silent"
  | "show-error"
  | "verbose"
  | "help"
  | "version";

/** What there is to know about a flag. */
export interface Flag {
  /** Its one letter. */
  readonly short?: string;
  /** What its value is; absent where it takes none. */
  readonly takes?: string;
  /** What it does, as lines of help. */
  readonly help: readonly string[];
}

/** Every flag, in the order of the help. */
export const FLAGS: Readonly<Record<FlagName, Flag>> = {
  request: { short: "X", takes: "METHOD", help: ["The method: GET by default, POST with data"] },
  header: {
    short: "H",
    takes: "FIELD",
    help: ['A field, "Name: value"; "Name;" for an empty value. May be repeated'],
  },
  data: {
    short: "d",
    takes: "DATA",
    help: [
      "Send DATA as application/x-www-form-urlencoded. @FILE reads a file without its",
      "line breaks, @- or - standard input. Repeated, the parts are joined with &",
    ],
  },
  "data-binary": { takes: "DATA", help: ["As --data, but line breaks stay"] },
  "data-raw": { takes: "DATA", help: ["As --data, but @ and - mean themselves"] },
  json: {
    takes: "DATA",
    help: ["As --data-binary, joined with nothing, as application/json, asking for the same"],
  },
  head: { short: "I", help: ["Ask for the head alone (HEAD), and print it to standard output"] },
  "user-agent": { short: "A", takes: "NAME", help: ["What to call this client"] },
  referer: { short: "e", takes: "URL", help: ["The page that led here"] },
  compressed: {
    help: [
      "Ask for gzip, br, deflate or zstd and decode it. Without it nothing is asked for,",
      "and the body is printed as it comes",
    ],
  },
  location: { short: "L", help: ["Follow redirects; without it they are printed like any response"] },
  "max-redirs": { takes: "COUNT", help: ["How many to follow: 20 by default, -1 for any number"] },
  "http1.1": { help: ["Offer HTTP/1.1 alone"] },
  http2: { help: ["Offer HTTP/2, then HTTP/1.1, as is done by default. For https: only"] },
  "http2-prior-knowledge": { help: ["Speak HTTP/2 without asking"] },
  cacert: { takes: "FILE", help: ["Trust the certificates in FILE (PEM) too, beside --roots"] },
  cert: { takes: "FILE", help: ["Show the certificate chain in FILE (PEM) to servers that ask"] },
  key: { takes: "FILE", help: ["Its private key (PEM); by default it is looked for beside the certificate"] },
  tls: {
    takes: "WHOSE",
    help: [
      "deno: faster, TLS 1.2 and 1.3; ductile: can do more and show more, TLS 1.3 alone.",
      "By default deno, and ductile for what deno cannot do",
    ],
  },
  roots: {
    takes: "WHOSE",
    help: [
      "Whom to trust. deno by default; mozilla or FILE (PEM) alone; native, the system,",
      "with Deno's own. Under --tls ductile deno means mozilla, and native is alone, too",
    ],
  },
  "list-roots": { help: ["Print the roots of --roots instead of fetching: name, key, restrictions"] },
  pinnedpubkey: {
    takes: "PINS",
    help: ["Keys of which the server's chain must have one: sha256//BASE64, more after ;"],
  },
  insecure: {
    short: "k",
    help: ["Take any certificate: whoever is in between can read and change everything"],
  },
  "key-log": {
    takes: "FILE",
    help: [
      "Append the secrets of the connection to FILE, for Wireshark. SSLKEYLOGFILE does so,",
      "too, with --allow-env and --allow-write, where ductile does the TLS",
    ],
  },
  "connect-timeout": {
    takes: "SECONDS",
    help: ["How long to connect, and then to shake hands: 30 each by default"],
  },
  "max-time": { short: "m", takes: "SECONDS", help: ["How long everything may take"] },
  output: {
    short: "o",
    takes: "FILE",
    help: ["Write the body to FILE, with a progress bar on a terminal; - is standard output"],
  },
  "remote-name": { short: "O", help: ["Write the body to a file named as the URL's path ends"] },
  include: { short: "i", help: ["Print the response's head to the output too, secrets and all"] },
  fail: { short: "f", help: ["Fail on a status of 400 or above, and print no body"] },
  silent: { short: "s", help: ["Print the body and errors, nothing else"] },
  "show-error": { short: "S", help: ["Errors are always shown; taken for the sake of -sS"] },
  verbose: {
    short: "v",
    help: ["Print request, redirects, 1xx responses, trailers, timings and certificates too"],
  },
  help: { short: "h", help: ["Print this"] },
  version: { short: "V", help: ["Print the version"] },
};

/** All flags, each with its name. */
export const FLAG_LIST: readonly (Flag & { readonly name: FlagName })[] = Object.entries(FLAGS).map(
  ([name, flag]) => ({ name: name as FlagName, ...flag }), // the keys of FLAGS
);

/** How to run it. */
export const USAGE = "deno run -N jsr:@ductile/ductile [FLAG ...] URL";

/** The text of `--help`. */
export function helpText(): string {
  const flags = FLAG_LIST.flatMap(({ name, short, takes, help }) => {
    const left = `${short === undefined ? "   " : `-${short},`} --${name}${
      takes === undefined ? "" : ` ${takes}`
    }`;
    return help.map((line, i) => `  ${(i === 0 ? left : "").padEnd(FLAG_WIDTH)} ${line}`);
  });
  const codes = EXIT_CODES.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`);
  return `Usage: ${USAGE}

Fetches URL. The body goes to standard output; the connection and the head of the response to standard
error. Credentials (authorization, cookies, userinfo) are not shown there.

Flags
${flags.join("\n")}

Short flags combine (-sL), values may be attached (-XPUT, --request=PUT), and -- ends the flags.
It needs --allow-net (-N) for the host, --allow-read (-R) to read a named file, --allow-write (-W) to write one.

Exit codes
${codes.join("\n")}
`;
}

const FLAG_WIDTH = 29;
