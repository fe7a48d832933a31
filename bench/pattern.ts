/**
 * The bytes that travel in the benches, and the check that they arrived.
 *
 * The small answer is a text. Bulk is a pseudo-random block repeated; the length of the block is a prime, so that
 * a piece that is lost, doubled or moved by any round number of bytes does not pass for the right one.
 *
 * @module
 */

import { equals } from "@std/bytes";

/** The response to a small request: 1 KiB of text. */
export const SMALL: string = "0123456789abcdef".repeat(64);

/** Bytes until the bulk repeats. */
const PERIOD = 1_000_003;

/** Two periods, so that every piece of up to one period is a view of it. */
const BLOCK = makeBlock();

/** An answer that is not what the server sent: the contestant is wrong, and its time worth nothing. */
export class WrongAnswer extends Error {
  /** The name that is printed. */
  override readonly name = "WrongAnswer";
}

/** The first `length` bytes of the bulk, as views of at most `pieceLength` bytes; the receiver must not write. */
export function* bulk(length: number, pieceLength = 65_536): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < length;) {
    const piece = bulkAt(at, Math.min(pieceLength, PERIOD, length - at));
    yield piece;
    at += piece.length;
  }
}

/** Compares a bulk that arrives in pieces with what was sent. */
export class BulkCheck {
  #at = 0;

  /** Takes the next piece; throws {@linkcode WrongAnswer} where it differs. */
  take(piece: Uint8Array): void {
    for (let done = 0; done < piece.length;) {
      const part = piece.subarray(done, done + PERIOD);
      if (!equals(part, bulkAt(this.#at, part.length))) {
        throw new WrongAnswer(`Cannot accept the body: it differs after byte ${this.#at}`);
      }
      this.#at += part.length;
      done += part.length;
    }
  }

  /** Throws {@linkcode WrongAnswer} unless `length` bytes were taken. */
  end(length: number): void {
    expectLength(this.#at, length);
  }
}

/** Throws {@linkcode WrongAnswer} unless the text is {@linkcode SMALL}. */
export function expectSmall(text: string): void {
  if (text !== SMALL) {
    throw new WrongAnswer(`Cannot accept the body: ${text.length} characters, not the right ones`);
  }
}

/** Throws {@linkcode WrongAnswer} unless the lengths agree. */
export function expectLength(got: number, wanted: number): void {
  if (got !== wanted) {
    throw new WrongAnswer(`Cannot accept the body: it has ${got} bytes instead of ${wanted}`);
  }
}

/** Throws {@linkcode WrongAnswer} unless the status says that all went well. */
export function expectStatus(status: number | undefined): void {
  if (status === undefined || !(status >= 200 && status <= 299)) {
    throw new WrongAnswer(`Cannot accept the response: its status is ${status}`);
  }
}

function bulkAt(at: number, length: number): Uint8Array<ArrayBuffer> {
  const start = at % PERIOD;
  return BLOCK.subarray(start, start + length);
}

function makeBlock(): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(2 * PERIOD);
  let state = 0x9e3779b9;
  for (let i = 0; i < PERIOD; i++) {
    // xorshift32: the same bytes in every run and every process
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    block[i] = state;
  }
  block.copyWithin(PERIOD, 0, PERIOD);
  return block;
}
