/**
 * The limits of HTTP/1.1: what a peer can make this end keep, count or wait for.
 *
 * Each bounds a loop that the peer feeds, so none can be switched off; an option moves some of them. Those that
 * HTTP/2 has as well are in `http/limits.ts`.
 *
 * @module
 */

import { MAX_FIELDS, MAX_HEAD_BYTES, MAX_INFORMATIONAL_BYTES } from "../http/limits.ts";

/** Bytes of one trailer section: 16 KiB. Trailers are checksums and timings, not documents. */
export const MAX_TRAILER_BYTES = 16_384;

/**
 * Bytes of chunk extensions, and of the white space around them, in one body: 16 KiB.
 *
 * "A recipient MUST ignore unrecognized chunk extensions. A server ought to limit the total length of chunk
 * extensions received in a request to an amount reasonable for the services provided" (RFC 9112 §7.1.1): what is
 * ignored costs the peer nothing to send.
 */
export const MAX_CHUNK_EXTENSION_BYTES = 16_384;

/** Digits of a chunk size, leading zeros included: the 16 of a 64-bit number, to which some senders pad. */
export const MAX_CHUNK_SIZE_DIGITS = 16;

/**
 * Empty lines that are skipped before a request line.
 *
 * "a server that is expecting to receive and parse a request-line SHOULD ignore at least one empty line (CRLF)
 * received prior to the request-line" (RFC 9112 §2.2)
 */
export const MAX_LEADING_EMPTY_LINES = 1;

/**
 * Milliseconds for which content is held back for a 100 (Continue) by default. RFC 9110 §10.1.1 leaves the time open;
 * a server that answers does so at once, and one that does not know the expectation never does.
 */
export const DEFAULT_CONTINUE_TIMEOUT_MS = 1000;

/**
 * Milliseconds for which a client waits for a response when the connection takes no more bytes. A server that refuses
 * a request before its end has sent the response by then, if it sends one at all.
 */
export const MAX_LINGER_MS = 1000;

/** Options of the HTTP/1.1 machine: limits, and how lenient its parser is. */
export interface Http1ConnectionOptions {
  /** Bytes of one head; 262,144 by default. */
  readonly maxHeadBytes?: number;
  /** Fields of one head or trailer section; 1,000 by default. */
  readonly maxFields?: number;
  /** Bytes of one trailer section; 16,384 by default. */
  readonly maxTrailerBytes?: number;
  /** Bytes of the heads of all 1xx responses before a final one; 1,048,576 by default. */
  readonly maxInformationalBytes?: number;
  /**
   * Whether a field value may continue in a next line that begins with white space (obs-fold); the fold is then read as
   * one space. `false` by default: such a message is refused (RFC 9112 §5.2).
   */
  readonly allowObsFold?: boolean;
}

/** {@linkcode Http1ConnectionOptions} with the defaults filled in; every limit is a positive integer. */
export type ResolvedHttp1Options = Required<Http1ConnectionOptions>;

/**
 * Fills in the defaults of {@linkcode Http1ConnectionOptions}.
 *
 * @throws {RangeError} If a figure is not a positive integer.
 */
export function resolveHttp1Options(options: Http1ConnectionOptions): ResolvedHttp1Options {
  return {
    maxHeadBytes: positive("maxHeadBytes", options.maxHeadBytes ?? MAX_HEAD_BYTES),
    maxFields: positive("maxFields", options.maxFields ?? MAX_FIELDS),
    maxTrailerBytes: positive("maxTrailerBytes", options.maxTrailerBytes ?? MAX_TRAILER_BYTES),
    maxInformationalBytes: positive(
      "maxInformationalBytes",
      options.maxInformationalBytes ?? MAX_INFORMATIONAL_BYTES,
    ),
    allowObsFold: options.allowObsFold ?? false,
  };
}

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`Cannot limit "${name}" to ${value}: it must be a positive integer`);
}
