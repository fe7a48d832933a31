/**
 * One open stream: its state, its windows, and what it counts.
 *
 * @module
 */

import type { RequestProgress } from "../http/error.ts";
import { type Http2Error, streamError } from "./error.ts";
import type { ResponseHead } from "./incoming_head.ts";
import { type CloseCause, IDLE, localHalf, remoteHalf, type StreamState } from "./stream_state.ts";
import { ReceiveWindow, SendWindow } from "./window.ts";

/** A stream that is not closed. */
export class Stream {
  /** The stream identifier. */
  readonly id: number;
  /** The state; {@linkcode Core.moveStream} changes it. */
  state: StreamState = IDLE;
  /** Flow control of what this end sends. */
  readonly sendWindow: SendWindow;
  /** Flow control of what the peer sends. */
  readonly receiveWindow: ReceiveWindow;
  /** The method of its request. */
  readonly method: string;
  /** Whether it carries the bytes of a tunnel: a 2xx answered its CONNECT (RFC 9113 §8.5). */
  isTunnel = false;
  /** Bytes by which its receive window has grown. */
  grownBytes = 0;
  /** DATA frames without content, since the last that had some. */
  #emptyDataFrames = 0;
  /** Bytes of the heads of its 1xx responses. */
  #informationalBytes = 0;
  /** The bytes of content that content-length leaves to be received; `undefined` without one. */
  #contentLeftToReceive: number | undefined;
  /** The bytes of content that content-length leaves to be sent; `undefined` without one. */
  #contentLeftToSend: number | undefined;

  /**
   * @param id The stream identifier.
   * @param method The method of its request.
   * @param sendWindow Bytes that this end may send to begin with.
   * @param receiveWindow Bytes that the peer may send to begin with.
   */
  constructor(id: number, method: string, sendWindow: number, receiveWindow: number) {
    this.id = id;
    this.method = method;
    this.sendWindow = new SendWindow(sendWindow);
    this.receiveWindow = new ReceiveWindow(receiveWindow);
  }

  /** How the stream closed; `undefined` while it is open. */
  get closed(): CloseCause | undefined {
    return this.state.name === "closed" ? this.state.cause : undefined;
  }

  /** Server: whether the final response's head was sent. */
  get answered(): boolean {
    return localHalf(this.state) !== "head";
  }

  /** Client: how far its request got. */
  get progress(): RequestProgress {
    return remoteHalf(this.state) === "head" && this.#informationalBytes === 0 ? "no_response" : "responding";
  }

  /**
   * Counts a 1xx response.
   *
   * @param size The size of its field section.
   * @param maxInformationalBytes The option.
   */
  countInformational(size: number, maxInformationalBytes: number): void {
    this.#informationalBytes += size;
    if (this.#informationalBytes <= maxInformationalBytes) return;
    throw streamError(
      "too_many_informational",
      `Cannot wait for the response: the 1xx responses before it have more than the ${maxInformationalBytes} bytes of maxInformationalBytes`,
    );
  }

  /**
   * Counts a DATA frame that does not end the stream.
   *
   * @param contentLength The bytes of its content.
   * @param maxEmptyDataFrames The option.
   */
  countData(contentLength: number, maxEmptyDataFrames: number): void {
    if (contentLength > 0) {
      this.#emptyDataFrames = 0;
    } else if (++this.#emptyDataFrames > maxEmptyDataFrames) {
      throw streamError(
        "ENHANCE_YOUR_CALM",
        `Cannot go on with the stream: more than the ${maxEmptyDataFrames} DATA frames of maxEmptyDataFrames have no content`,
      );
    }
  }

  /** Takes note of the content-length of a received response. */
  expectResponse({ status, contentLength }: ResponseHead): void {
    // "A response that is defined to have no content ... MAY have a non-zero content-length header field, even
    // though no content is included in DATA frames." (RFC 9113 §8.1.1)
    if (this.method === "CONNECT" && status < 300) {
      this.isTunnel = true;
      this.#contentLeftToReceive = undefined; // what follows any 2xx, 204 too, is a tunnel (RFC 9110 §9.3.6)
    } else if (this.method === "HEAD" || status === 204 || status === 304) {
      this.#contentLeftToReceive = 0;
    } else {
      this.#contentLeftToReceive = contentLength;
    }
  }

  /** Takes note of the content-length of a received request. */
  expectRequest(contentLength: number | undefined): void {
    this.#contentLeftToReceive = this.method === "CONNECT" ? undefined : contentLength;
  }

  /**
   * Counts received content.
   *
   * "A request or response is also malformed if the value of a content-length header field does not equal the sum
   * of the DATA frame payload lengths that form the content" (RFC 9113 §8.1.1).
   */
  countReceived(count: number, end: boolean): void {
    if (this.#contentLeftToReceive === undefined) return;
    this.#contentLeftToReceive -= count;
    if (this.#contentLeftToReceive < 0) throw wrongLength("more");
    if (end && this.#contentLeftToReceive > 0) throw wrongLength("less");
  }

  /** Takes note of the content-length that this end sends; it does not count where there is no content. */
  announceContent(contentLength: number | undefined, hasContent: boolean): void {
    this.#contentLeftToSend = hasContent ? contentLength : undefined;
  }

  /**
   * Counts content before it is sent.
   *
   * @throws {TypeError} When it does not agree with Content-Length.
   */
  countSent(count: number, end: boolean): void {
    if (this.#contentLeftToSend === undefined) return;
    const left = this.#contentLeftToSend - count;
    if (left < 0 || (end && left > 0)) {
      throw new TypeError(
        `Cannot send content: it is ${left < 0 ? "longer" : "shorter"} than content-length says`,
      );
    }
    this.#contentLeftToSend = left;
  }
}

function wrongLength(what: string): Http2Error {
  return streamError(
    "PROTOCOL_ERROR",
    `Cannot accept a message: it has ${what} content than content-length says`,
  );
}
