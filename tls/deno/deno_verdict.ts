/**
 * A row of the tables that make Deno's error messages codes.
 *
 * @module
 */

import type { AlertName } from "../error/alert_description.ts";
import type { TlsErrorCode } from "../error/tls_error.ts";

/** The code of a failure, its reason, and what can be done about it. */
export interface Verdict {
  /** The code of the {@linkcode TlsError}. */
  readonly code: TlsErrorCode;
  /** Why the handshake failed, as the end of a sentence. */
  readonly reason: string;
  /** What can be done, as a sentence. */
  readonly hint?: string;
  /** The alert that the server sent. */
  readonly alert?: AlertName;
}

/** A {@linkcode Verdict}, and the runtime's messages that it belongs to. */
export interface VerdictRow extends Verdict {
  /** Matches the runtime's message. */
  readonly words: RegExp;
}
