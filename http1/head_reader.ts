/**
 * The parser of heads: it finds their end, checks them, decodes them once, and decides the framing that follows.
 *
 * @module
 */

import { readAuthority } from "../http/authority.ts";
import { type Field, parseContentLength } from "../http/fields.ts";
import { type ControlFields, controlFields, upgradeProtocols } from "./control_fields.ts";
import { Http1Error } from "./error.ts";
import type { RequestEvent, ResponseEvent } from "./events.ts";
import { type BodyFraming, isFaulty, persists, requestFraming, responseFraming } from "./framing.ts";
import type { Role } from "./lifecycle.ts";
import type { ResolvedHttp1Options } from "./limits.ts";
import type { ReceiveBuffer } from "./receive_buffer.ts";
import { type ReadFields, RepeatedFields } from "./repeated_fields.ts";
import { SectionScanner } from "./section.ts";
import {
  checkUnfinishedRequestLine,
  type Http1Version,
  mayBeStatusLine,
  parseRequestLine,
  parseStatusLine,
} from "./start_line.ts";

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
  readonly #maxBytes: number;
  readonly #maxTargetBytes: number;
  /** Whether LF alone ends a line. */
  readonly #bareLf: boolean;
  readonly #repeated = new RepeatedFields();
  /** The last Host that was checked: that of the next request, as a rule. */
  #checkedHost = "";
  /** Bytes of empty lines before the head. */
  #emptyBytes = 0;

  /**
   * @param role The end that parses: a client parses responses, a server requests.
   * @param limits The limits of a head.
   */
  constructor(role: Role, limits: ResolvedHttp1Options) {
    this.#maxBytes = limits.maxHeadBytes;
    this.#maxTargetBytes = limits.maxTargetBytes;
    // "a recipient MAY recognize a single LF as a line terminator" (RFC 9112 §2.2). A server does not: an intermediary that
    // does not either would forward other requests than those that are read here.
    this.#bareLf = role === "client";
    this.#scanner = new SectionScanner({
      name: "head",
      hasStartLine: true,
      maxBytes: limits.maxHeadBytes,
      maxBytesOption: "maxHeadBytes",
      maxFields: limits.maxFields,
      tooLarge: "head_too_large",
      badFirstLine: role === "client" ? "bad_status_line" : "bad_request_line",
      bareLf: this.#bareLf,
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
    if (!this.#skipEmptyLines(buffer)) return undefined;
    const { bytes, start, end } = buffer;
    if (!mayBeStatusLine(bytes, start, end)) {
      throw new Http1Error("bad_status_line", "Cannot read a response: the peer does not speak HTTP/1");
    }
    const scanner = this.#scanner;
    const length = scanner.scan(bytes, start, end);
    if (length === -1) return undefined;
    const line = parseStatusLine(bytes, start, start + scanner.lineEnd(0));
    const { received, stated } = this.#readFields(bytes, start, length);
    this.#endHead(buffer, length);
    const framing = responseFraming(method, line.status, stated);
    return {
      event: {
        type: "response",
        status: line.status,
        statusText: line.statusText,
        version: line.version,
        fields: withOneFraming(received, stated),
        length: typeof framing === "number" ? framing : undefined,
      },
      framing,
      persistent: framing !== "close" && !isFaulty(line.version, stated) && persists(line.version, stated),
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
    if (!this.#skipEmptyLines(buffer)) return undefined;
    const { bytes, start, end } = buffer;
    const scanner = this.#scanner;
    const length = scanner.scan(bytes, start, end);
    if (length === -1) {
      if (scanner.lines === 0) checkUnfinishedRequestLine(bytes.subarray(start, end), this.#maxTargetBytes);
      return undefined;
    }
    const line = parseRequestLine(bytes, start, start + scanner.lineEnd(0), this.#maxTargetBytes);
    const { received, stated } = this.#readFields(bytes, start, length);
    this.#endHead(buffer, length);
    this.#checkHost(line.version, stated);
    const framing = requestFraming(line.method, line.version, stated);
    return {
      event: {
        type: "request",
        method: line.method,
        target: line.target,
        authority: line.authority ?? stated.host ?? "",
        version: line.version,
        fields: withOneHost(withOneFraming(received, stated), stated, line.authority),
        length: typeof framing === "number" ? framing : undefined,
      },
      framing,
      persistent: persists(line.version, stated),
      // "A server that receives an Upgrade header field in an HTTP/1.0 request MUST ignore that Upgrade field." (RFC 9110
      // §7.8)
      protocols: line.version === "HTTP/1.0" ? [] : upgradeProtocols(stated),
    };
  }

  /**
   * "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host header
   * field and to any request message that contains more than one Host header field line or a Host header field with an
   * invalid field value." (RFC 9112 §3.2)
   */
  #checkHost(version: Http1Version, { hosts, host = "" }: ControlFields): void {
    if (hosts > 1 || (hosts === 0 && version === "HTTP/1.1")) {
      throw new Http1Error("bad_host", `Cannot read a request: it has ${hosts} Host fields`);
    }
    // An empty one is valid: the target has no authority then.
    if (host === "" || host === this.#checkedHost) return;
    if (readAuthority(host) === undefined) {
      throw new Http1Error("bad_host", "Cannot read a request: its Host is not a host and port");
    }
    this.#checkedHost = host;
  }

  /**
   * Skips empty lines, which count as bytes of the head.
   *
   * "a server that is expecting to receive and parse a request-line SHOULD ignore at least one empty line (CRLF)
   * received prior to the request-line" (RFC 9112 §2.2). Servers send them as well, after a 100 or after content.
   *
   * @returns Whether the head has begun.
   */
  #skipEmptyLines(buffer: ReceiveBuffer): boolean {
    for (;;) {
      const { bytes, start, end } = buffer;
      if (start === end) return false;
      if (bytes[start] === CR && start + 1 === end) return false;
      const length = bytes[start] === LF && this.#bareLf
        ? 1
        : bytes[start] === CR && bytes[start + 1] === LF
        ? 2
        : 0;
      if (length === 0) return true;
      buffer.start += length;
      this.#emptyBytes += length;
      if (this.#emptyBytes > this.#maxBytes) {
        throw new Http1Error(
          "head_too_large",
          `Cannot read the head: empty lines before it have more than the ${this.#maxBytes} bytes of maxHeadBytes`,
        );
      }
    }
  }

  /** Parses the fields, unless they are those of the last head, octet for octet. */
  #readFields(bytes: Uint8Array, start: number, length: number): ReadFields {
    const from = start + this.#scanner.lineEnd(0);
    const end = start + length;
    const repeated = this.#repeated.find(bytes, from, end);
    if (repeated !== undefined) return repeated;
    const received = this.#scanner.fields(bytes, start, 1);
    const read = { received, stated: controlFields(received) };
    this.#repeated.keep(bytes, from, end, read);
    return read;
  }

  #endHead(buffer: ReceiveBuffer, length: number): void {
    this.#scanner.reset();
    this.#emptyBytes = 0;
    buffer.start += length;
  }
}

/**
 * The fields with the Host that the target names, for a reader of the event.
 *
 * "When an origin server receives a request with an absolute-form of request-target, the origin server MUST ignore the
 * received Host header field (if any) and instead use the host information of the request-target." (RFC 9112 §3.2.2)
 */
function withOneHost(
  fields: readonly Field[],
  { host }: ControlFields,
  authority: string | undefined,
): readonly Field[] {
  if (authority === undefined || host === undefined || host === authority) return fields;
  return fields.map((field) => field[0] === "host" ? ["host", authority] : field);
}

/**
 * The fields with one statement of the framing, for a reader of the event.
 *
 * - "the Transfer-Encoding overrides the Content-Length" (RFC 9112 §6.3), which is left out then.
 * - A length that is stated several times is stated once: "a recipient of a Content-Length header field value
 *   consisting of the same decimal value repeated as a comma-separated list [...] MAY either reject the message as
 *   invalid or replace that invalid field value with a single instance of the decimal value" (RFC 9110 §8.6).
 */
function withOneFraming(fields: readonly Field[], stated: ControlFields): readonly Field[] {
  const { contentLength } = stated;
  if (contentLength === undefined) return fields;
  const isOverridden = stated.transferEncoding !== undefined;
  if (!isOverridden && !contentLength.includes(",")) return fields;
  const length = isOverridden ? undefined : parseContentLength(contentLength);
  if (!isOverridden && length === undefined) return fields; // of a response whose framing it does not decide
  const others = fields.filter(([name]) => name !== "content-length");
  return length === undefined ? others : [...others, ["content-length", String(length)]];
}

const LF = 0x0a;
const CR = 0x0d;
