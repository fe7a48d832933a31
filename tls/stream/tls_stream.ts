/**
 * A TLS connection as a duplex: a machine, a transport, and the loop between them.
 *
 * Reading and writing are two halves that do not wait for each other: `stream_reader.ts` never writes,
 * `stream_writer.ts` never reads.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { settledWithin } from "../../io/attempt.ts";
import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import type { ClientConnection } from "../connection/client_connection.ts";
import type { Connection } from "../connection/connection.ts";
import type { ServerConnection } from "../connection/server_connection.ts";
import { CLOSE_TIMEOUT_MS, MIN_READ_BYTES } from "../limits.ts";
import { connectionInfo, type TlsConnectionInfo } from "./connection_info.ts";
import type { PendingHandshake, StreamStart } from "./pending_handshake.ts";
import { StreamReader } from "./stream_reader.ts";
import { type HalfStreams, webStreams } from "./web_streams.ts";
import { StreamWriter } from "./stream_writer.ts";

/** Time that each stage of connecting took, in milliseconds. */
export interface TlsTimings {
  /** The dialling; always 0, as the transport was passed in. */
  readonly connect: number;
  /** The handshake, or the part of it before a stream with early data could be used. */
  readonly handshake: number;
}

/** The parts that a {@linkcode TlsStream} is taken apart into. */
export interface TlsStreamParts<Machine extends Connection = Connection> {
  /** The transport. */
  readonly io: Duplex;
  /** The machine; `output()` has the bytes not sent yet, `next()` the data not read yet. */
  readonly connection: Machine;
  /** Data that was taken out of the machine and not read; it comes before the machine's own. */
  readonly leftover: Uint8Array;
}

/**
 * A connection protected by Ductile's TLS, its handshake done; {@linkcode ClientTlsStream} and
 * {@linkcode ServerTlsStream}.
 *
 * - **Writing** is buffered: `write` seals the data and starts sending it, and waits only while more than 64 KiB are
 *   unsent. The data needs no `flush` to be sent, but only after `flush` is it certain that the transport has taken it.
 *   Writes that are begun while one is pending come after it.
 * - **Reading** never writes and never waits for a write. One read at a time.
 * - **Truncation**: when the transport ends without the peer's `close_notify`, `read` returns the data that arrived
 *   before and then rejects with `unexpected_eof`, each time. Only a proper end is `null`.
 * - **Ending**: `shutdown` sends `close_notify` and does not wait for the peer's; reading goes on. `close` ends both
 *   directions: it also sends `close_notify`, as `Deno.TlsConn.close` does, unless a write is pending, and waits for
 *   nothing. To end without it, so that the peer sees a truncated stream, close `io`.
 * - **Early data**: a client's stream made with `earlyData` takes writes before the handshake is done, and a server's with
 *   `sendHalfRttData`, too. Reads and `flush` of the client wait for the handshake, and `shutdown`, `refreshTrafficKeys` and
 *   {@linkcode handshake} of both.
 * - **Errors** last: after a read has rejected, every later one rejects with the same error; the same for writes.
 */
export class TlsStream<Machine extends Connection = Connection>
  implements Duplex, Disposable, AsyncDisposable {
  readonly #io: Duplex;
  readonly #machine: Machine;
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;
  /** The handshake under way, or the reason of its failure. */
  #pending: PendingHandshake | undefined;
  /** Whether the handshake is done, and refused early data was sent again. */
  #isReady = false;
  #info: TlsConnectionInfo | undefined;
  #reading = false;
  #state: "open" | "closed" | "taken apart" = "open";
  #streams: HalfStreams | undefined;
  /** Time that each stage of connecting took. */
  readonly timings: TlsTimings;

  /**
   * Joins a transport and a machine.
   *
   * @param io The transport, for this stream alone.
   * @param machine The machine, its handshake done.
   * @param timings Time that connecting took. Default: 0, for unknown.
   * @param start Where the stream begins before its handshake is done: its halves, and the handshake.
   * @throws {TlsError} `handshake_incomplete`
   */
  constructor(
    io: Duplex,
    machine: Machine,
    timings: TlsTimings = { connect: 0, handshake: 0 },
    start: StreamStart | undefined = undefined,
  ) {
    this.#pending = start?.pending;
    this.#pending?.done.then(() => this.#isReady = true, () => {});
    if (this.#pending === undefined) {
      this.#info = connectionInfo(machine);
      this.#isReady = true;
    }
    this.timings = timings;
    this.#io = io;
    this.#machine = machine;
    const writer = start?.writer ?? new StreamWriter(io, machine);
    this.#writer = writer;
    this.#reader = start?.reader ?? new StreamReader(io, machine, () => writer.startDrain());
  }

  /**
   * Facts of the TLS connection.
   *
   * @throws {TlsError} `handshake_incomplete` while a handshake with early data, or half-RTT data, is under way.
   */
  get connection(): TlsConnectionInfo {
    return this.#info ??= connectionInfo(this.#machine);
  }

  /** The machine. */
  protected get machine(): Machine {
    return this.#machine;
  }

  /** Whether the handshake is under way: only with early data and half-RTT data. */
  get isHandshaking(): boolean {
    return this.#machine.isHandshaking;
  }

  /**
   * Waits for the handshake, which is done already but for early data and half-RTT data. After it a client knows whether
   * its early data was accepted, and a server that the client takes part now.
   *
   * @throws The reason of its failure, as every later read and write does.
   */
  async handshake(): Promise<void> {
    await this.#pending?.done;
  }

  /** The transport, to look at: a read from it, or a write to it, breaks the connection. */
  get io(): Duplex {
    return this.#io;
  }

  /**
   * Reads up to `into.length` bytes.
   *
   * @returns The number of bytes, at least 1 if there is room, or `null` at the proper end of the stream.
   * @throws {TlsError} `unexpected_eof` when the stream ends without `close_notify`; other codes when the peer violates
   * the protocol.
   * @throws {TypeError} while another read is pending, after `close` or `intoInner`, and for what is no `Uint8Array`.
   * @throws what the transport rejects with.
   */
  async read(into: Uint8Array): Promise<number | null> {
    if (!(into instanceof Uint8Array)) {
      throw new TypeError("Cannot read: there is no Uint8Array to read into");
    }
    this.#beginRead();
    try {
      const count = into.length === 0 ? 0 : await this.#readInto(into);
      this.#requireOpen("read"); // it may have been closed meanwhile
      return count;
    } finally {
      this.#reading = false;
    }
  }

  /**
   * Writes some of `bytes`, which may be reused when the promise settles.
   *
   * @returns The number of bytes taken, which may be fewer than all when there are more than 256 KiB.
   * @throws {TlsError} `write_after_shutdown` after `shutdown`, `write_zero` when the transport takes no more.
   * @throws {TypeError} after `close` or `intoInner`, and for what is no `Uint8Array`.
   * @throws what the transport rejected with, now or in an earlier write.
   */
  async write(bytes: Uint8Array): Promise<number> {
    this.#requireOpen("write");
    return await this.#writer.write(bytes);
  }

  /**
   * Waits until the transport has taken all data that was written.
   *
   * @throws as {@linkcode write}, but not after `shutdown`.
   */
  async flush(): Promise<void> {
    this.#requireOpen("flush");
    if (this.#pending?.holdsFlush === true) await this.#pending.done;
    await this.#writer.flush();
  }

  /**
   * Sends `close_notify`, once, and waits until the transport has taken it. Then the writing direction of the transport
   * is ended, where it can be. It does not wait for the peer's own end: reading goes on.
   *
   * @throws as {@linkcode flush}.
   */
  async shutdown(): Promise<void> {
    this.#requireOpen("shut down");
    await this.#writer.shutdown();
  }

  /** The same as {@linkcode shutdown}, by its name in {@linkcode Duplex}. */
  closeWrite(): Promise<void> {
    return this.shutdown();
  }

  /**
   * Ends both directions; a pending read or write rejects. May be called more than once.
   *
   * `close_notify` is sent, unless a write is pending, and the transport is closed as soon as it has taken that and what
   * was written before, at the latest after {@linkcode CLOSE_TIMEOUT_MS}. To know whether it has, await `shutdown` first.
   */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closed";
    const leaving = this.#writer.leave();
    if (leaving === undefined) return this.#io.close();
    settledWithin(CLOSE_TIMEOUT_MS, leaving).then(() => closeQuietly(this.#io));
  }

  /**
   * Changes the keys of all data that is written from now on (RFC 9846 §4.7.3), for connections that last long.
   *
   * @param requestPeer Whether the peer is asked to change its own keys. Default: true.
   * @throws as {@linkcode write}; {TypeError} in TLS 1.2, which cannot change keys: the stream goes on with those that it
   * has.
   */
  async refreshTrafficKeys(requestPeer = true): Promise<void> {
    this.#requireOpen("refresh traffic keys");
    await this.#writer.refreshTrafficKeys(requestPeer);
  }

  /** The data of the peer as a stream of bytes. `cancel` closes the connection. Use it or `read`, not both. */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#webStreams().readable;
  }

  /** A stream to write data to. Its `close` is {@linkcode shutdown}; its `abort` closes the connection. */
  get writable(): WritableStream<Uint8Array> {
    return this.#webStreams().writable;
  }

  /**
   * Takes the stream apart. Nothing is flushed and nothing is closed; the stream cannot be used any more.
   *
   * @throws {TypeError} while a read or a write is pending: its bytes would be lost.
   */
  intoInner(): TlsStreamParts<Machine> {
    this.#requireOpen("take the stream apart");
    if (!this.#isReady) throw new TypeError("Cannot take the stream apart: await handshake() first");
    const pending = this.#reading || this.#reader.isAhead
      ? "read"
      : this.#writer.isBusy
      ? "write"
      : undefined;
    if (pending !== undefined) {
      const remedy = pending === "read" ? "await it, or read once more" : "flush first";
      throw new TypeError(`Cannot take the stream apart: a ${pending} is pending; ${remedy}`);
    }
    this.#state = "taken apart";
    const early = this.#pending?.takeEarly?.() ?? new Uint8Array(0);
    const leftover = this.#reader.takeLeftover();
    return {
      io: this.#io,
      connection: this.#machine,
      leftover: early.length === 0 ? leftover : concat([early, leftover]),
    };
  }

  /** Lets a pending read keep the process alive, where the transport can. */
  ref(): void {
    this.#io.ref?.();
  }

  /** Lets the process end although a read is pending, where the transport can. */
  unref(): void {
    this.#io.unref?.();
  }

  /** Closes the connection, at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Shuts the connection down and closes it, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state !== "open") return;
    try {
      await this.shutdown();
    } finally {
      this.close();
    }
  }

  #webStreams(): HalfStreams {
    return this.#streams ??= webStreams({
      readChunk: async () => {
        this.#beginRead();
        try {
          return await this.#readChunk();
        } finally {
          this.#reading = false;
        }
      },
      read: (into) => this.read(into),
      write: (bytes) => this.write(bytes),
      shutdown: () => this.shutdown(),
      close: () => this.close(),
      abort: () => this.#abort(),
    });
  }

  /** Reads early data, waits for the handshake, and reads what comes behind it. */
  #readInto(into: Uint8Array): Promise<number | null> {
    // Not asynchronous itself: most reads come when the handshake is done, and a promise less on their way shows.
    return this.#pending === undefined ? this.#reader.read(into) : this.#readBehind(this.#pending, into);
  }

  async #readBehind(pending: PendingHandshake, into: Uint8Array): Promise<number | null> {
    const early = await pending.readEarly?.(into);
    if (early !== undefined) return early;
    await pending.done;
    this.#pending = undefined;
    return await this.#reader.read(into);
  }

  async #readChunk(): Promise<Uint8Array | undefined> {
    if (this.#pending === undefined) return await this.#reader.readChunk();
    const into = new Uint8Array(MIN_READ_BYTES);
    const count = await this.#readInto(into);
    return count === null ? undefined : into.subarray(0, count);
  }

  /** Closes the transport at once, without close_notify: the peer is to see that something is missing. */
  #abort(): void {
    if (this.#state !== "open") return;
    this.#state = "closed";
    this.#io.close();
  }

  #beginRead(): void {
    this.#requireOpen("read");
    // Two reads would wait for the same bytes, and it would be undefined which gets them.
    if (this.#reading) throw new TypeError("Cannot read: another read is pending");
    this.#reading = true;
  }

  #requireOpen(action: string): void {
    if (this.#state !== "open") throw new TypeError(`Cannot ${action}: the stream is ${this.#state}`);
  }
}

/** The client's end of a connection protected by Ductile's TLS; made by {@linkcode TlsConnector}. */
export class ClientTlsStream extends TlsStream<ClientConnection> {
  /** The protocol (ALPN) that early data is sent for, which the server may refuse to select; `undefined`: none. */
  get earlyDataProtocol(): string | undefined {
    return this.machine.earlyDataProtocol;
  }
}

/** The server's end of a connection protected by Ductile's TLS; made by {@linkcode TlsAcceptor}. */
export class ServerTlsStream extends TlsStream<ServerConnection> {}
