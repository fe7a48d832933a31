/**
 * The serializer of request heads.
 *
 * @module
 */

import { type Field, isToken } from "../http/fields.ts";
import {
  type ControlFields,
  controlFields,
  expectsContinue,
  hasConnectionOption,
  upgradeProtocols,
} from "./control_fields.ts";
import { persists } from "./framing.ts";
import {
  checkFields,
  type ContentLength,
  type OutgoingFraming,
  toFraming,
  writeFields,
  writeFraming,
  type WrittenHead,
} from "./outgoing_fields.ts";
import { isRequestTarget } from "./request_target.ts";

/** The head of a request to send. */
export interface RequestHead {
  /** The method, case as it is to be sent. */
  readonly method: string;
  /** `/path?query`; an absolute URL for a proxy; `host:port` for CONNECT; or `*`. */
  readonly target: string;
  /** The value of the Host field: host, and port where it is not the scheme's own. */
  readonly authority: string;
  /** The other fields in the order to send, names lower-case. */
  readonly fields: readonly Field[];
}

/** The head of a request as text, and its meaning for the connection. */
export interface WrittenRequest extends WrittenHead {
  /** The protocols that the request offers to switch to; `[""]` for a CONNECT, which offers a tunnel. */
  readonly offered: readonly string[];
}

/**
 * Writes the head of a request, in HTTP/1.1.
 *
 * @param content The length of the content.
 * @throws {TypeError} If a part of the head is not valid.
 */
export function writeRequestHead(head: RequestHead, content: ContentLength): WrittenRequest {
  const { method, authority, fields } = head;
  checkTarget(head);
  if (!AUTHORITY.test(authority)) {
    throw new TypeError("Cannot send a request: its authority is not a host with an optional port");
  }
  checkFields(fields);
  const own = controlFields(fields);
  // "A client MUST send a Host header field [...] in all HTTP/1.1 request messages." (RFC 9112 §3.2)
  if (own.hosts > 0) throw new TypeError('Cannot send field "host": the authority is sent as it');
  const framing = requestFraming(own, content);
  // "A client MUST NOT send content in a TRACE request." (RFC 9110 §9.3.8) "A CONNECT request message does not
  // have content." (§9.3.6)
  if (framing !== 0 && (method === "CONNECT" || method === "TRACE")) {
    throw new TypeError(`Cannot send a "${method}" request: it cannot have content`);
  }
  // "A client MUST NOT generate a 100-continue expectation in a request that does not include content." (§10.1.1)
  if (framing === 0 && expectsContinue(own)) {
    throw new TypeError('Cannot send field "expect": the request has no content to wait with');
  }
  let text = `${method} ${head.target} HTTP/1.1\r\nhost: ${authority}\r\n${writeFields(fields)}`;
  // "A sender of TE MUST also send a "TE" connection option within the Connection header field" (RFC 9110 §10.1.4).
  if (own.te !== undefined && !hasConnectionOption(own, "te")) text += "connection: te\r\n";
  // "A user agent SHOULD send Content-Length in a request when the method defines a meaning for enclosed content and
  // it is not sending Transfer-Encoding." (RFC 9110 §8.6)
  if (framing !== 0 || own.contentLength !== undefined || METHODS_WITH_CONTENT.has(method)) {
    text += writeFraming(framing);
  }
  return {
    text: text + "\r\n",
    framing,
    persistent: persists("HTTP/1.1", own),
    offered: method === "CONNECT" ? TUNNEL : upgradeProtocols(own),
  };
}

/** The last head, kept while its list of fields cannot have changed. */
export class RequestHeadCache {
  #fields: readonly Field[] | undefined;
  #authority = "";
  #method = "";
  #written: WrittenRequest | undefined;

  /**
   * Writes a head as {@linkcode writeRequestHead} does for a request without content. A list of fields that is frozen,
   * with every field in it, is checked once and recognised by its identity afterwards.
   */
  write(head: RequestHead): WrittenRequest {
    const { method, target, authority, fields } = head;
    if (
      this.#written === undefined || fields !== this.#fields || authority !== this.#authority ||
      method !== this.#method
    ) {
      const written = writeRequestHead(head, 0);
      if (Object.isFrozen(fields) && fields.every(Object.isFrozen)) {
        this.#fields = fields;
        this.#authority = authority;
        this.#method = method;
        this.#written = { ...written, text: written.text.slice(method.length + 1 + target.length) };
      }
      return written;
    }
    checkTarget(head);
    const { text, framing, persistent, offered } = this.#written;
    return { text: `${method} ${target}${text}`, framing, persistent, offered };
  }
}

function checkTarget({ method, target }: RequestHead): void {
  if (!isToken(method)) throw new TypeError("Cannot send a request: its method is not a token");
  if (!isRequestTarget(method, target)) {
    throw new TypeError(`Cannot send a "${method}" request: its target is not valid`);
  }
}

/** Decides the framing: the caller's Transfer-Encoding overrides a Content-Length, and each has to fit the content. */
function requestFraming(own: ControlFields, content: ContentLength): OutgoingFraming {
  if (own.transferEncoding === undefined) return toFraming(own.contentLength, content, "chunked");
  if (own.transferEncoding.toLowerCase() === "chunked") return "chunked";
  throw new TypeError('Cannot send field "transfer-encoding": only chunked can be applied');
}

/**
 * ```
 * uri-host [ ":" port ]
 * ```
 * Percent signs and userinfo are refused; the host of a parsed URL has neither (RFC 9110 §7.2).
 */
const AUTHORITY = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=-]+)(?::[0-9]{1,5})?$/;

/** Methods that usually have content: a request without it states a Content-Length of 0 (RFC 9110 §8.6). */
const METHODS_WITH_CONTENT: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

const TUNNEL: readonly string[] = [""];
