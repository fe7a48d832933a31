/** Encoded content, and a source that counts what is read of it. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Coding } from "../../../client/response/decode.ts";
import type { IncomingBody } from "../../../http/message.ts";

/** Content. */
export const TEXT: Uint8Array = new TextEncoder().encode(
  "The quick brown fox jumps over the lazy dog. ".repeat(3),
);
/** Other content. */
export const OTHER: Uint8Array = new TextEncoder().encode("Sphinx of black quartz, judge my vow.");
/** Bytes that no coding can have after its end. */
export const JUNK: Uint8Array = new Uint8Array([0xde, 0xad]);

/** Encodes. */
export const gzip = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes));
/** Encodes. */
export const deflate = (bytes: Uint8Array): Uint8Array => new Uint8Array(deflateSync(bytes));
/** Encodes. */
export const deflateRaw = (bytes: Uint8Array): Uint8Array => new Uint8Array(deflateRawSync(bytes));
/** Encodes. */
export const br = (bytes: Uint8Array): Uint8Array => new Uint8Array(brotliCompressSync(bytes));
/** Encodes. */
export const zstd = (bytes: Uint8Array): Uint8Array => new Uint8Array(zstdCompressSync(bytes));

/** A source that counts what is asked of it. */
export class Source implements IncomingBody {
  readonly #chunks: Uint8Array[];
  readonly #error: unknown;
  reads = 0;
  ended = false;
  readonly cancelled: unknown[] = [];

  constructor(chunks: readonly Uint8Array[], error?: unknown) {
    this.#chunks = [...chunks];
    this.#error = error;
  }

  read(): Promise<Uint8Array | undefined> {
    this.reads++;
    const chunk = this.#chunks.shift();
    this.ended = chunk === undefined;
    return chunk === undefined && this.#error !== undefined
      ? Promise.reject(this.#error)
      : Promise.resolve(chunk);
  }

  cancel(reason?: unknown): void {
    this.cancelled.push(reason);
  }
}

/** All that a decoded body gives, in chunks that share their memory with nothing. */
export async function collect(body: IncomingBody): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
    assert(chunk.length > 0);
    // A byte stream takes the memory of its chunks away, so they must share it with nothing.
    assertEquals(chunk.byteLength, chunk.buffer.byteLength);
    assertStrictEquals(chunk.constructor, Uint8Array);
    chunks.push(chunk);
  }
  assertEquals(await body.read(), undefined);
  return concat(chunks);
}

/** Whole, a byte at a time (with empty chunks between), and at each single cut. */
export function* splits(bytes: Uint8Array): Generator<Uint8Array[]> {
  yield [bytes];
  yield [...bytes].flatMap((byte) => [new Uint8Array([byte]), new Uint8Array()]);
  for (let cut = 1; cut < bytes.length; cut++) yield [bytes.subarray(0, cut), bytes.subarray(cut)];
}

/** Each coding, what encodes it, and its name. */
export const CODINGS: readonly [Coding, (bytes: Uint8Array) => Uint8Array, string][] = [
  ["gzip", gzip, "gzip"],
  ["deflate", deflate, "deflate"],
  ["deflate", deflateRaw, "deflate without its envelope"],
  ["br", br, "br"],
  ["zstd", zstd, "zstd"],
];

/** The encoder of each coding. */
export const ENCODERS: Readonly<Record<Coding, (bytes: Uint8Array) => Uint8Array>> = {
  gzip,
  deflate,
  br,
  zstd,
};

/** A skippable frame of zstd (RFC 8878 §3.1.2). */
export function skippable(): Uint8Array {
  return new Uint8Array([0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5]);
}
