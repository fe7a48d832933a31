/**
 * A WebSocket on a server: the opening handshake as a switch of protocols, with the contract of `Deno.upgradeWebSocket`.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { acceptFieldsOf, negotiateWebSocket } from "../../websocket/handshake/server_handshake.ts";
import {
  type PermessageDeflateOptions,
  WebSocketError,
  WebSocketStream,
  type WebSocketStreamOptions,
  WebSocketTarget,
} from "../../websocket/mod.ts";
import { DEFAULT_WEB_SOCKET_IDLE_SECONDS } from "../limits.ts";
import type { ReceivedRequest } from "./received_request.ts";
import type { Upgrade } from "./upgrade.ts";

/** Options of a WebSocket on a server; the first two are those of `Deno.upgradeWebSocket`. */
export interface ServeWebSocketOptions extends Omit<WebSocketStreamOptions, "keepAlive"> {
  /** The subprotocol, which the client must have offered. Default: none. */
  readonly protocol?: string;
  /** Seconds without a byte after which the client is pinged, and given up after 20 more; 0: never. Default: 30. */
  readonly idleTimeout?: number;
  /** In place of `protocol`: subprotocols in order of preference, of which the client need offer none. */
  readonly protocols?: readonly string[];
  /** Whether permessage-deflate (RFC 7692) is accepted, and how. Default: false. */
  readonly permessageDeflate?: boolean | PermessageDeflateOptions;
  /** Fields of the response. */
  readonly headers?: HeadersInit;
}

/** A WebSocket, which opens when the handler returns the response. Take the socket or the streams, and not both. */
export interface ServeWebSocket {
  /** The response to return. */
  readonly response: Response;
  /** The WebSocket in the shape of the platform's class. */
  readonly socket: WebSocketTarget;
  /** The WebSocket as streams, with back-pressure. */
  readonly stream: WebSocketStream;
}

/** The part of an exchange that switches protocols. */
export interface UpgradeSource {
  /** The request. */
  readonly received: ReceivedRequest;
  /** Begins a switch of protocols. */
  upgrade(
    protocol: string | undefined,
    headers: HeadersInit | undefined,
    fields: readonly Field[] | Promise<readonly Field[]>,
  ): Upgrade;
}

/**
 * Accepts a WebSocket.
 *
 * @throws {WebSocketError} `bad_handshake`: the request is no opening handshake.
 * @throws {TypeError} If the client does not offer the subprotocol, or the switch cannot be made any more.
 */
export function upgradeWebSocket(exchange: UpgradeSource, options: ServeWebSocketOptions): ServeWebSocket {
  const {
    protocol,
    protocols = protocol === undefined ? [] : [protocol],
    idleTimeout = DEFAULT_WEB_SOCKET_IDLE_SECONDS,
    permessageDeflate = false,
    headers,
    ...limits
  } = options;
  const { received } = exchange;
  // Over HTTP/2 the fields that ask for a switch are the server's own: see `Http2Server`.
  const negotiated = negotiateWebSocket(received, { protocols, permessageDeflate });
  if (protocol !== undefined && negotiated.protocol !== protocol) {
    throw new TypeError(
      `Cannot accept the WebSocket: the client does not offer the subprotocol "${protocol}"`,
    );
  }
  const upgrade = exchange.upgrade("websocket", headers, acceptFieldsOf(negotiated));
  const io = upgrade.tunnel.then((io) => ({ role: "server", io, negotiated } as const));
  const stream = new WebSocketStream(io, {
    ...limits,
    ...(idleTimeout > 0 && { keepAlive: { interval: 1000 * idleTimeout } }),
  });
  upgrade.onShutdown = () => stream.goAway();
  return new Accepted(upgrade.response, stream, received.url.replace(/^http/, "ws"));
}

/** The status to respond with to a handshake that was refused; `undefined` for any other error. */
export function handshakeStatus(error: unknown): number | undefined {
  return error instanceof WebSocketError ? error.statusHint : undefined;
}

class Accepted implements ServeWebSocket {
  readonly response: Response;
  readonly #stream: WebSocketStream;
  readonly #url: string;
  #socket: WebSocketTarget | undefined;
  #isStream = false;

  constructor(response: Response, stream: WebSocketStream, url: string) {
    this.response = response;
    this.#stream = stream;
    this.#url = url;
  }

  get stream(): WebSocketStream {
    if (this.#socket !== undefined) throw new TypeError("Cannot take the streams: the socket was taken");
    this.#isStream = true;
    return this.#stream;
  }

  get socket(): WebSocketTarget {
    if (this.#isStream) throw new TypeError("Cannot take the socket: the streams were taken");
    return this.#socket ??= new WebSocketTarget({ webSocket: () => this.#opened() }, this.#url, []);
  }

  async #opened(): Promise<WebSocketStream> {
    await this.#stream.opened;
    return this.#stream;
  }
}
