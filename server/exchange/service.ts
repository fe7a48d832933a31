/**
 * The handler of a server, with the options that its connections share.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import type { Http1ConnectionOptions } from "../../http1/mod.ts";
import type { Http2ConnectionOptions } from "../../http2/mod.ts";
import type { ServeHandler } from "./serve_info.ts";
import type { ServeTimeouts } from "../serve_timeouts.ts";
import type { ServeAddress } from "../runtime.ts";
import type { Watch } from "../watch.ts";

/** The handler of a server, with the options that its connections share. */
export interface Service {
  /** Responds to requests. */
  readonly handler: ServeHandler<ServeAddress>;
  /** Responds where the handler failed; told of a response that failed after its head was sent. */
  readonly onError: (error: unknown) => Response | Promise<Response>;
  /** Time limits. */
  readonly timeouts: Readonly<Required<ServeTimeouts>>;
  /** The fields by which a response of HTTP/1.1 says that the connection persists, and for how long. */
  readonly keepAlive: readonly Field[];
  /** Limits of HTTP/1.1. */
  readonly http1: Http1ConnectionOptions;
  /** Windows and limits of HTTP/2. */
  readonly http2: Http2ConnectionOptions;
  /** Bytes of content that a request may have. */
  readonly maxBodySize: number;
  /** Requests that a connection is kept for. */
  readonly maxRequests: number;
  /** Whether a client of HTTP/1.1 that has ended its half is responded to, however long that takes. */
  readonly allowHalfClose: boolean;
  /** Looks at the deadlines of connections. */
  readonly watch: Watch;
}
