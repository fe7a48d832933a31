/**
 * The driver: a WebSocket over one duplex, after the opening handshake.
 *
 * It reads as long as few messages wait for their reader, so that the transport's own back-pressure reaches the peer. To
 * send takes time when much waits to be written.
 *
 * The end: after the closing handshake a server closes the transport, and a client waits for that, but not for long. "The
 * underlying TCP connection, in most normal cases, SHOULD be closed first by the server, so that it holds the TIME_WAIT
 * state and not the client" (RFC 6455 §7.1.1).
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { settledWithin } from "../../io/attempt.ts";
import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { ignoreRejection } from "../../io/script.ts";
import { clearTimeout, endOfTurn, setTimeout } from "../../io/timers.ts";
import { withResolvers } from "../../io/with_resolvers.ts";
import { type Close, writeClose } from "../close_payload.ts";
import { WebSocketConnection } from "../connection.ts";
import { WebSocketError } from "../error.ts";
import type { WebSocketEvent } from "../events.ts";
import type { NegotiatedWebSocket } from "../handshake/negotiated.ts";
import { DEFAULT_CLOSE_TIMEOUT_MS, DEFAULT_PING_TIMEOUT_MS, MAX_UNWRITTEN_BYTES } from "../limits.ts";
import { type Deflate, loadDeflate } from "./deflate.ts";
import { MessageQueue, type WebSocketMessage } from "./message_queue.ts";
import type { WebSocketKeepAlive, WebSocketStreamOptions } from "./web_socket_stream_options.ts";

/** Sends and receives messages over a duplex. */
export class WebSocketDriver {
  /** Makes a driver, and loads the compressor if there is one. */
  static async create(
    role: "client" | "server",
    io: Duplex,
    negotiated: NegotiatedWebSocket,
    options: WebSocketStreamOptions,
  ): Promise<WebSocketDriver> {
    const deflate = negotiated.deflate && await loadDeflate(negotiated.deflate);
    return new WebSocketDriver(role, io, negotiated, options, deflate);
  }

  /** The Close frame that was received. Rejects with a {@linkcode WebSocketError} when the end was not clean. */
  readonly closed: Promise<Close>;
  readonly #role: "client" | "server";
  readonly #io: Duplex;
  readonly #machine: WebSocketConnection;
  readonly #deflate: Deflate | undefined;
  readonly #closeTimeoutMs: number;
  readonly #keepAlive: WebSocketKeepAlive | undefined;
  readonly #queue = new MessageQueue();
  /** Pings without a pong so far. */
  readonly #pings: { readonly payload: Uint8Array; readonly pong: PromiseWithResolvers<void> }[] = [];
  readonly #end = withResolvers<Close>();
  #flushing: Promise<void> | undefined;
  /** Bytes of messages since all output was written, more or less. */
  #unwrittenBytes = 0;
  /** Why nothing can be written any more. */
  #writeError: WebSocketError | undefined;
  #receivedBytes = 0;
  #writtenBytes = 0;
  #closeTimer: ReturnType<typeof setTimeout> | undefined;
  #pingTimer: ReturnType<typeof setTimeout> | undefined;
  #dropTimer: ReturnType<typeof setTimeout> | undefined;
  /** The error of this end: a timeout, or an abort. */
  #failure: WebSocketError | undefined;
  /** Whether messages are dropped, because this end has closed and its reader takes none. */
  #isDropping = false;
  #isWaitingForReader = false;
  #isFinished = false;

  private constructor(
    role: "client" | "server",
    io: Duplex,
    negotiated: NegotiatedWebSocket,
    options: WebSocketStreamOptions,
    deflate: Deflate | undefined,
  ) {
    this.#role = role;
    this.#io = io;
    this.#deflate = deflate;
    this.#closeTimeoutMs = options.closeTimeout ?? DEFAULT_CLOSE_TIMEOUT_MS;
    this.#keepAlive = options.keepAlive;
    const { maxMessageBytes } = options;
    this.#machine = new WebSocketConnection(role, {
      ...(maxMessageBytes !== undefined && { maxMessageBytes }),
      ...(negotiated.deflate && { inflate: negotiated.deflate.inflate }),
    });
    this.closed = this.#end.promise;
    ignoreRejection(this.closed);
    void this.#run();
    this.#schedulePing();
  }

  /** Whether messages can be sent. */
  get isOpen(): boolean {
    return this.#machine.isOpen && this.#failure === undefined && this.#writeError === undefined;
  }

  /** The next message; `undefined` after the peer's Close frame. Rejects with the failure, after the messages before it. */
  read(): Promise<WebSocketMessage | undefined> {
    return this.#queue.read();
  }

  /**
   * Sends a message. Resolves at once while little waits to be written, so that small messages leave together; otherwise
   * when all of it is written.
   */
  send(message: string | Uint8Array): Promise<void> {
    try {
      this.#requireOpen();
      const deflated = this.#deflate?.(typeof message === "string" ? ENCODER.encode(message) : message);
      if (deflated === undefined) this.#machine.sendMessage(message);
      else this.#machine.sendDeflated(typeof message === "string" ? "text" : "binary", deflated);
      this.#unwrittenBytes += message.length;
      const flushed = this.#flush();
      if (this.#unwrittenBytes >= MAX_UNWRITTEN_BYTES) return flushed;
      ignoreRejection(flushed); // the reading half learns of the end as well
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Sends a ping, and waits for its pong, or one to a later ping. */
  async ping(payload: Uint8Array = new Uint8Array()): Promise<void> {
    this.#requireOpen();
    this.#machine.sendPing(payload);
    const pong = withResolvers<void>();
    ignoreRejection(pong.promise);
    this.#pings.push({ payload: payload.slice(), pong });
    await this.#flush();
    await pong.promise;
  }

  /**
   * Sends a Close frame behind all messages, and waits for the peer's. Messages before that are still delivered; when their
   * reader takes none for a second, they are dropped. Closing again does nothing.
   */
  close(code: number | undefined, reason: string): void {
    writeClose(code, reason); // refuses bad ones, also when it is too late to send them
    if (!this.isOpen) return;
    this.#machine.sendClose(code, reason);
    ignoreRejection(this.#flush());
    this.#abortAfter(
      this.#closeTimeoutMs,
      new WebSocketError("close_timeout", "Cannot close cleanly: the peer sent no Close frame in time"),
    );
    this.#startDropTimer(undefined);
  }

  /** Ends the connection at once, without a closing handshake. */
  abort(): void {
    this.#abort(new WebSocketError("closed", "Cannot go on: this end has aborted the WebSocket"));
  }

  async #run(): Promise<void> {
    try {
      const close = await this.#receive();
      this.#queue.end();
      await this.#confirmClose();
      if (this.#role === "client") await settledWithin(this.#closeTimeoutMs, this.#discard());
      // Over HTTP/2, and over TLS, this makes the end one that the peer knows to be whole.
      if (this.#io.closeWrite !== undefined) await settledWithin(MAX_LINGER_MS, this.#io.closeWrite());
      this.#finish(undefined, close);
    } catch (cause) {
      const error = this.#failure ?? (cause instanceof WebSocketError ? cause : truncated(cause));
      this.#queue.end(error);
      // The peer reads why before the connection is reset: it has a moment to end it first.
      if (this.#machine.wantsWrite && this.#failure === undefined && this.#writeError === undefined) {
        const told = this.#flush().then(() => this.#discard());
        await settledWithin(MAX_LINGER_MS, told);
      }
      this.#finish(error);
    }
  }

  /** Delivers messages up to the Close frame of the peer. */
  async #receive(): Promise<Close> {
    const into = new Uint8Array(READ_BYTES);
    for (;;) {
      for (let event = this.#machine.next(); event !== undefined; event = this.#machine.next()) {
        this.#receiveEvent(event);
        if (event.type === "close") return { code: event.code, reason: event.reason };
        if (this.#queue.isFull && !this.#isDropping) await this.#awaitReader();
      }
      if (this.#machine.wantsWrite) ignoreRejection(this.#flush());
      const count = await this.#io.read(into);
      this.#receivedBytes += count ?? 0;
      if (count === null) this.#machine.receiveEnd();
      else this.#machine.receive(into.subarray(0, count));
    }
  }

  #receiveEvent(event: WebSocketEvent): void {
    if (event.type === "message") {
      if (!this.#isDropping) this.#queue.push(event.data);
    } else if (event.type === "pong") this.#receivePong(event.payload);
  }

  /**
   * Resolves the pings that a pong answers: those up to the one with its payload, since "the endpoint MAY elect to send a
   * Pong frame for only the most recently processed Ping frame" (RFC 6455 §5.5.3); the first where none has it.
   */
  #receivePong(payload: Uint8Array): void {
    const index = this.#pings.findIndex((ping) => equals(ping.payload, payload));
    for (const { pong } of this.#pings.splice(0, Math.max(index, 0) + 1)) pong.resolve();
  }

  /**
   * Writes what is left, the Close frame last. A peer that is gone has said that it goes; one that reads nothing has not
   * learnt that this end does.
   */
  async #confirmClose(): Promise<void> {
    this.#abortAfter(
      this.#closeTimeoutMs,
      new WebSocketError("close_timeout", "Cannot close cleanly: the peer reads nothing any more"),
    );
    await this.#flush().catch(() => {});
    clearTimeout(this.#closeTimer);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #awaitReader(): Promise<void> {
    this.#isWaitingForReader = true;
    if (this.#machine.wantsWrite) ignoreRejection(this.#flush());
    await this.#queue.room();
    this.#isWaitingForReader = false;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Writes the output of the machine, unless that is under way. */
  #flush(): Promise<void> {
    if (this.#flushing !== undefined) return this.#flushing;
    if (this.#writeError !== undefined) return Promise.reject(this.#writeError);
    if (!this.#machine.wantsWrite) return Promise.resolve();
    return this.#flushing = this.#writeOutput();
  }

  async #writeOutput(): Promise<void> {
    try {
      for (let piece = this.#machine.output(); piece !== undefined; piece = this.#machine.output()) {
        for (let done = 0; done < piece.length;) {
          const count = await this.#io.write(done === 0 ? piece : piece.subarray(done));
          // Without this check, a transport that takes nothing would be called without end.
          if (!(count > 0)) throw new TypeError("Cannot write: the transport takes no bytes");
          done += count;
          this.#writtenBytes += count;
        }
        // A write costs more than a small message: the first leaves at once, what else this turn sends in one write.
        await endOfTurn();
      }
    } catch (cause) {
      const error = this.#failure ?? truncated(cause);
      this.#writeError = error;
      // The peer is gone. What it has sent before is still read, but it may never end.
      if (!this.#isFinished) this.#abortAfter(MAX_LINGER_MS, error);
      throw error;
    } finally {
      this.#flushing = undefined;
      this.#unwrittenBytes = 0;
    }
  }

  /** Reads to the end of the connection. */
  async #discard(): Promise<void> {
    const into = new Uint8Array(READ_BYTES);
    while (await this.#io.read(into) !== null);
  }

  /** Ends the connection with an error, unless it ends, or another time is set, before. */
  #abortAfter(milliseconds: number, error: WebSocketError): void {
    clearTimeout(this.#closeTimer);
    this.#closeTimer = setTimeout(() => this.#abort(error), milliseconds);
  }

  /** Drops messages when, from one look to the next, the queue is full and none was read. */
  #startDropTimer(readBefore: number | undefined): void {
    this.#dropTimer = setTimeout(() => {
      const { isFull, readCount } = this.#queue;
      if (!isFull || readCount !== readBefore) return this.#startDropTimer(readCount);
      this.#isDropping = true;
      this.#queue.end();
    }, MAX_LINGER_MS / 2);
  }

  #schedulePing(): void {
    if (this.#keepAlive === undefined) return;
    const { interval, timeout = DEFAULT_PING_TIMEOUT_MS } = this.#keepAlive;
    this.#pingTimer = setTimeout(() => {
      if (!this.isOpen) return;
      this.#machine.sendPing();
      ignoreRejection(this.#flush());
      this.#awaitSign(this.#receivedBytes, this.#writtenBytes, timeout);
    }, interval);
  }

  /**
   * Waits for bytes of the peer behind a ping. Any are a sign of life: a pong has to wait behind a long message. None is seen
   * while the reader takes its time, and none comes while the ping itself waits behind a message that the peer takes slowly.
   */
  #awaitSign(received: number, written: number, timeout: number): void {
    this.#pingTimer = setTimeout(() => {
      if (!this.isOpen) return;
      if (this.#receivedBytes > received || this.#isWaitingForReader) return this.#schedulePing();
      if (this.#flushing !== undefined && this.#writtenBytes > written) {
        return this.#awaitSign(received, this.#writtenBytes, timeout);
      }
      this.#abort(new WebSocketError("ping_timeout", "Cannot go on: the peer sent no pong in time"));
    }, timeout);
  }

  #requireOpen(): void {
    const failure = this.#failure ?? this.#writeError;
    if (failure !== undefined) throw failure;
    if (!this.#machine.isOpen) throw new TypeError("Cannot send: the WebSocket is closing or closed");
  }

  #abort(error: WebSocketError): void {
    if (this.#failure !== undefined || this.#isFinished) return;
    this.#failure = error;
    this.#queue.end(error);
    closeQuietly(this.#io); // the pending read rejects
  }

  #finish(error: WebSocketError | undefined, close: Close = { code: 1006, reason: "" }): void {
    this.#isFinished = true;
    clearTimeout(this.#closeTimer);
    clearTimeout(this.#pingTimer);
    clearTimeout(this.#dropTimer);
    closeQuietly(this.#io);
    this.#queue.end(error);
    this.#failure ??= error;
    const over = error ?? new WebSocketError("closed", "Cannot wait for a pong: the WebSocket is closed");
    for (const { pong } of this.#pings.splice(0)) pong.reject(over);
    if (error === undefined) this.#end.resolve(close);
    else this.#end.reject(error);
  }
}

function truncated(cause: unknown): WebSocketError {
  return new WebSocketError("truncated", "Cannot go on: the connection failed without a Close frame", {
    cause,
  });
}

const ENCODER = new TextEncoder();

/** Bytes of one read. */
const READ_BYTES = 65_536;

/** Milliseconds for which a peer that broke a rule may read why. */
const MAX_LINGER_MS = 1000;
