/**
 * The facts of one exchange and of its connection, as a handler gets them, and what it can do beside returning a
 * response.
 *
 * @module
 */

import type { HttpVersion } from "../../http/message.ts";
import type { ServeConnection } from "./serve_connection_info.ts";
import type { ServeAddress, ServeNetAddress } from "../runtime.ts";
import type { ServeUpgrade, ServeUpgradeOptions } from "./upgrade.ts";
import type { ServeWebSocket, ServeWebSocketOptions } from "./web_socket_upgrade.ts";

/**
 * Function that responds to a request.
 *
 * @param request The request.
 * @param info The facts of the exchange and of its connection.
 * @returns The response. An error, or a rejection, goes to `onError`.
 */
export type ServeHandler<Address extends ServeAddress = ServeNetAddress> = (
  request: Request,
  info: ServeInfo<Address>,
) => Response | Promise<Response>;

/** Function that gives the trailer fields of a response, once its content has ended. */
export type ServeTrailers = () => HeadersInit | Promise<HeadersInit>;

/**
 * The second argument of a handler. Its properties are not enumerable, as those of `Deno.serve`'s are not: hand it on as
 * it is.
 */
export interface ServeInfo<Address extends ServeAddress = ServeNetAddress> {
  /**
   * The address of the client, or of the proxy before it; `{ transport: "tcp", hostname: "", port: 0 }` where the transport
   * has none.
   */
  readonly remoteAddr: Address;
  /** The address of this end. */
  readonly localAddr: Address;
  /** The version of HTTP of the request. */
  readonly httpVersion: HttpVersion;
  /** The request target as it came: `request.url` is made of it, and normalized. */
  readonly target: string;
  /** The facts of the connection, which all its requests share. */
  readonly connection: ServeConnection;
  /**
   * Resolves when all of the response was written to the transport. Rejects when it was not: the client left, or the
   * source of the content failed. The rejection is marked as handled.
   */
  readonly completed: Promise<void>;
  /**
   * The trailer fields of the request, once its content was read to its end; empty where there are none. Rejects when
   * the content is cut short; the rejection is marked as handled.
   */
  readonly trailers: Promise<Headers>;
  /**
   * Sends trailer fields after the content of the response. Over HTTP/1.1 they are sent where the request has the field
   * `te: trailers`, and left out otherwise; announce them in the `trailer` field of the response.
   *
   * @param trailers Function that gives them, called once, after the content has ended.
   * @throws {TypeError} When the response has begun.
   */
  sendTrailers(trailers: ServeTrailers): void;
  /**
   * Sends a 1xx response before the final one, such as 103 (Early Hints). To a client of HTTP/1.0, which knows none,
   * nothing is sent.
   *
   * @param status 102 to 199. The 100 (Continue) is sent when the content is read for the first time.
   * @param headers The fields.
   * @throws {RangeError} For another status.
   * @throws {TypeError} When a field is not valid, or the response has begun.
   */
  inform(status: number, headers?: HeadersInit): void;
  /**
   * Switches to another protocol, with the response that the handler returns: by 101 (Switching Protocols) over HTTP/1.1
   * (RFC 9110 §7.8), and by 200 to an extended CONNECT over HTTP/2 (RFC 8441). A handler sees the latter as a GET with an
   * `upgrade` field.
   *
   * @param options The protocol, and fields of the response. Default: the first protocol that the request offers.
   * @returns The response to return, and the promise of the connection as a duplex.
   * @throws {TypeError} When the request does not offer the protocol, its content is not read, or a response has begun.
   */
  upgrade(options?: ServeUpgradeOptions): ServeUpgrade;
  /**
   * Accepts a WebSocket (RFC 6455, RFC 8441), with the contract of `Deno.upgradeWebSocket`. It is a function of its own, and
   * may be taken off the object.
   *
   * @param request The request.
   * @param options The subprotocol, compression and limits.
   * @returns The response to return, and the WebSocket, which opens with it.
   * @throws {WebSocketError} `bad_handshake`: the opening handshake is not that of RFC 6455. Its
   * `statusHint` is the status to answer with.
   * @throws {TypeError} When the request asks for no WebSocket, the client does not offer the subprotocol, or a response
   * has begun.
   */
  readonly upgradeWebSocket: (request: Request, options?: ServeWebSocketOptions) => ServeWebSocket;
}
