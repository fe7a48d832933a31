/**
 * Moves bytes between the machine and the duplex, in batches.
 *
 * Reading: a peer that has much to say says it in many small records. As long as the next read is answered at once,
 * the machine takes it before anybody is told; then each reader gets all that came for it, in one chunk. Reading
 * never waits for the readers of content. It waits only when the machine has so many answers to send that it takes
 * no more (a peer that floods).
 *
 * Writing: what is sent while all of these readers react, or while a write is under way, goes out in one write.
 *
 * @module
 */

import { type Duplex, writeAll } from "../../io/duplex.ts";
import type { Http2Connection } from "../connection.ts";

/** What a link asks of the driver. */
export interface LinkOwner {
  /** Bytes came, or the end of them: takes the machine's events, which have views of the bytes. */
  onReceived(): void;
  /** No more bytes come at once: makes what came the readers' own. After that, the views are no longer valid. */
  onQuiet(): void;
  /** There is room for more output: adds what waits. */
  onRoom(): void;
  /** Writing failed. */
  onUnwritable(): void;
  /** Reading failed, or writing did and nothing more came. */
  onBroken(error: unknown): void;
}

/** The pump between a machine and a duplex. */
export class Link {
  readonly #io: Duplex;
  readonly #machine: Http2Connection;
  readonly #owner: LinkOwner;
  #buffer = new Uint8Array(LEAST_BUFFER);
  /** How much of the buffer is taken by what came in this batch. */
  #filled = 0;
  /** How often a read was answered in this batch. */
  #reads = 0;
  /** Microtasks until the batch of reads is over, or else until the next write; 0: neither is to come. */
  #stepsLeft = 0;
  /** Whether to write at the next of these microtasks. */
  #isOverdue = false;
  #isWriting = false;
  /** Whether reading waits for the answers to be written. */
  #isHeldUp = false;
  #isClosed = false;
  #isBroken = false;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #writes = 0;
  #received = 0;

  /** Starts to read; what the machine has to say already is written at the end of the turn. */
  constructor(io: Duplex, machine: Http2Connection, owner: LinkOwner) {
    this.#io = io;
    this.#machine = machine;
    this.#owner = owner;
    this.schedule();
    this.#read();
  }

  /** How many writes began. What was given to the machine since the last one did is not on its way yet. */
  get writes(): number {
    return this.#writes;
  }

  /** How many bytes came, to tell whether any did. */
  get received(): number {
    return this.#received;
  }

  /** Whether nothing can be written any more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Writes what there is, once all who have something to send in this turn have done so. */
  schedule(): void {
    if (this.#stepsLeft === 0) this.#waitSteps();
  }

  #waitSteps(): void {
    if (this.#stepsLeft === 0) STEP.then(this.#step);
    this.#stepsLeft = STEPS;
  }

  readonly #step = (): void => {
    this.#stepsLeft--;
    if (this.#isOverdue) this.#flush();
    if (this.#stepsLeft > 0) {
      STEP.then(this.#step);
    } else if (this.#reads > 0) {
      this.#waitSteps(); // for whatever the readers do
      this.#endBatch();
    } else {
      this.#flush();
    }
  };

  #endBatch(): void {
    this.#reads = 0;
    if (!this.#isClosed) this.#owner.onQuiet();
  }

  /** Ends a batch although the peer has not paused. What there is to write must not wait until it does. */
  #cutBatch(): void {
    this.#endBatch();
    this.#isOverdue = true;
  }

  /** Sends what the machine has left, if nothing is in its way, and closes the duplex. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#grace);
    try {
      // Runtimes write at once what the transport takes; whether it does is not worth waiting for.
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
    this.#owner.onRoom();
    if (this.#isWriting || this.#isClosed) return; // anything may have happened
    const output = this.#machine.output();
    if (output === undefined) return;
    this.#isWriting = true;
    this.#writes++;
    writeAll(this.#io, output).then(this.#onWritten, this.#onWriteBroken);
  }

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
    if (!this.#isClosed) this.#owner.onBroken(error);
  };

  /**
   * A peer that closes says why before (GOAWAY, a response), and what it said can still be read. So a write that
   * fails does not end the connection at once; the end of reading does, or some time.
   */
  readonly #onWriteBroken = (error: unknown): void => {
    if (this.#isClosed) return;
    this.#isBroken = true;
    this.#grace = setTimeout(() => this.#onBroken(error), GRACE);
    if (this.#isClosed) clearTimeout(this.#grace); // setting it may have let microtasks run
    else this.#owner.onUnwritable();
  };

  #read(): void {
    if (this.#buffer.length - this.#filled < LEAST_ROOM) {
      // Reads that fill the buffer before the batch is over would make larger chunks in a larger one.
      const isShort = this.#reads > 0 && this.#buffer.length < MOST_BUFFER;
      this.#cutBatch();
      this.#filled = 0;
      if (isShort) this.#buffer = new Uint8Array(2 * this.#buffer.length);
    }
    if (this.#isClosed) return;
    let pending: Promise<number | null>;
    try {
      pending = this.#io.read(this.#buffer.subarray(this.#filled));
    } catch (error) { // a duplex that is not careful; never told before the constructor has ended
      pending = Promise.reject(error);
    }
    pending.then(this.#onRead, this.#onBroken);
  }

  readonly #onRead = (count: number | null): void => {
    if (this.#isClosed) return;
    if (count === null) {
      this.#machine.receiveEnd();
    } else if (!(count > 0 && count <= this.#buffer.length - this.#filled)) {
      // One that reads nothing would be asked for ever.
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
    this.#owner.onReceived();
    if (this.#isClosed) return;
    if (this.#reads >= MOST_READS) this.#cutBatch();
    this.#waitSteps();
    if (this.#machine.wantsRead) this.#read();
    else this.#isHeldUp = true;
  }
}

/** How long the peer's last words are waited for, in milliseconds. */
const GRACE = 1000;

/** A read whose bytes are there already is answered within so many microtasks. */
const STEPS = 4;

/** How many reads make one batch at most: a peer that never pauses must not keep what it sends from its readers. */
const MOST_READS = 32;

/** What a read must have room for: a full TLS record, which is all that a read over TLS gives (RFC 9846 §5.1). */
const LEAST_ROOM = 16_384;

/** The buffer of a connection that carries little. */
const LEAST_BUFFER = 2 * LEAST_ROOM;

/** The buffer of one that carries much. Larger chunks make nothing faster. */
const MOST_BUFFER = 8 * LEAST_ROOM;

/** A promise whose reactions are microtasks. */
const STEP = Promise.resolve();
