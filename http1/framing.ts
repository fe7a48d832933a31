/**
 * Where the content of a message ends, and whether the connection persists after it (RFC 9112 §6.3, §9.3).
 *
 * In a request smuggling or response splitting attack, two recipients answer these questions differently. So one place
 * answers them, in the RFC's order, and refuses what is ambiguous.
 *
 * @module
 */

import { listMembers, parseContentLength } from "../http/fields.ts";
import { type ControlFields, hasConnectionOption } from "./control_fields.ts";
import { Http1Error } from "./error.ts";
import type { Http1Version } from "./start_line.ts";

/** The end of content: after a number of bytes, after the last chunk, or at the end of the connection. */
export type BodyFraming = number | "chunked" | "close";

/**
 * The framing of a response, in the order of RFC 9112 §6.3.
 *
 * @param method The method of the request.
 * @throws {Http1Error} `bad_transfer_encoding` or `bad_content_length`.
 */
export function responseFraming(
  method: string,
  status: number,
  fields: ControlFields,
): BodyFraming {
  // 1. "Any response to a HEAD request and any response with a 1xx (Informational), 204 (No Content), or 304 (Not
  // Modified) status code is always terminated by the first empty line after the header fields, regardless of the
  // header fields present in the message" (§6.3).
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return 0;
  // 2. "Any 2xx (Successful) response to a CONNECT request [...] A client MUST ignore any Content-Length or
  // Transfer-Encoding header fields received in such a message." (§6.3)
  if (method === "CONNECT" && status < 300) return 0;
  // 3 and 4.
  if (fields.transferEncoding !== undefined) {
    // "If a Transfer-Encoding header field is present in a response and the chunked transfer coding is not the
    // final encoding, the message body length is determined by reading the connection until it is closed" (§6.3).
    return endsInChunked(fields.transferEncoding) ? "chunked" : "close";
  }
  // 5 and 6.
  if (fields.contentLength !== undefined) return toLength(fields.contentLength);
  // 8. "Otherwise, this is a response message without a declared message body length, so the message body length
  // is determined by the number of octets received prior to the server closing the connection." (§6.3)
  return "close";
}

/**
 * The framing of a request, in the order of RFC 9112 §6.3; 1, 2 and 8 are about responses.
 *
 * @throws {Http1Error} `bad_transfer_encoding`, `unknown_transfer_coding` or `bad_content_length`.
 */
export function requestFraming(method: string, version: Http1Version, fields: ControlFields): BodyFraming {
  const framing = statedFraming(version, fields);
  // "A CONNECT request message does not have content." (RFC 9110 §9.3.6) What a recipient takes for content is another's
  // tunnel.
  if (method === "CONNECT" && framing !== 0) {
    const code = framing === "chunked" ? "bad_transfer_encoding" : "bad_content_length";
    throw new Http1Error(code, "Cannot read a CONNECT request: it cannot have content");
  }
  return framing;
}

/** The framing that the fields state. */
function statedFraming(version: Http1Version, fields: ControlFields): number | "chunked" {
  // 3 and 4.
  if (fields.transferEncoding !== undefined) {
    // Other recipients may find another end of this request, because HTTP/1.0 has no Transfer-Encoding.
    if (version === "HTTP/1.0") throw badTransferEncoding("HTTP/1.0 has none");
    // "A server MAY reject a request that contains both Content-Length and Transfer-Encoding or process such a request in
    // accordance with the Transfer-Encoding alone." (RFC 9112 §6.1)
    if (fields.contentLength !== undefined) {
      throw new Http1Error(
        "bad_transfer_encoding",
        "Cannot read a request: it has a Content-Length beside its Transfer-Encoding",
      );
    }
    // "If a Transfer-Encoding header field is present in a request and the chunked transfer coding is not the final
    // encoding, the message body length cannot be determined reliably; the server MUST respond with the 400 (Bad
    // Request) status code and then close the connection." (§6.3)
    if (!endsInChunked(fields.transferEncoding)) throw badTransferEncoding("its last coding is not chunked");
    if (listMembers(fields.transferEncoding).length === 1) return "chunked";
    throw new Http1Error(
      "unknown_transfer_coding",
      "Cannot read a request: it has a coding other than chunked",
    );
  }
  // 5 and 6.
  if (fields.contentLength !== undefined) return toLength(fields.contentLength);
  // 7. "If this is a request message and none of the above are true, then the message body length is zero" (§6.3).
  return 0;
}

/**
 * Whether the framing of a response is faulty, so that the connection does not persist after it.
 *
 * - Both Transfer-Encoding and Content-Length "might indicate an attempt to perform request smuggling or response
 *   splitting" (RFC 9112 §6.3).
 *   A request with both is refused.
 * - "A server or client that receives an HTTP/1.0 message containing a Transfer-Encoding header field MUST treat the
 *   message as if the framing is faulty, even if a Content-Length is present, and close the connection after processing
 *   the message." (§6.1)
 */
export function isFaulty(version: Http1Version, fields: ControlFields): boolean {
  return fields.transferEncoding !== undefined &&
    (fields.contentLength !== undefined || version === "HTTP/1.0");
}

/**
 * Keep-alive: whether the connection persists after this message, by its version and its Connection field, so that it
 * may serve another exchange (RFC 9112 §9.3). {@linkcode Lifecycle} keeps what both messages of an exchange say.
 *
 * "If the "close" connection option is present [...], the connection will not persist after the current response;
 * else, If the received protocol is HTTP/1.1 (or later), the connection will persist [...]; else, If the received
 * protocol is HTTP/1.0, the "keep-alive" connection option is present, [...] the connection will persist".
 */
export function persists(version: Http1Version, control: ControlFields): boolean {
  if (hasConnectionOption(control, "close")) return false;
  return version === "HTTP/1.1" || hasConnectionOption(control, "keep-alive");
}

function endsInChunked(transferEncoding: string): boolean {
  if (transferEncoding === "chunked") return true;
  const codings = listMembers(transferEncoding);
  if (codings.length === 0) throw badTransferEncoding("it names no coding");
  // "The chunked coding does not define any parameters. Their presence SHOULD be treated as an error." (§7.1)
  if (codings.some((coding) => /^chunked[ \t]*;/.test(coding))) {
    throw badTransferEncoding("chunked has a parameter");
  }
  // "A sender MUST NOT apply the chunked transfer coding more than once to a message body" (§6.1).
  if (codings.indexOf("chunked") !== codings.lastIndexOf("chunked")) {
    throw badTransferEncoding("chunked is named twice");
  }
  return codings.at(-1) === "chunked";
}

/**
 * "If a message is received without Transfer-Encoding and with an invalid Content-Length header field, then the
 * message framing is invalid and the recipient MUST treat it as an unrecoverable error" (RFC 9112 §6.3).
 */
function toLength(contentLength: string): number {
  const length = parseContentLength(contentLength);
  if (length !== undefined) return length;
  throw new Http1Error(
    "bad_content_length",
    "Cannot read the message: its Content-Length is not one decimal number below 2^53",
  );
}

function badTransferEncoding(reason: string): Http1Error {
  return new Http1Error(
    "bad_transfer_encoding",
    `Cannot read the message: of its Transfer-Encoding, ${reason}`,
  );
}
