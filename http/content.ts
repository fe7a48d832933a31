/**
 * The content of a message as the methods of `Response` and `Request` give it: once, whole or as a stream, until the
 * exchange is aborted.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { IncomingBody } from "./message.ts";
import { MAX_RESERVED_RATIO } from "./limits.ts";

/** Bytes in memory of their own, as the platform's types have it. */
type Bytes = Uint8Array<ArrayBuffer>;

/** Content that is read once. */
export class Content {
  readonly #source: Uint8Array | IncomingBody;
  readonly #abort: AbortCheck | undefined;
  readonly #toFailure: (error: unknown) => unknown;
  #stream: ReadableStream<Bytes> | undefined;
  #used = false;

  /**
   * Reads nothing yet.
   *
   * @param source All the content, or its source.
   * @param abort Ends it early.
   * @param toFailure Makes the error that a reader gets of that of the source.
   */
  constructor(
    source: Uint8Array | IncomingBody,
    abort: AbortCheck | undefined,
    toFailure: (error: unknown) => unknown,
  ) {
    this.#source = source;
    this.#abort = abort;
    this.#toFailure = toFailure;
    if (!(source instanceof Uint8Array)) abandoned.register(this, source, this);
  }

  /** Whether reading has begun. */
  get used(): boolean {
    return this.#used;
  }

  /** Whether it was read, or is being read by a reader of the stream. */
  get unusable(): boolean {
    return this.#used || (this.#stream?.locked ?? false);
  }

  /** The content as a stream, the same every time. It is locked once the content was read otherwise. */
  get stream(): ReadableStream<Bytes> {
    if (this.#stream === undefined) {
      this.#stream = this.#makeStream();
      if (this.#used) this.#stream.getReader(); // no reader may find it empty
    }
    return this.#stream;
  }

  /**
   * All the content, perhaps in memory that other responses share: for reading at once, not for handing out.
   *
   * @throws {TypeError} It was read before.
   * @throws The reason of an abort.
   */
  readAll(): Uint8Array | Promise<Uint8Array> {
    if (this.unusable) throw new TypeError("Body already consumed");
    this.#stream?.getReader();
    this.#used = true;
    const source = this.#source;
    if (source.length !== 0) this.#abort?.throwIfAborted();
    if (!(source instanceof Uint8Array)) return this.#collect(source);
    this.#abort?.end();
    return source;
  }

  /**
   * Gives the content to two responses.
   *
   * @returns The content for each; both must be read or cancelled.
   * @throws {TypeError} It was read before.
   */
  clone(): readonly [Content, Content] {
    if (this.unusable) throw new TypeError("Body is unusable");
    const source = this.#source;
    if (source instanceof Uint8Array) {
      return [this, new Content(source.slice(), this.#abort, this.#toFailure)];
    }
    const [one, other] = this.stream.tee();
    abandoned.unregister(this); // it is cancelled when both are
    return [one, other].map((stream) => new Content(fromStream(stream), undefined, this.#toFailure)) as [
      Content,
      Content,
    ];
  }

  async #collect(source: IncomingBody): Promise<Uint8Array> {
    try {
      return await collect(source, this.#abort);
    } catch (error) {
      throw this.#failure(error); // made here, it has the frames of the caller
    } finally {
      this.#over();
    }
  }

  #makeStream(): ReadableStream<Bytes> {
    const source = this.#source;
    // Enqueuing transfers the memory, which a clone may share.
    let rest = source instanceof Uint8Array ? source.slice() : undefined;
    return new ReadableStream({
      type: "bytes",
      pull: async (controller) => {
        this.#used = true;
        try {
          if (source.length !== 0) this.#abort?.throwIfAborted();
          const chunk = source instanceof Uint8Array ? rest : await source.read();
          rest = undefined;
          if (chunk !== undefined && chunk.length > 0) {
            return controller.enqueue(chunk as Bytes); // never shared memory
          }
        } catch (error) {
          throw this.#failure(error);
        }
        this.#over();
        controller.close();
        // A waiting BYOB reader is told of the end only by this.
        controller.byobRequest?.respond(0);
      },
      cancel: (reason) => {
        this.#used = true;
        this.#over();
        if (!(source instanceof Uint8Array)) source.cancel(reason);
      },
    }, { highWaterMark: 0 });
  }

  #failure(error: unknown): unknown {
    if (!(this.#source instanceof Uint8Array)) this.#source.cancel(error);
    this.#over();
    return this.#toFailure(error);
  }

  #over(): void {
    this.#abort?.end();
    abandoned.unregister(this);
  }
}

/** The signal of a request, which counts until the content was read to its end, by whichever of its clones. */
export class AbortCheck {
  #signal: AbortSignal | undefined;

  /**
   * Counts from now on.
   *
   * @param signal The signal.
   */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Throws the signal's reason if it was aborted. */
  throwIfAborted(): void {
    if (this.#signal?.aborted) throw this.#signal.reason;
  }

  /** Lets go of the signal: the content is over. */
  end(): void {
    this.#signal = undefined;
  }
}

/**
 * Cancels content that the garbage collector finds: a response that is dropped with content still to come would keep its
 * connection open. A stream keeps its content alive, so what is read without its response goes on.
 *
 * Content that has ended is unregistered: its source keeps the error that ended it, whose stack leads back to the
 * response, so the registry would keep both alive.
 */
const abandoned = new FinalizationRegistry<IncomingBody>((source) => source.cancel());

/** A stream as the source of content. */
export function fromStream(stream: ReadableStream<Uint8Array>): IncomingBody {
  const reader = stream.getReader();
  return {
    async read() {
      return (await reader.read()).value;
    },
    cancel(reason) {
      reader.cancel(reason).catch(() => {}); // mark the rejection as handled
    },
  };
}

async function collect(source: IncomingBody, abort: AbortCheck | undefined): Promise<Uint8Array> {
  const length = source.length ?? Infinity;
  const chunks: Uint8Array[] = [];
  let received = 0;
  let whole: Uint8Array | undefined;
  for (;;) {
    // A view is copied at once; a chunk that is kept for later has memory of its own.
    const chunk = await (whole === undefined ? source.read() : source.readView?.() ?? source.read());
    if (chunk === undefined) break;
    abort?.throwIfAborted();
    if (
      whole === undefined && chunk.length < length && received + chunk.length >= length / MAX_RESERVED_RATIO
    ) {
      // Copying each chunk as it arrives is faster than copying all at the end, when they have left the processor's cache.
      whole = new Uint8Array(length);
      let filled = 0;
      for (const earlier of chunks.splice(0)) {
        whole.set(earlier, filled);
        filled += earlier.length;
      }
    }
    // The driver checks that the content has the declared length.
    if (whole === undefined) chunks.push(chunk);
    else whole.set(chunk, received);
    received += chunk.length;
  }
  return whole ?? (chunks.length === 1 ? chunks[0] as Uint8Array : concat(chunks)); // the length was just looked at
}
