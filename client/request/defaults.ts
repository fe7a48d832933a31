/**
 * What a client adds to every request, and the requests that need nothing else.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { fieldsOf, hasField, requestFields, withDefaults } from "./headers.ts";
import { plainRequest, type PreparedRequest } from "./request.ts";
import { checkTimeouts, type Timeouts } from "../time/timeouts.ts";
import { USER_AGENT } from "../version.ts";

/** What a client wishes for all of its requests. */
export interface RequestDefaultsOptions {
  /** Fields for requests that do not set them. */
  readonly headers?: HeadersInit;
  /** Whether encoded content is asked for and decoded; true by default. */
  readonly decode?: boolean;
  /** Whether only `https:` may be fetched; false by default. */
  readonly httpsOnly?: boolean;
  /** How many redirects are followed; 20 by default, as the Fetch standard has it. */
  readonly maxRedirects?: number;
  /** How long the stages may take; for ever by default. */
  readonly timeouts?: Timeouts;
}

/** The content codings that {@linkcode decodeBody} knows, as a request asks for them. */
const ACCEPT_ENCODING = "gzip, br, deflate, zstd";

/**
 * Half of how many plain requests are remembered. A program calls a few URLs often, or many URLs once; this is
 * plenty for the first, and for the second a megabyte at most, with {@linkcode MAX_KEY}.
 */
const GENERATION = 128;

/** Longer URLs are not remembered. */
const MAX_KEY = 2_048;

/** The wishes of one client, checked, with what can be worked out once. */
export class RequestDefaults {
  /** Whether encoded content is asked for and decoded. */
  readonly decode: boolean;
  /** Whether only `https:` may be fetched. */
  readonly httpsOnly: boolean;
  /** How many redirects are followed. */
  readonly maxRedirects: number;
  /** How long the stages may take. */
  readonly timeouts: Timeouts;
  readonly #decodingFields: readonly Field[];
  readonly #plainFields: readonly Field[];
  // Two generations are nearly a least-recently-used cache: what is asked for moves to the young one, and when that
  // is full, the old one is forgotten. A hit costs one look-up.
  #young = new Map<string, PreparedRequest>();
  #old = new Map<string, PreparedRequest>();

  /**
   * Checks the wishes.
   *
   * @throws {ClientError} `invalid_request`: malformed headers.
   * @throws {RangeError} `timeouts` is out of range.
   */
  constructor(options: RequestDefaultsOptions = {}) {
    this.decode = options.decode ?? true;
    this.httpsOnly = options.httpsOnly ?? false;
    this.maxRedirects = options.maxRedirects ?? 20;
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
   * The request that a URL alone stands for, the same object every time while it is remembered.
   *
   * @throws {ClientError} The URL cannot be fetched.
   */
  plain(url: string): PreparedRequest {
    const young = this.#young.get(url);
    if (young !== undefined) return young;
    const request = this.#old.get(url) ?? plainRequest(url, this);
    if (url.length <= MAX_KEY) {
      if (this.#young.size >= GENERATION) {
        this.#old = this.#young;
        this.#young = new Map();
      }
      this.#young.set(url, request);
    }
    return request;
  }
}

function deepFreeze(fields: Field[]): readonly Field[] {
  for (const field of fields) Object.freeze(field);
  return Object.freeze(fields);
}
