/**
 * Moves bytes between the machine and the duplex, in batches.
 *
 * Everything that is sent in one turn of the event loop, or while a write is under way, goes out in one write.
 * Reading never waits for the readers of content; it waits only when the machine has so many answers to send that
 * it takes no more (a peer that floods).
 *
 * @module
 */

import { type Duplex, writeAll } from "../io/duplex.ts";
import type { Http2Connection } from "./connection.ts";
import { ReadBuffer } from "./read_buffer.ts";

/** What a link asks of the driver. */
export interface LinkOwner {
  /**
   * Bytes came, or the end of them: takes the machine's events.
   *
   * @param buffer Where the bytes are, when it may be given away.
   * @returns Whether it was.
   */
  onReceived(buffer: Uint8Array | undefined): boolean;
  /** There is room for more output: adds what waits. */
  onRoom(): void;
  /** Reading or writing failed. */
  onBroken(error: unknown): void;
}

/** The pump between a machine and a duplex. */
export class Link {
  readonly #io: Duplex;
  readonly #machine: Http2Connection;
  readonly #owner: LinkOwner;
  readonly #buffer = new ReadBuffer();
  #isScheduled = false;
  #isWriting = false;
  /** Whether reading waits for the answers to be written. */
  #isHeldUp = false;
  #isClosed = false;
  #isBroken = false;
  /** Microtasks until the next write, and how often they may be counted anew. */
  #stepsLeft = 0;
  #patience = 0;
  /** Whether a read was answered since the last step. */
  #hasRead = false;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #batch = 1;
  #received = 0;

  /** Starts to read; what the machine has to say already is written at the end of the turn. */
  constructor(io: Duplex, machine: Http2Connection, owner: LinkOwner) {
    this.#io = io;
    this.#machine = machine;
    this.#owner = owner;
    this.schedule();
    this.#read();
  }

  /** The number of the batch that is not written yet. */
  get batch(): number {
    return this.#batch;
  }

  /** How many bytes came, to tell whether any did. */
  get received(): number {
    return this.#received;
  }

  /** Whether nothing can be written any more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Writes what there is once this turn has settled. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#stepsLeft = STEPS;
    this.#patience = PATIENCE;
    STEP.then(this.#settle);
  }

  /**
   * Waits some microtasks before writing, and again when a read was answered meanwhile: a peer that answers many
   * requests does so in many small records, each of which may lead to a new request. Written together they cost
   * one call of the system instead of one each.
   */
  readonly #settle = (): void => {
    if (this.#hasRead && this.#patience > 0) {
      this.#stepsLeft = STEPS;
      this.#patience--;
    }
    this.#hasRead = false;
    if (--this.#stepsLeft > 0) STEP.then(this.#settle);
    else this.#flush();
  };

  /** Sends what the machine has left, if nothing is in its way, and closes the duplex. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#grace);
    try {
      // Runtimes write at once what the transport takes; whether it does is not worth waiting for.
      if (!this.#isWriting && this.#machine.pendingOutput > 0) {
        this.#io.write(this.#machine.output()).catch(() => {});
      }
      this.#io.close();
    } catch {
      // It was closed before, or cannot be written to: either way it is over.
    }
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    if (this.#isWriting || this.#isClosed) return;
    this.#owner.onRoom();
    if (this.#isWriting || this.#isClosed || this.#machine.pendingOutput === 0) return; // anything may have happened
    this.#isWriting = true;
    this.#batch++;
    writeAll(this.#io, this.#machine.output()).then(this.#onWritten, this.#onWriteBroken);
  };

  readonly #onWritten = (): void => {
    this.#isWriting = false;
    if (this.#isClosed) return;
    if (this.#isHeldUp) {
      this.#isHeldUp = false;
      this.#onInput(false);
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
  };

  #read(): void {
    this.#io.read(this.#buffer.bytes).then(this.#onRead, this.#onBroken);
  }

  readonly #onRead = (count: number | null): void => {
    if (this.#isClosed) return;
    if (count === null) {
      this.#machine.receiveEnd();
    } else {
      this.#received += count;
      this.#hasRead = true;
      this.#buffer.note(count);
      this.#machine.receive(this.#buffer.bytes.subarray(0, count));
    }
    this.#onInput(true);
  };

  #onInput(mayGive: boolean): void {
    const given = this.#owner.onReceived(mayGive ? this.#buffer.bytes : undefined);
    if (this.#isClosed) return;
    if (this.#machine.wantsRead) {
      this.#buffer.renew(given);
      this.#read();
    } else {
      this.#isHeldUp = true;
    }
    if (this.#machine.pendingOutput > 0) this.schedule();
  }
}

/** How long the peer's last words are waited for, in milliseconds. */
const GRACE = 1000;

/** A read whose bytes are there already is answered within so many microtasks. */
const STEPS = 4;

/** How many reads a write waits for at most. */
const PATIENCE = 8;

/** A promise whose reactions are microtasks. */
const STEP = Promise.resolve();
