/**
 * Commands as values: the flags write one, and the rest of the command line reads it.
 *
 * @module
 */

/** The meaning of a data flag's value. */
export type DataKind = "data" | "data-binary" | "data-raw" | "data-urlencode" | "json";

/** A part of the content to send. */
export interface DataPart {
  /** The name of the flag. */
  readonly kind: DataKind;
  /** The flag's value. */
  readonly text: string;
}

/** A part of a form to send: the value of `--form` or, where it is all text, of `--form-string`. */
export interface FormFlag {
  /** The flag's value, `NAME=CONTENT`. */
  readonly text: string;
  /** Whether `@`, `<` and `;` in the content mean themselves. */
  readonly isPlain: boolean;
}

/** What the flags say about requests, responses and connections. A field that no flag has set is absent. */
export interface FetchOptions {
  /** `--request`. */
  readonly method?: string;
  /** `--header`, `--user-agent` and `--referer`, as fields, in order. */
  readonly headers: readonly string[];
  /** The content. */
  readonly data: readonly DataPart[];
  /** `--form` and `--form-string`, in order. */
  readonly form?: readonly FormFlag[];
  /** `--get`: the data goes into the query. */
  readonly get?: boolean;
  /** `--url-query`, in order. */
  readonly urlQuery?: readonly string[];
  /** `--head`. */
  readonly head?: boolean;
  /** `--compressed`. */
  readonly compressed?: boolean;
  /** `--location`. */
  readonly location?: boolean;
  /** `--max-redirs`; may be `Infinity`. */
  readonly maxRedirects?: number;
  /** `--referer` with `;auto`. */
  readonly autoReferer?: boolean;
  /** `--range`. */
  readonly range?: string;
  /** `--continue-at`: an offset, or `-` for the size of the output. */
  readonly continueAt?: string;
  /** `--user`. */
  readonly user?: string;
  /** `--oauth2-bearer`. */
  readonly bearer?: string;
  /** `--netrc` and `--netrc-optional`. */
  readonly netrc?: "required" | "optional";
  /** `--netrc-file`. */
  readonly netrcFile?: string;
  /** `--cookie`, in order. */
  readonly cookies?: readonly string[];
  /** `--cookie-jar`; `-` is standard output. */
  readonly cookieJar?: string;
  /** `--junk-session-cookies`. */
  readonly junkSessionCookies?: boolean;
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
  /** `--tlsv1.3`, and the older ones, which leave TLS 1.2. */
  readonly minTls?: "TLSv1.2" | "TLSv1.3";
  /** `--tls-max`. */
  readonly maxTls?: "TLSv1.2" | "TLSv1.3";
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
  /** `--scan`: `json`, or empty for text. */
  readonly scan?: string;
  /** `--expires-within`, in days. */
  readonly expiresWithin?: number;
  /** `--unix-socket`. */
  readonly unixSocket?: string;
  /** `--resolve`, in order. */
  readonly resolve?: readonly string[];
  /** `--connect-to`, in order. */
  readonly connectTo?: readonly string[];
  /** The last of `--ipv4` and `--ipv6`. */
  readonly family?: 4 | 6;
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
  /** `--limit-rate`, in bytes a second. */
  readonly limitRate?: number;
  /** `--max-filesize`, in bytes. */
  readonly maxFileSize?: number;
  /** `--retry`. */
  readonly retries?: number;
  /** `--retry-delay`, in milliseconds. */
  readonly retryDelay?: number;
  /** `--retry-max-time`, in milliseconds. */
  readonly retryMaxTime?: number;
  /** `--retry-all-errors`. */
  readonly retryAllErrors?: boolean;
  /** `--retry-connrefused`. */
  readonly retryRefused?: boolean;
  /** `--remote-name-all`. */
  readonly remoteNameAll?: boolean;
  /** `--remote-header-name`. */
  readonly remoteHeaderName?: boolean;
  /** `--output-dir`. */
  readonly outputDir?: string;
  /** `--create-dirs`. */
  readonly createDirs?: boolean;
  /** `--remove-on-error`. */
  readonly removeOnError?: boolean;
  /** `--no-clobber`. */
  readonly noClobber?: boolean;
  /** `--dump-header`; `-` is standard output. */
  readonly dumpHeader?: string;
  /** `--include`, or what `--head` does. */
  readonly include?: boolean;
  /** `--fail`, or `--fail-with-body`. */
  readonly fail?: "without_body" | "with_body";
  /** `--fail-early`. */
  readonly failEarly?: boolean;
  /** `--write-out`. */
  readonly writeOut?: string;
  /** `--globoff`. */
  readonly globOff?: boolean;
  /** The amount of messages beside the body. `--verbose` outweighs `--silent`. */
  readonly talk: "silent" | "normal" | "verbose";
}

/** An output that a flag names. */
export type OutputName = { readonly path: string } | { readonly remote: true };

/** URLs to fetch with the same options: what stands between two `--next`. */
export interface Operation extends FetchOptions {
  /** The URLs as they were given, patterns included; not checked yet. */
  readonly urls: readonly string[];
  /** `--output` and `--remote-name`: the first is for the first URL, and so on. */
  readonly outputs: readonly OutputName[];
  /** `--upload-file`, likewise. */
  readonly uploads: readonly string[];
}

/** One URL to fetch, and how. */
export interface FetchCommand extends FetchOptions {
  /** The URL, without patterns; not checked yet. */
  readonly url: string;
  /** The position among the URLs of the command, from 0. */
  readonly index: number;
  /** `--output`; `-` is standard output. */
  readonly output?: string;
  /** `--remote-name`. */
  readonly remoteName?: boolean;
  /** `--upload-file`; `-` is standard input. */
  readonly upload?: string;
  /** Whether other transfers send the same content. */
  readonly sharesContent?: true;
}

/** Roots to print. */
export interface ListRootsCommand extends Pick<FetchOptions, "roots" | "caFile"> {
  /** The action. */
  readonly action: "list-roots";
}

/** Servers to scan. */
export interface ScanCommand extends
  Pick<
    FetchOptions,
    "roots" | "caFile" | "insecure" | "resolve" | "connectTo" | "connectTimeout" | "family"
  > {
  /** The action. */
  readonly action: "scan";
  /** The hosts, as they were given. */
  readonly hosts: readonly string[];
  /** Whether a report is a line of JSON. */
  readonly json?: boolean;
  /** `--expires-within`, in days. */
  readonly expiresWithin?: number;
}

/** A command of any action. */
export type Command =
  | { readonly action: "fetch"; readonly operations: readonly Operation[] }
  | ListRootsCommand
  | ScanCommand
  | {
    readonly action: "help";
    /** The category that is asked for; absent: the most used flags. */
    readonly category?: string;
  }
  | { readonly action: "version" };

/** An operation while the flags write it, one after the other. */
export type OperationDraft =
  & {
    -readonly [Name in keyof Omit<Operation, "headers" | "data" | "urls" | "outputs" | "uploads">]:
      Operation[Name];
  }
  & { headers: string[]; data: DataPart[]; urls: string[]; outputs: OutputName[]; uploads: string[] };

/** An operation without flags. */
export function emptyDraft(): OperationDraft {
  return { headers: [], data: [], urls: [], outputs: [], uploads: [], talk: "normal" };
}
