/**
 * The content of a response from a file: a small one in one piece, a large one as it is read.
 *
 * @module
 */

import type { ByteRange } from "./byte_range.ts";
import type { OpenFile } from "./files.ts";

/**
 * Reads a range of a file, which is closed at the end, at a failure and when the stream is cancelled.
 *
 * @returns Exactly the bytes of the range; a stream fails where the file has become shorter meanwhile.
 */
export async function readContent(
  file: OpenFile,
  { start, end }: ByteRange,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>> {
  try {
    if (start > 0) await file.seek(start);
    if (end - start > MAX_CHUNK_BYTES) return streamOf(file, end - start);
    const content = new Uint8Array(end - start);
    for (let at = 0; at < content.length;) at += await readSome(file, content.subarray(at));
    file.close();
    return content;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Bytes that are read at once. A file of this length leaves in one piece with the head. */
const MAX_CHUNK_BYTES = 65_536;

function streamOf(file: OpenFile, length: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = length;
  let isOpen = true;
  const close = (): void => {
    if (isOpen) file.close(); // it may be cancelled while it is read
    isOpen = false;
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller): Promise<void> {
      try {
        const chunk = new Uint8Array(Math.min(left, MAX_CHUNK_BYTES));
        const read = await readSome(file, chunk);
        left -= read;
        controller.enqueue(chunk.subarray(0, read));
        if (left > 0) return;
      } catch (error) {
        close();
        throw error;
      }
      close();
      controller.close();
    },
    cancel: close,
  }, { highWaterMark: 0 });
}

async function readSome(file: OpenFile, into: Uint8Array): Promise<number> {
  const read = await file.read(into);
  if (read === null) throw new Error("Cannot send the file: it has become shorter");
  return read;
}
