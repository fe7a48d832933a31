/**
 * The serializer of response heads.
 *
 * @module
 */

import { type Field, isFieldValue } from "../http/fields.ts";
import { type ControlFields, controlFields } from "./control_fields.ts";
import { persists } from "./framing.ts";
import {
  checkFields,
  type ContentLength,
  type OutgoingFraming,
  toFraming,
  toLength,
  writeFields,
  writeFraming,
  type WrittenHead,
} from "./outgoing_fields.ts";
import type { Http1Version } from "./start_line.ts";

/** The head of a response to send. */
export interface ResponseHead {
  /** Three digits. */
  readonly status: number;
  /** The reason phrase; none by default. */
  readonly statusText?: string;
  /** The fields in the order to send, names lower-case. */
  readonly fields: readonly Field[];
}

/** The request that a response belongs to. */
export interface AnsweredRequest {
  /** The method of the request. */
  readonly method: string;
  /** The version of the request: HTTP/1.0 has neither chunks nor 1xx responses. */
  readonly version: Http1Version;
}

/**
 * Writes the head of a response, in HTTP/1.1, which an HTTP/1.0 recipient understands too.
 *
 * @param content The length of the content.
 * @throws {TypeError} If a part of the head is not valid.
 */
export function writeResponseHead(
  head: ResponseHead,
  content: ContentLength,
  answered: AnsweredRequest,
): WrittenHead {
  const { status, statusText = "", fields } = head;
  const { method, version } = answered;
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw new TypeError(`Cannot send status ${status}: it has not three digits`);
  }
  if (status < 200 && version === "HTTP/1.0") {
    // "Since HTTP/1.0 did not define any 1xx status codes, a server MUST NOT send a 1xx response to an HTTP/1.0
    // client." (RFC 9110 §15.2)
    throw new TypeError(`Cannot send status ${status}: the client speaks HTTP/1.0`);
  }
  if (!isFieldValue(statusText)) throw new TypeError("Cannot send a status text: it has a control character");
  checkFields(fields);
  const own = controlFields(fields);
  const tunnels = method === "CONNECT" && status >= 200 && status < 300;
  let framing: OutgoingFraming = 0;
  let stated = "";
  if (status < 200 || status === 204 || tunnels) {
    // "A server MUST NOT send a Content-Length header field in any response with a status code of 1xx
    // (Informational) or 204 (No Content)" nor "in any 2xx (Successful) response to a CONNECT request" (RFC 9110
    // §8.6); of Transfer-Encoding RFC 9112 §6.1 says the same.
    if (content !== 0 || own.contentLength !== undefined || own.transferEncoding !== undefined) {
      throw new TypeError(`Cannot send status ${status} with content`);
    }
  } else if (method === "HEAD" || status === 304) {
    // Framing fields of these describe the content that a GET would have got.
    stated = statedBy(own);
  } else {
    framing = responseFraming(own, content, version);
    stated = writeFraming(framing);
  }
  return {
    text: `HTTP/1.1 ${status} ${statusText}\r\n${writeFields(fields)}${stated}\r\n`,
    framing,
    // To an HTTP/1.0 client the connection persists only with "keep-alive" (RFC 9112 §9.3).
    persistent: framing !== "close" && persists(version, own),
  };
}

/** The framing that the caller's own fields state, for a response that has no content. */
function statedBy({ contentLength, transferEncoding }: ControlFields): string {
  if (transferEncoding !== undefined) return writeFraming("chunked");
  return contentLength === undefined ? "" : writeFraming(toLength(contentLength));
}

function responseFraming(own: ControlFields, content: ContentLength, version: Http1Version): OutgoingFraming {
  const chunkable = version === "HTTP/1.1";
  if (own.transferEncoding === undefined) {
    return toFraming(own.contentLength, content, chunkable ? "chunked" : "close");
  }
  if (own.transferEncoding.toLowerCase() === "chunked" && chunkable) return "chunked";
  throw new TypeError(
    'Cannot send field "transfer-encoding": only chunked can be applied, and not for HTTP/1.0',
  );
}
