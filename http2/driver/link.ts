/**
 * Moves bytes between the machine and the duplex, in batches.
 *
 * Reading: a busy peer sends many small records. While the next read resolves within
 * {@linkcode MAX_READ_MICROTASKS}, the machine takes its bytes before any caller is told; then each reader gets all that
 * arrived for it, in one chunk. Reading never waits for the readers of content. It waits only while the machine
 * has so many acknowledgements to write that it takes no more (a peer that floods).
 *
 * Writing: all that is sent while these readers react, or while a write is under way, goes out in one write.
 *
 * @module
 */

import { type Duplex, writeAll } from "../../io/duplex.ts";
import { clearTimeout, setTimeout } from "../../io/timers.ts";
import type { Http2Connection } from "../connection.ts";
import {
  MAX_BATCH_READS,
  MAX_FINAL_READ_MS,
  MAX_READ_BUFFER_BYTES,
  MIN_READ_BUFFER_BYTES,
  MIN_READ_BYTES,
} from "../limits.ts";

/** Told by a link what the transport does. */
export interface LinkListener {
  /** The machine received bytes, or their end: take its events, which have views of the bytes. */
  onReceived(): void;
  /** The batch of reads is over: copy what it brought. After that, the views are no longer valid. */
  onBatchEnd(): void;
  /** The next write is about to begin: give the machine what waits to be sent. */
  onRoom(): void;
  /** A write failed. Reading goes on for a while. */
  onUnwritable(): void;
  /** A read failed, or a write did and nothing more arrived. */
  onBroken(error: unknown): void;
}

/** The pump between a machine and a duplex. */
export class Link {
  readonly #io: Duplex;
  readonly #machine: Http2Connection;
  readonly #listener: LinkListener;
  #buffer = new Uint8Array(MIN_READ_BUFFER_BYTES);
  /** How much of the buffer is taken by what came in this batch. */
  #filled = 0;
  /** How often a read was answered in this batch. */
  #reads = 0;
  /** Microtasks until the batch of reads is over, or else until the next write; 0: neither is to come. */
  #microtasksLeft = 0;
  /** Whether to write at the next of these microtasks. */
  #isOverdue = false;
  #isWriting = false;
  /** Whether reading waits for acknowledgements to be written. */
  #isHeldUp = false;
  #isClosed = false;
  #isBroken = false;
  #finalRead: ReturnType<typeof setTimeout> | undefined;
  #writes = 0;
  #steps = 0;
  #received = 0;

  /** Begins to read; the machine's output so far is written at the end of the turn. */
  constructor(io: Duplex, machine: Http2Connection, listener: LinkListener) {
    this.#io = io;
    this.#machine = machine;
    this.#listener = listener;
    this.schedule();
    this.#read();
  }

  /** How many writes have begun. Output of the machine since the last one did is not on its way yet. */
  get writes(): number {
    return this.#writes;
  }

  /** Whether a write is under way. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** How often the transport has taken a part of the output. */
  get steps(): number {
    return this.#writes + this.#steps;
  }

  /** How many bytes were read. */
  get received(): number {
    return this.#received;
  }

  /** Whether a write has failed. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Writes the machine's output a few microtasks later, together with all that is sent until then. */
  schedule(): void {
    if (this.#microtasksLeft === 0) this.#waitMicrotasks();
  }

  #waitMicrotasks(): void {
    if (this.#microtasksLeft === 0) MICROTASK.then(this.#onMicrotask);
    this.#microtasksLeft = MAX_READ_MICROTASKS;
  }

  readonly #onMicrotask = (): void => {
    this.#microtasksLeft--;
    if (this.#isOverdue) this.#flush();
    if (this.#microtasksLeft > 0) {
      MICROTASK.then(this.#onMicrotask);
    } else if (this.#reads > 0) {
      this.#waitMicrotasks(); // for whatever the readers do
      this.#endBatch();
    } else {
      this.#flush();
    }
  };

  #endBatch(): void {
    this.#reads = 0;
    if (!this.#isClosed) this.#listener.onBatchEnd();
  }

  /** Ends a batch although the peer has not paused. Output must not wait until it does. */
  #cutBatch(): void {
    this.#endBatch();
    this.#isOverdue = true;
  }

  /** Writes the rest of the machine's output, unless a write is under way, and closes the duplex. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#finalRead);
    try {
      // Runtimes write at once what the transport takes; do not wait for the rest.
      const output = this.#isWriting ? undefined : this.#machine.output();
      if (output !== undefined) this.#io.write(output).catch(() => {});
    } catch {
      // It cannot be written to: closing it is all that is left.
    }
    try {
      this.#io.close();
    } catch {
      // It was closed before.
    }
  }

  #flush(): void {
    this.#isOverdue = false;
    if (this.#isWriting || this.#isClosed) return;
    this.#listener.onRoom();
    if (this.#isWriting || this.#isClosed) return; // anything may have happened
    const output = this.#machine.output();
    if (output === undefined) return;
    this.#isWriting = true;
    this.#writes++;
    writeAll(this.#io, output, this.#onPartial).then(this.#onWritten, this.#onWriteBroken);
  }

  readonly #onPartial = (): void => {
    this.#steps++;
  };

  readonly #onWritten = (): void => {
    this.#isWriting = false;
    if (this.#isClosed) return;
    if (this.#isHeldUp) {
      this.#isHeldUp = false;
      this.#onInput();
    }
    this.#flush();
  };

  readonly #onBroken = (error: unknown): void => {
    if (!this.#isClosed) this.#listener.onBroken(error);
  };

  /**
   * A peer that closes says why before (GOAWAY, a response), and that can still be read. So a write that fails does
   * not end the connection at once; the end of reading does, or {@linkcode MAX_FINAL_READ_MS}.
   */
  readonly #onWriteBroken = (error: unknown): void => {
    if (this.#isClosed) return;
    this.#isBroken = true;
    this.#finalRead = setTimeout(() => this.#onBroken(error), MAX_FINAL_READ_MS);
    if (this.#isClosed) clearTimeout(this.#finalRead); // setting it may have let microtasks run
    else this.#listener.onUnwritable();
  };

  #read(): void {
    if (this.#buffer.length - this.#filled < MIN_READ_BYTES) {
      // Reads that fill the buffer before the batch is over would make larger chunks in a larger one.
      const isShort = this.#reads > 0 && this.#buffer.length < MAX_READ_BUFFER_BYTES;
      this.#cutBatch();
      this.#filled = 0;
      if (isShort) this.#buffer = new Uint8Array(2 * this.#buffer.length);
    }
    if (this.#isClosed) return;
    let pending: Promise<number | null>;
    try {
      pending = this.#io.read(this.#buffer.subarray(this.#filled));
    } catch (error) { // a duplex that throws; told after the constructor has ended
      pending = Promise.reject(error);
    }
    pending.then(this.#onRead, this.#onBroken);
  }

  readonly #onRead = (count: number | null): void => {
    if (this.#isClosed) return;
    if (count === null) {
      this.#machine.receiveEnd();
    } else if (!(count > 0 && count <= this.#buffer.length - this.#filled)) {
      // A transport that reads nothing would be read again and again.
      return this.#onBroken(new TypeError(`Cannot read: the transport claims to have read ${count} bytes`));
    } else {
      this.#received += count;
      this.#machine.receive(this.#buffer.subarray(this.#filled, this.#filled + count));
      this.#filled += count;
    }
    this.#onInput();
  };

  #onInput(): void {
    this.#reads++;
    this.#listener.onReceived();
    if (this.#isClosed) return;
    if (this.#reads >= MAX_BATCH_READS) this.#cutBatch();
    this.#waitMicrotasks();
    if (this.#machine.wantsRead) this.#read();
    else this.#isHeldUp = true;
  }
}

/**
 * Microtasks within which a read whose bytes have arrived resolves. In Deno 2.9 it takes two, over TCP and over
 * Deno's TLS; four leave room for a transport that wraps them. Where a read takes more, each makes a batch of its
 * own: slower, and as correct.
 */
export const MAX_READ_MICROTASKS = 4;

/** A promise whose reactions are microtasks. */
const MICROTASK = Promise.resolve();
