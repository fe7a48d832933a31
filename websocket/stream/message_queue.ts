/**
 * Messages that were received and wait for their reader.
 *
 * @module
 */

import { withResolvers } from "../../io/with_resolvers.ts";
import { MAX_QUEUED_BYTES } from "../limits.ts";

/** A message: text, or bytes. */
export type WebSocketMessage = string | Uint8Array<ArrayBuffer>;

/** A queue of messages with an end. */
export class MessageQueue {
  readonly #messages: WebSocketMessage[] = [];
  #bytes = 0;
  #readCount = 0;
  #isEnded = false;
  #error: unknown;
  readonly #readers: PromiseWithResolvers<WebSocketMessage | undefined>[] = [];
  #room: PromiseWithResolvers<void> | undefined;

  /** Whether no more should be received before a message is read. */
  get isFull(): boolean {
    return this.#bytes >= MAX_QUEUED_BYTES;
  }

  /** How many messages were read. */
  get readCount(): number {
    return this.#readCount;
  }

  /** The next message; `undefined` at the end. Rejects with the error of {@linkcode end} after the last message. */
  read(): Promise<WebSocketMessage | undefined> {
    // A shift costs little: as few messages wait as the driver lets in.
    const message = this.#messages.shift();
    if (message === undefined) {
      if (this.#isEnded) {
        return this.#error === undefined ? Promise.resolve(undefined) : Promise.reject(this.#error);
      }
      const reader = withResolvers<WebSocketMessage | undefined>();
      this.#readers.push(reader);
      return reader.promise;
    }
    this.#readCount++;
    this.#bytes -= sizeOf(message);
    if (!this.isFull) this.#room?.resolve();
    return Promise.resolve(message);
  }

  /** Adds a message. */
  push(message: WebSocketMessage): void {
    if (this.#isEnded) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) return reader.resolve(message);
    this.#messages.push(message);
    this.#bytes += sizeOf(message);
  }

  /** Waits until the queue is no longer full, or has ended. */
  async room(): Promise<void> {
    while (this.isFull && !this.#isEnded) {
      this.#room ??= withResolvers();
      await this.#room.promise;
      this.#room = undefined;
    }
  }

  /** Ends the queue: nothing is added any more. */
  end(error?: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#error = error;
    this.#room?.resolve();
    for (const reader of this.#readers.splice(0)) {
      if (error === undefined) reader.resolve(undefined);
      else reader.reject(error);
    }
  }
}

/** Bytes that a message takes, more or less: an empty one takes memory as well. */
function sizeOf(message: WebSocketMessage): number {
  return message.length + MESSAGE_OVERHEAD_BYTES;
}

const MESSAGE_OVERHEAD_BYTES = 32;
