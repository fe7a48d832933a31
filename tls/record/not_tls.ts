/**
 * The error for a peer that does not speak TLS.
 *
 * @module
 */

import { TlsError } from "../error/tls_error.ts";

const REQUEST = "an HTTP request";

/** First lines of other protocols, known by their first five characters. */
const GREETINGS: readonly (readonly [RegExp, string])[] = [
  [/^HTTP\//, "an HTTP response"],
  [/^(GET |PUT |POST |HEAD |PATCH|DELET|OPTIO|CONNE|TRACE|PRI \*)/, REQUEST],
  [/^SSH-/, "an SSH greeting"],
  [/^\d{3}[ -]/, "the greeting of a mail or file server"],
];

const SERVER_HINT = "Check that the port speaks TLS, or use http: for one that does not.";
const CLIENT_HINT = "The client must speak TLS: https: in place of http:.";

/**
 * Makes the error for first bytes that are no TLS record. It names the protocol, never the bytes themselves.
 *
 * @param start The first five bytes.
 */
export function notTls(start: Uint8Array): TlsError {
  const text = String.fromCharCode(...start);
  const greeting = GREETINGS.find(([form]) => form.test(text))?.[1];
  const reason = greeting === undefined
    ? "the peer's first bytes are no TLS record"
    : `the peer's first bytes are ${greeting}, not a TLS record`;
  // Only clients send requests, so this end is a server.
  return new TlsError("not_tls", `Cannot read a record: ${reason}`, {
    hint: greeting === REQUEST ? CLIENT_HINT : SERVER_HINT,
  });
}
