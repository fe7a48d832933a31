/**
 * The options of the client driver.
 *
 * @module
 */

import type { Http2ConnectionOptions } from "../options.ts";

/** When a connection that is silent while requests are in flight sends keep-alive PINGs. */
export interface Http2KeepAlive {
  /** Milliseconds of silence before a PING. */
  readonly interval: number;
  /** Milliseconds that its acknowledgement may take. Then all requests fail with `keep_alive_timeout`. */
  readonly timeout: number;
}

/** Options of {@linkcode Http2Client}; all have defaults. */
export interface Http2ClientOptions
  extends Omit<Http2ConnectionOptions, "maxConcurrentStreams" | "enableConnectProtocol"> {
  /** Keep-alive PINGs, which notice a server that is gone without closing the connection. Off by default. */
  readonly keepAlive?: Http2KeepAlive;
  /**
   * Milliseconds that the server's SETTINGS may take while a request waits: 10,000. Then all requests fail with
   * `settings_timeout`. 0 disables the timeout.
   */
  readonly settingsTimeout?: number;
  /**
   * Whether small bodies that come with their head may be views of one larger buffer, which saves an allocation a
   * response; `false` by default. The `buffer` of such a body holds bodies of other responses: copy a body before it
   * goes to code that must not see those.
   */
  readonly shareMemory?: boolean;
  /** Called when more requests can be sent than before, and when no more can be because the server goes away. */
  readonly onCapacity?: () => void;
  /** Called when no request is in flight any more. */
  readonly onIdle?: () => void;
  /**
   * Called once, when the connection is closed.
   *
   * @param error The reason, when it was not closed in good order.
   */
  readonly onClose?: (error?: unknown) => void;
}
