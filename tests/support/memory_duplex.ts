/**
 * Two duplexes in memory, joined back to back: what one writes the other reads.
 *
 * They behave like sockets where it matters to a driver: a write copies and may take less than all, a write to a
 * full pipe waits, a read gives at least a byte, the end comes after what was written before it, and operations
 * on a closed duplex reject with the errors that Deno's sockets have.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";

/** Options of a pair. */
export interface MemoryDuplexOptions {
  /** Most bytes that one read gives. Default: as many as there are and fit. */
  readonly chunk?: number;
  /** Most bytes that wait to be read in one direction; a write beyond waits. Default: 64 KiB. */
  readonly capacity?: number;
}

/** One end of a pair. */
export interface MemoryDuplex extends Duplex {
  /** Ends the writing direction; the other end reads what was written, then the end. */
  closeWrite(): Promise<void>;
  /** Breaks both directions off: the other end's operations reject with `ConnectionReset`. */
  reset(): void;
  /** Bytes written to this end that the other has not read yet. */
  readonly unread: number;
}

/** Makes a pair. */
export function memoryDuplexPair(options: MemoryDuplexOptions = {}): [MemoryDuplex, MemoryDuplex] {
  const { chunk = Infinity, capacity = 64 * 1024 } = options;
  const [there, back] = [new Pipe(chunk, capacity), new Pipe(chunk, capacity)];
  return [new End(back, there), new End(there, back)];
}

class End implements MemoryDuplex {
  #closed = false;

  constructor(readonly incoming: Pipe, readonly outgoing: Pipe) {}

  get unread(): number {
    return this.outgoing.length;
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#closed ? Promise.reject(badResource()) : this.incoming.read(into);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#closed ? Promise.reject(badResource()) : this.outgoing.write(bytes);
  }

  closeWrite(): Promise<void> {
    if (this.#closed) return Promise.reject(badResource());
    this.outgoing.end();
    return Promise.resolve();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.outgoing.end(new Deno.errors.Interrupted("operation canceled"));
    this.incoming.abandon();
  }

  reset(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.outgoing.reset();
    this.incoming.reset();
  }
}

/** One direction. */
class Pipe {
  readonly #waiting: Uint8Array[] = [];
  #length = 0;
  #ended = false;
  /** The errors with which a read and a write reject. */
  #readError: Error | undefined;
  #writeError: Error | undefined;
  #reading: PromiseWithResolvers<void> | undefined;
  #writing: PromiseWithResolvers<void> | undefined;

  constructor(readonly chunk: number, readonly capacity: number) {}

  get length(): number {
    return this.#length;
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (this.#reading !== undefined) throw new Deno.errors.Busy("a read is pending");
    while (this.#length === 0 && !this.#ended && this.#readError === undefined && into.length > 0) {
      this.#reading = Promise.withResolvers();
      await this.#reading.promise.finally(() => this.#reading = undefined);
    }
    if (this.#readError !== undefined) throw this.#readError;
    const count = this.#take(into.subarray(0, Math.min(into.length, this.chunk)));
    this.#writing?.resolve();
    return count === 0 && into.length > 0 ? null : count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#writing !== undefined) throw new Deno.errors.Busy("a write is pending");
    while (this.#length >= this.capacity && this.#writeError === undefined && bytes.length > 0) {
      this.#writing = Promise.withResolvers();
      await this.#writing.promise.finally(() => this.#writing = undefined);
    }
    if (this.#writeError !== undefined) throw this.#writeError;
    const taken = bytes.slice(0, this.capacity - this.#length);
    if (taken.length > 0) this.#waiting.push(taken);
    this.#length += taken.length;
    this.#reading?.resolve();
    return taken.length;
  }

  /** No more is written; a write that waits rejects with `error`. */
  end(error: Error = new Deno.errors.BrokenPipe("the writing direction was ended")): void {
    this.#ended = true;
    this.#writeError ??= error;
    this.#wake();
  }

  /** No more is read: the other end's writes reject, a read that waits does too. */
  abandon(): void {
    this.#writeError ??= new Deno.errors.BrokenPipe("the other end is closed");
    this.#readError ??= new Deno.errors.Interrupted("operation canceled");
    this.#waiting.length = this.#length = 0;
    this.#wake();
  }

  /** Both directions reject, and what was not read is lost. */
  reset(): void {
    this.#readError = this.#writeError = new Deno.errors.ConnectionReset("connection reset by peer");
    this.#waiting.length = this.#length = 0;
    this.#wake();
  }

  #wake(): void {
    this.#reading?.resolve();
    this.#writing?.resolve();
  }

  #take(into: Uint8Array): number {
    let count = 0;
    for (let [first] = this.#waiting; first !== undefined && count < into.length; [first] = this.#waiting) {
      const part = first.subarray(0, into.length - count);
      into.set(part, count);
      count += part.length;
      if (part.length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(part.length);
    }
    this.#length -= count;
    return count;
  }
}

function badResource(): Error {
  return new Deno.errors.BadResource("Bad resource ID");
}
