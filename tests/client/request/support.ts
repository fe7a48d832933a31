/** Requests as `prepare` makes them, for the tests of their parts. */

import { prepare } from "../../../client/request/prepare.ts";
import type { PreparedRequest } from "../../../client/request/prepared_request.ts";
import { RequestDefaults, type RequestDefaultsOptions } from "../../../client/request/request_defaults.ts";
import type { ClientRequestInit } from "../../../client/request/request_options.ts";
import type { OutgoingBody } from "../../../http/message.ts";

/** The URL of requests for which a test gives none. */
export const URL_ = "https://example.com/path?query";

/** A prepared request. */
export function request(
  init?: ClientRequestInit,
  input?: Request | URL | string,
  options?: RequestDefaultsOptions,
): PreparedRequest {
  return prepare(input ?? URL_, init, new RequestDefaults(options));
}

/** What JavaScript may pass where TypeScript would not let it. */
export const anything = (value: unknown): ClientRequestInit => value as ClientRequestInit;

/** One field's value, all of its lines joined. */
export function field({ fields }: Pick<PreparedRequest, "fields">, name: string): string | undefined {
  const values = fields.filter((field) => field[0] === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(", ");
}

/** The content of a prepared message as text. */
export async function contentOf(body: Uint8Array | OutgoingBody | undefined): Promise<string | undefined> {
  if (body === undefined || body instanceof Uint8Array) return body && new TextDecoder().decode(body);
  let text = "";
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
    text += new TextDecoder().decode(chunk);
  }
  return text;
}
