/**
 * A TLS connection as a duplex: a machine, a transport, and the loop between them.
 *
 * Reading and writing are two halves that do not wait for each other: `stream_reader.ts` never writes,
 * `stream_writer.ts` never reads.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import type { ClientConnection } from "../connection/client_connection.ts";
import type { Connection } from "../connection/connection.ts";
import type { ServerConnection } from "../connection/server_connection.ts";
import { connectionInfo, type TlsConnectionInfo } from "./stream_connection.ts";
import { StreamReader } from "./stream_reader.ts";
import { type HalfStreams, webStreams } from "./stream_web.ts";
import { StreamWriter } from "./stream_writer.ts";

/** How long it took to connect, in milliseconds. */
export interface TlsTimings {
  /** Dialling; always 0: the transport was handed in. */
  readonly connect: number;
  /** The handshake. */
  readonly handshake: number;
}

/** What a {@linkcode TlsStream} was made of. */
export interface TlsStreamParts<Machine extends Connection = Connection> {
  /** The transport. */
  readonly io: Duplex;
  /** The machine; `output()` has what was not sent yet, `next()` what was not read yet. */
  readonly connection: Machine;
  /** Data that was taken out of the machine, and that no read had room for. It comes before the machine's own. */
  readonly leftover: Uint8Array;
}

/** What a read into no room gives. */
const NOTHING = 0;

/**
 * A connection that TLS protects, after a handshake that succeeded; {@linkcode ClientTlsStream} and
 * {@linkcode ServerTlsStream}.
 *
 * - **Writing** is buffered: `write` takes what it is given, seals it and pushes. It waits only while more than
 *   64 KiB are unsent. What was taken is on its way by itself; only after `flush` is it certain to be with the
 *   transport. Writes that are begun while one is pending come after it.
 * - **Reading** never writes and never waits for a write. One caller at a time.
 * - **Truncation**: when the transport ends without the peer's `close_notify`, `read` gives what arrived before
 *   and then rejects with `unexpected_eof`, each time. Only a proper end is `null`.
 * - **Ending**: `shutdown` announces the end and does not wait for the peer's; reading goes on. `close` breaks off.
 * - **Errors** last: what a read once rejected with, every later one does; the same for writes.
 */
export class TlsStream<Machine extends Connection = Connection>
  implements Duplex, Disposable, AsyncDisposable {
  readonly #io: Duplex;
  readonly #machine: Machine;
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;
  #reading = false;
  #state: "open" | "closed" | "taken apart" = "open";
  #streams: HalfStreams | undefined;
  /** What is known about the TLS connection. */
  readonly connection: TlsConnectionInfo;
  /** How long it took to connect. */
  readonly timings: TlsTimings;

  /**
   * Joins a transport and a machine.
   *
   * @param io The transport; nobody else may use it.
   * @param machine Its handshake is done.
   * @param timings How long that took. Default: it is not known, and 0.
   * @throws {TlsError} `handshake_incomplete`
   */
  constructor(io: Duplex, machine: Machine, timings: TlsTimings = { connect: 0, handshake: 0 }) {
    this.connection = connectionInfo(machine);
    this.timings = timings;
    this.#io = io;
    this.#machine = machine;
    const writer = new StreamWriter(io, machine);
    this.#writer = writer;
    this.#reader = new StreamReader(io, machine, () => writer.kick());
  }

  /** The transport beneath, to look at; whoever reads from it or writes to it breaks the connection. */
  get io(): Duplex {
    return this.#io;
  }

  /**
   * Reads up to `into.length` bytes.
   *
   * @returns How many bytes were read, at least 1 if there is room, or `null` at the proper end of the stream.
   * @throws {TlsError} `unexpected_eof` when the stream ends without `close_notify`; whatever else is wrong with what
   * the peer sends.
   * @throws {TypeError} while another read is pending, after `close` or `intoInner`, and for what is no `Uint8Array`.
   * @throws what the transport rejects with.
   */
  async read(into: Uint8Array): Promise<number | null> {
    if (!(into instanceof Uint8Array)) {
      throw new TypeError("Cannot read: there is no Uint8Array to read into");
    }
    this.#beginRead();
    try {
      return into.length === 0 ? NOTHING : await this.#reader.read(into);
    } finally {
      this.#reading = false;
    }
  }

  /**
   * Takes some of `bytes`, which may be reused when the promise settles.
   *
   * @returns How many bytes were taken, which may be fewer than were given when there are more than 256 KiB.
   * @throws {TlsError} `write_after_shutdown` after `shutdown`, `write_zero` when the transport takes no more.
   * @throws {TypeError} after `close` or `intoInner`, and for what is no `Uint8Array`.
   * @throws what the transport rejected with, now or in an earlier write.
   */
  async write(bytes: Uint8Array): Promise<number> {
    this.#requireOpen("write");
    return await this.#writer.write(bytes);
  }

  /**
   * Waits until everything that was written is with the transport.
   *
   * @throws as {@linkcode write}, but not after `shutdown`.
   */
  async flush(): Promise<void> {
    this.#requireOpen("flush");
    await this.#writer.flush();
  }

  /**
   * Tells the peer that nothing more will be written, once, and waits until it is with the transport, whose writing
   * direction is ended, too, where it can be. It does not wait for the peer's own end: reading goes on.
   *
   * @throws as {@linkcode flush}.
   */
  async shutdown(): Promise<void> {
    this.#requireOpen("shut down");
    await this.#writer.shutdown();
  }

  /** The same as {@linkcode shutdown}, under the name that every {@linkcode Duplex} has for it. */
  closeWrite(): Promise<void> {
    return this.shutdown();
  }

  /** Closes the transport at once; a pending read or write rejects. May be called more than once. */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closed";
    this.#io.close();
  }

  /**
   * Changes the keys of what is written from here on (RFC 9846 §4.7.3), which long connections may wish to do.
   *
   * @param requestPeer Whether the peer is asked to change its own. Default: it is.
   * @throws as {@linkcode write}.
   */
  async updateKeys(requestPeer = true): Promise<void> {
    this.#requireOpen("update keys");
    await this.#writer.updateKeys(requestPeer);
  }

  /** What is read, as a stream of bytes. `cancel` closes the connection. Read from here or by `read`, not both. */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#webStreams().readable;
  }

  /** What is written. `close` is {@linkcode shutdown}; `abort` closes the connection. */
  get writable(): WritableStream<Uint8Array> {
    return this.#webStreams().writable;
  }

  /**
   * Takes the stream apart. Nothing is flushed and nothing is closed; the stream is of no use any more.
   *
   * @throws {TypeError} while a read or a write is pending: its bytes would be lost.
   */
  intoInner(): TlsStreamParts<Machine> {
    this.#requireOpen("take the stream apart");
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
    return { io: this.#io, connection: this.#machine, leftover: this.#reader.takeLeftover() };
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
          return await this.#reader.readChunk();
        } finally {
          this.#reading = false;
        }
      },
      read: (into) => this.read(into),
      write: (bytes) => this.write(bytes),
      shutdown: () => this.shutdown(),
      close: () => this.close(),
    });
  }

  #beginRead(): void {
    this.#requireOpen("read");
    // Both would wait for the same bytes, and which gets them would be a matter of luck.
    if (this.#reading) throw new TypeError("Cannot read: another read is pending");
    this.#reading = true;
  }

  #requireOpen(action: string): void {
    if (this.#state !== "open") throw new TypeError(`Cannot ${action}: the stream is ${this.#state}`);
  }
}

/** The client's end; {@linkcode TlsConnector} makes them. */
export class ClientTlsStream extends TlsStream<ClientConnection> {}

/** The server's end; {@linkcode TlsAcceptor} makes them. */
export class ServerTlsStream extends TlsStream<ServerConnection> {}
