/**
 * What both drivers say about a request that failed, so that the client can decide whether to send it again.
 *
 * @module
 */

/**
 * How far a failed request got.
 *
 * - `unsent`: no byte of it was written.
 * - `refused`: the peer said that it did not act upon it (REFUSED_STREAM, or a GOAWAY below its stream).
 * - `no_response`: it was written, in part at least, and no byte of an answer came.
 * - `responding`: an answer had begun.
 */
export type RequestProgress = "unsent" | "refused" | "no_response" | "responding";

/** What {@linkcode HttpError} needs besides its message. */
export interface HttpErrorOptions extends ErrorOptions {
  /** How far the request got; `responding` by default, which forbids sending it again. */
  readonly progress?: RequestProgress;
}

/** A failure of one exchange or of its connection, at the level of HTTP. */
export abstract class HttpError extends Error {
  /** What went wrong, in the words of the version's own list of codes. */
  abstract readonly code: string;
  /** How far the request got. */
  readonly progress: RequestProgress;

  /**
   * Makes an error; for the versions' own classes.
   *
   * @param message What was refused, why, and what is to be done.
   * @param options The cause, and how far the request got.
   */
  constructor(message: string, options: HttpErrorOptions = {}) {
    super(message, options);
    this.progress = options.progress ?? "responding";
  }
}
