/**
 * A transport that dies after so many bytes, in the middle of whatever is under way.
 *
 * @module
 */

import { closeQuietly, type Duplex } from "../../io/duplex.ts";

/** How a transport dies. */
export interface Death {
  /** Bytes that pass before it, both directions together; `Infinity`: it does not die. */
  readonly after: number;
  /** Whether the last read is told an end, rather than a reset. */
  readonly byEnd: boolean;
}

/** A transport with its death before it; bytes beyond are neither written nor handed out. */
export class MortalDuplex implements Duplex {
  readonly #io: Duplex;
  readonly #death: Death;
  #left: number;

  constructor(io: Duplex, death: Death) {
    this.#io = io;
    this.#death = death;
    this.#left = death.after;
  }

  /** Whether it has died. */
  get isDead(): boolean {
    return this.#left <= 0;
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (this.isDead) return this.#end();
    const count = await this.#io.read(into);
    if (count === null) return null;
    const taken = Math.min(count, this.#left);
    this.#pass(count);
    return taken > 0 ? taken : this.#end();
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.isDead) throw reset();
    const count = await this.#io.write(bytes.subarray(0, Math.min(bytes.length, this.#left)));
    this.#pass(count);
    return count;
  }

  close(): void {
    closeQuietly(this.#io);
  }

  #pass(count: number): void {
    this.#left -= count;
    if (this.isDead) closeQuietly(this.#io);
  }

  #end(): null {
    if (this.#death.byEnd) return null;
    throw reset();
  }
}

function reset(): Error {
  return new Deno.errors.ConnectionReset("the transport has died");
}
