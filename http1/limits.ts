/**
 * The limits of HTTP/1.1: what a peer can make this end keep, count or wait for.
 *
 * Each bounds a loop that the peer feeds, so none can be switched off; an option moves some of them. Those that
 * HTTP/2 has as well are in `http/limits.ts`.
 *
 * @module
 */

import { MAX_FIELDS, MAX_HEAD_BYTES, MAX_INFORMATIONAL_BYTES, MAX_TARGET_BYTES } from "../http/limits.ts";
import type { Role } from "./lifecycle.ts";

/** Bytes of a method that a server waits for while the request line has no end. The longest that is registered has 17. */
export const MAX_METHOD_BYTES = 256;

/** Bytes of one trailer section: 16 KiB. Trailers are checksums and timings, not documents. */
export const MAX_TRAILER_BYTES = 16_384;

/**
 * Bytes of chunk extensions, of the white space around them, and of zeros before chunk sizes, that one body may have
 * beyond its content so far and {@linkcode MAX_FREE_CHUNK_PADDING_BYTES} a chunk: 16 KiB.
 *
 * "A recipient MUST ignore unrecognized chunk extensions. A server ought to limit the total length of chunk
 * extensions received in a request to an amount reasonable for the services provided" (RFC 9112 §7.1.1): what is
 * ignored costs the peer nothing to send. Padding that is in proportion to the content costs no more than that does.
 */
export const MAX_CHUNK_EXTENSION_BYTES = 16_384;

/** Bytes that each chunk's size line may be padded with: to the 16 digits of a 64-bit number, as some servers do. */
export const MAX_FREE_CHUNK_PADDING_BYTES = 16;

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
  /** Server: bytes of a request target; 16,384 by default. */
  readonly maxTargetBytes?: number;
  /** Fields of one head or trailer section; 1,000 by default. */
  readonly maxFields?: number;
  /** Bytes of one trailer section; 16,384 by default. */
  readonly maxTrailerBytes?: number;
  /** Bytes of the heads of all 1xx responses before a final one; 1,048,576 by default. */
  readonly maxInformationalBytes?: number;
  /**
   * Bytes of chunk extensions and padding that one body may have beyond its content so far and 16 bytes a chunk; 16,384
   * by default.
   */
  readonly maxChunkExtensionBytes?: number;
  /**
   * Whether a field value may continue in a next line that begins with white space (obs-fold), which is then read as
   * one space (RFC 9112 §5.2); such a message is refused otherwise. By default `true` for a client, and `false` for a
   * server.
   */
  readonly allowObsFold?: boolean;
}

/** {@linkcode Http1ConnectionOptions} with the defaults filled in; every limit is a positive integer. */
export type ResolvedHttp1Options = Required<Http1ConnectionOptions>;

/**
 * Fills in the defaults of {@linkcode Http1ConnectionOptions}.
 *
 * @param role The end that receives.
 * @throws {RangeError} If a figure is not a positive integer.
 */
export function resolveHttp1Options(role: Role, options: Http1ConnectionOptions): ResolvedHttp1Options {
  return {
    maxHeadBytes: positive("maxHeadBytes", options.maxHeadBytes ?? MAX_HEAD_BYTES),
    maxTargetBytes: positive("maxTargetBytes", options.maxTargetBytes ?? MAX_TARGET_BYTES),
    maxFields: positive("maxFields", options.maxFields ?? MAX_FIELDS),
    maxTrailerBytes: positive("maxTrailerBytes", options.maxTrailerBytes ?? MAX_TRAILER_BYTES),
    maxInformationalBytes: positive(
      "maxInformationalBytes",
      options.maxInformationalBytes ?? MAX_INFORMATIONAL_BYTES,
    ),
    maxChunkExtensionBytes: positive(
      "maxChunkExtensionBytes",
      options.maxChunkExtensionBytes ?? MAX_CHUNK_EXTENSION_BYTES,
    ),
    // "A user agent that receives an obs-fold in a response message [...] MUST replace each received obs-fold with one
    // or more SP octets"; a server "MUST either reject the message [...] or replace" (RFC 9112 §5.2).
    allowObsFold: options.allowObsFold ?? role === "client",
  };
}

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`Cannot limit "${name}" to ${value}: it must be a positive integer`);
}
