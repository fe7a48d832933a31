/**
 * The content of a response: whole where it is at hand, and otherwise its source.
 *
 * A `Response` does not tell whether it has a string, bytes or a stream, so its stream is read. That of a string or of
 * bytes answers within a few microtasks, to its end: then the length is known, and head and content leave in one write.
 * For any other, the head waits no longer than those microtasks.
 *
 * Over Deno's TLS it does wait for a moment. There Nagle's delay cannot be switched off, and a second write waits until
 * the client has acknowledged the first, which takes it 40 ms: content that comes within the moment, such as that of a
 * small file, leaves with the head.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { clearTimeout, setTimeout } from "../../io/timers.ts";
import { MAX_GATHERED_BYTES } from "../limits.ts";
import type { StreamedContent } from "./prepared_response.ts";

/** What is known of the content: all of it, or a source. */
export type ResponseContent = Uint8Array | ResponseSource;

/**
 * Begins to read the content of a response.
 *
 * @param stream The content; not locked.
 * @param declaredLength The length that the handler declares.
 * @param milliseconds The time for which content may be waited for.
 * @param use Called once, later. It is called with the source also where the content has failed by then: reading it
 * fails the same way.
 */
export function beginContent(
  stream: ReadableStream<Uint8Array>,
  declaredLength: number | undefined,
  milliseconds: number,
  use: (content: ResponseContent) => void,
): void {
  new Opening(stream.getReader(), declaredLength, milliseconds, use);
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** The first reads of content, until it has ended or is found to be a source. */
class Opening {
  readonly #reader: Reader;
  readonly #declaredLength: number | undefined;
  readonly #milliseconds: number;
  readonly #use: (content: ResponseContent) => void;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #pending: Promise<ReadableStreamReadResult<Uint8Array>>;
  #microtasksLeft = MAX_CONTENT_MICROTASKS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDecided = false;

  constructor(
    reader: Reader,
    declaredLength: number | undefined,
    milliseconds: number,
    use: (content: ResponseContent) => void,
  ) {
    this.#reader = reader;
    this.#declaredLength = declaredLength;
    this.#milliseconds = milliseconds;
    this.#use = use;
    this.#pending = reader.read();
    this.#pending.then(this.#onRead, this.#giveSource);
    MICROTASK.then(this.#onMicrotask);
  }

  readonly #onRead = ({ done, value }: ReadableStreamReadResult<Uint8Array>): void => {
    if (this.#isDecided) return;
    if (done) return this.#decide(joined(this.#pieces));
    const isEnough = this.#pieces.length > 0 && this.#milliseconds === 0;
    if (isEnough || !(value instanceof Uint8Array)) return this.#giveSource();
    this.#pieces.push(value);
    this.#length += value.length;
    this.#microtasksLeft = MAX_CONTENT_MICROTASKS;
    this.#pending = this.#reader.read();
    if (this.#length >= MAX_GATHERED_BYTES && this.#milliseconds > 0) return this.#giveSource();
    this.#pending.then(this.#onRead, this.#giveSource);
  };

  readonly #onMicrotask = (): void => {
    if (this.#isDecided) return;
    if (--this.#microtasksLeft > 0) MICROTASK.then(this.#onMicrotask);
    else if (this.#milliseconds === 0) this.#giveSource();
    else this.#timer = setTimeout(this.#giveSource, this.#milliseconds);
  };

  readonly #giveSource = (): void => {
    if (this.#isDecided) return;
    const first = this.#pieces.length === 0 ? undefined : joined(this.#pieces);
    this.#decide(new ResponseSource(this.#reader, first, this.#pending, this.#declaredLength));
  };

  #decide(content: ResponseContent): void {
    this.#isDecided = true;
    clearTimeout(this.#timer);
    this.#use(content);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first = EMPTY] = pieces;
  return pieces.length < 2 ? first : concat(pieces);
}

/** Content that is read piece by piece. */
export class ResponseSource implements StreamedContent {
  readonly length?: number;
  readonly #reader: Reader;
  /** What was read before; given first. */
  #first: Uint8Array | undefined;
  #pending: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  #left: number;

  constructor(
    reader: Reader,
    first: Uint8Array | undefined,
    pending: Promise<ReadableStreamReadResult<Uint8Array>>,
    length: number | undefined,
  ) {
    this.#reader = reader;
    this.#first = first;
    this.#pending = pending;
    this.#left = length ?? Infinity;
    if (length !== undefined) this.length = length;
  }

  /**
   * Gives the next bytes, or `undefined` at the end. What is more than the declared length is left out: the connection
   * would be lost with it, and the client has all that it was told of.
   *
   * @throws {TypeError} If a piece is no `Uint8Array`.
   */
  async read(): Promise<Uint8Array | undefined> {
    const first = this.takeFirst(Infinity);
    if (first !== undefined) return first;
    if (this.#left === 0) {
      this.cancel(new TypeError("Cannot send the content: it is longer than its content-length"));
      return undefined;
    }
    const pending = this.#pending ?? this.#reader.read();
    this.#pending = undefined;
    const { done, value } = await pending;
    if (done) return undefined;
    if (!(value instanceof Uint8Array)) {
      const error = new TypeError("Cannot send the content: a piece of it is not a Uint8Array");
      this.cancel(error);
      throw error;
    }
    return this.#cut(value);
  }

  takeFirst(maxBytes: number): Uint8Array | undefined {
    const first = this.#first;
    if (first === undefined || first.length > maxBytes) return undefined;
    this.#first = undefined;
    return this.#cut(first);
  }

  /** Tells the source that no more is wanted. */
  cancel(reason: unknown): void {
    this.#pending?.catch(() => {});
    this.#reader.cancel(reason).catch(() => {}); // its failure is that of a source that is not used any more
  }

  #cut(piece: Uint8Array): Uint8Array {
    const cut = piece.length <= this.#left ? piece : piece.subarray(0, this.#left);
    this.#left -= cut.length;
    return cut;
  }
}

/** Microtasks that a read of content at hand takes at most: one in Deno 2.9, and more through wrappers. */
export const MAX_CONTENT_MICROTASKS = 5;

const MICROTASK = Promise.resolve();
const EMPTY = new Uint8Array();
