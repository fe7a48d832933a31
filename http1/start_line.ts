/**
 * The parser of start lines (RFC 9112 §3, §4).
 *
 * @module
 */

import { TOKEN_BYTES } from "../http/fields.ts";
import { Http1Error } from "./error.ts";
import { MAX_METHOD_BYTES } from "./limits.ts";
import { targetAuthority } from "./request_target.ts";

/** The versions that the parser accepts. */
export type Http1Version = "HTTP/1.0" | "HTTP/1.1";

/** A status line. */
export interface StatusLine {
  /** The version. */
  readonly version: Http1Version;
  /** Three digits, 100 to 999. */
  readonly status: number;
  /** The reason phrase; empty when it is missing or not ASCII. */
  readonly statusText: string;
}

/** A request line. */
export interface RequestLine {
  /** The method, case as it came. */
  readonly method: string;
  /** The request target. */
  readonly target: string;
  /** The authority that the target names, if it names one. */
  readonly authority: string | undefined;
  /** The version. */
  readonly version: Http1Version;
}

const SP = 0x20;
const ZERO = 0x30;
const ONE = 0x31;
const NINE = 0x39;
/** `HTTP/1.`, which one digit follows. */
const HTTP_NAME = new TextEncoder().encode("HTTP/1.");
const VERSION_LENGTH = HTTP_NAME.length + 1;

/**
 * Parses a status line.
 *
 * ```
 * status-line = HTTP-version SP status-code SP [ reason-phrase ]
 * ```
 * The second SP may be missing when no reason follows, because several servers leave it out.
 *
 * @param bytes The memory of the line.
 * @param start The index of its first byte.
 * @param end The index of its CRLF.
 * @throws {Http1Error} `bad_status_line` or `bad_version`.
 */
export function parseStatusLine(bytes: Uint8Array, start: number, end: number): StatusLine {
  const version = versionAt(bytes, start, "bad_status_line");
  const at = start + VERSION_LENGTH;
  const hundreds = digit(bytes[at + 1]);
  const tens = digit(bytes[at + 2]);
  const units = digit(bytes[at + 3]);
  // "The status code of a response is a three-digit integer"; "0xx" is none (RFC 9110 §15).
  if (bytes[at] !== SP || hundreds < 1 || tens < 0 || units < 0) throw badStatusLine();
  if (end > at + 4 && bytes[at + 4] !== SP) throw badStatusLine();
  return {
    version,
    status: 100 * hundreds + 10 * tens + units,
    statusText: reasonPhrase(bytes, at + 5, end),
  };
}

/**
 * Whether the bytes from `start` to `end` may begin a status line.
 *
 * The check finds a peer of another protocol by its first bytes, rather than when it has filled a whole head.
 */
export function mayBeStatusLine(bytes: Uint8Array, start: number, end: number): boolean {
  // Up to the slash: a line with another version is parsed to its end, and refused for its version.
  for (let i = 0; i < 5 && start + i < end; i++) {
    if (bytes[start + i] !== HTTP_NAME[i]) return false;
  }
  return true;
}

/**
 * Parses a request line.
 *
 * ```
 * request-line = method SP request-target SP HTTP-version
 * ```
 *
 * @param bytes The memory of the line.
 * @param start The index of its first byte.
 * @param end The index of its CRLF.
 * @param maxTargetBytes The option.
 * @throws {Http1Error} `bad_request_line`, `bad_version` or `uri_too_long`.
 */
export function parseRequestLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  maxTargetBytes: number,
): RequestLine {
  let methodEnd = start;
  while (methodEnd < end && TOKEN_BYTES[bytes[methodEnd] ?? 0] === 1) methodEnd++;
  if (methodEnd === start || bytes[methodEnd] !== SP) throw badRequestLine("it has no valid method");
  const targetEnd = end - VERSION_LENGTH - 1;
  if (targetEnd <= methodEnd + 1 || bytes[targetEnd] !== SP) throw badRequestLine("it has not three parts");
  const version = requestVersion(bytes, targetEnd + 1);
  if (targetEnd - methodEnd - 1 > maxTargetBytes) throw targetTooLong(maxTargetBytes);
  const text = ASCII.decode(bytes.subarray(start, targetEnd));
  const method = text.slice(0, methodEnd - start);
  const target = text.slice(methodEnd - start + 1);
  return { method, target, authority: targetAuthority(method, target), version };
}

/**
 * Refuses the beginning of a request line that is longer than any that is taken.
 *
 * "A server that receives a request-target longer than any URI it wishes to parse MUST respond with a 414 (URI Too Long)
 * status code" (RFC 9112 §3).
 *
 * @param line The bytes so far, without an end of line among them.
 * @param maxTargetBytes The option.
 * @throws {Http1Error} `uri_too_long`, or `bad_request_line` where no target has begun.
 */
export function checkUnfinishedRequestLine(line: Uint8Array, maxTargetBytes: number): void {
  if (line.length <= MAX_METHOD_BYTES + maxTargetBytes + VERSION_LENGTH + 2) return;
  if (line.subarray(0, MAX_METHOD_BYTES + 1).includes(SP)) throw targetTooLong(maxTargetBytes);
  throw badRequestLine("its method does not end");
}

const ASCII = new TextDecoder();

function versionAt(
  line: Uint8Array,
  at: number,
  malformed: "bad_status_line" | "bad_request_line",
): Http1Version {
  for (let i = 0; i < 5; i++) {
    if (line[at + i] !== HTTP_NAME[i]) {
      throw new Http1Error(
        malformed,
        `Cannot read the start line: it has no "HTTP/" where the version must be`,
      );
    }
  }
  if (line[at + 5] === ONE && line[at + 6] === HTTP_NAME[6]) {
    if (line[at + 7] === ONE) return "HTTP/1.1";
    if (line[at + 7] === ZERO) return "HTTP/1.0";
  }
  throw new Http1Error("bad_version", `Cannot read the message: its version is neither 1.0 nor 1.1`);
}

/**
 * "A recipient that receives a message with a major version number that it implements and a minor version number higher
 * than what it implements SHOULD process the message as if it were in the highest minor version within that major version
 * to which the recipient is conformant." (RFC 9110 §6.2)
 */
function requestVersion(line: Uint8Array, at: number): Http1Version {
  const major = digit(line[at + 5]);
  const minor = digit(line[at + 7]);
  // HTTP-version = HTTP-name "/" DIGIT "." DIGIT
  if (major < 0 || line[at + 6] !== HTTP_NAME[6] || minor < 0) throw badRequestLine("it has no version");
  return major === 1 && minor > 1 ? "HTTP/1.1" : versionAt(line, at, "bad_request_line");
}

/** "A client SHOULD ignore the reason-phrase content" (RFC 9112 §4), so one that is not ASCII is left out. */
function reasonPhrase(bytes: Uint8Array, start: number, end: number): string {
  if (end - start === 2 && bytes[start] === 0x4f && bytes[start + 1] === 0x4b) return "OK";
  const reason = bytes.subarray(start, Math.max(start, end));
  return reason.every((byte) => byte < 0x80) ? ASCII.decode(reason) : "";
}

function digit(byte: number | undefined): number {
  return byte !== undefined && byte >= ZERO && byte <= NINE ? byte - ZERO : -1;
}

function badStatusLine(): Http1Error {
  return new Http1Error("bad_status_line", "Cannot read the status line: it has no status of three digits");
}

function targetTooLong(maxTargetBytes: number): Http1Error {
  return new Http1Error(
    "uri_too_long",
    `Cannot read the request line: its target has more than the ${maxTargetBytes} bytes of maxTargetBytes`,
  );
}

function badRequestLine(reason: string): Http1Error {
  return new Http1Error("bad_request_line", `Cannot read the request line: ${reason}`);
}
