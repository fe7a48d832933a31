/**
 * The client: what `@ductile/ductile` exports.
 *
 * @module
 */

export { Client } from "./client.ts";
export { Tunnel } from "./tunnel.ts";
export type { WebSocketInit } from "./web_socket.ts";
export { ClientError, type ClientErrorCode, type ClientErrorOptions } from "./error/client_error.ts";
export { ClientResponse, type ResponseParts } from "./response/response.ts";
export type { ClientRequestInit } from "./request/request_options.ts";
export type { ConnectInit, TunnelInit, UpgradeInit } from "./request/tunnel_request.ts";
export type {
  ClientOptions,
  Dial,
  DialTarget,
  Http1Options,
  Http2Options,
  PoolOptions,
  Protocol,
  ProxyChooser,
  ProxyOptions,
  ProxyServer,
  ProxyTlsOptions,
  Resolve,
} from "./options.ts";
export type {
  ClientHooks,
  CloseHookEvent,
  ConnectHookEvent,
  ContentHookEvent,
  EndHookEvent,
  HandshakeHookEvent,
  HookEvent,
  HookEvents,
  InformationalHookEvent,
  RedirectHookEvent,
  RequestHookEvent,
  RequestScopedHookEvent,
  ResponseHookEvent,
  RetryHookEvent,
  UnredactedMessage,
} from "./hooks/client_hooks.ts";
export type { BackoffOptions, RetryOptions } from "./request/retry_options.ts";
export type { NetAddress } from "./runtime.ts";
export type { Timeouts } from "./time/timeouts.ts";
export type { ConnectionInfo, ConnectionTimings, ExchangeTimings, TlsInfo } from "./connection_info.ts";
export type { OriginStats } from "./connect/pool.ts";
export type { PoolStats } from "./connect/pool_stats.ts";
export type { Field } from "../http/fields.ts";
export type { HttpVersion, IncomingBody } from "../http/message.ts";
export type { Duplex } from "../io/duplex.ts";
