/**
 * The fields of a response: those of the handler, those that only the server may set, and the date.
 *
 * @module
 */

import { type Field, listMembers, parseContentLength } from "../../http/fields.ts";

/** The fields of a handler's response, sorted. */
export interface ResponseFields {
  /** The fields to send, without content-length, transfer-encoding and keep-alive. A date is among them. */
  readonly fields: Field[];
  /** The length that the handler declares for the content; `undefined` where none, or none that is well-formed. */
  readonly declaredLength: number | undefined;
  /** Whether the handler wants the connection to end after the response. */
  readonly closes: boolean;
}

/** Reads the fields of a response, once. */
export function responseFields(headers: Headers): ResponseFields {
  const fields: Field[] = [];
  let declaredLength: number | undefined;
  let closes = false;
  let isDated = false;
  // For a few fields this takes half the time of `for (const [name, value] of headers)` in Deno 2.9.
  headers.forEach((value, name) => {
    switch (name) {
      case "content-length":
        declaredLength = parseContentLength(value);
        return;
      case "transfer-encoding": // the server's to choose
      case "keep-alive":
        return;
      case "connection":
        // "A server that sends a "close" connection option MUST initiate closure of the connection (see below) after it
        // sends the response containing the "close" connection option." (RFC 9112 §9.6) The driver sends it.
        closes ||= listMembers(value).includes("close");
        return;
      case "upgrade":
        // "A sender of Upgrade MUST also send an "Upgrade" connection option in the Connection header field"
        // (RFC 9110 §7.8) The machine of HTTP/2, which has neither, leaves both out.
        fields.push(["connection", "upgrade"]);
        break;
      case "date":
        isDated = true;
        break;
    }
    fields.push([name, value]);
  });
  if (!isDated) fields.push(dateField());
  return { fields, declaredLength, closes };
}

/**
 * "An origin server with a clock (as defined in Section 5.6.7) MUST generate a Date header field in all 2xx
 * (Successful), 3xx (Redirection), and 4xx (Client Error) responses" (RFC 9110 §6.6.1). It is made once a second.
 */
export function dateField(): Field {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dated) {
    dated = second;
    date = ["date", new Date(1000 * second).toUTCString()];
  }
  return date;
}

/**
 * "The origin server MUST generate an Allow header field in a 405 response containing a list of the target resource's
 * currently supported methods." (RFC 9110 §15.5.6)
 */
export const ALLOW_FIELD: Field = ["allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"];

let dated = -1;
let date: Field = ["date", ""];
