/** What arguments are a command, and which are refused. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseArguments } from "../../cli/arguments.ts";
import type { FetchCommand, Operation } from "../../cli/command.ts";
import { operationsOf, transferOf } from "./commands.ts";
import { CliError, ExitCode } from "../../cli/error.ts";
import { REFUSED_FLAGS } from "../../cli/flags/refused_flags.ts";

const URL_ = "https://example.com/";

const PIN = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/** What a URL alone asks for. */
const PLAIN: FetchCommand = {
  url: URL_,
  index: 0,
  headers: [],
  data: [],
  talk: "normal",
};

interface Accepted {
  readonly name: string;
  readonly args: readonly string[];
  /** What differs from {@linkcode PLAIN}. */
  readonly asks: Partial<FetchCommand>;
}

const ACCEPTED: readonly Accepted[] = [
  { name: "a URL alone is fetched", args: [URL_], asks: {} },
  { name: "the method may be apart", args: ["-X", "PUT", URL_], asks: { method: "PUT" } },
  { name: "the method may be attached", args: ["-XPUT", URL_], asks: { method: "PUT" } },
  { name: "the method may follow an equals sign", args: ["--request=PUT", URL_], asks: { method: "PUT" } },
  { name: "the method may follow its long flag", args: ["--request", "PUT", URL_], asks: { method: "PUT" } },
  {
    name: "a value may hold an equals sign",
    args: ["--data=a=b", URL_],
    asks: { data: [{ kind: "data", text: "a=b" }] },
  },
  { name: "a value may be empty", args: ["--data=", URL_], asks: { data: [{ kind: "data", text: "" }] } },
  {
    name: "a value may begin with a dash",
    args: ["-d", "-5", URL_],
    asks: { data: [{ kind: "data", text: "-5" }] },
  },
  {
    name: "a value may be two dashes",
    args: ["-d", "--", URL_],
    asks: { data: [{ kind: "data", text: "--" }] },
  },
  { name: "an optional value may be left out", args: ["--explain", URL_], asks: { explain: "" } },
  {
    name: "an optional value follows an equals sign",
    args: ["--explain=page.html", URL_],
    asks: { explain: "page.html" },
  },
  { name: "short flags combine", args: ["-sL", URL_], asks: { talk: "silent", location: true } },
  {
    name: "the last of combined flags may take the next argument",
    args: ["-sLo", "file", URL_],
    asks: { talk: "silent", location: true, output: "file" },
  },
  {
    name: "the last of combined flags may have its value attached",
    args: ["-sLofile", URL_],
    asks: { talk: "silent", location: true, output: "file" },
  },
  { name: "flags may follow the URL", args: [URL_, "-f"], asks: { fail: "without_body" } },
  { name: "two dashes end the flags", args: ["-f", "--", URL_], asks: { fail: "without_body" } },
  { name: "after two dashes a dash begins a URL", args: ["--", "-f"], asks: { url: "-f" } },
  {
    name: "headers keep their order, and those with flags of their own join them",
    args: ["-H", "A: 1", "-A", "me", "-e", "https://x/", "-H", "B;", URL_],
    asks: { headers: ["A: 1", "user-agent: me", "referer: https://x/", "B;"] },
  },
  {
    name: "data keeps its order and kinds",
    args: ["-d", "a", "--data-binary", "b", "--data-raw", "@c", URL_],
    asks: {
      data: [
        { kind: "data", text: "a" },
        { kind: "data-binary", text: "b" },
        { kind: "data-raw", text: "@c" },
      ],
    },
  },
  {
    name: "JSON may be given in pieces",
    args: ["--json", "{", "--json", "}", URL_],
    asks: { data: [{ kind: "json", text: "{" }, { kind: "json", text: "}" }] },
  },
  { name: "HEAD prints what it asks for", args: ["-I", URL_], asks: { head: true, include: true } },
  { name: "the last version counts", args: ["--http2", "--http1.1", URL_], asks: { version: "http1.1" } },
  {
    name: "prior knowledge works on a plain URL",
    args: ["--http2-prior-knowledge", "http://x/"],
    asks: { url: "http://x/", version: "http2-prior-knowledge" },
  },
  {
    name: "seconds become milliseconds",
    args: ["--connect-timeout", "1.5", "-m", "0.0004", URL_],
    asks: { connectTimeout: 1_500, maxTime: 1 },
  },
  {
    name: "the longest timeout is one that a timer keeps",
    args: ["-m", "2147483", URL_],
    asks: { maxTime: 2_147_483_000 },
  },
  { name: "redirects may be counted", args: ["--max-redirs", "0", URL_], asks: { maxRedirects: 0 } },
  {
    name: "redirects may be without end",
    args: ["--max-redirs", "-1", URL_],
    asks: { maxRedirects: Infinity },
  },
  {
    name: "files are only named",
    args: ["--cacert", "a", "--cert", "b", "--key", "c", URL_],
    asks: { caFile: "a", certFile: "b", keyFile: "c" },
  },
  { name: "verbose outweighs silent", args: ["-s", "-v", URL_], asks: { talk: "verbose" } },
  { name: "errors are shown in any case", args: ["-sS", URL_], asks: { talk: "silent" } },
  { name: "the first output is the first URL's", args: ["-O", "-o", "x", URL_], asks: { remoteName: true } },
  { name: "no output is left for it", args: ["-o", "x", "-O", URL_], asks: { output: "x" } },
  { name: "content may be decoded", args: ["--compressed", URL_], asks: { compressed: true } },
  { name: "the head may be part of the output", args: ["-i", URL_], asks: { include: true } },
  {
    name: "certificates may be passed over",
    args: ["-skL", URL_],
    asks: { insecure: true, talk: "silent", location: true },
  },
  {
    name: "TLS may be Deno's",
    args: ["--tls", "deno", "--roots", "native", URL_],
    asks: { tls: "deno", roots: "native" },
  },
  {
    name: "TLS may be Ductile's",
    args: ["--tls=ductile", "-k", URL_],
    asks: { tls: "ductile", insecure: true },
  },
  { name: "roots may be a file", args: ["--roots", "a.pem", URL_], asks: { roots: "a.pem" } },
  { name: "a key may be pinned", args: ["--pinnedpubkey", PIN, URL_], asks: { pins: [PIN] } },
  {
    name: "several keys may be pinned",
    args: ["--pinnedpubkey", `${PIN};${PIN}`, "-k", URL_],
    asks: { pins: [PIN, PIN], insecure: true },
  },
  { name: "requests may be recorded", args: ["--har", "x", URL_], asks: { harFile: "x" } },
  { name: "secrets may be logged", args: ["--key-log", "x", URL_], asks: { keyLogFile: "x" } },
];

for (const { name, args, asks } of ACCEPTED) {
  Deno.test(`parseArguments: ${name}`, () => {
    assertEquals(transferOf(args), { ...PLAIN, ...asks });
  });
}

const REFUSED: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly says: string;
  readonly hint?: string;
}[] = [
  { name: "no URL", args: [], says: "there is no URL", hint: "--help" },
  { name: "flags behind --next without a URL", args: [URL_, "--next", "-k"], says: "there is no URL" },
  {
    name: "an unknown flag",
    args: ["--frobnicate", URL_],
    says: "--frobnicate: there is no such flag",
    hint: "--help",
  },
  { name: "an unknown letter among known ones", args: ["-sZ", URL_], says: "-Z: URLs are fetched one after" },
  {
    name: "a flag that is nearly one",
    args: ["--head1", URL_],
    says: "--head1",
    hint: "Did you mean --head?",
  },
  {
    name: "a misspelt flag with a value, without showing the value",
    args: ["--requst=secret", URL_],
    says: "--requst:",
    hint: "--request",
  },
  {
    name: "a letter with a credential attached, without showing it",
    args: ["-yuser:secret", URL_],
    says: "-y:",
  },
  { name: "a missing value at the end", args: [URL_, "-X"], says: "-X: it needs a value, METHOD" },
  {
    name: "a missing value of a long flag",
    args: [URL_, "--output"],
    says: "--output: it needs a value, FILE",
  },
  {
    name: "a value for a flag that takes none",
    args: ["--location=yes", URL_],
    says: "--location with a value",
  },
  {
    name: "an optional value that is empty",
    args: ["--explain=", URL_],
    says: "nothing behind the equals sign",
  },
  {
    name: "an explanation without TLS",
    args: ["--explain", "http://x/"],
    says: "there is no TLS to explain",
  },
  { name: "a time that is no number", args: ["-m", "soon", URL_], says: '--max-time: "soon"' },
  { name: "a negative time", args: ["-m", "-1", URL_], says: '--max-time: "-1"' },
  {
    name: "a time that no timer keeps",
    args: ["--connect-timeout", "2147484", URL_],
    says: "--connect-timeout",
  },
  { name: "a count that is no number", args: ["--max-redirs", "1.5", URL_], says: '--max-redirs: "1.5"' },
  { name: "a count below -1", args: ["--max-redirs", "-2", URL_], says: '--max-redirs: "-2"' },
  { name: "a count beyond 2^53", args: ["--max-redirs", "9007199254740992", URL_], says: "--max-redirs" },
  { name: "a time without its first digit", args: ["-m", ".5", URL_], says: '--max-time: ".5"' },
  { name: "a time without its last digit", args: ["-m", "5.", URL_], says: '--max-time: "5."' },
  { name: "a socket without a name", args: ["--unix-socket=", URL_], says: "the name of the file is empty" },
  {
    name: "a TLS explained in letters of another case",
    args: ["--explain", "HTTP://x/"],
    says: "no TLS to explain",
  },
  {
    name: "HTTP/2 asked for in letters of another case",
    args: ["--http2", "HTTP://x/"],
    says: "no TLS to ask",
  },
  {
    name: "roots to list and a key",
    args: ["--list-roots", "--roots", "a", "--key", "x"],
    says: "with --key",
  },
  { name: "HEAD with content", args: ["-I", "-d", "x", URL_], says: "--head with data" },
  { name: "JSON beside a form", args: ["--json", "{}", "-d", "x", URL_], says: "--json beside another kind" },
  { name: "a key without a certificate", args: ["--key", "k", URL_], says: "--key without --cert" },
  { name: "a file without a name", args: ["--output=", URL_], says: "the name of the file is empty" },
  {
    name: "asking for HTTP/2 without TLS to ask by",
    args: ["--http2", "http://x/"],
    says: "no TLS to ask",
    hint: "--http2-prior-knowledge",
  },
  {
    name: "an authority beside --insecure",
    args: ["-k", "--cacert", "a", URL_],
    says: "--cacert with --insecure",
  },
  { name: "roots beside --insecure", args: ["-k", "--roots", "a", URL_], says: "--roots with" },
  { name: "a TLS that does not exist", args: ["--tls", "openssl", URL_], says: '"openssl" is neither' },
  { name: "roots without a name", args: ["--roots=", URL_], says: "--roots: the name of the file is empty" },
  { name: "a recording without a name", args: ["--har=", URL_], says: "--har: the name of the file" },
  { name: "a key log without a name", args: ["--key-log=", URL_], says: "--key-log: the name of the file" },
  {
    name: "a pin that is none",
    args: ["--pinnedpubkey", "sha256//AAAA", URL_],
    says: "--pinnedpubkey: it is not sha256//",
    hint: "--verbose",
  },
  { name: "a file of pinned keys", args: ["--pinnedpubkey", "key.pem", URL_], says: "--pinnedpubkey" },
  {
    name: "a pin and something else",
    args: ["--pinnedpubkey", `${PIN};`, URL_],
    says: "--pinnedpubkey: it is not sha256//",
  },
  ...[
    ["-k"],
    ["--pinnedpubkey", PIN],
    ["--key-log", "x"],
    ["--explain"],
    ["--roots", "mozilla"],
    ["--roots", "x.pem"],
  ].map((args) => ({
    name: `Deno's TLS with ${args.join(" ")}`,
    args: ["--tls", "deno", ...args, URL_],
    says: "with --tls deno: Deno's TLS cannot do this",
    hint: "Leave out --tls",
  })),
  { name: "roots to list and a URL to fetch", args: ["--list-roots", URL_], says: "--list-roots with a URL" },
  { name: "roots to list and a body to keep", args: ["--list-roots", "-o", "x"], says: "with --output" },
];

for (const { name, args, says, hint = "" } of REFUSED) {
  Deno.test(`parseArguments refuses ${name}`, () => {
    const error = assertThrows(() => parseArguments(args), CliError);
    assertEquals(error.exitCode, ExitCode.usage);
    assertStringIncludes(error.message, says);
    assertStringIncludes(error.hint ?? "", hint);
    assert(!`${error.message}${error.hint}`.includes("secret"));
  });
}

Deno.test("parseArguments: --help and --version outweigh everything but an unknown flag", () => {
  assertEquals(parseArguments(["-k", "--help"]), { action: "help" });
  assertEquals(parseArguments(["-hV"]), { action: "help" });
  assertEquals(parseArguments(["--list-roots", "-h"]), { action: "help" });
  assertEquals(parseArguments(["--version", URL_]), { action: "version" });
  assertThrows(() => parseArguments(["--help", "--hepl"]), CliError);
});

Deno.test("parseArguments: roots may be listed without a URL", () => {
  assertEquals(parseArguments(["--list-roots"]), { action: "list-roots" });
  assertEquals(parseArguments(["--cacert", "a", "--roots=native", "--list-roots"]), {
    action: "list-roots",
    roots: "native",
    caFile: "a",
  });
});

Deno.test("parseArguments: the n-th URL has the n-th output and upload, and --next begins anew", () => {
  const operations = operationsOf([
    "-k",
    "-o",
    "a",
    "-O",
    "u1",
    "--url",
    "u2",
    "u3",
    "--next",
    "-sT",
    "f",
    "u4",
  ]);
  const rows = operations.map(({ urls, outputs, uploads, insecure, talk }: Operation) => ({
    urls,
    outputs,
    uploads,
    insecure,
    talk,
  }));
  assertEquals(rows, [
    {
      urls: ["u1", "u2", "u3"],
      outputs: [{ path: "a" }, { remote: true }],
      uploads: [],
      insecure: true,
      talk: "normal",
    },
    { urls: ["u4"], outputs: [], uploads: ["f"], insecure: undefined, talk: "silent" },
  ]);
});

Deno.test("parseArguments: flags of curl that are refused have their reason, each name and letter", () => {
  for (const [name, reason] of Object.entries(REFUSED_FLAGS)) {
    const shown = name.length === 1 ? `-${name}` : `--${name}`;
    const error = assertThrows(() => parseArguments([shown, URL_]), CliError);
    assertEquals(error.message, `Cannot use ${shown}: ${reason}`);
  }
});

const NEAREST = [
  ["--requets", "request"],
  ["--max-tiem", "max-time"],
  ["--fail-withbody", "fail-with-body"],
  ["--cooki", "cookie"],
  ["--datta", "data"],
  ["--reques", "request"],
] as const;

for (const [given, near] of NEAREST) {
  Deno.test(`parseArguments: beside ${given} the nearest flag is named`, () => {
    const error = assertThrows(() => parseArguments([given, URL_]), CliError);
    assertEquals(error.hint, `Did you mean --${near}? See --help.`);
  });
}
