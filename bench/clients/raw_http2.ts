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

/** A loop over one socket of Deno's own TLS. */
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

const READ_SIZE = 262_144;
/** The largest window there is (RFC 9113 §6.9.1). */
const WINDOW = 0x7fffffff;
/** The window that every connection begins with (RFC 9113 §6.9.2). */
const FIRST_WINDOW = 65_535;

const FRAME_HEADER = 9;
const DATA = 0x00;
const HEADERS = 0x01;
const RST_STREAM = 0x03;
const SETTINGS = 0x04;
const PING = 0x06;
const GOAWAY = 0x07;
const WINDOW_UPDATE = 0x08;
const END_STREAM = 0x01;
const ACK = 0x01;
const END_HEADERS = 0x04;
const SETTINGS_INITIAL_WINDOW_SIZE = 0x04;
const REFUSED_STREAM = 0x07;

/** Who waits for a stream. */
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
      frame(SETTINGS, 0, 0, Uint8Array.of(0, SETTINGS_INITIAL_WINDOW_SIZE, ...u32(WINDOW))),
      frame(WINDOW_UPDATE, 0, 0, u32(WINDOW - FIRST_WINDOW)),
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
      // RFC 7541: indexed :method GET and :scheme https, then :path and :authority as literals that are not indexed
      block = Uint8Array.of(0x82, 0x87, 0x04, ...literal(path), 0x01, ...literal(this.#authority));
      this.#blocks.set(path, block);
    }
    this.#lastStream += 2;
    this.#streams.set(this.#lastStream, waiting);
    this.#send(frame(HEADERS, END_STREAM | END_HEADERS, this.#lastStream, block));
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
      if (this.#taken > WINDOW / 2) {
        this.#send(frame(WINDOW_UPDATE, 0, 0, u32(this.#taken)));
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
      case DATA:
        this.#taken += payload.length;
        if (payload.length > 0) stream?.data(payload);
        break;
      case SETTINGS:
        if ((flags & ACK) === 0) this.#send(frame(SETTINGS, ACK, 0, new Uint8Array()));
        return;
      case PING:
        if ((flags & ACK) === 0) this.#send(frame(PING, ACK, 0, payload.slice()));
        return;
      case RST_STREAM:
        this.#streams.delete(id);
        stream?.fail(
          int(payload, 0, 4) === REFUSED_STREAM
            ? new Absent("the server does not take so many streams at once")
            : new Error("Cannot read the response: the server reset the stream"),
        );
        return;
      case GOAWAY:
        throw new Error("Cannot go on: the server sent GOAWAY");
    }
    if ((flags & END_STREAM) !== 0 && (type === DATA || type === HEADERS)) {
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

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER + payload.length);
  bytes.set(u32(payload.length << 8 | type));
  bytes[4] = flags;
  bytes.set(u32(stream), 5);
  bytes.set(payload, FRAME_HEADER);
  return bytes;
}

/** A string literal without Huffman coding (RFC 7541 §5.2), of at most 126 bytes. */
function literal(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  return Uint8Array.of(bytes.length, ...bytes);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function int(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value << 8 | (bytes[at + i] ?? 0);
  return value;
}
