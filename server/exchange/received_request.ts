/**
 * A request as a driver has received it.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { HttpVersion, IncomingBody } from "../../http/message.ts";

/** The head of a request that was found to be valid. */
export interface ReceivedRequest {
  /** The method, case as it came. */
  readonly method: string;
  /** The request target as it came. */
  readonly target: string;
  /** The URL. */
  readonly url: string;
  /** The version of HTTP. */
  readonly version: HttpVersion;
  /** The `:protocol` of an extended CONNECT (RFC 8441), which is shown as the request of an upgrade. */
  readonly protocol?: string;
  /** The fields, names lower-case. */
  readonly fields: readonly Field[];
  /** The content, or its source; `undefined` where there is none. */
  readonly body: Uint8Array | ReceivedContent | undefined;
  /** The trailer fields, where the content is complete. */
  readonly trailers?: readonly Field[];
}

/** Content that has not all arrived. */
export interface ReceivedContent extends IncomingBody {
  /** The trailer fields, once the content has ended. */
  readonly trailers: Promise<readonly Field[]>;
}
