/**
 * Content whose length is not declared, up to a limit.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { ReceivedContent } from "./received_request.ts";

/** Content that fails when more of it was read than is allowed. */
export class LimitedContent implements ReceivedContent {
  readonly #content: ReceivedContent;
  readonly #limit: number;
  #count = 0;

  /**
   * @param content The content.
   * @param limit The bytes that may be read.
   */
  constructor(content: ReceivedContent, limit: number) {
    this.#content = content;
    this.#limit = limit;
  }

  /** Whether more came than is allowed. */
  get isTooLong(): boolean {
    return this.#count > this.#limit;
  }

  get trailers(): Promise<readonly Field[]> {
    return this.#content.trailers;
  }

  async read(): Promise<Uint8Array | undefined> {
    const chunk = await this.#content.read();
    this.#count += chunk?.length ?? 0;
    if (!this.isTooLong) return chunk;
    const error = new DOMException(
      `Cannot read the content: it is longer than the ${this.#limit} bytes of maxBodySize`,
      "QuotaExceededError",
    );
    this.#content.cancel(error);
    throw error;
  }

  cancel(reason?: unknown): void {
    this.#content.cancel(reason);
  }
}
