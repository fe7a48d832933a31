/**
 * Commands as values: the flags write one, and the rest of the command line reads it.
 *
 * @module
 */

/** The meaning of a data flag's value. */
export type DataKind = "data" | "data-binary" | "data-raw" | "json";

/** A part of the content to send. */
export interface DataPart {
  /** The name of the flag. */
  readonly kind: DataKind;
  /** The flag's value. */
  readonly text: string;
}

/** A URL to fetch, and how. A field that no flag has set is absent. */
export interface FetchCommand {
  /** The action. */
  readonly action: "fetch";
  /** The URL as it was given; not checked yet. */
  readonly url: string;
  /** `--request`. */
  readonly method?: string;
  /** `--header`, `--user-agent` and `--referer`, as fields, in order. */
  readonly headers: readonly string[];
  /** The content. */
  readonly data: readonly DataPart[];
  /** `--head`. */
  readonly head?: boolean;
  /** `--compressed`. */
  readonly compressed?: boolean;
  /** `--location`. */
  readonly location?: boolean;
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
  readonly insecure?: boolean;
  /** `--key-log`. */
  readonly keyLogFile?: string;
  /** `--har`. */
  readonly harFile?: string;
  /** `--explain`: the name of a file; empty: standard error. */
  readonly explain?: string;
  /** `--unix-socket`. */
  readonly unixSocket?: string;
  /** `--resolve`, in order. */
  readonly resolve?: readonly string[];
  /** `--connect-to`, in order. */
  readonly connectTo?: readonly string[];
  /** The last of `--proxy`, `--socks5` and `--socks5-hostname`: a URL, with or without a scheme; `env`; empty: none. */
  readonly proxy?: string;
  /** `--proxy-user`. */
  readonly proxyUser?: string;
  /** `--noproxy`. */
  readonly noProxy?: string;
  /** `--connect-timeout`, in milliseconds. */
  readonly connectTimeout?: number;
  /** `--max-time`, in milliseconds. */
  readonly maxTime?: number;
  /** `--output`; `-` is standard output. */
  readonly output?: string;
  /** `--remote-name`, where no `--output` came after it. */
  readonly remoteName?: boolean;
  /** `--include`, or what `--head` does. */
  readonly include?: boolean;
  /** `--fail`. */
  readonly fail?: boolean;
  /** The amount of messages beside the body. `--verbose` outweighs `--silent`. */
  readonly talk: "silent" | "normal" | "verbose";
}

/** Roots to print. */
export interface ListRootsCommand extends Pick<FetchCommand, "roots" | "caFile"> {
  /** The action. */
  readonly action: "list-roots";
}

/** A command of any action. */
export type Command =
  | FetchCommand
  | ListRootsCommand
  | { readonly action: "help" }
  | { readonly action: "version" };

/** A command while the flags write it, one after the other. */
export type CommandDraft =
  & { -readonly [Name in keyof Omit<FetchCommand, "headers" | "data">]: FetchCommand[Name] }
  & { headers: string[]; data: DataPart[] };

/** The command of a URL without flags. */
export function emptyDraft(url: string): CommandDraft {
  return { action: "fetch", url, headers: [], data: [], talk: "normal" };
}
