/**
 * HTTP/2 written out over one bare TLS socket: what the runtime allows when nothing is decoded.
 *
 * It opens the windows as far as they go, sends the same header block again and again, never looks into one that
 * it gets, and believes the server in everything but the content. It takes no uploads.
 *
 * @module
 */

import { concat } from "@std/bytes";
import { writeAll } from "../../io/duplex.ts";
import { Absent } from "../harness.ts";
import type { BenchClient, ClientKind } from "./client.ts";
import { connectRaw } from "./raw_http1.ts";
import {
  FIRST_WINDOW,
  Flag,
  frame,
  FRAME_HEADER,
  FrameType,
  getBlock,
  int,
  MAX_WINDOW,
  REFUSED_STREAM,
  SETTINGS_INITIAL_WINDOW_SIZE,
  u32,
} from "./raw_http2_frames.ts";

/** A loop over one socket of Deno's TLS. */
export const rawHttp2: ClientKind = {
  name: "raw socket",
  role: "limit",
  protocols: ["h2"],
  uploads: false,
  async open(settings) {
    const connection = await connectRaw(settings);
    return new RawHttp2(connection, new URL(settings.origin).host);
  },
};

/** Bytes of one read: fifteen frames of the largest size that goes unasked. */
const READ_SIZE = 262_144;

/** The reader of a stream. */
interface Waiting {
  data(bytes: Uint8Array): void;
  end(): void;
  fail(error: Error): void;
}

class RawHttp2 implements BenchClient {
  readonly #connection: Deno.TlsConn;
  readonly #authority: string;
  readonly #streams = new Map<number, Waiting>();
  readonly #blocks = new Map<string, Uint8Array>();
  #outgoing: Uint8Array[];
  #writing = false;
  #lastStream = -1;
  #taken = 0;
  #resume: (() => void) | undefined;
  #full = false;
  #closed = false;

  constructor(connection: Deno.TlsConn, authority: string) {
    this.#connection = connection;
    this.#authority = authority;
    this.#outgoing = [
      encoder.encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      frame(FrameType.SETTINGS, 0, 0, Uint8Array.of(0, SETTINGS_INITIAL_WINDOW_SIZE, ...u32(MAX_WINDOW))),
      frame(FrameType.WINDOW_UPDATE, 0, 0, u32(MAX_WINDOW - FIRST_WINDOW)),
    ];
    this.#flush();
    this.#pump().catch((error) => this.#fail(error));
  }

  async text(path: string): Promise<string> {
    const pieces = await this.#collect(path);
    return decoder.decode(pieces.length === 1 ? pieces[0] : concat(pieces));
  }

  async whole(path: string): Promise<Uint8Array> {
    return concat(await this.#collect(path));
  }

  stream(path: string): Promise<AsyncIterable<Uint8Array>> {
    return Promise.resolve(this.#pieces(path));
  }

  upload(): Promise<string> {
    return Promise.reject(new TypeError("Cannot upload: this is not built"));
  }

  close(): void {
    this.#closed = true;
    this.#resume?.();
    this.#connection.close();
  }

  /** Views of the read buffer would be overwritten by the next read, so what is kept is copied. */
  #collect(path: string): Promise<Uint8Array[]> {
    return new Promise((resolve, reject) => {
      const pieces: Uint8Array[] = [];
      this.#get(path, {
        data: (bytes) => pieces.push(bytes.slice()),
        end: () => resolve(pieces),
        fail: reject,
      });
    });
  }

  /** Gives out views of the read buffer, and reads on only once they are all taken. */
  async *#pieces(path: string): AsyncGenerator<Uint8Array> {
    const queue: Uint8Array[] = [];
    let ended = false;
    let failure: Error | undefined;
    let wake = () => {};
    this.#get(path, {
      data: (bytes) => {
        queue.push(bytes);
        this.#full = true;
        wake();
      },
      end: () => {
        ended = true;
        wake();
      },
      fail: (error) => {
        failure = error;
        wake();
      },
    });
    for (;;) {
      for (const piece of queue.splice(0)) yield piece;
      if (failure !== undefined) throw failure;
      this.#full = false;
      this.#resume?.();
      if (ended) return;
      if (queue.length === 0) await new Promise<void>((resolve) => wake = resolve);
    }
  }

  #get(path: string, waiting: Waiting): void {
    let block = this.#blocks.get(path);
    if (block === undefined) {
      block = getBlock(path, this.#authority);
      this.#blocks.set(path, block);
    }
    this.#lastStream += 2;
    this.#streams.set(this.#lastStream, waiting);
    this.#send(frame(FrameType.HEADERS, Flag.END_STREAM | Flag.END_HEADERS, this.#lastStream, block));
  }

  /** Requests of the same moment leave in one write. */
  #send(bytes: Uint8Array): void {
    this.#outgoing.push(bytes);
    if (!this.#writing) queueMicrotask(() => this.#flush());
  }

  async #flush(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    try {
      while (this.#outgoing.length > 0) {
        const bytes = concat(this.#outgoing);
        this.#outgoing = [];
        await writeAll(this.#connection, bytes);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#writing = false;
    }
  }

  async #pump(): Promise<void> {
    const buffer = new Uint8Array(READ_SIZE);
    let filled = 0;
    while (!this.#closed) {
      const count = await this.#connection.read(buffer.subarray(filled));
      if (count === null) throw new Error("Cannot read the response: the connection ended");
      filled += count;
      const used = this.#frames(buffer, filled);
      if (this.#full) await new Promise<void>((resolve) => this.#resume = resolve);
      buffer.copyWithin(0, used, filled);
      filled -= used;
      if (this.#taken > MAX_WINDOW / 2) {
        this.#send(frame(FrameType.WINDOW_UPDATE, 0, 0, u32(this.#taken)));
        this.#taken = 0;
      }
    }
  }

  /** Acts upon all whole frames, and says how many bytes they are. */
  #frames(buffer: Uint8Array, filled: number): number {
    let at = 0;
    while (filled - at >= FRAME_HEADER) {
      const length = int(buffer, at, 3);
      const next = at + FRAME_HEADER + length;
      if (next > filled) break;
      const flags = int(buffer, at + 4, 1);
      this.#frame(
        int(buffer, at + 3, 1),
        flags,
        int(buffer, at + 5, 4),
        buffer.subarray(at + FRAME_HEADER, next),
      );
      at = next;
    }
    return at;
  }

  #frame(type: number, flags: number, id: number, payload: Uint8Array): void {
    const stream = this.#streams.get(id);
    switch (type) {
      case FrameType.DATA:
        this.#taken += payload.length;
        if (payload.length > 0) stream?.data(payload);
        break;
      case FrameType.SETTINGS:
        if ((flags & Flag.ACK) === 0) this.#send(frame(FrameType.SETTINGS, Flag.ACK, 0, new Uint8Array()));
        return;
      case FrameType.PING:
        if ((flags & Flag.ACK) === 0) this.#send(frame(FrameType.PING, Flag.ACK, 0, payload.slice()));
        return;
      case FrameType.RST_STREAM:
        this.#streams.delete(id);
        stream?.fail(
          int(payload, 0, 4) === REFUSED_STREAM
            ? new Absent("the server does not take so many streams at once")
            : new Error("Cannot read the response: the server reset the stream"),
        );
        return;
      case FrameType.GOAWAY:
        throw new Error("Cannot go on: the server sent GOAWAY");
    }
    if ((flags & Flag.END_STREAM) !== 0 && (type === FrameType.DATA || type === FrameType.HEADERS)) {
      this.#streams.delete(id);
      stream?.end();
    }
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    const reason = error instanceof Error ? error : new Error(String(error));
    for (const stream of this.#streams.values()) stream.fail(reason);
    this.#streams.clear();
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
