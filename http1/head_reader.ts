/**
 * The parser of heads: it finds their end, checks them, decodes them once, and decides the framing that follows.
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import { type ControlFields, controlFields, upgradeProtocols } from "./control_fields.ts";
import { Http1Error } from "./error.ts";
import type { RequestEvent, ResponseEvent } from "./events.ts";
import { type BodyFraming, isConflicted, persists, requestFraming, responseFraming } from "./framing.ts";
import type { Role } from "./lifecycle.ts";
import { MAX_LEADING_EMPTY_LINES, type ResolvedHttp1Options } from "./limits.ts";
import type { ReceiveBuffer } from "./receive_buffer.ts";
import { SectionScanner } from "./section.ts";
import { type Http1Version, mayBeStatusLine, parseRequestLine, parseStatusLine } from "./start_line.ts";

/** A head, and what it means for content and connection. */
export interface ReceivedHead<Event> {
  /** The event of the head. */
  readonly event: Event;
  /** The framing of the content. */
  readonly framing: BodyFraming;
  /** Whether the connection persists, by this message (RFC 9112 §9.3). */
  readonly persistent: boolean;
  /** The protocols of its Upgrade field, lower-case. */
  readonly protocols: readonly string[];
}

/** Parses one head after another. */
export class HeadReader {
  readonly #scanner: SectionScanner;
  #emptyLines = 0;

  /**
   * @param role The end that parses: a client parses responses, a server requests.
   * @param limits The limits of a head.
   */
  constructor(role: Role, limits: ResolvedHttp1Options) {
    this.#scanner = new SectionScanner({
      name: "head",
      maxBytes: limits.maxHeadBytes,
      maxLines: 1 + limits.maxFields,
      tooLarge: "head_too_large",
      badFirstLine: role === "client" ? "bad_status_line" : "bad_request_line",
      bareLf: true,
      obsFold: limits.allowObsFold,
    });
  }

  /**
   * Parses the head of a response to `method`.
   *
   * @returns The head, or `undefined` while it is not complete.
   * @throws {Http1Error} If the head is malformed or too large.
   */
  response(buffer: ReceiveBuffer, method: string): ReceivedHead<ResponseEvent> | undefined {
    const { bytes, start, end } = buffer;
    if (!mayBeStatusLine(bytes, start, end)) {
      throw new Http1Error("bad_status_line", "Cannot read a response: the peer does not speak HTTP/1");
    }
    const scanner = this.#scanner;
    const length = scanner.scan(bytes, start, end);
    if (length === -1) return undefined;
    const line = parseStatusLine(bytes, start, start + scanner.lineEnd(0));
    const received = this.#fields(buffer, length);
    const stated = controlFields(received);
    const framing = responseFraming(method, line.status, line.version, stated);
    const conflicted = isConflicted(stated);
    return {
      event: {
        type: "response",
        status: line.status,
        statusText: line.statusText,
        version: line.version,
        fields: conflicted ? withoutLength(received) : received,
        length: typeof framing === "number" ? framing : undefined,
      },
      framing,
      persistent: framing !== "close" && !conflicted && persists(line.version, stated),
      protocols: upgradeProtocols(stated),
    };
  }

  /**
   * Parses the head of a request.
   *
   * @returns The head, or `undefined` while it is not complete.
   * @throws {Http1Error} If the head is malformed or too large.
   */
  request(buffer: ReceiveBuffer): ReceivedHead<RequestEvent> | undefined {
    const scanner = this.#scanner;
    let length = scanner.scan(buffer.bytes, buffer.start, buffer.end);
    while (length !== -1 && scanner.lines === 0) {
      if (++this.#emptyLines > MAX_LEADING_EMPTY_LINES) {
        throw new Http1Error("bad_request_line", "Cannot read a request: it begins with empty lines");
      }
      scanner.reset();
      buffer.start += length;
      length = scanner.scan(buffer.bytes, buffer.start, buffer.end);
    }
    if (length === -1) return undefined;
    this.#emptyLines = 0;
    const { bytes, start } = buffer;
    const line = parseRequestLine(bytes.subarray(start, start + scanner.lineEnd(0)));
    const received = this.#fields(buffer, length);
    const stated = controlFields(received);
    checkHost(line.version, stated);
    const framing = requestFraming(line.version, stated);
    const conflicted = isConflicted(stated);
    return {
      event: {
        type: "request",
        method: line.method,
        target: line.target,
        version: line.version,
        fields: conflicted ? withoutLength(received) : received,
        length: typeof framing === "number" ? framing : undefined,
      },
      framing,
      persistent: !conflicted && persists(line.version, stated),
      protocols: upgradeProtocols(stated),
    };
  }

  #fields(buffer: ReceiveBuffer, length: number): readonly Field[] {
    const fields = this.#scanner.fields(buffer.bytes, buffer.start, 1);
    this.#scanner.reset();
    buffer.start += length;
    return fields;
  }
}

/**
 * "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host
 * header field and to any request message that contains more than one Host header field line" (RFC 9112 §3.2).
 */
function checkHost(version: Http1Version, { hosts }: ControlFields): void {
  if (hosts > 1 || (hosts === 0 && version === "HTTP/1.1")) {
    throw new Http1Error("bad_host", `Cannot read a request: it has ${hosts} Host fields`);
  }
}

/** "the Transfer-Encoding overrides the Content-Length" (RFC 9112 §6.3), so the fields of the event have one framing. */
function withoutLength(fields: readonly Field[]): readonly Field[] {
  return fields.filter(([name]) => name !== "content-length");
}
