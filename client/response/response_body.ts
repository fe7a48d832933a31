/**
 * The content of a response on its way through the client: with its deadlines, its abort signal, and errors that
 * a caller understands.
 *
 * @module
 */

import type { IncomingBody } from "../../http/message.ts";
import { MAX_DRAIN_BYTES, MAX_DRAIN_MS } from "../defaults.ts";
import type { Control } from "../time/control.ts";
import type { Deadlines } from "../time/deadlines.ts";
import { toClientError } from "../error/failure.ts";

/** Passes on the content of a driver, under a request's control. */
export class ResponseBody implements IncomingBody {
  readonly length?: number;
  readonly #source: IncomingBody;
  readonly #control: Control | undefined;
  readonly #host: string;

  /**
   * @param source The driver's content.
   * @param control What may cut it short.
   * @param host Named in the errors.
   */
  constructor(source: IncomingBody, control: Control | undefined, host: string) {
    this.#source = source;
    this.#control = control;
    this.#host = host;
    if (source.length !== undefined) this.length = source.length;
  }

  /** The next bytes, or `undefined` at the end. */
  async read(): Promise<Uint8Array | undefined> {
    const control = this.#control;
    control?.throwIfStopped();
    control?.expectContent();
    try {
      const chunk = await this.#source.read();
      if (chunk === undefined) control?.finish();
      else control?.arrived();
      return chunk;
    } catch (error) {
      control?.finish();
      throw control?.stopped ? control.reasonFor(error) : toClientError(error, this.#host);
    }
  }

  /** Gives the rest up. */
  cancel(reason?: unknown): void {
    this.#control?.finish();
    this.#source.cancel(reason);
  }
}

/** Reads the little that is left of an unwanted body, or gives a long or slow one up. Never rejects. */
export async function discard(body: Uint8Array | IncomingBody, deadlines: Deadlines): Promise<void> {
  if (body instanceof Uint8Array) return;
  const deadline = deadlines.set(MAX_DRAIN_MS, () => body.cancel());
  let left = MAX_DRAIN_BYTES;
  try {
    while (left >= 0) {
      const chunk = await body.read();
      if (chunk === undefined) return;
      left -= chunk.length;
    }
    body.cancel();
  } catch {
    // Nobody wants it, so nobody wants to hear that it was cut short; the driver has closed its connection.
  } finally {
    deadlines.clear(deadline);
  }
}
