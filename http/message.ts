/**
 * Requests and responses between a client and the driver of a connection, of either version of HTTP.
 *
 * Both drivers take an {@linkcode OutgoingRequest} and return an {@linkcode IncomingResponse}, so a client need not know
 * which version it uses.
 *
 * @module
 */

import type { Duplex } from "../io/duplex.ts";
import type { Field } from "./fields.ts";

/** A request as a driver takes it. The driver validates names and values itself; the caller need not. */
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
  /**
   * The content: all of it, or a source that is read as fast as the peer takes bytes. A CONNECT without content, and a
   * request with `upgrade`, has the tunnel's bytes in its place: see `upgraded` of {@linkcode IncomingResponse}.
   */
  readonly body?: Uint8Array | OutgoingBody;
  /**
   * The protocol to switch to: over HTTP/1.1 by an Upgrade field (RFC 9110 §7.8), with `method`; over HTTP/2 by an
   * extended CONNECT (RFC 8441), which waits for the server's SETTINGS.
   */
  readonly upgrade?: string;
  /** Fields that are sent over HTTP/1.1 alone, as the key of a WebSocket handshake. */
  readonly http1Fields?: readonly Field[];
}

/** Content that is read piece by piece. */
export interface OutgoingBody {
  /** The number of bytes, where it is known. */
  readonly length?: number;
  /** Gives the next bytes, or `undefined` at the end. Called again only after its promise has settled. */
  read(): Promise<Uint8Array | undefined>;
  /** Called once when the rest of the content is not wanted. */
  cancel(reason: unknown): void;
  /**
   * Gives the fields to send after the content. Called once, after the end. A `trailer` field of the request has to
   * announce them, for servers that drop others (RFC 9110 §6.6.2).
   */
  trailers?(): readonly Field[] | Promise<readonly Field[]>;
}

/** Options of a request that are not sent. */
export interface RequestOptions {
  /** Called for each 1xx response but 101, in order, before the final response. */
  readonly onInformational?: (status: number, fields: readonly Field[]) => void;
  /**
   * Called with a function that cancels the exchange: before the response, the request rejects with `reason`; after
   * it, the body does. HTTP/1.1 closes the connection, HTTP/2 resets the stream. After the exchange the function does
   * nothing.
   */
  readonly onCancel?: (cancel: (reason: unknown) => void) => void;
}

/** The version of HTTP that a response came in. */
export type HttpVersion = "HTTP/1.0" | "HTTP/1.1" | "HTTP/2";

/** A final response: its head, and its content or the source of that. */
export interface IncomingResponse {
  /** The version of the response, which may be lower than that of the request. */
  readonly version: HttpVersion;
  /** Three digits, 101 or 200 to 999. */
  readonly status: number;
  /** The reason phrase; empty in HTTP/2. */
  readonly statusText: string;
  /** The fields as received, names lower-case, repeated ones kept apart. */
  readonly fields: readonly Field[];
  /** All the content, where it came with the head or is empty; otherwise its source. */
  readonly body: Uint8Array | IncomingBody;
  /**
   * The trailer fields, once the content has ended; an empty list when there are none. Rejects when the content is cut
   * short; the rejection is marked as handled.
   */
  readonly trailers: Promise<readonly Field[]>;
  /** The connection after a 101, or the connection or stream after a 2xx to CONNECT; `body` is then empty. */
  readonly upgraded?: Duplex;
  /**
   * Tells the server another priority of the content that is still to come, in the form of the Priority field; absent where
   * none is, and over HTTP/1.1.
   */
  readonly reprioritize?: (priority: string) => void;
}

/** Content that has not all arrived. One read at a time; without a reader, none is taken from the peer. */
export interface IncomingBody {
  /** The length that the peer declared, if it did. */
  readonly length?: number;
  /**
   * Reads the next bytes, which belong to the caller; `undefined` at the end. After content that is cut short or
   * malformed, every read rejects.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Reads like {@linkcode read}, but what it gives may be memory that the next read overwrites: to be copied at once. */
  readView?(): Promise<Uint8Array | undefined>;
  /** Cancels the rest of the content. */
  cancel(reason?: unknown): void;
}
