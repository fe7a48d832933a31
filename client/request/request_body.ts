/**
 * The content of a `Request` object, which the platform exposes only as a stream.
 *
 * Most such streams wrap bytes: `new Request(url, { method: "POST", body: "text" })`. Sent as a stream, that text would
 * have no length, and could not be sent again on a redirect or a retry, as the same text in `fetch`'s second argument
 * can. A stream that wraps bytes is known by this: it gives its one chunk, and then its end, within a few turns of the
 * microtask queue. Any other is taken for a real stream, and never waited for: it may itself wait for the response to
 * this request.
 *
 * A form or a blob comes in more than one chunk, and later. Deno keeps the value that a body was made of in a slot of the
 * request, a symbol-keyed property; a form's is a blob, which tells its length and can be read again. A runtime without
 * the slot has forms and blobs sent as the streams they are.
 *
 * @module
 */

import type { OutgoingBody } from "../../http/message.ts";
import { BlobBody, cancelUnread, type PreparedBody, sentAlready, takeOver } from "./body.ts";
import { type ChunkReader, StreamSource } from "./body_source.ts";

type Read = ReadableStreamReadResult<unknown>;

/**
 * Takes over the content of a `Request` object, which counts as used from then on.
 *
 * @param request The request, which has a body.
 * @param stream Its `body`.
 * @param declaredLength The length that a stream must have.
 * @throws {ClientError} `invalid_request`: the stream is locked or was read from.
 */
export function requestBody(
  request: Request,
  stream: ReadableStream<unknown>,
  declaredLength: number | undefined,
): PreparedBody {
  const source = sourceOf(request);
  if (source instanceof Blob) {
    cancelUnread(takeOver(stream), "The blob that it was made of is sent");
    return new BlobBody(source, ""); // the request's headers have the type
  }
  // Bytes have the length that they have; only of a stream the caller may know more.
  return new RequestBody(stream, source ? undefined : declaredLength);
}

/** The key of Deno's slot for the content of a `Request`. */
const BODY_SLOT = Object.getOwnPropertySymbols(Request.prototype).find(({ description }) =>
  description === "body"
);

/** The value that the content of `request` was made of, a form's as a blob; `null` or `undefined` for a stream. */
function sourceOf(request: Request): unknown {
  const slot: unknown = BODY_SLOT && Reflect.get(request, BODY_SLOT);
  return typeof slot === "object" && slot !== null && "source" in slot ? slot.source : undefined;
}

/** The content of a `Request` object. */
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
   * @param length The length that it must have, where it was declared.
   * @throws {ClientError} `invalid_request`: the stream is locked or was read from.
   */
  constructor(stream: ReadableStream<unknown>, length: number | undefined) {
    this.#reader = takeOver(stream);
    this.#length = length;
  }

  /** The length in bytes, where it was declared, or once the content was opened and proved to be bytes. */
  get length(): number | undefined {
    return this.#length;
  }

  /** Whether the content was opened and proved to be bytes. */
  get replayable(): boolean {
    return this.#bytes !== undefined;
  }

  /** Opens the content: its bytes where the stream wraps bytes, otherwise a source. */
  open(): Uint8Array | Promise<Uint8Array | OutgoingBody> {
    if (this.#bytes !== undefined) return this.#bytes;
    if (this.#opened) throw sentAlready();
    this.#opened = true;
    return this.#open();
  }

  /** Releases the content: it will not be opened again. */
  discard(reason: unknown): void {
    if (!this.#opened) cancelUnread(this.#reader, reason);
  }

  async #open(): Promise<Uint8Array | OutgoingBody> {
    const reads = [this.#reader.read()];
    const first = await readWithinTurns(reads[0]);
    if (first !== undefined && !first.done) reads.push(this.#reader.read());
    const last = await readWithinTurns(reads.at(-1));
    const bytes = first?.done ? new Uint8Array() : first?.value;
    // Bytes of another length than declared are left to the source, which refuses them.
    if (last?.done && bytes instanceof Uint8Array && (this.#length ?? bytes.length) === bytes.length) {
      this.#length = bytes.length;
      return this.#bytes = bytes;
    }
    return new StreamSource(new BegunReader(this.#reader, reads), this.#length);
  }
}

/** Turns of the microtask queue in which a stream of bytes gives its chunk; that of Deno takes two. */
const MAX_TURNS = 8;

/** The result of `read`; `undefined` where it fails, or is still pending after {@linkcode MAX_TURNS}. */
async function readWithinTurns(read: Promise<Read> | undefined): Promise<Read | undefined> {
  let result: Read | undefined;
  read?.then((value) => result = value, () => {});
  for (let turn = 0; turn < MAX_TURNS && result === undefined; turn++) await undefined;
  return result;
}

/** A reader some of whose reads were begun before. */
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
