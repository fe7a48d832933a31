/**
 * A caller's stream as the drivers read it: chunk by chunk, checked, and never ahead of the peer.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { OutgoingBody } from "../../http/message.ts";
import { ClientError } from "../error/client_error.ts";

/** The reader of a stream; a `ReadableStreamDefaultReader` has this shape. */
export interface ChunkReader {
  /** The next chunk, which may be no bytes. */
  read(): Promise<ReadableStreamReadResult<unknown>>;
  /** Cancels the rest. */
  cancel(reason: unknown): Promise<void>;
}

/** Content of a stream. */
export class StreamSource implements OutgoingBody {
  readonly length?: number;
  readonly #reader: ChunkReader;
  #left: number | undefined;
  #done = false;

  /**
   * Reads nothing yet.
   *
   * @param reader The stream's reader, which belongs to this source from now on.
   * @param length The length that the stream must have, where it is known.
   */
  constructor(reader: ChunkReader, length: number | undefined) {
    this.#reader = reader;
    this.#left = length;
    if (length !== undefined) this.length = length;
  }

  /**
   * The next chunk that is not empty, or `undefined` at the end.
   *
   * @throws {ClientError} `request_body_failed`: the stream failed, gave something other than bytes, or gave more
   * or fewer of them than was declared.
   */
  async read(): Promise<Uint8Array | undefined> {
    while (!this.#done) {
      const { done, value } = await this.#next();
      if (done) {
        this.#done = true;
        if (this.#left) throw failed(`it ended ${this.#left} bytes short of its declared length`);
        return undefined;
      }
      if (!(value instanceof Uint8Array)) throw this.#refuse(failed("a chunk is not a Uint8Array"));
      if (value.length === 0) continue; // An empty chunk would end an HTTP/1.1 message.
      if (this.#left !== undefined) {
        this.#left -= value.length;
        if (this.#left < 0) throw this.#refuse(failed("it is longer than its declared length"));
      }
      return value;
    }
    return undefined;
  }

  /** Cancels the rest of the stream. */
  cancel(reason: unknown): void {
    if (this.#done) return;
    this.#done = true;
    // Mark the rejection as handled: a source may fail to cancel.
    this.#reader.cancel(reason).catch(() => {});
  }

  async #next(): Promise<ReadableStreamReadResult<unknown>> {
    try {
      return await this.#reader.read();
    } catch (cause) {
      this.#done = true;
      throw cause instanceof ClientError ? cause : failed("its source failed", cause);
    }
  }

  #refuse(error: ClientError): ClientError {
    this.cancel(error);
    return error;
  }
}

/** Content with trailer fields after it. It states no length: HTTP/1.1 sends trailers only after chunked content. */
export class SourceWithTrailers implements OutgoingBody {
  readonly #source: OutgoingBody | undefined;
  readonly #trailers: () => Promise<readonly Field[]>;
  #bytes: Uint8Array | undefined;

  /**
   * Reads nothing yet.
   *
   * @param content The content.
   * @param trailers Returns the trailer fields; called once, after the end of the content.
   */
  constructor(content: Uint8Array | OutgoingBody, trailers: () => Promise<readonly Field[]>) {
    if (content instanceof Uint8Array) this.#bytes = content.length > 0 ? content : undefined;
    else this.#source = content;
    this.#trailers = trailers;
  }

  /** The next bytes, or `undefined` at the end. */
  async read(): Promise<Uint8Array | undefined> {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    return bytes ?? await this.#source?.read();
  }

  /** Cancels the rest. */
  cancel(reason: unknown): void {
    this.#bytes = undefined;
    this.#source?.cancel(reason);
  }

  /** The trailer fields. */
  trailers(): Promise<readonly Field[]> {
    return this.#trailers();
  }
}

function failed(reason: string, cause?: unknown): ClientError {
  return new ClientError("request_body_failed", `Cannot send the request's content: ${reason}`, { cause });
}
