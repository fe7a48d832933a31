/**
 * The serializer of messages: the head, the content by the framing that the head states, and the end.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import { OutputBuffer } from "./output_buffer.ts";
import {
  type ContentLength,
  type OutgoingFraming,
  writeTrailers,
  type WrittenHead,
} from "./outgoing_fields.ts";
import { type RequestHead, RequestHeadCache, writeRequestHead, type WrittenRequest } from "./request_head.ts";
import type { AnsweredRequest, ResponseHead } from "./response_head.ts";
import { ResponseHeadCache } from "./response_head_cache.ts";

/** Turns messages into bytes. */
export class MessageWriter {
  /** The bytes to write. */
  readonly output: OutputBuffer = new OutputBuffer();
  readonly #requests = new RequestHeadCache();
  readonly #responses = new ResponseHeadCache();
  #framing: OutgoingFraming = 0;
  #left = 0;
  #answered = UNREAD;

  /** The bytes of content still to be sent; `undefined` where the length was not announced. */
  get left(): number | undefined {
    return typeof this.#framing === "number" ? this.#left : undefined;
  }

  /** Whether the content ends with the connection. */
  get endsByClosing(): boolean {
    return this.#framing === "close";
  }

  /**
   * Writes the head of a request.
   *
   * @throws {TypeError} If the head is not valid; then nothing is written.
   */
  request(head: RequestHead, content: ContentLength): WrittenRequest {
    return this.#begin(content === 0 ? this.#requests.write(head) : writeRequestHead(head, content));
  }

  /** Takes note of the request to which the next responses belong. */
  answers(request: AnsweredRequest): void {
    this.#answered = request;
  }

  /**
   * Writes the head of a response.
   *
   * @throws {TypeError} If the head is not valid; then nothing is written.
   */
  response(head: ResponseHead, content: ContentLength): WrittenHead {
    return this.#begin(this.#responses.write(head, content, this.#answered));
  }

  /**
   * Writes content.
   *
   * @throws {TypeError} If the content is longer than the head announced.
   */
  data(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length === 0) return; // a chunk of no bytes would end the content
    if (this.#framing === "chunked") {
      this.output.putText(`${length.toString(16)}\r\n`);
      this.output.putBytes(bytes);
      this.output.putText("\r\n");
      return;
    }
    if (typeof this.#framing === "number") {
      if (length > this.#left) {
        throw new TypeError(
          `Cannot send ${length} bytes of content: ${this.#left} are left of the ${this.#framing} announced`,
        );
      }
      this.#left -= length;
    }
    this.output.putBytes(bytes);
  }

  /**
   * Writes the end of the content.
   *
   * @throws {TypeError} If content is missing, or the trailers may not be sent.
   */
  end(trailers: readonly Field[]): void {
    if (this.#left > 0) {
      throw new TypeError(
        `Cannot end the content: ${this.#left} bytes are left of the ${this.#framing} announced`,
      );
    }
    if (this.#framing === "chunked") {
      this.output.putText(trailers.length === 0 ? "0\r\n\r\n" : `0\r\n${writeTrailers(trailers)}`);
    } else if (trailers.length > 0) {
      throw new TypeError("Cannot send trailers: the content is not chunked");
    }
  }

  /** Prepares for the next message. */
  reset(): void {
    this.output.trim();
    this.#answered = UNREAD;
  }

  #begin<Head extends WrittenHead>(head: Head): Head {
    if (head.bytes === undefined) this.output.putText(head.text);
    else this.output.putBytes(head.bytes);
    this.#framing = head.framing;
    this.#left = typeof head.framing === "number" ? head.framing : 0;
    return head;
  }
}

/** The request of a response that is sent before one could be read: a GET of HTTP/1.0, which knows no chunks. */
const UNREAD: AnsweredRequest = { method: "GET", version: "HTTP/1.0" };
