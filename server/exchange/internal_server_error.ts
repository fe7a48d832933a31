/**
 * The response where neither the handler nor `onError` gives one.
 *
 * @module
 */

/** A response with nothing of the error: its text is for the operator, not for the client. */
export function internalServerError(): Response {
  return new Response(BODY.slice(), { status: 500 });
}

/** Bytes, so that no content-type is added. */
const BODY = new TextEncoder().encode("Internal Server Error");
