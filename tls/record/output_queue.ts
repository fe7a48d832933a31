/**
 * Records to be written, in order, although seals settle out of order.
 *
 * @module
 */

import { ignoreRejection } from "../../io/script.ts";
import type { SealedRecord } from "./protection.ts";

/** Bytes that one call of {@linkcode OutputQueue.drain} joins: about as much as a socket takes in one write. */
const MAX_CHUNK_BYTES = 128 * 1024;

/** A record of the queue; without a payload it is still being sealed. */
interface Slot {
  readonly header: Uint8Array;
  payload: Uint8Array | undefined;
}

/** Records in the order in which they were made. */
export class OutputQueue {
  #slots: Slot[] = [];
  /** Slots before this one are ready. */
  #readyEnd = 0;
  #length = 0;
  #drained = 0;
  #pushed = 0;
  /** Settles when the last record that is still being sealed can be drained. */
  #sealing: Promise<void> | undefined;

  /** Bytes that can be drained now. */
  get length(): number {
    return this.#length;
  }

  /** Records that were pushed so far. */
  get pushed(): number {
    return this.#pushed;
  }

  /** Records that were drained so far. */
  get drained(): number {
    return this.#drained;
  }

  /**
   * Adds a record to the end of the queue.
   *
   * @returns A promise if it, or one in front of it, is still being sealed. It settles when the record can be drained,
   * rejects as sealing does, and need not be awaited.
   */
  push({ header, payload }: SealedRecord): Promise<void> | undefined {
    this.#pushed++;
    if (!(payload instanceof Promise)) {
      this.#slots.push({ header, payload });
      this.#advance();
      return this.#sealing;
    }
    const slot: Slot = { header, payload: undefined };
    this.#slots.push(slot);
    const sealed = payload.then((bytes) => {
      slot.payload = bytes;
      this.#advance();
    });
    const before = this.#sealing;
    const ready: Promise<void> = before === undefined ? sealed : sealed.then(() => before);
    this.#sealing = ready;
    ignoreRejection(ready.then(() => {
      if (this.#sealing === ready) this.#sealing = undefined;
    }));
    return ready;
  }

  /** Bytes to write now, joined in fresh memory, about 128 KiB at most; `undefined`: none. */
  drain(): Uint8Array | undefined {
    if (this.#length === 0) return undefined;
    let end = 0;
    let length = 0;
    for (; end < this.#readyEnd; end++) {
      const more = lengthOf(this.#slots[end]);
      if (length > 0 && length + more > MAX_CHUNK_BYTES) break;
      length += more;
    }
    const joined = new Uint8Array(length);
    let at = 0;
    for (const { header, payload } of this.#slots.splice(0, end)) {
      joined.set(header, at);
      at += header.length;
      if (payload === undefined) continue;
      joined.set(payload, at);
      at += payload.length;
    }
    this.#drained += end;
    this.#readyEnd -= end;
    this.#length -= length;
    return joined;
  }

  /** Drops everything. */
  clear(): void {
    this.#slots = [];
    this.#readyEnd = this.#length = 0;
  }

  #advance(): void {
    let slot: Slot | undefined;
    while ((slot = this.#slots[this.#readyEnd]) !== undefined && slot.payload !== undefined) {
      this.#length += lengthOf(slot);
      this.#readyEnd++;
    }
  }
}

function lengthOf(slot: Slot | undefined): number {
  return slot?.payload === undefined ? 0 : slot.header.length + slot.payload.length;
}
