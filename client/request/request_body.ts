/**
 * The content of a `Request` that somebody else made, which the platform shows as nothing but a stream.
 *
 * Most such streams only wrap bytes: `new Request(url, { method: "POST", body: "text" })`. Sent as a stream, that
 * text would have no length and could not be sent again on a redirect, which the same text in `fetch`'s second
 * argument can. But a stream that wraps bytes gives itself away: it gives its one chunk, and then its end, as soon
 * as it is asked. So it is asked, and what has not answered within a few turns of the microtask queue is a real
 * stream. It is never waited for: what it waits for may be the answer to this very request.
 *
 * @module
 */

import type { OutgoingBody } from "../../http/message.ts";
import { cancelUnread, type PreparedBody, sentAlready, takeOver } from "./body.ts";
import { type ChunkReader, StreamSource } from "./body_source.ts";

type Read = ReadableStreamReadResult<unknown>;

/** The content of a `Request`. */
export class RequestBody implements PreparedBody {
  readonly type: undefined = undefined; // the request's headers have it
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  #length: number | undefined;
  #bytes: Uint8Array | undefined;
  #opened = false;

  /**
   * Locks the stream.
   *
   * @param stream The request's `body`.
   * @param length The length that it must have, where that was declared.
   * @throws {ClientError} `invalid_request`: somebody else has it, or has read from it.
   */
  constructor(stream: ReadableStream<unknown>, length: number | undefined) {
    this.#reader = takeOver(stream);
    this.#length = length;
  }

  /** How many bytes it has; known from the declaration, or once it was opened and proved to be bytes. */
  get length(): number | undefined {
    return this.#length;
  }

  /** Whether it proved to be bytes. */
  get replayable(): boolean {
    return this.#bytes !== undefined;
  }

  /** The content: its bytes where it only wraps bytes, otherwise a source. */
  open(): Uint8Array | Promise<Uint8Array | OutgoingBody> {
    if (this.#bytes !== undefined) return this.#bytes;
    if (this.#opened) throw sentAlready();
    this.#opened = true;
    return this.#open();
  }

  /** Told when it will not be sent, or not again. */
  discard(reason: unknown): void {
    if (!this.#opened) cancelUnread(this.#reader, reason);
  }

  async #open(): Promise<Uint8Array | OutgoingBody> {
    const reads = [this.#reader.read()];
    const first = await early(reads[0]);
    if (first !== undefined && !first.done) reads.push(this.#reader.read());
    const last = await early(reads.at(-1));
    const bytes = first?.done ? new Uint8Array() : first?.value;
    // One of another length than declared is left to the source, which will refuse it.
    if (last?.done && bytes instanceof Uint8Array && (this.#length ?? bytes.length) === bytes.length) {
      this.#length = bytes.length;
      return this.#bytes = bytes;
    }
    return new StreamSource(new BegunReader(this.#reader, reads), this.#length);
  }
}

/** How many turns of the microtask queue a stream has to show that it only wraps bytes; Deno's takes two. */
const MAX_TURNS = 8;

/** What `read` has come to, or `undefined` while it is pending, and when it failed. */
async function early(read: Promise<Read> | undefined): Promise<Read | undefined> {
  let result: Read | undefined;
  read?.then((value) => result = value, () => {});
  for (let turn = 0; turn < MAX_TURNS && result === undefined; turn++) await undefined;
  return result;
}

/** A reader of which some reads were begun before. */
class BegunReader implements ChunkReader {
  readonly #reader: ChunkReader;
  readonly #begun: Promise<Read>[];

  constructor(reader: ChunkReader, begun: Promise<Read>[]) {
    this.#reader = reader;
    this.#begun = begun;
  }

  read(): Promise<Read> {
    return this.#begun.shift() ?? this.#reader.read();
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }
}
