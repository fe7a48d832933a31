/**
 * The reading half of a stream.
 *
 * It never writes: output that reading causes (the answer to a KeyUpdate, an alert) is left to the writing half, which
 * is notified. A read that waited for a write would deadlock with a peer that does the same.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import type { TlsEvent } from "../connection/connection_types.ts";
import { type Eventual, ignoreRejection } from "../../io/script.ts";
import { MAX_READ_BYTES, MAX_SMALL_READS, MIN_READ_BYTES } from "../limits.ts";
import type { StreamMachine } from "./stream_machine.ts";

/** Reader of a stream: reads from the transport, feeds the machine and returns its data. */
export class StreamReader {
  readonly #io: Duplex;
  readonly #machine: StreamMachine;
  readonly #onEvent: () => void;
  #buffer: Uint8Array | undefined;
  #bufferLength: number;
  /** Reads in a row that a buffer of the least length is enough for. */
  #smallReads = 0;
  /** Decrypted data that did not fit into the buffer of the last read. */
  #leftover: Uint8Array | undefined;
  /** A step of the machine that a read has begun and not awaited: the next read takes it. */
  #pending: Promise<TlsEvent | undefined> | undefined;
  /** Whether a step of the machine was ever asynchronous: then no step is begun before a read needs it. */
  #isAsynchronous = false;
  /** Whether the machine has no more events until it receives more bytes. */
  #isHungry = false;
  #ended = false;
  /** Boxed, because anything can be thrown. */
  #failure: { readonly reason: unknown } | undefined;

  /**
   * @param io The transport; only this half reads from it.
   * @param onEvent Called whenever the machine may have output.
   * @param firstReadBytes Length of the first read's buffer.
   */
  constructor(
    io: Duplex,
    machine: StreamMachine,
    onEvent: () => void,
    firstReadBytes: number = MIN_READ_BYTES,
  ) {
    this.#bufferLength = firstReadBytes;
    this.#io = io;
    this.#machine = machine;
    this.#onEvent = onEvent;
  }

  /** Whether a step of the machine is under way that no read awaits. */
  get isAhead(): boolean {
    return this.#pending !== undefined;
  }

  /** Takes the data that was decrypted and not read. */
  takeLeftover(): Uint8Array {
    const leftover = this.#leftover ?? new Uint8Array(0);
    this.#leftover = undefined;
    return leftover;
  }

  /**
   * Reads all data that needs no waiting, and waits for at least one byte.
   *
   * @returns The number of bytes, or `null` when the peer has ended the stream.
   */
  async read(into: Uint8Array): Promise<number | null> {
    if (into.length === 0) return 0;
    let data = this.#leftover ?? await this.#nextData();
    if (data === undefined) return null;
    let filled = 0;
    while (data !== undefined) {
      const part = data.length > into.length - filled ? data.subarray(0, into.length - filled) : data;
      into.set(part, filled);
      filled += part.length;
      this.#leftover = part.length < data.length ? data.subarray(part.length) : undefined;
      data = filled < into.length ? this.#nextDataAtOnce() : undefined;
    }
    return filled;
  }

  /** The next piece of data as it was decrypted, not copied; `undefined` when the peer has ended the stream. */
  async readChunk(): Promise<Uint8Array | undefined> {
    const leftover = this.#leftover;
    this.#leftover = undefined;
    return leftover ?? await this.#nextData();
  }

  /** The next event of a handshake, or `undefined` when there is none until {@linkcode fill} has read more. */
  async nextEvent(): Promise<TlsEvent | undefined> {
    const eventual = this.#advance();
    return eventual instanceof Promise ? await this.#awaitStep(eventual) : eventual;
  }

  /** Reads from the transport once, and feeds the machine the bytes, or the end. */
  async fill(): Promise<void> {
    const buffer = this.#readBuffer();
    let count: number | null;
    try {
      count = await this.#io.read(buffer);
      if (count !== null) checkCount(count, buffer.length);
    } catch (reason) {
      this.#fail(reason);
      throw reason;
    }
    this.#isHungry = false;
    // A read of the transport waits for at least one byte: a count of 0 is its end.
    if (count === null || count === 0) return this.#machine.receiveEnd();
    this.#machine.receive(buffer.subarray(0, count));
    this.#adaptBuffer(count);
  }

  async #nextData(): Promise<Uint8Array | undefined> {
    while (!this.#ended) {
      const eventual = this.#advance();
      const data = this.#take(eventual instanceof Promise ? await this.#awaitStep(eventual) : eventual);
      if (data !== undefined) return data;
      if (this.#isHungry) await this.fill();
    }
    return undefined;
  }

  /** The next data, if it needs no waiting. A failure on the way is thrown by the next read. */
  #nextDataAtOnce(): Uint8Array | undefined {
    while (!this.#isAsynchronous && !this.#ended && !this.#isHungry && this.#failure === undefined) {
      const eventual = this.#begin();
      if (eventual instanceof Promise) {
        ignoreRejection(eventual);
        this.#isAsynchronous = true;
        this.#pending = eventual;
        return undefined;
      }
      const data = this.#take(eventual);
      if (data !== undefined) return data;
    }
    return undefined;
  }

  /** The event of the step under way, or else of a new one. */
  #advance(): Eventual<TlsEvent | undefined> {
    const pending = this.#pending;
    this.#pending = undefined;
    const event = pending ?? this.#begin();
    if (this.#failure !== undefined) throw this.#failure.reason;
    return event;
  }

  #begin(): Eventual<TlsEvent | undefined> {
    if (this.#failure !== undefined) return undefined;
    try {
      return this.#machine.next();
    } catch (reason) {
      this.#fail(reason);
      return undefined;
    }
  }

  async #awaitStep(eventual: Promise<TlsEvent | undefined>): Promise<TlsEvent | undefined> {
    this.#isAsynchronous = true;
    try {
      return await eventual;
    } catch (reason) {
      this.#fail(reason);
      throw reason;
    }
  }

  /** Takes note of an event. @returns The data, when it has any. */
  #take(event: TlsEvent | undefined): Uint8Array | undefined {
    this.#isHungry = event === undefined;
    if (event?.type === "data") return event.data;
    if (event?.type === "connection_closed") this.#ended = true;
    // A step without an event may have output: TLS 1.2 declines a renegotiation by a warning.
    if (event !== undefined || this.#machine.outputLength > 0) this.#onEvent();
    return undefined;
  }

  /** Lengthens the buffer of the next read after a read that filled it, and shortens it after many that did not. */
  #adaptBuffer(count: number): void {
    this.#smallReads = count <= MIN_READ_BYTES ? this.#smallReads + 1 : 0;
    if (count === this.#bufferLength) this.#bufferLength = Math.min(4 * count, MAX_READ_BYTES);
    else if (this.#smallReads >= MAX_SMALL_READS) this.#bufferLength = MIN_READ_BYTES;
  }

  /** The buffer, used again: the machine needs more bytes, so it keeps no views of the last ones. */
  #readBuffer(): Uint8Array {
    if (this.#buffer?.length !== this.#bufferLength) this.#buffer = new Uint8Array(this.#bufferLength);
    return this.#buffer;
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#buffer = undefined;
    this.#onEvent(); // an alert may be in the output
  }
}

function checkCount(count: number, most: number): void {
  if (!(count >= 0 && count <= most && Number.isInteger(count))) {
    throw new TypeError(`Cannot read: the transport says it gave ${count} bytes where ${most} fit`);
  }
}
