/**
 * A socket of `node:net` or `node:tls` as a duplex, for Node and Bun.
 *
 * It is not read before the first `read`, and then no further than some chunks ahead of the reader. A write resolves when
 * the socket has taken the bytes, since a machine uses its output buffer again.
 *
 * @module
 */

import type { Duplex } from "../duplex.ts";
import { builtinModule, type NodeNetSocket, type NodeSocketTarget } from "./node_types.ts";

/** The address of one end of a TCP connection. */
export interface NodeAddress {
  /** `tcp`. */
  readonly transport: "tcp";
  /** The IP address, an IPv6 address without brackets. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
}

/**
 * Connects a socket.
 *
 * @param target A port of one address, or a Unix socket.
 * @param signal Ends the attempt.
 * @throws {Error} What the system refuses, with Node's `code`; the signal's reason.
 * @throws {TypeError} The runtime has no `node:net`.
 */
export function connectNode(target: NodeSocketTarget, signal?: AbortSignal): Promise<NodeSocket> {
  const net = builtinModule("node:net");
  if (net === undefined) {
    return Promise.reject(new TypeError('this runtime has no sockets; give the client a "dial"'));
  }
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const options = { allowHalfOpen: true, noDelay: true, autoSelectFamily: false };
    const socket = net.connect({ ...target, ...options });
    const end = (): void => {
      signal?.removeEventListener("abort", onAbort);
      socket.removeAllListeners("connect");
      socket.removeAllListeners("error");
    };
    const fail = (reason: unknown): void => {
      end();
      socket.on("error", () => {}); // one that comes after the abort concerns no caller
      socket.destroy();
      reject(reason);
    };
    const onAbort = (): void => fail(signal?.reason);
    signal?.addEventListener("abort", onAbort);
    socket.on("error", fail);
    socket.on("connect", () => {
      end();
      resolve(new NodeSocket(socket));
    });
  });
}

/** A connected socket. */
export class NodeSocket implements Duplex {
  /** The address of this end; `undefined` for a Unix socket. */
  readonly localAddr: NodeAddress | undefined;
  /** The address of the other end; `undefined` for a Unix socket. */
  readonly remoteAddr: NodeAddress | undefined;
  readonly #socket: NodeNetSocket;
  readonly #explain: (error: unknown) => unknown;
  readonly #end: unknown;
  readonly #chunks: Uint8Array[] = [];
  readonly #writing = new Set<(reason: unknown) => void>();
  #queued = 0;
  #isReading = false;
  #isPaused = false;
  #isOver = false;
  #failure: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  /**
   * Wraps a socket that is connected and was not read from.
   *
   * @param socket The socket.
   * @param explain Makes the error to reject with of one of the socket; by default that error itself.
   * @param end The error that a read rejects with where the stream ends; absent: the read returns `null`.
   */
  constructor(socket: NodeNetSocket, explain?: (error: unknown) => unknown, end?: Error) {
    this.#socket = socket;
    this.#explain = explain ?? same;
    this.#end = end;
    this.localAddr = addressOf(socket.localAddress, socket.localPort);
    this.remoteAddr = addressOf(socket.remoteAddress, socket.remotePort);
    socket.on("error", (error) => this.#fail(this.#explain(error)));
    socket.on("close", () => this.#fail(closed()));
  }

  /**
   * Reads up to `into.length` bytes.
   *
   * @returns The number of bytes, at least 1, or `null` at the end of the stream.
   * @throws {Error} What the socket failed with, behind the bytes that came before.
   */
  async read(into: Uint8Array): Promise<number | null> {
    this.#startReading();
    for (;;) {
      if (this.#queued > 0) return this.#take(into);
      if (this.#isOver && this.#end === undefined) return null;
      if (this.#isOver) throw this.#end;
      if (this.#failure !== undefined) throw this.#failure.reason;
      if (this.#isPaused) {
        this.#isPaused = false;
        this.#socket.resume();
      }
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Writes `bytes`; resolves when the socket has taken them. */
  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure.reason);
      this.#writing.add(reject);
      this.#socket.write(bytes, (error) => {
        this.#writing.delete(reject);
        if (error) reject(this.#failure?.reason ?? this.#explain(error));
        else resolve(bytes.length);
      });
    });
  }

  /** Ends the writing direction; reading goes on. */
  closeWrite(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure.reason);
      this.#writing.add(reject);
      this.#socket.end(() => {
        this.#writing.delete(reject);
        resolve();
      });
    });
  }

  /** Closes both directions at once; a pending read or write rejects. */
  close(): void {
    this.#chunks.length = 0;
    this.#queued = 0;
    this.#isOver = false;
    this.#fail(closed());
    this.#socket.destroy();
  }

  /** Switches Nagle's delay off, or on. */
  setNoDelay(isSet = true): void {
    this.#socket.setNoDelay(isSet);
  }

  /** Lets the connection keep the process alive, which is the default. */
  ref(): void {
    this.#socket.ref();
  }

  /** Lets the process end although the connection is open. */
  unref(): void {
    this.#socket.unref();
  }

  /**
   * Hands out the socket, with the bytes that were not read, for `node:tls` to take over. This object is of no use after
   * that.
   */
  release(): NodeNetSocket {
    for (const event of ["data", "end", "close", "error"] as const) this.#socket.removeAllListeners(event);
    this.#socket.on("error", () => {}); // told by what takes it over
    if (this.#isReading) this.#socket.pause();
    for (let chunk = this.#chunks.pop(); chunk !== undefined; chunk = this.#chunks.pop()) {
      this.#socket.unshift(chunk);
    }
    this.#queued = 0;
    this.#fail(closed());
    return this.#socket;
  }

  #startReading(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#socket.on("end", () => {
      this.#isOver = true;
      this.#wakeReader();
    });
    this.#socket.on("data", (chunk) => {
      this.#chunks.push(chunk);
      this.#queued += chunk.length;
      if (this.#queued >= READ_AHEAD_BYTES && !this.#isPaused) {
        this.#isPaused = true;
        this.#socket.pause();
      }
      this.#wakeReader();
    });
  }

  #take(into: Uint8Array): number {
    let taken = 0;
    for (let chunk = this.#chunks[0]; chunk !== undefined && taken < into.length; chunk = this.#chunks[0]) {
      const part = chunk.subarray(0, into.length - taken);
      into.set(part, taken);
      taken += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#queued -= taken;
    return taken;
  }

  /** The first failure stays; bytes that came before it can still be read. */
  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    for (const reject of this.#writing) reject(this.#failure.reason);
    this.#writing.clear();
    this.#wakeReader();
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

function addressOf(hostname: string | undefined, port: number | undefined): NodeAddress | undefined {
  return hostname === undefined || port === undefined ? undefined : { transport: "tcp", hostname, port };
}

/** The error of a socket that is closed, with the code by which Node knows one. */
function closed(): Error {
  return Object.assign(new Error("Cannot go on: the socket is closed"), { code: "ENOTCONN" });
}

function same(error: unknown): unknown {
  return error;
}

/** Bytes that may wait for a reader before the socket is paused: a few chunks as the system hands them out. */
const READ_AHEAD_BYTES = 131_072;
