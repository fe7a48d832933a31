/**
 * A connection that Deno's TLS protects.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import type { DenoTlsConnection } from "./deno_connection.ts";
import { toStreamError } from "./deno_failure.ts";

/** How long it took to connect, in milliseconds. */
export interface DenoTlsTimings {
  /** Dialling; 0 when the connection was handed in. */
  readonly connect: number;
  /** The handshake. */
  readonly handshake: number;
}

/** Where one end of a connection is. */
export interface SocketAddress {
  /** The IP address, an IPv6 address without brackets. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
}

/** What a {@linkcode DenoTlsStream} is made of: Deno's own connection has this shape. */
export interface TlsSocket extends Required<Duplex> {
  /** This end. */
  readonly localAddr: SocketAddress;
  /** The other end. */
  readonly remoteAddr: SocketAddress;
}

/**
 * A connection that Deno's TLS protects, after a handshake that succeeded.
 *
 * - **Halves**: reading and writing are independent; one caller each at a time.
 * - **Errors**: `read` and `write` reject with Deno's own errors, and {@linkcode DenoTlsStream.explain} makes a
 *   `TlsError` of them. What the peer finds only after the handshake comes here: in TLS 1.3 a server refuses a
 *   client's certificate with an alert that the first `read` meets.
 * - **Truncation**: when the peer's end comes without its `close_notify`, `read` gives what arrived before and
 *   then rejects with `Deno.errors.UnexpectedEof`. Only a proper end is `null`.
 * - **Closing**: `close` may be called more than once.
 */
export class DenoTlsStream implements Duplex, Disposable {
  readonly #socket: TlsSocket;
  #closed = false;
  /** What is known about the TLS connection. */
  readonly connection: DenoTlsConnection;
  /** How long it took to connect. */
  readonly timings: DenoTlsTimings;

  /**
   * Wraps what {@linkcode DenoTls} connected.
   *
   * @param socket Deno's connection, its handshake done.
   * @param connection What is known about it.
   * @param timings How long it took.
   */
  constructor(socket: TlsSocket, connection: DenoTlsConnection, timings: DenoTlsTimings) {
    this.#socket = socket;
    this.connection = connection;
    this.timings = timings;
  }

  /** This end. */
  get localAddr(): SocketAddress {
    return this.#socket.localAddr;
  }

  /** The other end. */
  get remoteAddr(): SocketAddress {
    return this.#socket.remoteAddr;
  }

  /**
   * Reads up to `into.length` bytes.
   *
   * @returns How many bytes were read, at least 1, or `null` at the proper end of the stream.
   * @throws {Deno.errors.UnexpectedEof} when the stream ends without a `close_notify`.
   */
  read(into: Uint8Array): Promise<number | null> {
    return this.#socket.read(into);
  }

  /**
   * Writes some of `bytes`.
   *
   * @returns How many bytes were taken.
   */
  write(bytes: Uint8Array): Promise<number> {
    return this.#socket.write(bytes);
  }

  /** Sends `close_notify` and ends the writing direction; reading goes on. */
  closeWrite(): Promise<void> {
    return this.#socket.closeWrite();
  }

  /** Closes both directions at once; a pending read or write rejects. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  /**
   * Explains a failure.
   *
   * @param error What `read`, `write` or `closeWrite` rejected with.
   * @returns A `TlsError` with a code, a hint where there is one, and `error` as its cause; `error` itself when it
   * has nothing to do with TLS.
   */
  explain(error: unknown): unknown {
    return toStreamError(error, this.connection.serverName);
  }

  /** Lets a pending read keep the process alive, which it does at first. */
  ref(): void {
    this.#socket.ref();
  }

  /** Lets the process end although a read is pending. */
  unref(): void {
    this.#socket.unref();
  }

  /** Closes the connection, at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }
}
