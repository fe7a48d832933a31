/**
 * Responses without a network: `data:` and `blob:` URLs, which the platform's own `fetch` answers.
 *
 * @module
 */

import type { ConnectionInfo } from "../connection_info.ts";
import { ClientError } from "../error/client_error.ts";
import { fromStream } from "../../http/content.ts";
import { ClientResponse } from "./response.ts";

/** The platform's `fetch`, kept: a program may put a client's in its place. */
const platformFetch = globalThis.fetch;

/**
 * Fetches a `data:` or `blob:` URL.
 *
 * @param input The URL, or a request for it.
 * @param init The options of `fetch` that count without a network: method, body, headers and signal.
 * @throws {ClientError} `invalid_url`: the URL is malformed, or its blob is gone.
 * @throws The reason of the signal.
 */
export async function fetchLocal(
  input: Request | URL | string,
  { method, body, headers, signal }: RequestInit,
): Promise<ClientResponse> {
  let response: Response;
  try {
    response = await platformFetch(input, {
      ...(method !== undefined && { method }),
      ...(body !== undefined && { body }),
      ...(headers !== undefined && { headers }),
      ...(signal !== undefined && { signal }),
    });
  } catch (cause) {
    if (signal?.aborted || !(cause instanceof TypeError)) throw cause;
    const reason = "it is malformed, its blob is gone, or its scheme has no such method";
    throw new ClientError("invalid_url", `Cannot fetch a data: or blob: URL: ${reason}`, { cause });
  }
  return new ClientResponse({
    status: response.status,
    statusText: response.statusText,
    fields: [...response.headers],
    body: response.body === null ? null : fromStream(response.body),
    trailers: () => Promise.resolve([]),
    url: response.url,
    redirected: false,
    httpVersion: "HTTP/1.1", // a Response of these has none, and the type no name for that
    connection: () => NO_CONNECTION,
  });
}

/** The facts about a connection that was never made. */
const NO_CONNECTION: ConnectionInfo = Object.freeze({
  id: 0,
  reused: false,
  timings: Object.freeze({ waiting: 0, headers: 0 }),
});
