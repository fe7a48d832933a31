/**
 * The options of the client driver.
 *
 * @module
 */

import type { Http2ConnectionOptions } from "../options.ts";

/** Pings a connection that is silent while requests are on it. */
export interface Http2KeepAlive {
  /** After how long a silence, in milliseconds. */
  readonly interval: number;
  /** How long the answer may take, in milliseconds. Then all requests fail with `keep_alive_timeout`. */
  readonly timeout: number;
}

/** Options of {@linkcode Http2Client}; all have defaults. */
export interface Http2ClientOptions extends Omit<Http2ConnectionOptions, "maxConcurrentStreams"> {
  /** Notices that the server is gone although the connection is not closed. Off by default. */
  readonly keepAlive?: Http2KeepAlive;
  /**
   * How long the server may take for its SETTINGS while a request waits, in milliseconds: 10,000. Then all
   * requests fail with `settings_timeout`. 0: for ever.
   */
  readonly settingsTimeout?: number;
  /** Called when more requests can be sent than before, and when no more can be because the server goes away. */
  readonly onCapacity?: () => void;
  /** Called when the last request that was in flight is over. */
  readonly onIdle?: () => void;
  /**
   * Called once, when the connection is closed.
   *
   * @param error Why, if something went wrong.
   */
  readonly onClose?: (error?: unknown) => void;
}
