/**
 * The base of both versions' errors, with what a client needs to decide whether to retry a request.
 *
 * @module
 */

/**
 * The progress of a failed request.
 *
 * - `unsent`: no byte of it was written.
 * - `refused`: the peer did not act upon it (REFUSED_STREAM, or a GOAWAY below its stream).
 * - `no_response`: it was written, in part at least, and no byte of a response came.
 * - `responding`: the response had begun.
 */
export type RequestProgress = "unsent" | "refused" | "no_response" | "responding";

/** Options of {@linkcode HttpError}. */
export interface HttpErrorOptions extends ErrorOptions {
  /** The progress of the request; `responding` by default, which forbids a retry. */
  readonly progress?: RequestProgress;
}

/** A failure of one exchange or of its connection, at the level of HTTP. */
export abstract class HttpError extends Error {
  /** The kind of failure, from the list of codes of the HTTP version. */
  abstract readonly code: string;
  /** The progress of the request. */
  readonly progress: RequestProgress;

  /**
   * Makes an error. Only the classes of the HTTP versions call this.
   *
   * @param message What cannot be done, and why.
   * @param options The cause, and how far the request got.
   */
  constructor(message: string, options: HttpErrorOptions = {}) {
    super(message, options);
    this.progress = options.progress ?? "responding";
  }
}
