/**
 * The signal and the deadlines of a request, which may stop it.
 *
 * A request passes through stages (waiting for a connection, waiting for the head, reading the content), and each stage
 * has its own way to be cancelled. The control holds the cancel function of the present stage, and calls it at most once.
 *
 * @module
 */

import type { Deadline, Deadlines } from "./deadlines.ts";
import { now as clock } from "../../io/timers.ts";
import { ClientError, type ClientErrorCode } from "../error/client_error.ts";
import type { Timeouts } from "./timeouts.ts";

/** Stops one request, redirects and content included, when its signal is aborted or a deadline expires. */
export class Control {
  readonly #deadlines: Deadlines;
  readonly #timeouts: Timeouts;
  readonly #host: string;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.stop(this.#signal?.reason);
  #total: Deadline | undefined;
  #stage: Deadline | undefined;
  #cancel: ((reason: unknown) => void) | undefined;
  #onStopped: ((reason: unknown) => void) | undefined;
  #isListening = false;
  #stopped: { readonly reason: unknown; readonly byStage: boolean } | undefined;
  #totalDue = Infinity;

  /**
   * Starts the total deadline, and listens to the signal.
   *
   * @param deadlines The client's deadlines.
   * @param timeouts Time limits of the stages.
   * @param signal The caller's signal.
   * @param host The host and port that errors name.
   */
  constructor(deadlines: Deadlines, timeouts: Timeouts, signal: AbortSignal | undefined, host: string) {
    this.#deadlines = deadlines;
    this.#timeouts = timeouts;
    this.#signal = signal;
    this.#host = host;
    if (signal?.aborted) this.stop(signal.reason);
    else this.#listen();
    if (timeouts.total) this.#startTotal(timeouts.total);
  }

  /** Milliseconds until the total deadline. */
  get left(): number {
    return this.#totalDue - clock();
  }

  /**
   * Lets a request go on that the deadline of a stage has stopped, with another attempt.
   *
   * @returns Whether nothing else has stopped it.
   */
  resume(): boolean {
    if (this.#stopped === undefined) return true;
    const { left } = this;
    if (!this.#stopped.byStage || this.#signal?.aborted || left <= 0) return false;
    this.#stopped = undefined;
    this.#listen();
    if (left !== Infinity) this.#startTotal(left);
    return true;
  }

  /** Takes the cancel function of the present stage, and calls it at once if the request was stopped before. */
  readonly onCancel = (cancel: (reason: unknown) => void): void => {
    this.#cancel = cancel;
    if (this.#stopped !== undefined) cancel(this.#stopped.reason);
  };

  /** Calls the function when the request is stopped, whether its content is being read or not. */
  onStopped(onStopped: (reason: unknown) => void): void {
    this.#onStopped = onStopped;
  }

  /** Whether the request was stopped. */
  get stopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Throws the reason if the request was stopped. */
  throwIfStopped(): void {
    if (this.#stopped !== undefined) throw this.#stopped.reason;
  }

  /** The reason that the request was stopped for; `error` if it was not. */
  reasonFor(error: unknown): unknown {
    return this.#stopped === undefined ? error : this.#stopped.reason;
  }

  /** Starts the deadline of the response's head. */
  expectHead(): void {
    this.#enter(this.#timeouts.headers, "headers_timeout", "the response's head");
  }

  /** Starts the deadline of the next content. */
  expectContent(): void {
    this.#enter(this.#timeouts.body, "body_timeout", "more of the response's content");
  }

  /** Clears the deadline of the present stage: what was awaited is there. */
  arrived(): void {
    this.#deadlines.clear(this.#stage);
    this.#stage = undefined;
  }

  /** Ends the control: nothing is left to stop. */
  finish(): void {
    this.#cancel = undefined;
    if (this.#isListening) this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#isListening = false;
    this.arrived();
    this.#deadlines.clear(this.#total);
  }

  /** Cancels the present stage with `reason`, and every later one. */
  stop(reason: unknown, byStage = false): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { reason, byStage };
    const cancel = this.#cancel;
    this.finish();
    cancel?.(reason);
    this.#onStopped?.(reason);
  }

  #listen(): void {
    if (this.#signal === undefined) return;
    this.#signal.addEventListener("abort", this.#onAbort);
    this.#isListening = true;
  }

  #startTotal(milliseconds: number): void {
    this.#totalDue = clock() + milliseconds;
    const { total = milliseconds } = this.#timeouts;
    this.#total = this.#timer(milliseconds, "total_timeout", "the whole exchange", total);
  }

  #enter(milliseconds: number | undefined, code: ClientErrorCode, awaited: string): void {
    this.arrived();
    if (milliseconds) this.#stage = this.#timer(milliseconds, code, awaited);
  }

  #timer(milliseconds: number, code: ClientErrorCode, awaited: string, limit = milliseconds): Deadline {
    return this.#deadlines.set(milliseconds, () => {
      const error = new ClientError(
        code,
        `Cannot go on with "${this.#host}": ${awaited} took over ${limit} ms`,
        {
          hint: `Allow more time with timeouts.${
            code.replace("_timeout", "")
          }, or find out what holds the server up.`,
        },
      );
      this.stop(error, code !== "total_timeout");
    });
  }
}
