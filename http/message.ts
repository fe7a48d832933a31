/**
 * What travels between a client and a connection driver, whichever version of HTTP the connection speaks.
 *
 * Both drivers take an {@linkcode OutgoingRequest} and answer with an {@linkcode IncomingResponse}, so the
 * client dispatches without knowing which it has.
 *
 * @module
 */

import type { Duplex } from "../io/duplex.ts";
import type { Field } from "./fields.ts";

/** A request as a driver takes it: already validated names are not assumed; the driver checks again. */
export interface OutgoingRequest {
  /** The method, case as it is to be sent. */
  readonly method: string;
  /** `http` or `https`; the `:scheme` of HTTP/2. */
  readonly scheme: string;
  /** Host, with the port where it is not the scheme's own: the `host` field or `:authority`. No userinfo. */
  readonly authority: string;
  /** The path and query, `*`, or for CONNECT `host:port`. */
  readonly target: string;
  /** Fields in the order to send, names lower-case, without `host`. */
  readonly fields: readonly Field[];
  /** The content: all of it, or a source that is read as the peer takes it. */
  readonly body?: Uint8Array | OutgoingBody;
}

/** Content whose bytes are not all at hand. */
export interface OutgoingBody {
  /** How many bytes it will give, where that is known. */
  readonly length?: number;
  /** The next bytes, or `undefined` at the end. Called again only after it answered. */
  read(): Promise<Uint8Array | undefined>;
  /** Told once when the content is not wanted any more. */
  cancel(reason: unknown): void;
  /** Fields to send after the content; asked for once, after the end. */
  trailers?(): readonly Field[] | Promise<readonly Field[]>;
}

/** What a request asks of its driver besides sending it. */
export interface RequestOptions {
  /** Called for each 1xx response but 101, in order, before the final response. */
  readonly onInformational?: (status: number, fields: readonly Field[]) => void;
  /**
   * Called with a function that gives the exchange up: before the response, the request rejects with `reason`;
   * after it, the body does. HTTP/1.1 closes the connection, HTTP/2 resets the stream. Calling it late is harmless.
   */
  readonly onCancel?: (cancel: (reason: unknown) => void) => void;
}

/** The version of HTTP that a response came in. */
export type HttpVersion = "HTTP/1.0" | "HTTP/1.1" | "HTTP/2";

/** A final response: its head, and the content or the way to it. */
export interface IncomingResponse {
  /** The version that the peer speaks, which may be older than ours. */
  readonly version: HttpVersion;
  /** Three digits, 101 or 200 to 999. */
  readonly status: number;
  /** The reason phrase; empty in HTTP/2. */
  readonly statusText: string;
  /** The fields as received, names lower-case, repeated ones kept apart. */
  readonly fields: readonly Field[];
  /** All the content, where it came with the head or there is none; otherwise its source. */
  readonly body: Uint8Array | IncomingBody;
  /**
   * The trailer fields, once the content has ended; an empty list when there are none.
   * Rejects, without being reported as unhandled, when the content is cut short.
   */
  readonly trailers: Promise<readonly Field[]>;
  /** The raw connection after a 101, or a 2xx to CONNECT; `body` is then empty. HTTP/1.1 only. */
  readonly upgraded?: Duplex;
}

/** Content still on its way. One reader at a time; what is not read is not taken from the peer. */
export interface IncomingBody {
  /** The length that the peer declared, where it did. */
  readonly length?: number;
  /**
   * The next bytes, which belong to the caller, or `undefined` at the end.
   * Rejects when the content is cut short or malformed, and then for ever.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Gives the rest up. */
  cancel(reason?: unknown): void;
}
