/**
 * The fields and options that a client gives to every request, and a cache of the requests that need nothing else.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { DEFAULT_MAX_REDIRECTS, MAX_CACHED_REQUESTS, MAX_CACHED_URL_CHARS } from "../defaults.ts";
import type { ResolvedHooks } from "../hooks/client_hooks.ts";
import { checkTimeouts, type Timeouts } from "../time/timeouts.ts";
import { USER_AGENT } from "../version.ts";
import { composeFields } from "./compose_fields.ts";
import { fieldsOf, hasField, requestFields, withDefaults } from "./headers.ts";
import type { PreparedRequest } from "./prepared_request.ts";
import type { ResolvedRetry } from "./retry_options.ts";
import { parseTarget, requireHttps } from "./target.ts";

/** The options of a client that apply to all of its requests. */
export interface RequestDefaultsOptions {
  /** Fields for requests that do not set them. */
  readonly headers?: HeadersInit;
  /** Whether encoded content is asked for and decoded; true by default. */
  readonly decode?: boolean;
  /** Whether `http:` URLs are refused; false by default. */
  readonly httpsOnly?: boolean;
  /** Redirects that are followed; 20 by default, as the Fetch standard has it. */
  readonly maxRedirects?: number;
  /** The time limits of the stages; none by default. */
  readonly timeouts?: Timeouts;
  /** Whether request options that do not exist are refused, or ignored; `"refuse"` by default. */
  readonly unknownRequestOptions?: "refuse" | "ignore";
  /** Which requests are sent again; none by default. */
  readonly resolvedRetry?: ResolvedRetry | undefined;
  /** The hooks; none by default. */
  readonly hooks?: ResolvedHooks | undefined;
}

/** The content codings that {@linkcode decodeBody} knows, as a request asks for them. */
const ACCEPT_ENCODING = "gzip, br, deflate, zstd";

/** The checked defaults of one client, and the requests that were made of them alone. */
export class RequestDefaults {
  /** Whether encoded content is asked for and decoded. */
  readonly decode: boolean;
  /** Whether `http:` URLs are refused. */
  readonly httpsOnly: boolean;
  /** Redirects that are followed. */
  readonly maxRedirects: number;
  /** The time limits of the stages. */
  readonly timeouts: Timeouts;
  /** Whether request options that do not exist are ignored. */
  readonly ignoreUnknown: boolean;
  /** Which requests are sent again. */
  readonly retry: ResolvedRetry | undefined;
  /** The hooks of the client. */
  readonly hooks: ResolvedHooks | undefined;
  readonly #decodingFields: readonly Field[];
  readonly #plainFields: readonly Field[];
  // Two generations are nearly a least-recently-used cache: a hit moves to the young one, and when that is full, the
  // old one is dropped. A hit costs one look-up.
  #young = new Map<string, PreparedRequest>();
  #old = new Map<string, PreparedRequest>();

  /**
   * Checks the defaults.
   *
   * @throws {ClientError} `invalid_request`: malformed headers.
   * @throws {RangeError} `timeouts` is out of range.
   */
  constructor(options: RequestDefaultsOptions = {}) {
    this.decode = options.decode ?? true;
    this.httpsOnly = options.httpsOnly ?? false;
    this.maxRedirects = options.maxRedirects ?? DEFAULT_MAX_REDIRECTS;
    this.ignoreUnknown = options.unknownRequestOptions === "ignore";
    this.retry = options.resolvedRetry;
    this.hooks = options.hooks;
    this.timeouts = Object.freeze({ ...options.timeouts });
    checkTimeouts(this.timeouts);
    const own = options.headers === undefined ? [] : requestFields(fieldsOf(options.headers)).fields;
    this.#plainFields = deepFreeze(withDefaults(own, [["accept", "*/*"], ["user-agent", USER_AGENT]]));
    this.#decodingFields = hasField(own, "accept-encoding") || hasField(own, "range")
      ? this.#plainFields
      : deepFreeze([...this.#plainFields, ["accept-encoding", ACCEPT_ENCODING]]);
  }

  /** The fields for requests that do not set them; the same list every time. */
  fields(decode: boolean): readonly Field[] {
    return decode ? this.#decodingFields : this.#plainFields;
  }

  /**
   * The request for a URL alone, the same object every time while it is cached.
   *
   * @throws {ClientError} The URL cannot be fetched.
   */
  plain(url: string): PreparedRequest {
    const young = this.#young.get(url);
    if (young !== undefined) return young;
    const request = this.#old.get(url) ?? this.#plainRequest(url);
    if (url.length <= MAX_CACHED_URL_CHARS) {
      if (this.#young.size >= MAX_CACHED_REQUESTS / 2) {
        this.#old = this.#young;
        this.#young = new Map();
      }
      this.#young.set(url, request);
    }
    return request;
  }

  #plainRequest(url: string): PreparedRequest {
    // A relative URL is one to the document's, which `deno run --location` gives a program.
    const target = parseTarget(url, globalThis.location?.href);
    if (this.httpsOnly) requireHttps(target);
    return Object.freeze<PreparedRequest>({
      target,
      host: undefined,
      method: "GET",
      fields: composeFields([], target, undefined, this.fields(this.decode)),
      body: undefined,
      trailers: undefined,
      redirect: "follow",
      maxRedirects: this.maxRedirects,
      redirects: 0,
      httpsOnly: this.httpsOnly,
      decode: this.decode,
      timeouts: this.timeouts,
      signal: undefined,
      onInformational: undefined,
      retry: this.retry,
      hooks: this.hooks,
    });
  }
}

function deepFreeze(fields: Field[]): readonly Field[] {
  for (const field of fields) Object.freeze(field);
  return Object.freeze(fields);
}
