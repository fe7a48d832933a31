/**
 * HTTP/2 (RFC 9113), without a socket of its own.
 *
 * There are two layers, and each is of use without the other:
 *
 * - {@linkcode Http2Connection} is the protocol, for clients and servers: bytes in, events out; requests in, bytes
 *   out. It knows no sockets, timers or promises.
 * - {@linkcode Http2Client} drives a client's machine over any duplex: a `Deno.Conn`, a TLS stream, a pair of
 *   streams in memory.
 *
 * @example A request over a duplex
 * ```ts
 * import { Http2Client } from "@ductile/ductile/http2";
 *
 * async function get(io: Deno.Conn, authority: string, target: string): Promise<number> {
 *   const client = new Http2Client(io);
 *   const response = await client.request({ method: "GET", scheme: "https", authority, target, fields: [] });
 *   await client.shutdown();
 *   return response.status;
 * }
 * ```
 *
 * @module
 */

export type { HttpError, HttpErrorOptions, RequestProgress } from "../http/error.ts";
export type { Field } from "../http/fields.ts";
export type {
  HttpVersion,
  IncomingBody,
  IncomingResponse,
  OutgoingBody,
  OutgoingRequest,
  RequestOptions,
} from "../http/message.ts";
export type { Duplex } from "../io/duplex.ts";
export type { Machine } from "../io/machine.ts";
export type { Eventual } from "../io/script.ts";
export { Http2Client } from "./client/http2_client.ts";
export type { Http2ClientOptions, Http2KeepAlive } from "./client/client_options.ts";
export { Http2Connection } from "./connection.ts";
export { Http2Error } from "./error.ts";
export type { Http2ErrorCode, Http2ErrorOptions, Http2ErrorScope } from "./error.ts";
export type {
  Http2ConnectionClosedEvent,
  Http2DataEvent,
  Http2EndOfMessageEvent,
  Http2Event,
  Http2GoAwayEvent,
  Http2InformationalEvent,
  Http2PingAckEvent,
  Http2PriorityUpdateEvent,
  Http2RequestEvent,
  Http2ResetEvent,
  Http2ResponseEvent,
  Http2SettingsEvent,
  Http2WindowEvent,
} from "./events.ts";
export type { Http2ConnectionOptions } from "./options.ts";
export type { RequestTarget } from "./outgoing_head.ts";
export { ErrorCode } from "./protocol.ts";
export type { ErrorCodeName } from "./protocol.ts";
export type { Http2Settings } from "./settings.ts";
export type { Http2Role } from "./streams.ts";
