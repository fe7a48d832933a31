/**
 * From arguments to a command. Nothing is looked up, read or connected here.
 *
 * @module
 */

import { usageError } from "./error.ts";
import type { FlagName } from "./flags.ts";
import { type GivenFlag, readFlags } from "./given_flags.ts";
import { checkTrust, readPins } from "./trust_flags.ts";

/** How the text after a data flag is meant. */
export type DataKind = "data" | "data-binary" | "data-raw" | "json";

/** A part of the content to send. */
export interface DataPart {
  /** The flag that it came with. */
  readonly kind: DataKind;
  /** The flag's value. */
  readonly text: string;
}

/** A URL to fetch, and how. */
export interface FetchCommand {
  /** What to do. */
  readonly action: "fetch";
  /** Where to; not checked yet. */
  readonly url: string;
  /** `--request`. */
  readonly method?: string;
  /** `--header`, `--user-agent` and `--referer`, as fields, in order. */
  readonly headers: readonly string[];
  /** The content. */
  readonly data: readonly DataPart[];
  /** `--head`. */
  readonly head: boolean;
  /** `--compressed`. */
  readonly compressed: boolean;
  /** `--location`. */
  readonly location: boolean;
  /** `--max-redirs`; may be `Infinity`. */
  readonly maxRedirects?: number;
  /** The last of `--http1.1`, `--http2` and `--http2-prior-knowledge`. */
  readonly version?: "http1.1" | "http2" | "http2-prior-knowledge";
  /** `--cacert`. */
  readonly caFile?: string;
  /** `--cert`. */
  readonly certFile?: string;
  /** `--key`. */
  readonly keyFile?: string;
  /** `--tls`. */
  readonly tls?: "deno" | "ductile";
  /** `--roots`: `deno`, `mozilla`, `native` or the name of a file. */
  readonly roots?: string;
  /** `--pinnedpubkey`, one pin each. */
  readonly pins?: readonly string[];
  /** `--insecure`. */
  readonly insecure: boolean;
  /** `--key-log`. */
  readonly keyLogFile?: string;
  /** `--connect-timeout`, in milliseconds. */
  readonly connectTimeout?: number;
  /** `--max-time`, in milliseconds. */
  readonly maxTime?: number;
  /** `--output`; `-` is standard output. */
  readonly output?: string;
  /** `--remote-name`, where no `--output` came after it. */
  readonly remoteName: boolean;
  /** `--include`, or what `--head` does. */
  readonly include: boolean;
  /** `--fail`. */
  readonly fail: boolean;
  /** What is said beside the body. `--verbose` outweighs `--silent`. */
  readonly talk: "silent" | "normal" | "verbose";
}

/** Roots to print. */
export interface ListRootsCommand extends Pick<FetchCommand, "roots" | "caFile"> {
  /** What to do. */
  readonly action: "list-roots";
}

/** What the arguments ask for. */
export type Command =
  | FetchCommand
  | ListRootsCommand
  | { readonly action: "help" }
  | { readonly action: "version" };

/**
 * Reads the arguments.
 *
 * @param args What stands after the program's name.
 * @throws {CliError} `usage`.
 */
export function parseArguments(args: readonly string[]): Command {
  const { flags, positionals } = readFlags(args);
  if (flags.some(({ name }) => name === "help")) return { action: "help" };
  if (flags.some(({ name }) => name === "version")) return { action: "version" };
  const [url, ...more] = positionals;
  if (flags.some(({ name }) => name === "list-roots")) return listRoots(flags, url);
  if (url === undefined) throw usageError("Cannot fetch: there is no URL");
  if (more.length > 0) {
    throw usageError("Cannot fetch more than one URL", "Put quotes around arguments with spaces.");
  }
  return checked(fold(flags, url));
}

/** Puts the flags together; of a flag that is given twice, the last counts. */
function fold(flags: readonly GivenFlag[], url: string): FetchCommand {
  const headers: string[] = [];
  const data: DataPart[] = [];
  const given = new Set<FlagName>();
  const command: { -readonly [Key in keyof FetchCommand]?: FetchCommand[Key] } = {};
  for (const { name, value } of flags) {
    given.add(name);
    switch (name) {
      case "header":
        headers.push(value);
        break;
      case "user-agent":
        headers.push(`user-agent: ${value}`);
        break;
      case "referer":
        headers.push(`referer: ${value}`);
        break;
      case "data":
      case "data-binary":
      case "data-raw":
      case "json":
        data.push({ kind: name, text: value });
        break;
      case "request":
        command.method = value;
        break;
      case "max-redirs":
        command.maxRedirects = count(name, value);
        break;
      case "http1.1":
      case "http2":
      case "http2-prior-knowledge":
        command.version = name;
        break;
      case "cacert":
        command.caFile = value;
        break;
      case "cert":
        command.certFile = value;
        break;
      case "key":
        command.keyFile = value;
        break;
      case "tls":
        if (value !== "deno" && value !== "ductile") {
          throw usageError(`Cannot use --tls: "${value}" is neither deno nor ductile`);
        }
        command.tls = value;
        break;
      case "roots":
        if (value === "") throw usageError("Cannot use --roots: the name of the file is empty");
        command.roots = value;
        break;
      case "pinnedpubkey":
        command.pins = readPins(value);
        break;
      case "key-log":
        if (value === "") throw usageError("Cannot use --key-log: the name of the file is empty");
        command.keyLogFile = value;
        break;
      case "connect-timeout":
        command.connectTimeout = milliseconds(name, value);
        break;
      case "max-time":
        command.maxTime = milliseconds(name, value);
        break;
      case "output":
        command.output = value;
        command.remoteName = false;
        break;
      case "remote-name":
        command.remoteName = true;
        break;
      case "head":
      case "compressed":
      case "location":
      case "insecure":
      case "list-roots":
      case "include":
      case "fail":
      case "silent":
      case "show-error":
      case "verbose":
      case "help":
      case "version":
        break; // all that counts is that they were given
    }
  }
  return {
    action: "fetch",
    url,
    headers,
    data,
    head: given.has("head"),
    compressed: given.has("compressed"),
    location: given.has("location"),
    insecure: given.has("insecure"),
    remoteName: false,
    include: given.has("include") || given.has("head"),
    fail: given.has("fail"),
    talk: given.has("verbose") ? "verbose" : given.has("silent") ? "silent" : "normal",
    ...command,
  };
}

/** Refuses flags that cannot be honoured, alone or together. */
function checked(command: FetchCommand): FetchCommand {
  const { data, head, keyFile, certFile, output, version, url } = command;
  checkTrust(command);
  if (head && data.length > 0) throw usageError("Cannot use --head with data: a HEAD request has no content");
  if (data.some(({ kind }) => kind === "json") && data.some(({ kind }) => kind !== "json")) {
    throw usageError("Cannot use --json beside another kind of data");
  }
  if (keyFile !== undefined && certFile === undefined) throw usageError("Cannot use --key without --cert");
  if (output === "") throw usageError("Cannot use --output: the name of the file is empty");
  if (version === "http2" && /^http:/i.test(url)) {
    throw usageError(
      "Cannot use --http2 with an http: URL: there is no TLS to ask for it",
      "Use --http2-prior-knowledge if the server is known to speak HTTP/2, or an https: URL.",
    );
  }
  return command;
}

function listRoots(flags: readonly GivenFlag[], url: string | undefined): ListRootsCommand {
  const beside = flags.find(({ name }) => !["list-roots", "roots", "cacert"].includes(name));
  if (url !== undefined || beside !== undefined) {
    const what = beside === undefined ? "a URL" : `--${beside.name}`;
    throw usageError(`Cannot use --list-roots with ${what}: nothing is fetched`);
  }
  const { roots, caFile } = fold(flags, "");
  return {
    action: "list-roots",
    ...(roots !== undefined && { roots }),
    ...(caFile !== undefined && { caFile }),
  };
}

/** The longest time that the runtime's timers keep, in seconds. */
const MAX_SECONDS = 2_147_483;

function milliseconds(name: FlagName, value: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : NaN;
  if (!(seconds <= MAX_SECONDS)) {
    throw usageError(`Cannot use --${name}: "${value}" is no number of seconds from 0 to ${MAX_SECONDS}`);
  }
  return Math.ceil(seconds * 1_000);
}

function count(name: FlagName, value: string): number {
  if (value === "-1") return Infinity;
  const number = /^\d+$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(number)) {
    throw usageError(`Cannot use --${name}: "${value}" is no count, and not -1`);
  }
  return number;
}
