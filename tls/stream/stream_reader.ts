/**
 * The half of a stream that reads.
 *
 * It never writes: what reading produces (the answer to a KeyUpdate, an alert) is left to the other half, which is
 * only told that there may be something. A read that waited for a write would wait for a peer that waits itself.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import type { TlsEvent } from "../connection/connection_types.ts";
import { type Eventual, ignoreRejection } from "../../io/script.ts";
import { MAX_READ_BYTES, MIN_READ_BYTES } from "../limits.ts";
import type { StreamMachine } from "./stream_machine.ts";

/** Reads from the transport, feeds the machine and gives out data. */
export class StreamReader {
  readonly #io: Duplex;
  readonly #machine: StreamMachine;
  readonly #onEvent: () => void;
  #buffer: Uint8Array | undefined;
  #bufferLength = MIN_READ_BYTES;
  /** Data that a read had no room for. */
  #leftover: Uint8Array | undefined;
  /** An event that was asked for, and that nobody waited for yet. */
  #pending: Promise<TlsEvent | undefined> | undefined;
  /** Whether the machine was ever waited for: then it is asked for no event before somebody wants it. */
  #answersLater = false;
  /** Whether the machine has told all it can of what it was fed. */
  #isHungry = false;
  #ended = false;
  /** Boxed, because anything can be thrown. */
  #failure: { readonly reason: unknown } | undefined;

  /**
   * @param io Is read from by this half alone.
   * @param onEvent Is told whenever the machine may have something to write.
   */
  constructor(io: Duplex, machine: StreamMachine, onEvent: () => void) {
    this.#io = io;
    this.#machine = machine;
    this.#onEvent = onEvent;
  }

  /** Whether an event was asked for that nobody has read. */
  get isAhead(): boolean {
    return this.#pending !== undefined;
  }

  /** Data that was decrypted and not read; it is not kept any longer. */
  takeLeftover(): Uint8Array {
    const leftover = this.#leftover ?? new Uint8Array(0);
    this.#leftover = undefined;
    return leftover;
  }

  /**
   * Reads as much as is at hand, at least one byte.
   *
   * @returns `null`: the peer has ended the stream.
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
      data = filled < into.length ? this.#dataAtHand() : undefined;
    }
    return filled;
  }

  /** The next piece of data as it was decrypted, without a copy; `undefined`: the peer has ended the stream. */
  async readChunk(): Promise<Uint8Array | undefined> {
    const leftover = this.#leftover;
    this.#leftover = undefined;
    return leftover ?? await this.#nextData();
  }

  /** The next event of a handshake; `undefined`: {@linkcode fill} first. */
  async nextEvent(): Promise<TlsEvent | undefined> {
    const eventual = this.#advance();
    return eventual instanceof Promise ? await this.#settle(eventual) : eventual;
  }

  /** Feeds the machine what the transport has, or its end. */
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
    // A transport that gives nothing has nothing more to give: it was to wait for a byte.
    if (count === null || count === 0) return this.#machine.receiveEnd();
    this.#machine.receive(buffer.subarray(0, count));
    if (count === buffer.length) this.#bufferLength = Math.min(2 * this.#bufferLength, MAX_READ_BYTES);
  }

  async #nextData(): Promise<Uint8Array | undefined> {
    while (!this.#ended) {
      const eventual = this.#advance();
      const data = this.#take(eventual instanceof Promise ? await this.#settle(eventual) : eventual);
      if (data !== undefined) return data;
      if (this.#isHungry) await this.fill();
    }
    return undefined;
  }

  /** Data that needs no waiting for. A failure that is met is told to the next read. */
  #dataAtHand(): Uint8Array | undefined {
    while (!this.#answersLater && !this.#ended && !this.#isHungry && this.#failure === undefined) {
      const eventual = this.#begin();
      if (eventual instanceof Promise) {
        ignoreRejection(eventual);
        this.#answersLater = true;
        this.#pending = eventual;
        return undefined;
      }
      const data = this.#take(eventual);
      if (data !== undefined) return data;
    }
    return undefined;
  }

  /** The event that is under way, or the next one. */
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

  async #settle(eventual: Promise<TlsEvent | undefined>): Promise<TlsEvent | undefined> {
    this.#answersLater = true;
    try {
      return await eventual;
    } catch (reason) {
      this.#fail(reason);
      throw reason;
    }
  }

  /** What an event means to whoever waits for data. */
  #take(event: TlsEvent | undefined): Uint8Array | undefined {
    this.#isHungry = event === undefined;
    if (event?.type === "data") return event.data;
    if (event?.type === "connection_closed") this.#ended = true;
    if (event !== undefined) this.#onEvent();
    return undefined;
  }

  /** The machine keeps no views of it once it asks for more, and that is when this is called. */
  #readBuffer(): Uint8Array {
    if (this.#buffer?.length !== this.#bufferLength) this.#buffer = new Uint8Array(this.#bufferLength);
    return this.#buffer;
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#buffer = undefined;
    this.#onEvent(); // the alert
  }
}

function checkCount(count: number, most: number): void {
  if (!(count >= 0 && count <= most && Number.isInteger(count))) {
    throw new TypeError(`Cannot read: the transport says it gave ${count} bytes where ${most} fit`);
  }
}
