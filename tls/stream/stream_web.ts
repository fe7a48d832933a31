/**
 * The two halves of a stream as the web platform's streams.
 *
 * @module
 */

import { MAX_CHUNK_SLACK_BYTES } from "../limits.ts";

/** What the web streams stand on. */
export interface StreamHalves {
  /** Data in memory of its own; `undefined`: the end. */
  readChunk(): Promise<Uint8Array | undefined>;
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  shutdown(): Promise<void>;
  close(): void;
}

/** A stream for each direction. */
export interface HalfStreams {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array>;
}

/** Makes them. When both have come to their end, the connection is closed: nobody else is left to do it. */
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
        ? await giveChunk(halves, controller)
        : await fill(halves, controller, view);
      if (given) return;
      controller.close();
      controller.byobRequest?.respond(0); // a reader with a buffer of its own waits for it
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
    abort: () => halves.close(),
  });
  return { readable: new ReadableStream(source), writable };
}

/** Gives away data as it was decrypted. @returns Whether there was any. */
async function giveChunk(halves: StreamHalves, controller: ReadableByteStreamController): Promise<boolean> {
  const chunk = await halves.readChunk();
  if (chunk === undefined) return false;
  const { buffer } = chunk;
  // The stream takes the memory away from everybody else, so it must be that of this data alone.
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength - chunk.length <= MAX_CHUNK_SLACK_BYTES;
  controller.enqueue(isOwn ? new Uint8Array(buffer, chunk.byteOffset, chunk.length) : chunk.slice());
  return true;
}

/** Reads into the buffer of whoever reads. @returns Whether there was anything to read. */
async function fill(
  halves: StreamHalves,
  controller: ReadableByteStreamController,
  view: ArrayBufferView,
): Promise<boolean> {
  const count = await halves.read(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  if (count !== null) controller.byobRequest?.respond(count);
  return count !== null;
}
