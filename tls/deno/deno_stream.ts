/**
 * A connection protected by Deno's TLS.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import type { DenoTlsConnection } from "./deno_connection.ts";
import { toStreamError } from "./deno_failure.ts";

/** Time that each stage of connecting took, in milliseconds. */
export interface DenoTlsTimings {
  /** The dialling; 0 when the connection was passed in. */
  readonly connect: number;
  /** The handshake. */
  readonly handshake: number;
}

/** Address of one end of a connection. */
export interface SocketAddress {
  /** The IP address, an IPv6 address without brackets. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
}

/** The connection in a {@linkcode DenoTlsStream}, of which `Deno.TlsConn` has the shape. */
export interface TlsSocket extends Required<Duplex> {
  /** Address of this end. */
  readonly localAddr: SocketAddress;
  /** Address of the other end. */
  readonly remoteAddr: SocketAddress;
}

/**
 * A connection protected by Deno's TLS, its handshake done.
 *
 * - **Halves**: reading and writing are independent; one read and one write at a time.
 * - **Errors**: `read` and `write` reject with Deno's own errors, and {@linkcode DenoTlsStream.explain} makes a
 *   `TlsError` of them. In TLS 1.3 a server refuses a client's certificate after the client's handshake is done, with an
 *   alert that the first `read` rejects with.
 * - **Truncation**: when the connection ends without the peer's `close_notify`, `read` returns the data that arrived
 *   before and then rejects with `Deno.errors.UnexpectedEof`. Only a proper end is `null`.
 * - **Closing**: `close` may be called more than once.
 */
export class DenoTlsStream implements Duplex, Disposable {
  readonly #socket: TlsSocket;
  #closed = false;
  /** Facts of the TLS connection. */
  readonly connection: DenoTlsConnection;
  /** Time that each stage of connecting took. */
  readonly timings: DenoTlsTimings;

  /**
   * Wraps a connection.
   *
   * @param socket Deno's connection, its handshake done.
   * @param connection Its facts.
   * @param timings Time that connecting took.
   */
  constructor(socket: TlsSocket, connection: DenoTlsConnection, timings: DenoTlsTimings) {
    this.#socket = socket;
    this.connection = connection;
    this.timings = timings;
  }

  /** Address of this end. */
  get localAddr(): SocketAddress {
    return this.#socket.localAddr;
  }

  /** Address of the other end. */
  get remoteAddr(): SocketAddress {
    return this.#socket.remoteAddr;
  }

  /**
   * Reads up to `into.length` bytes.
   *
   * @returns The number of bytes, at least 1, or `null` at the proper end of the stream.
   * @throws {Deno.errors.UnexpectedEof} when the stream ends without a `close_notify`.
   */
  read(into: Uint8Array): Promise<number | null> {
    return this.#socket.read(into);
  }

  /**
   * Writes some of `bytes`.
   *
   * @returns The number of bytes taken.
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
   * Makes a `TlsError` of a failure.
   *
   * @param error The error that `read`, `write` or `closeWrite` rejected with.
   * @returns A `TlsError` with a code, a hint where there is one, and `error` as its cause; `error` itself when it
   * has nothing to do with TLS.
   */
  explain(error: unknown): unknown {
    return toStreamError(error, this.connection.serverName);
  }

  /** Lets a pending read keep the process alive, which is the default. */
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
