/**
 * A request's content, from the `body` of a caller to content that a driver can send.
 *
 * The kinds differ in three properties: whether the length is known before sending, whether the content can be sent a
 * second time (on a redirect or a retry), and whether it is at hand, so that one write sends it with the head.
 *
 * @module
 */

import type { OutgoingBody } from "../../http/message.ts";
import { StreamSource } from "./body_source.ts";
import { ClientError } from "../error/client_error.ts";
import { multipart } from "./multipart.ts";

/** The content of a request, ready to be sent. */
export interface PreparedBody {
  /** The `content-type` to send where the caller sets none. */
  readonly type: string | undefined;
  /** The length in bytes, where it is known. */
  readonly length: number | undefined;
  /** Whether it can be opened again. */
  readonly replayable: boolean;
  /**
   * Opens the content, to be read once from its beginning to its end.
   *
   * @throws {ClientError} `request_body_failed`: it cannot be read, or was opened before and is not replayable.
   */
  open(): Uint8Array | OutgoingBody | Promise<Uint8Array | OutgoingBody>;
  /** Releases the content: it will not be opened again. */
  discard(reason: unknown): void;
}

/**
 * Takes over the content of a request.
 *
 * Bytes are copied, since the caller may go on writing into them; a stream is locked; a `Blob` or a form is referred to.
 * Any other value becomes a string, as everywhere on the platform.
 *
 * @param init The `body` of `fetch`.
 * @param declaredLength The length that a stream must have.
 * @throws {ClientError} `invalid_request`: the stream is locked or was read from, a buffer was transferred away, or the value has
 * no text.
 */
export function prepareBody(init: BodyInit, declaredLength?: number): PreparedBody {
  if (typeof init === "string") return new BytesBody(ENCODER.encode(init), TEXT_TYPE);
  if (init instanceof ArrayBuffer || ArrayBuffer.isView(init)) return new BytesBody(copyOf(init), undefined);
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
  const text = String(init);
  // What has no text of its own is no content: `fetch` would send the words "[object Object]".
  if (/^\[object \w+\]$/.test(text)) {
    throw new ClientError(
      "invalid_request",
      "Cannot make a request: its body is an object that has no text",
      {
        hint:
          "Give JSON.stringify(value), and the header content-type: application/json; or a FormData of the runtime.",
      },
    );
  }
  return new BytesBody(ENCODER.encode(text), TEXT_TYPE);
}

/** The media type of a string as content. */
export const TEXT_TYPE = "text/plain;charset=UTF-8";

/** Empty content, for methods whose requests state a length of 0 (RFC 9110 §8.6). */
export const NO_CONTENT: PreparedBody = {
  type: undefined,
  length: 0,
  replayable: true,
  open: () => EMPTY,
  discard: () => {},
};

/**
 * A copy of bytes.
 *
 * @throws {ClientError} `invalid_request`: the buffer was transferred away, so its content is elsewhere.
 */
function copyOf(init: ArrayBuffer | ArrayBufferView): Uint8Array {
  const [buffer, view] = init instanceof ArrayBuffer ? [init, undefined] : [init.buffer, init];
  if (buffer instanceof ArrayBuffer && buffer.detached) {
    throw new ClientError(
      "invalid_request",
      "Cannot make a request: its body is a buffer that was transferred away",
    );
  }
  return new Uint8Array(buffer, view?.byteOffset, view?.byteLength).slice();
}

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

/** Size of a blob that is read at once, so that one write sends it with the head. */
const MAX_BLOB_AT_HAND_BYTES = 65_536;

/** Content of a `Blob`, perhaps on a disk. */
export class BlobBody implements PreparedBody {
  /** The media type, where it is known. */
  readonly type: string | undefined;
  /** The length in bytes. */
  readonly length: number;
  /** `true`: a blob can be read again. */
  readonly replayable = true;
  readonly #blob: Blob;

  /**
   * Reads nothing yet.
   *
   * @param blob The content.
   * @param type Its media type; empty for none.
   */
  constructor(blob: Blob, type: string = blob.type) {
    this.#blob = blob;
    this.length = blob.size;
    this.type = type === "" ? undefined : type;
  }

  /** Opens the content: its bytes where they are few, otherwise a source. */
  open(): OutgoingBody | Promise<Uint8Array> {
    if (this.length <= MAX_BLOB_AT_HAND_BYTES) return this.#bytes();
    return new StreamSource(this.#blob.stream().getReader(), this.length);
  }

  /** Nothing to release. */
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

/** Content of a stream, which can be read only once. */
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
 * @throws {ClientError} `invalid_request`: the stream is locked or was read from.
 */
export function takeOver(stream: ReadableStream<unknown>): ReadableStreamDefaultReader<unknown> {
  try {
    // The only way to find out whether a stream was read from, which the Fetch standard refuses.
    new Response(stream as BodyInit); // its chunks are checked when they arrive
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

/** The error of a stream that would have to be sent a second time. */
export function sentAlready(): ClientError {
  return new ClientError(
    "request_body_failed",
    "Cannot send the request's content: a stream can be sent only once",
    {
      hint: "Give a string, a Uint8Array or a Blob as body where a request may be retried or redirected.",
    },
  );
}

/** Cancels a stream that was never read from. */
export function cancelUnread(reader: ReadableStreamDefaultReader<unknown>, reason: unknown): void {
  // Mark the rejection as handled: a source may fail to cancel.
  reader.cancel(reason).catch(() => {});
}

function isIterable(value: object): value is Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}
