/**
 * What is known of a transfer while it runs, for `--write-out`.
 *
 * @module
 */

import type { HttpVersion } from "../http/message.ts";
import type { ConnectionInfo } from "../client/connection_info.ts";
import type { PreparedRequest } from "../client/request/prepared_request.ts";

/** The facts about a transfer; each attempt begins anew. */
export interface TransferReport {
  /** The time at which the attempt began, in milliseconds. */
  readonly start: number;
  /** The last request that was sent. */
  request?: PreparedRequest;
  /** The time at which it was sent. */
  requestStart: number;
  /** The status of the last response; 0 for none. */
  status: number;
  /** The version of the last response. */
  httpVersion?: HttpVersion;
  /** The connection of the last response. */
  connection?: ConnectionInfo;
  /** The fields of the last response. */
  headers?: Headers;
  /** The URL that a redirect names which is not followed. */
  redirectUrl: string;
  /** Redirects that were followed. */
  redirects: number;
  /** Connections that were made. */
  connects: number;
  /** Bytes of the heads of all responses. */
  headBytes: number;
  /** Bytes of the heads of all requests. */
  requestBytes: number;
  /** Bytes of content that were sent. */
  uploaded: number;
  /** Bytes of the body that were received. */
  downloaded: number;
  /** Attempts before this one. */
  retries: number;
  /** The name of the file that was written. */
  fileName?: string;
}

/** The report of an attempt that has just begun. */
export function beginReport(now: number, retries: number): TransferReport {
  return {
    start: now,
    requestStart: now,
    status: 0,
    redirectUrl: "",
    redirects: 0,
    connects: 0,
    headBytes: 0,
    requestBytes: 0,
    uploaded: 0,
    downloaded: 0,
    retries,
  };
}
