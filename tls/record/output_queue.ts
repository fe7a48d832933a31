/**
 * Records to be written, in order, although seals settle out of order.
 *
 * @module
 */

import { ignoreRejection } from "../../io/script.ts";
import type { SealedRecord } from "./protection.ts";
import { RecordMemory } from "./record_memory.ts";

/** Bytes that one call of {@linkcode OutputQueue.drain} joins: about as much as a socket takes in one write. */
const MAX_CHUNK_BYTES = 128 * 1024;

/** Bytes that lie side by side and are worth a write of their own: to join them with more would copy all of them. */
const MIN_UNJOINED_BYTES = 32 * 1024;

/** A record of the queue; without a payload it is still being sealed. */
interface Slot {
  readonly header: Uint8Array;
  payload: Uint8Array | undefined;
}

/** Records in the order in which they were made. */
export class OutputQueue {
  /** Memory for the records to come. */
  readonly memory: RecordMemory = new RecordMemory();
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

  /** Bytes to write now, in memory that nothing else uses, about 128 KiB at most; `undefined`: none. */
  drain(): Uint8Array | undefined {
    if (this.#length === 0) return undefined;
    this.memory.end();
    const together = this.#together();
    if (together !== undefined) return together;
    let end = 0;
    let length = 0;
    for (; end < this.#readyEnd; end++) {
      const more = lengthOf(this.#slots[end]);
      if (length > 0 && length + more > MAX_CHUNK_BYTES) break;
      length += more;
    }
    const joined = new Uint8Array(length);
    let at = 0;
    for (const { header, payload } of this.#remove(end, length)) {
      joined.set(header, at);
      at += header.length;
      if (payload === undefined) continue;
      joined.set(payload, at);
      at += payload.length;
    }
    return joined;
  }

  /** Takes the records that lie side by side in memory, as one view, if they are all or many. */
  #together(): Uint8Array | undefined {
    const first = this.#slots[0]?.header;
    if (first === undefined) return undefined;
    let end = 0;
    let at = first.byteOffset;
    for (; end < this.#readyEnd; end++) {
      const { header, payload } = this.#slots[end] ?? {};
      if (header?.buffer !== first.buffer || header.byteOffset !== at) break;
      at += header.length;
      if (payload === undefined || payload.length === 0) continue;
      if (payload.buffer !== first.buffer || payload.byteOffset !== at) return undefined;
      at += payload.length;
    }
    const length = at - first.byteOffset;
    if (end < this.#readyEnd && length < MIN_UNJOINED_BYTES) return undefined;
    // Memory leaves once: what stays here is not to share it.
    for (let stays = end; stays < this.#slots.length; stays++) {
      if (this.#slots[stays]?.header.buffer === first.buffer) return undefined;
    }
    this.#remove(end, length);
    return new Uint8Array(first.buffer, first.byteOffset, length);
  }

  #remove(end: number, length: number): readonly Slot[] {
    this.#drained += end;
    this.#readyEnd -= end;
    this.#length -= length;
    return this.#slots.splice(0, end);
  }

  /** Drops everything. */
  clear(): void {
    this.memory.end();
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
