/**
 * Frames to write: each in memory of its own, small ones joined into one piece when they are written together.
 *
 * Control frames go before data that was not taken yet, a Close frame behind it.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { FIN, LENGTH_16, LENGTH_64, MASKED, Opcode, RSV1 } from "./frame_header.ts";
import { MAX_PENDING_PONGS } from "./limits.ts";
import { applyMask } from "./mask.ts";

/** Fills memory with random bytes. */
export type RandomSource = (into: Uint8Array<ArrayBuffer>) => void;

/** Makes frames, and queues them. */
export class FrameWriter {
  readonly #keys: MaskingKeys | undefined;
  readonly #pings: Uint8Array<ArrayBuffer>[] = [];
  readonly #pongs: Uint8Array<ArrayBuffer>[] = [];
  #frames: Uint8Array<ArrayBuffer>[] = [];

  /** @param random The source of masking keys for a client; `undefined` for a server, which does not mask. */
  constructor(random: RandomSource | undefined) {
    this.#keys = random && new MaskingKeys(random);
  }

  /** Whether there is something to write. */
  get isEmpty(): boolean {
    return this.#frames.length === 0 && this.#pongs.length === 0 && this.#pings.length === 0;
  }

  /** Queues a whole message as one frame. */
  putMessage(opcode: number, payload: Uint8Array, isCompressed: boolean): void {
    this.#frames.push(this.#frame(FIN | (isCompressed ? RSV1 : 0) | opcode, payload));
  }

  /** Queues a ping. */
  putPing(payload: Uint8Array): void {
    this.#pings.push(this.#frame(FIN | Opcode.ping, payload));
  }

  /** Queues a pong. When too many wait, the oldest is dropped. */
  putPong(payload: Uint8Array): void {
    if (this.#pongs.length === MAX_PENDING_PONGS) this.#pongs.shift();
    this.#pongs.push(this.#frame(FIN | Opcode.pong, payload));
  }

  /** Queues a Close frame, the last one. */
  putClose(payload: Uint8Array): void {
    this.#frames.push(this.#frame(FIN | Opcode.close, payload));
  }

  /** Drops the messages that were not taken. */
  dropMessages(): void {
    this.#frames = [];
  }

  /** The next bytes to write. */
  take(): Uint8Array | undefined {
    if (this.#pongs.length > 0 || this.#pings.length > 0) {
      return concat([...this.#pongs.splice(0), ...this.#pings.splice(0)]);
    }
    const [first] = this.#frames;
    if (first === undefined) return undefined;
    let count = 0;
    let bytes = 0;
    for (const { length } of this.#frames) {
      if (count > 0 && bytes + length > MAX_JOINED_BYTES) break;
      bytes += length;
      count++;
    }
    const taken = this.#frames.splice(0, count);
    return taken.length === 1 ? first : concat(taken);
  }

  #frame(first: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
    const { length } = payload;
    const extended = length < LENGTH_16 ? 0 : length < 0x10000 ? 2 : 8;
    const start = 2 + extended + (this.#keys === undefined ? 0 : 4);
    const frame = new Uint8Array(start + length);
    frame[0] = first;
    const code = extended === 0 ? length : extended === 2 ? LENGTH_16 : LENGTH_64;
    frame[1] = code | (this.#keys === undefined ? 0 : MASKED);
    if (extended === 2) {
      frame[2] = length >>> 8;
      frame[3] = length;
    } else if (extended === 8) {
      const view = new DataView(frame.buffer);
      view.setUint32(2, Math.floor(length / 2 ** 32));
      view.setUint32(6, length >>> 0);
    }
    frame.set(payload, start);
    if (this.#keys !== undefined) {
      const key = this.#keys.next();
      frame.set(key, start - 4);
      applyMask(frame.subarray(start), key, 0);
    }
    return frame;
  }
}

/**
 * Masking keys, each used once: "the client MUST pick a fresh masking key from the set of allowed 32-bit values"
 * (RFC 6455 §5.3). They are drawn many at a time, because a call for four bytes costs as much as one for a thousand.
 */
class MaskingKeys {
  readonly #random: RandomSource;
  readonly #pool = new Uint8Array(POOL_BYTES);
  #used = POOL_BYTES;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  next(): Uint8Array {
    if (this.#used === POOL_BYTES) {
      this.#random(this.#pool);
      this.#used = 0;
    }
    return this.#pool.subarray(this.#used, this.#used += 4);
  }
}

/** Bytes of masking keys that are drawn at once. */
const POOL_BYTES = 1024;

/** Bytes of frames that are joined into one piece: 64 KiB cost less to copy than to write apart. */
const MAX_JOINED_BYTES = 65_536;
