/**
 * What a response is made of.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { HttpVersion, IncomingBody } from "../../http/message.ts";
import type { ConnectionInfo } from "../connection_info.ts";

/** The parts of a {@linkcode ClientResponse}. */
export interface ResponseParts {
  /** The status code, 200 to 999. */
  readonly status: number;
  /** The reason phrase; empty in HTTP/2. */
  readonly statusText: string;
  /** The header fields, names lower-case. */
  readonly fields: readonly Field[];
  /** The content: all its bytes, its source, or `null` where the response can have none. */
  readonly body: Uint8Array | IncomingBody | null;
  /** The signal of the request, which ends the content too. */
  readonly signal?: AbortSignal | undefined;
  /** Returns the trailer fields; the promise resolves once the content has ended. */
  readonly trailers: () => Promise<readonly Field[]>;
  /** The URL of the last request, without fragment. */
  readonly url: string;
  /** Whether a redirect led to that URL. */
  readonly redirected: boolean;
  /** The version of HTTP. */
  readonly httpVersion: HttpVersion;
  /** Tells the server another priority; absent where that cannot be. */
  readonly reprioritize?: ((priority: string) => void) | undefined;
  /** Returns the facts about the connection. */
  readonly connection: () => ConnectionInfo;
}
