/**
 * A pair of web streams as a duplex: a `WebSocketStream`, Node's duplexes through `Duplex.toWeb`, the sockets of
 * other runtimes.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";

/** Two streams of bytes, one for each direction. */
export interface StreamPair {
  /** Stream of the bytes that the other end sends, as `Uint8Array`s or other kinds of buffers. */
  readonly readable: ReadableStream<ArrayBuffer | ArrayBufferView>;
  /** Stream for the bytes that this end sends. It must take a chunk before its `write` settles: the memory is reused. */
  readonly writable: WritableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * Makes a duplex of two streams, and locks both. Where `readable` is a stream of bytes, a read asks it for no more than
 * fits; otherwise the bytes of a chunk that do not fit are kept for the next read.
 *
 * `close` cancels `readable` and aborts `writable`; `closeWrite` closes `writable`.
 *
 * @throws {TypeError} when one of them is locked, or missing.
 *
 * @example A duplex of a TransformStream
 * ```ts
 * import { duplexFromStreams } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * const io = duplexFromStreams(new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>());
 * const into = new Uint8Array(16);
 * const [, count] = await Promise.all([io.write(Uint8Array.of(1, 2, 3)), io.read(into)]);
 * assertEquals(count, 3);
 * io.close();
 * ```
 */
export function duplexFromStreams(streams: StreamPair): Duplex {
  const { readable, writable }: Partial<StreamPair> = Object(streams);
  if (typeof readable?.getReader !== "function" || typeof writable?.getWriter !== "function") {
    throw new TypeError("Cannot make a duplex: it takes { readable, writable }, a stream for each direction");
  }
  return new StreamDuplex(streams);
}

class StreamDuplex implements Duplex {
  readonly #source: Source;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  #closed = false;

  constructor({ readable, writable }: StreamPair) {
    this.#writer = writable.getWriter();
    try {
      this.#source = sourceOf(readable);
    } catch (error) {
      this.#writer.releaseLock();
      throw error;
    }
    // The next operation rejects with the failure of the stream.
    this.#writer.closed.catch(() => {});
  }

  async read(into: Uint8Array): Promise<number | null> {
    this.#requireOpen("read");
    if (into.length === 0) return 0;
    return await this.#source.read(into);
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.#requireOpen("write");
    if (bytes.length === 0) return 0; // some transports would send an empty message
    // A copy: a stream may keep a chunk after its write has settled.
    await this.#writer.write(new Uint8Array(bytes));
    return bytes.length;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const reason = new TypeError("Cannot go on: the duplex was closed");
    this.#source.cancel(reason).catch(() => {});
    this.#writer.abort(reason).catch(() => {});
  }

  async closeWrite(): Promise<void> {
    this.#requireOpen("end writing");
    await this.#writer.close();
  }

  #requireOpen(action: string): void {
    if (this.#closed) throw new TypeError(`Cannot ${action}: the duplex is closed`);
  }
}

/** A readable stream of either kind, read into a buffer. */
interface Source {
  read(into: Uint8Array): Promise<number | null>;
  cancel(reason: unknown): Promise<void>;
}

function sourceOf(readable: StreamPair["readable"]): Source {
  try {
    // Only a stream of bytes has such a reader.
    return new ByteSource((readable as ReadableStream<Uint8Array<ArrayBuffer>>).getReader({ mode: "byob" }));
  } catch {
    return new ChunkSource(readable.getReader());
  }
}

/** Reads a stream of bytes, into a buffer that it detaches and returns. */
class ByteSource implements Source {
  readonly #reader: ReadableStreamBYOBReader;
  /** The stream detaches the memory until it returns it, so the caller's own cannot be used. */
  #buffer = new ArrayBuffer(0);

  constructor(reader: ReadableStreamBYOBReader) {
    this.#reader = reader;
  }

  async read(into: Uint8Array): Promise<number | null> {
    const buffer = this.#buffer.byteLength >= into.length ? this.#buffer : new ArrayBuffer(into.length);
    this.#buffer = new ArrayBuffer(0);
    const { done, value } = await this.#reader.read(new Uint8Array(buffer, 0, into.length));
    if (value !== undefined) {
      into.set(value);
      this.#buffer = value.buffer;
    }
    return done ? null : value.length;
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }
}

/** Reads a stream of chunks, whose sizes the stream chooses. */
class ChunkSource implements Source {
  readonly #reader: ReadableStreamDefaultReader<ArrayBuffer | ArrayBufferView>;
  #leftover = new Uint8Array(0);

  constructor(reader: ReadableStreamDefaultReader<ArrayBuffer | ArrayBufferView>) {
    this.#reader = reader;
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#leftover.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#leftover = bytesOf(value);
    }
    const part = this.#leftover.subarray(0, into.length);
    into.set(part);
    this.#leftover = this.#leftover.subarray(part.length);
    return part.length;
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }
}

function bytesOf(chunk: unknown): Uint8Array<ArrayBuffer> {
  if (chunk instanceof Uint8Array && chunk.buffer instanceof ArrayBuffer) {
    return chunk as Uint8Array<ArrayBuffer>;
  }
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (ArrayBuffer.isView(chunk)) {
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength).slice();
  }
  // For example a text message of a WebSocket.
  throw new TypeError(`Cannot read: the stream gave a ${typeof chunk}, not bytes`);
}
