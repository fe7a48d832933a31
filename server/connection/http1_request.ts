/**
 * The checks of a request's head over HTTP/1.1, before a handler sees it.
 *
 * @module
 */

import { listMembers } from "../../http/fields.ts";
import type { RequestEvent } from "../../http1/mod.ts";
import { refused, type RefusedHead, refusedMethod } from "../exchange/refused_head.ts";
import type { RequestUrls } from "../exchange/request_url.ts";

/** A head that a handler may see. */
export interface AcceptedHead {
  /** The URL. */
  readonly url: string;
  /** Whether the client waits for a 100 (Continue) before it sends content. */
  readonly expectsContinue: boolean;
}

/** Decides on the head of a request. */
export function checkHead(event: RequestEvent, urls: RequestUrls): AcceptedHead | RefusedHead {
  const { method, target, authority, fields } = event;
  const refusal = refusedMethod(method);
  if (refusal !== undefined) return refusal;
  let expectation: string | undefined;
  for (const field of fields) {
    if (field[0].length === 6 && field[0] === "expect") {
      expectation = expectation === undefined ? field[1] : `${expectation},${field[1]}`;
    }
  }
  const url = urls.of(target, authority);
  if (url === undefined) return refused(400);
  // "A server that receives a 100-continue expectation in an HTTP/1.0 request MUST ignore that expectation."
  // (RFC 9110 §10.1.1)
  if (expectation === undefined || event.version === "HTTP/1.0") return { url, expectsContinue: false };
  // "A server that receives an Expect field value containing a member other than 100-continue MAY respond with a 417
  // (Expectation Failed) status code to indicate that the unexpected expectation cannot be met." (RFC 9110 §10.1.1)
  if (listMembers(expectation).some((member) => member !== "100-continue")) return refused(417);
  return { url, expectsContinue: event.length !== 0 };
}
