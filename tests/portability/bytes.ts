/**
 * Transports and content for the checks that run in any runtime, with nothing of Deno.
 *
 * @module
 */

import { type Duplex, writeAll } from "../../io/duplex.ts";
import { duplexFromStreams } from "../../tls/mod.ts";

/** Two duplexes back to back, of the streams that every runtime has. */
export function streamPair(): [Duplex, Duplex] {
  const [there, back] = [bytePipe(), bytePipe()];
  return [
    duplexFromStreams({ readable: back.readable, writable: there.writable }),
    duplexFromStreams({ readable: there.readable, writable: back.writable }),
  ];
}

/**
 * A pipe that copies, because a machine uses its output buffer again, and that holds a few chunks, as a socket does: the
 * server's handshake ends when the transport has taken its tickets, which the client reads with the first data.
 */
function bytePipe(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  const transformer: Transformer<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> = {
    transform(chunk, controller) {
      controller.enqueue(chunk.slice());
    },
  };
  return new TransformStream(transformer, undefined, { highWaterMark: 8 });
}

/** 8 MiB, of which each 251 bytes differ from those beside them where a record, a frame or a window ends. */
export function bulkContent(seed: number): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(8 * 1024 * 1024);
  for (let i = 0; i < content.length; i++) content[i] = (i + seed) % 251;
  return content;
}

/** @throws {Error} Unless the bytes are those that were expected. */
export function expectBytes(what: string, found: Uint8Array, expected: Uint8Array): void {
  expect(`${what}: the length`, found.length, expected.length);
  const at = found.findIndex((byte, i) => byte !== expected[i]);
  if (at >= 0) throw new Error(`${what}: byte ${at} is ${found[at]}, not ${expected[at]}`);
}

/** @throws {Error} Unless both are the same. */
export function expect(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${what} is ${found}, not ${expected}`);
}

/** Reads as many bytes as there were to be, and no more. */
export async function readLength(io: Duplex, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const count = await io.read(bytes.subarray(at));
    if (count === null) throw new Error(`the end came after ${at} bytes of ${length}`);
    at += count;
  }
  return bytes;
}

/** Sends content each way at once, and checks what arrives. */
export async function exchangeBulk(client: Duplex, server: Duplex): Promise<void> {
  const [up, down] = [bulkContent(1), bulkContent(2)];
  const [atServer, atClient] = await Promise.all([
    readLength(server, up.length),
    readLength(client, down.length),
    writeAll(client, up),
    writeAll(server, down),
  ]);
  expectBytes("the upload", atServer, up);
  expectBytes("the download", atClient, down);
}
