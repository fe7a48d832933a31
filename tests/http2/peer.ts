/**
 * The other end of a client driver: a server machine, or bytes written by hand, over a duplex in memory.
 *
 * @module
 */

import { assert } from "@std/assert";
import { concat } from "@std/bytes";
import type { Field } from "../../http/fields.ts";
import type { IncomingBody, IncomingResponse, OutgoingBody, OutgoingRequest } from "../../http/message.ts";
import { Http2Client } from "../../http2/client/http2_client.ts";
import type { Http2ClientOptions } from "../../http2/client/client_options.ts";
import { Http2Connection } from "../../http2/connection.ts";
import { Http2Error } from "../../http2/error.ts";
import type { Http2Event } from "../../http2/events.ts";
import type { Http2ConnectionOptions } from "../../http2/options.ts";
import { writeAll } from "../../io/duplex.ts";
import { type MemoryDuplex, memoryDuplexPair } from "../support/memory_duplex.ts";
import { describe } from "./raw_frames.ts";

/** What a server does at each event. */
export type React = (event: Http2Event, peer: Peer) => void;

/** A server at the other end of a client. */
export class Peer implements AsyncDisposable {
  /** What the client has. */
  readonly io: CountingDuplex;
  /** The machine. What it is told to send is written by {@linkcode flush}. */
  readonly machine: Http2Connection;
  /** What the machine reported. */
  readonly events: Http2Event[] = [];
  /** The error that ended the connection from the client's side. */
  failure: Http2Error | undefined;
  readonly #end: MemoryDuplex;
  readonly #react: React;
  readonly #running: Promise<void>;
  #writing = Promise.resolve();

  constructor(react: React = () => {}, options: Http2ConnectionOptions & { readonly chunk?: number } = {}) {
    const [ours, theirs] = memoryDuplexPair(options.chunk === undefined ? {} : { chunk: options.chunk });
    this.io = new CountingDuplex(ours);
    this.#end = theirs;
    this.#react = react;
    this.machine = new Http2Connection("server", options);
    this.#running = this.#run();
  }

  /** Writes what the machine has to say. */
  flush(): Promise<void> {
    const output = this.machine.output()?.slice();
    this.#writing = this.#writing.then(() => output !== undefined ? writeAll(this.#end, output) : undefined)
      .catch(() => {});
    return this.#writing;
  }

  /** Writes bytes past the machine. */
  send(...parts: Uint8Array[]): Promise<void> {
    return writeAll(this.#end, concat(parts));
  }

  /** Ends the connection, as a server that stops does. */
  close(): void {
    this.#end.close();
  }

  /** Breaks the connection off. */
  reset(): void {
    this.#end.reset();
  }

  /** The client has closed the connection. */
  get closed(): Promise<void> {
    return this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      await this.flush();
      for (let count = await this.#end.read(buffer); count !== null; count = await this.#end.read(buffer)) {
        this.machine.receive(buffer.subarray(0, count));
        for (let event = this.machine.next(); event !== undefined; event = this.machine.next()) {
          this.events.push(event.type === "data" ? { ...event, data: event.data.slice() } : event);
          this.#react(event, this);
        }
        await this.flush();
      }
    } catch (error) {
      if (error instanceof Http2Error) this.failure = error;
      else if (!CLOSED.some((kind) => error instanceof kind)) throw error;
    }
  }
}

/** How a duplex says that it was closed, from this end or the other. */
const CLOSED = [Deno.errors.Interrupted, Deno.errors.ConnectionReset, Deno.errors.BadResource];

/** A duplex that remembers what was written, and whether it holds the process. */
export class CountingDuplex {
  readonly #io: MemoryDuplex;
  /** What each write had, in words. */
  readonly writes: string[][] = [];
  /** Whether the next write is the rest of the one before. */
  #goesOn = false;
  /** Whether a pending read would keep the process alive. */
  isReferenced = true;
  /** Whether each write takes one byte, and is not remembered. */
  isSlow = false;
  /** Whether it was closed. */
  isClosed = false;

  constructor(io: MemoryDuplex) {
    this.#io = io;
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#io.read(into);
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.isSlow) return this.#io.write(bytes.subarray(0, 1));
    if (!this.#goesOn) this.writes.push(describe(bytes.slice()));
    return this.#io.write(bytes).then((taken) => {
      this.#goesOn = taken < bytes.length;
      return taken;
    });
  }

  close(): void {
    this.isClosed = true;
    this.#io.close();
  }

  ref(): void {
    this.isReferenced = true;
  }

  unref(): void {
    this.isReferenced = false;
  }
}

/** A client and the server that it talks to. */
export function pair(
  react?: React,
  options: Http2ClientOptions = {},
  serverOptions: Http2ConnectionOptions & { readonly chunk?: number } = {},
): { client: Http2Client; peer: Peer } {
  const peer = new Peer(react, serverOptions);
  return { client: new Http2Client(peer.io, options), peer };
}

/** A server that answers each request at its end with status 200 and the path. */
export const ANSWER: React = answer;

function answer(event: Http2Event, { events, machine }: Peer): void {
  if (event.type !== "end_of_message") return;
  const request = events.findLast((earlier) =>
    earlier.type === "request" && earlier.streamId === event.streamId
  );
  if (request?.type === "request") respond(machine, event.streamId, request.path);
}

/** Answers with status 200 and text. */
export function respond(machine: Http2Connection, streamId: number, text: string): void {
  machine.sendResponse(streamId, 200, [], false);
  machine.sendData(streamId, new TextEncoder().encode(text), true);
}

/** A request for a path. */
export function get(target = "/", fields: readonly Field[] = []): OutgoingRequest {
  return { method: "GET", scheme: "https", authority: "a.test", target, fields };
}

/** A request with content. */
export function post(
  body: Uint8Array | OutgoingBody,
  fields: readonly Field[] = [],
  target = "/",
): OutgoingRequest {
  return { method: "POST", scheme: "https", authority: "a.test", target, fields, body };
}

/** A source that gives chunks and then ends, and remembers what happened to it. */
export class Source implements OutgoingBody {
  declare readonly length?: number;
  /** How many chunks were asked for. */
  reads = 0;
  /** Why it was cancelled. */
  cancelled: unknown[] = [];
  readonly #chunks: Iterator<Uint8Array>;

  constructor(chunks: Iterable<Uint8Array>, length?: number) {
    this.#chunks = chunks[Symbol.iterator]();
    if (length !== undefined) this.length = length;
  }

  read(): Promise<Uint8Array | undefined> {
    this.reads++;
    const { done, value } = this.#chunks.next();
    return Promise.resolve(done ? undefined : value);
  }

  cancel(reason: unknown): void {
    this.cancelled.push(reason);
  }
}

/** All of a response's content, however it comes. */
export async function content({ body }: IncomingResponse): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) chunks.push(chunk);
  return concat(chunks);
}

/** All of a response's content as text. */
export async function text(response: IncomingResponse): Promise<string> {
  return new TextDecoder().decode(await content(response));
}

/** Lets everything that is pending in memory happen. */
export async function runMicrotasks(): Promise<void> {
  for (let i = 0; i < 1000; i++) await Promise.resolve();
}

/** Bytes that tell where they are. */
export function pattern(length: number, seed = 0): Uint8Array {
  return new Uint8Array(length).map((_, i) => (i >> 8) * 31 + i * 7 + seed);
}

/** The content of a response that is still on its way. */
export function incoming({ body }: IncomingResponse): IncomingBody {
  assert(!(body instanceof Uint8Array), "the content is there already");
  return body;
}
