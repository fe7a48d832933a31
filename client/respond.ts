/**
 * From an exchange to the response that a caller gets.
 *
 * @module
 */

import { contentCodings, decodeBody, type DecodeOptions } from "./response/decode.ts";
import type { ClientOptions } from "./options.ts";
import { toClientError } from "./error/failure.ts";
import { connectionInfo, type ExchangeResult } from "./exchange.ts";
import type { PreparedRequest } from "./request/prepared_request.ts";
import { ControlledBody } from "./response/controlled_body.ts";
import { drain } from "./response/drain.ts";
import { ClientResponse } from "./response/response.ts";
import type { Control } from "./time/control.ts";
import type { Deadlines } from "./time/deadlines.ts";

/**
 * The response of an exchange, its content decoded where the request says so.
 *
 * @param request The request.
 * @param result The exchange.
 * @param control The deadlines and the signal of the request.
 * @param deadlines The clock for content that is not read.
 * @param decodeOptions The limits of decoding.
 */
export function respond(
  request: PreparedRequest,
  result: ExchangeResult,
  control: Control | undefined,
  deadlines: Deadlines,
  decodeOptions: DecodeOptions,
): ClientResponse {
  const { incoming } = result;
  const { status } = incoming;
  const { trace } = request;
  let { fields, body } = incoming;
  if (body instanceof Uint8Array) control?.finish();
  else body = new ControlledBody(body, control, request.target.authority);
  if (trace !== undefined) body = trace.receiving(body);
  // A Response of these has no content, although a 205 may bring some (Fetch §2.2.3, null body status).
  const empty = request.method === "HEAD" || status === 204 || status === 205 || status === 304;
  if (empty) {
    void drain(body, deadlines);
    trace?.ended();
  } else if (request.decode) {
    const codings = contentCodings(fields);
    if (codings.length > 0) {
      body = decodeBody(body, codings, decodeOptions);
      // They describe the encoded content, and would be wrong where the decoded content is passed on.
      fields = fields.filter(([name]) => name !== "content-encoding" && name !== "content-length");
    }
  }
  if (!empty && trace !== undefined) {
    body = trace.decoded(body);
    control?.onStopped((reason) => trace.ended(reason)); // no read need be under way
  }
  return new ClientResponse({
    status,
    statusText: incoming.statusText,
    fields,
    body: empty ? null : body,
    signal: request.signal,
    trailers: () =>
      incoming.trailers.catch((error) => {
        throw control?.stopped ? control.reasonFor(error) : toClientError(error, request.target.authority);
      }),
    url: request.target.href,
    redirected: request.redirects > 0,
    httpVersion: incoming.version,
    reprioritize: incoming.reprioritize,
    connection: () => connectionInfo(result),
  });
}

/** The limits of decoding. A caller who says how much there may be needs no guess of it. */
export function decodeOptionsOf({ maxDecodedSize }: ClientOptions): DecodeOptions {
  return maxDecodedSize === undefined ? {} : { maxSize: maxDecodedSize, maxRatio: Infinity };
}
