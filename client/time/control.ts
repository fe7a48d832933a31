/**
 * What may cut a request short: its signal, its deadlines, the client's end.
 *
 * A request passes through stages (waiting for a connection, waiting for the head, reading the body), and each
 * stage knows how to give itself up. The control remembers the present stage's way, and takes it once.
 *
 * @module
 */

import type { Deadline, Deadlines } from "./deadlines.ts";
import { ClientError, type ClientErrorCode } from "../error/client_error.ts";
import type { Timeouts } from "./timeouts.ts";

/** The life of one request, redirects included, until its last byte of content. */
export class Control {
  readonly #deadlines: Deadlines;
  readonly #timeouts: Timeouts;
  readonly #host: string;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.stop(this.#signal?.reason);
  #total: Deadline | undefined;
  #stage: Deadline | undefined;
  #cancel: ((reason: unknown) => void) | undefined;
  #stopped: { readonly reason: unknown } | undefined;

  /**
   * @param deadlines The clock.
   * @param timeouts How long the stages may take.
   * @param signal The caller's signal.
   * @param host Named in the errors.
   */
  constructor(deadlines: Deadlines, timeouts: Timeouts, signal: AbortSignal | undefined, host: string) {
    this.#deadlines = deadlines;
    this.#timeouts = timeouts;
    this.#signal = signal;
    this.#host = host;
    if (signal?.aborted) this.stop(signal.reason);
    else signal?.addEventListener("abort", this.#onAbort);
    if (timeouts.total) this.#total = this.#timer(timeouts.total, "total_timeout", "the whole exchange");
  }

  /** The way to give up the present stage; taken at once if the request was stopped before. */
  readonly onCancel = (cancel: (reason: unknown) => void): void => {
    this.#cancel = cancel;
    if (this.#stopped !== undefined) cancel(this.#stopped.reason);
  };

  /** Whether the request was stopped. */
  get stopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Throws why the request was stopped, if it was. */
  throwIfStopped(): void {
    if (this.#stopped !== undefined) throw this.#stopped.reason;
  }

  /** Why the request was stopped, or what `error` says when it was not. */
  reasonFor(error: unknown): unknown {
    return this.#stopped === undefined ? error : this.#stopped.reason;
  }

  /** The head is awaited from now on. */
  expectHead(): void {
    this.#enter(this.#timeouts.headers, "headers_timeout", "the response's head");
  }

  /** More content is awaited from now on. */
  expectContent(): void {
    this.#enter(this.#timeouts.body, "body_timeout", "more of the response's content");
  }

  /** What was awaited came. */
  arrived(): void {
    this.#deadlines.clear(this.#stage);
    this.#stage = undefined;
  }

  /** Nothing is left to stop. */
  finish(): void {
    this.#cancel = undefined;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.arrived();
    this.#deadlines.clear(this.#total);
  }

  /** Gives the present stage up. */
  stop(reason: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { reason };
    const cancel = this.#cancel;
    this.finish();
    cancel?.(reason);
  }

  #enter(milliseconds: number | undefined, code: ClientErrorCode, awaited: string): void {
    this.arrived();
    if (milliseconds) this.#stage = this.#timer(milliseconds, code, awaited);
  }

  #timer(milliseconds: number, code: ClientErrorCode, awaited: string): Deadline {
    return this.#deadlines.set(milliseconds, () => {
      this.stop(
        new ClientError(code, `Cannot go on with "${this.#host}": ${awaited} took over ${milliseconds} ms`, {
          hint: `Allow more time with timeouts.${
            code.replace("_timeout", "")
          }, or find out what holds the server up.`,
        }),
      );
    });
  }
}
