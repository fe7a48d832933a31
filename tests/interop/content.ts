/**
 * Content of any length that shows when a piece of it is lost, doubled or moved: 32-bit numbers, each its own
 * index, little-endian. It is made and hashed piece by piece, so that 100 MiB take no room.
 *
 * The servers in `sites/` make the same content with code of their own.
 *
 * @module
 */

import { createHash, type Hash } from "node:crypto";

/** How long a piece is; the last one may be shorter. */
const PIECE = 65_536;

/** What is compared of content: its length, and SHA-256 in hex. */
export interface Digest {
  readonly length: number;
  readonly sha256: string;
}

/** The content of this length, in pieces. */
export function* content(length: number): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < length; at += PIECE) {
    const numbers = new Uint32Array(PIECE / 4);
    for (let i = 0; i < numbers.length; i++) numbers[i] = at / 4 + i;
    yield new Uint8Array(numbers.buffer, 0, Math.min(PIECE, length - at));
  }
}

/** All of it at once. */
export function contentBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  for (const piece of content(length)) {
    bytes.set(piece, filled);
    filled += piece.length;
  }
  return bytes;
}

/** The content as a stream that makes each piece when it is asked for. */
export function contentStream(length: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  return streamOf(content(length));
}

/** The content as a stream of pieces whose lengths have nothing to do with any frame, chunk or buffer. */
export function unevenStream(length: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  return streamOf(unevenPieces(contentBytes(length)));
}

function* unevenPieces(bytes: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  let size = 1;
  for (let at = 0; at < bytes.length;) {
    const piece = bytes.slice(at, at + size);
    yield piece;
    at += piece.length;
    size = size * 3 % 7_919;
  }
}

function streamOf(pieces: Generator<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    pull(controller) {
      const { value, done } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

const known = new Map<number, Digest>();

/** The digest of the content of this length. */
export function digestOfContent(length: number): Digest {
  let digest = known.get(length);
  if (digest === undefined) {
    const hash = createHash("sha256");
    for (const piece of content(length)) hash.update(piece);
    known.set(length, digest = finished(hash, length));
  }
  return digest;
}

/** Reads a body to its end, keeps nothing of it, and tells its digest. */
export async function digestOf(body: AsyncIterable<Uint8Array> | null): Promise<Digest> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const piece of body ?? []) {
    hash.update(piece);
    length += piece.length;
  }
  return finished(hash, length);
}

function finished(hash: Hash, length: number): Digest {
  return { length, sha256: hash.digest("hex") };
}
