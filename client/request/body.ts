/**
 * A request's content, from whatever a caller calls a body to what a driver can send.
 *
 * The kinds differ in three things that decide what can be done with a request: whether the length is known
 * before sending, whether the content can be sent a second time (on a redirect, or on another connection), and
 * whether it is at hand, so that it leaves in one write with the head.
 *
 * @module
 */

import type { OutgoingBody } from "../../http/message.ts";
import { StreamSource } from "./body_source.ts";
import { ClientError } from "../error/client_error.ts";
import { multipart } from "./multipart.ts";

/** Content that is ready to be sent. */
export interface PreparedBody {
  /** The `content-type` that goes with it where the caller sets none. */
  readonly type: string | undefined;
  /** How many bytes it has, where that is known. */
  readonly length: number | undefined;
  /** Whether it can be opened again after it was opened. */
  readonly replayable: boolean;
  /**
   * The content, once from its beginning to its end.
   *
   * @throws {ClientError} `request_body_failed` when it cannot be read, or not again.
   */
  open(): Uint8Array | OutgoingBody | Promise<Uint8Array | OutgoingBody>;
  /** Told when it will not be sent, or not again. */
  discard(reason: unknown): void;
}

/**
 * Takes content over.
 *
 * Bytes are copied, since the caller may go on writing into them; a stream is locked; a `Blob` or a form is
 * referred to. What is no kind of body becomes a string, as everywhere on the platform.
 *
 * @param init What `fetch` takes as `body`.
 * @param declaredLength The length that a stream must have.
 * @throws {ClientError} `invalid_request`: the stream is locked or was read from.
 */
export function prepareBody(init: BodyInit, declaredLength?: number): PreparedBody {
  if (typeof init === "string") return new BytesBody(ENCODER.encode(init), TEXT_TYPE);
  if (init instanceof ArrayBuffer) return new BytesBody(new Uint8Array(init).slice(), undefined);
  if (ArrayBuffer.isView(init)) {
    return new BytesBody(new Uint8Array(init.buffer, init.byteOffset, init.byteLength).slice(), undefined);
  }
  if (init instanceof Blob) return new BlobBody(init);
  if (init instanceof FormData) return new BlobBody(multipart(init));
  if (init instanceof URLSearchParams) {
    const type = "application/x-www-form-urlencoded;charset=UTF-8";
    return new BytesBody(ENCODER.encode(init.toString()), type);
  }
  if (init instanceof ReadableStream) return new StreamBody(init, declaredLength);
  if (typeof init === "object" && !(init instanceof String) && isIterable(init)) {
    return new StreamBody(ReadableStream.from(init), declaredLength);
  }
  return new BytesBody(ENCODER.encode(String(init)), TEXT_TYPE);
}

/** The type of a string. */
export const TEXT_TYPE = "text/plain;charset=UTF-8";

/** The absence of content where a request of this method is expected to have some. */
export const NO_CONTENT: PreparedBody = {
  type: undefined,
  length: 0,
  replayable: true,
  open: () => EMPTY,
  discard: () => {},
};

const ENCODER = new TextEncoder();
const EMPTY = new Uint8Array();

/** Content at hand. */
class BytesBody implements PreparedBody {
  readonly type: string | undefined;
  readonly replayable = true;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, type: string | undefined) {
    this.#bytes = bytes;
    this.type = type;
  }

  get length(): number {
    return this.#bytes.length;
  }

  open(): Uint8Array {
    return this.#bytes;
  }

  discard(): void {}
}

/** Up to this size a blob is read at once, so that it leaves with the head in one write. */
const MAX_BLOB_AT_HAND_BYTES = 65_536;

/** Content that the platform keeps, perhaps on a disk. */
class BlobBody implements PreparedBody {
  readonly type: string | undefined;
  readonly length: number;
  readonly replayable = true;
  readonly #blob: Blob;

  constructor(blob: Blob) {
    this.#blob = blob;
    this.length = blob.size;
    this.type = blob.type === "" ? undefined : blob.type;
  }

  open(): OutgoingBody | Promise<Uint8Array> {
    if (this.length <= MAX_BLOB_AT_HAND_BYTES) return this.#bytes();
    return new StreamSource(this.#blob.stream().getReader(), this.length);
  }

  discard(): void {}

  async #bytes(): Promise<Uint8Array> {
    try {
      return new Uint8Array(await this.#blob.arrayBuffer());
    } catch (cause) {
      throw new ClientError(
        "request_body_failed",
        "Cannot send the request's content: a blob cannot be read",
        {
          cause,
        },
      );
    }
  }
}

/** Content that comes when it comes, and only once. */
class StreamBody implements PreparedBody {
  readonly type = undefined;
  readonly length: number | undefined;
  readonly replayable = false;
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  #opened = false;

  constructor(stream: ReadableStream<unknown>, length: number | undefined) {
    this.#reader = takeOver(stream);
    this.length = length;
  }

  open(): OutgoingBody {
    if (this.#opened) throw sentAlready();
    this.#opened = true;
    return new StreamSource(this.#reader, this.length);
  }

  discard(reason: unknown): void {
    if (!this.#opened) cancelUnread(this.#reader, reason);
  }
}

/**
 * Locks a stream.
 *
 * @throws {ClientError} `invalid_request`: somebody else has it, or has read from it.
 */
export function takeOver(stream: ReadableStream<unknown>): ReadableStreamDefaultReader<unknown> {
  try {
    // The one way to find out whether a stream was read from, which the Fetch standard wants refused.
    new Response(stream as BodyInit); // that its chunks are bytes is checked when they come
    return stream.getReader();
  } catch (cause) {
    throw new ClientError(
      "invalid_request",
      "Cannot make a request: its body is a stream that is locked or was read",
      {
        cause,
      },
    );
  }
}

/** The refusal to send for a second time what can be read only once. */
export function sentAlready(): ClientError {
  return new ClientError(
    "request_body_failed",
    "Cannot send the request's content: a stream can be sent only once",
    {
      hint: "Give a string, a Uint8Array or a Blob as body where a request may have to be sent again.",
    },
  );
}

/** Gives up a stream that was never read from. */
export function cancelUnread(reader: ReadableStreamDefaultReader<unknown>, reason: unknown): void {
  // Whether its source likes it is of no interest to anybody here.
  reader.cancel(reason).catch(() => {});
}

function isIterable(value: object): value is Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}
