/**
 * A stream as a pair of web streams.
 *
 * @module
 */

import { MAX_CHUNK_SLACK_BYTES } from "../limits.ts";

/** The operations of a stream that its web streams call. */
export interface StreamHalves {
  /** Reads data in memory of its own; `undefined` at the end. */
  readChunk(): Promise<Uint8Array | undefined>;
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  shutdown(): Promise<void>;
  close(): void;
  /** Closes the connection so that the peer sees a truncated stream. */
  abort(): void;
}

/** Web streams for both directions of one stream. */
export interface HalfStreams {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array>;
}

/** Makes the web streams. When both have ended, they close the connection, as their user has no other handle to it. */
export function webStreams(halves: StreamHalves): HalfStreams {
  let endedHalves = 0;
  const end = (): void => {
    if (++endedHalves === 2) halves.close();
  };
  const source: UnderlyingByteSource = {
    type: "bytes",
    async pull(controller): Promise<void> {
      const view = controller.byobRequest?.view ?? undefined;
      const given = view === undefined
        ? await enqueueChunk(halves, controller)
        : await readIntoView(halves, controller, view);
      if (given) return;
      controller.close();
      controller.byobRequest?.respond(0); // completes the pending read of a BYOB reader
      end();
    },
    cancel: () => halves.close(),
  };
  const writable = new WritableStream<Uint8Array>({
    async write(chunk): Promise<void> {
      let left = chunk;
      do {
        left = left.subarray(await halves.write(left));
      } while (left.length > 0);
    },
    async close(): Promise<void> {
      await halves.shutdown();
      end();
    },
    abort: () => halves.abort(),
  });
  return { readable: new ReadableStream(source), writable };
}

/** Enqueues the next data as it was decrypted. @returns Whether there was any. */
async function enqueueChunk(
  halves: StreamHalves,
  controller: ReadableByteStreamController,
): Promise<boolean> {
  const chunk = await halves.readChunk();
  if (chunk === undefined) return false;
  const { buffer } = chunk;
  // The stream detaches the memory, so it must hold nothing but this data.
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength - chunk.length <= MAX_CHUNK_SLACK_BYTES;
  controller.enqueue(isOwn ? new Uint8Array(buffer, chunk.byteOffset, chunk.length) : chunk.slice());
  return true;
}

/** Reads into the buffer of a BYOB reader. @returns Whether there was any data. */
async function readIntoView(
  halves: StreamHalves,
  controller: ReadableByteStreamController,
  view: ArrayBufferView,
): Promise<boolean> {
  const count = await halves.read(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  if (count !== null) controller.byobRequest?.respond(count);
  return count !== null;
}
