/**
 * Advice for a failure that is known elsewhere than where the failure is.
 *
 * @module
 */

import { TlsError } from "../error/tls_error.ts";

/** The error with a hint, where it is a failure that the peer, or the transport, has caused without a better one. */
export function withHint(error: unknown, hint: string | undefined): unknown {
  if (hint === undefined || !(error instanceof TlsError) || !BY_PEER.has(error.code)) return error;
  const { code, message, alert } = error;
  return new TlsError(code, message, { cause: error, ...(alert !== undefined && { alert }), hint });
}

const BY_PEER: ReadonlySet<string> = new Set(["protocol_error", "unexpected_eof"]);
