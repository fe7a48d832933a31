/**
 * The content of a response on its way through the client: under its deadlines and its abort signal, and with the
 * client's errors.
 *
 * @module
 */

import type { IncomingBody } from "../../http/message.ts";
import { toClientError } from "../error/failure.ts";
import type { Control } from "../time/control.ts";

/** Passes on the content of a driver, under a request's control. */
export class ControlledBody implements IncomingBody {
  readonly length?: number;
  readonly #source: IncomingBody;
  readonly #control: Control | undefined;
  readonly #host: string;

  /**
   * Wraps the content of a driver.
   *
   * @param source The driver's content.
   * @param control The deadlines and the signal of the request.
   * @param host The host and port that errors name.
   */
  constructor(source: IncomingBody, control: Control | undefined, host: string) {
    this.#source = source;
    this.#control = control;
    this.#host = host;
    if (source.length !== undefined) this.length = source.length;
  }

  /** The next bytes, or `undefined` at the end. */
  read(): Promise<Uint8Array | undefined> {
    return this.#read(false);
  }

  /** The next bytes, perhaps in memory that the next read overwrites. */
  readView(): Promise<Uint8Array | undefined> {
    return this.#read(true);
  }

  async #read(takesView: boolean): Promise<Uint8Array | undefined> {
    const control = this.#control;
    control?.throwIfStopped();
    control?.expectContent();
    const source = this.#source;
    try {
      const chunk = await (takesView && source.readView ? source.readView() : source.read());
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
