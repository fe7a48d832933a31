/**
 * The code of WebSockets, which is loaded when the first client asks for one: `upgradeWebSocket` is not asynchronous, so it
 * is there before the handler is called.
 *
 * @module
 */

import type { ReceivedRequest } from "./received_request.ts";
import { offeredProtocols } from "./upgrade.ts";
import type { ServeWebSocket, ServeWebSocketOptions, UpgradeSource } from "./web_socket_upgrade.ts";

/** Loads the code where a request offers a WebSocket and it is not there; `undefined` where there is nothing to wait for. */
export function loadWebSocket(received: ReceivedRequest): Promise<void> | undefined {
  if (loaded !== undefined || !offeredProtocols(received).includes("websocket")) return undefined;
  return import("./web_socket_upgrade.ts").then((module) => {
    loaded = module;
  });
}

/**
 * Accepts a WebSocket.
 *
 * @throws {WebSocketError} `bad_handshake`: the request is no opening handshake.
 * @throws {TypeError} If the request asks for no WebSocket, the client does not offer the subprotocol, or the switch cannot
 * be made any more.
 */
export function upgradeWebSocket(exchange: UpgradeSource, options: ServeWebSocketOptions): ServeWebSocket {
  if (loaded === undefined || !offeredProtocols(exchange.received).includes("websocket")) {
    throw new NoWebSocketRequest("Cannot accept the WebSocket: the request does not ask for one");
  }
  return loaded.upgradeWebSocket(exchange, options);
}

/** The status to respond with to a request that `upgradeWebSocket` refused; `undefined` for any other error. */
export function handshakeStatus(error: unknown): number | undefined {
  if (error instanceof NoWebSocketRequest) return UPGRADE_REQUIRED;
  return loaded?.handshakeStatus(error);
}

class NoWebSocketRequest extends TypeError {}

let loaded: typeof import("./web_socket_upgrade.ts") | undefined;

const UPGRADE_REQUIRED = 426;
