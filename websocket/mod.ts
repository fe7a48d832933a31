/**
 * WebSocket (RFC 6455) with permessage-deflate (RFC 7692), in layers that can be used apart.
 *
 * {@linkcode WebSocketConnection} is the protocol alone: a machine that turns bytes into messages and messages into bytes,
 * for either end. It has no sockets, timers or promises.
 *
 * {@linkcode WebSocketHandshake} and {@linkcode acceptWebSocket} are the opening handshake of a client and of a server, as
 * functions of fields.
 *
 * {@linkcode WebSocketStream} drives the machine over a {@linkcode Duplex}, in the shape of the platform's class of that
 * name.
 *
 * @example A ping, and its pong
 * ```ts
 * import { WebSocketConnection } from "@ductile/ductile/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const client = new WebSocketConnection("client");
 * const server = new WebSocketConnection("server");
 * client.sendPing(new TextEncoder().encode("1"));
 * server.receive(client.output() ?? new Uint8Array());
 * assertEquals(server.next()?.type, "ping");
 * client.receive(server.output() ?? new Uint8Array()); // sent by itself
 * assertEquals(client.next()?.type, "pong");
 * ```
 *
 * @module
 */

export { type InflateOptions, WebSocketConnection, type WebSocketConnectionOptions } from "./connection.ts";
export { WebSocketError, type WebSocketErrorCode, type WebSocketErrorOptions } from "./error.ts";
export type {
  WebSocketCloseEvent,
  WebSocketEvent,
  WebSocketMessageEvent,
  WebSocketPingEvent,
  WebSocketPongEvent,
} from "./events.ts";
export { WebSocketHandshake, type WebSocketResponseHead } from "./handshake/client_handshake.ts";
export type { NegotiatedWebSocket, WebSocketHandshakeOptions } from "./handshake/negotiated.ts";
export type { NegotiatedDeflate, PermessageDeflateOptions } from "./handshake/permessage_deflate.ts";
export {
  type AcceptedWebSocket,
  acceptWebSocket,
  type WebSocketRequestHead,
} from "./handshake/server_handshake.ts";
export type { WebSocketMessage } from "./stream/message_queue.ts";
export type { WebSocketKeepAlive, WebSocketStreamOptions } from "./stream/web_socket_stream_options.ts";
export {
  type WebSocketClass,
  webSocketClass,
  type WebSocketConnector,
  WebSocketTarget,
} from "./stream/web_socket_class.ts";
export {
  type OpenedWebSocket,
  type UpgradedWebSocket,
  type WebSocketCloseInfo,
  WebSocketStream,
} from "./stream/web_socket_stream.ts";

export type { Field } from "../http/fields.ts";
export type { Duplex } from "../io/duplex.ts";
export type { Machine } from "../io/machine.ts";
export type { Eventual } from "../io/script.ts";
