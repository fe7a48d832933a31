/**
 * HTTP/1.1 (RFC 9112), in two layers that can be used apart.
 *
 * {@linkcode Http1Connection} is the protocol alone: a machine that turns bytes into events and messages into bytes, for
 * either end of a connection. It has no sockets, timers or promises, so it runs in any runtime.
 *
 * {@linkcode Http1Client} drives that machine over a {@linkcode Duplex}, which `Deno.Conn` already is: `request` sends a
 * request and resolves with the response's head; content is sent and received as its reader asks for it.
 *
 * Both are strict where leniency would permit request smuggling: fields are checked in both directions, the end of the
 * content is found in the RFC's order, chunks end in CRLF and nothing else, and everything that a peer can send without
 * end has a limit. A peer's error is an {@linkcode Http1Error} with a code. Misuse is a `TypeError`.
 *
 * @example The driver, over a socket
 * ```ts
 * import { Http1Client } from "@ductile/ductile/http1";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
 * const authority = `localhost:${server.addr.port}`;
 * const client = new Http1Client(await Deno.connect({ port: server.addr.port }));
 *
 * const request = { method: "GET", scheme: "http", authority, target: "/", fields: [] };
 * const { status, body } = await client.request(request);
 * assertEquals(status, 200);
 *
 * const decoder = new TextDecoder();
 * let text = "";
 * if (body instanceof Uint8Array) {
 *   text = decoder.decode(body); // it came with the head
 * } else {
 *   for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) text += decoder.decode(chunk);
 * }
 * assertEquals(text, "hello");
 * client.close();
 * ```
 *
 * @example Content in pieces, and trailers
 * ```ts
 * import { Http1Client } from "@ductile/ductile/http1";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ port: 0, onListen() {} }, (request) => new Response(request.body));
 * const client = new Http1Client(await Deno.connect({ port: server.addr.port }));
 * const pieces = ["sent ", "as it ", "comes"].map((text) => new TextEncoder().encode(text));
 * const { body } = await client.request({
 *   method: "POST",
 *   scheme: "http",
 *   authority: `localhost:${server.addr.port}`,
 *   target: "/",
 *   fields: [],
 *   body: {
 *     read: () => Promise.resolve(pieces.shift()),
 *     cancel() {},
 *     trailers: () => [["x-checksum", "none"]],
 *   },
 * });
 * let length = 0;
 * if (body instanceof Uint8Array) length = body.length;
 * else for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) length += chunk.length;
 * assertEquals(length, 16);
 * client.close();
 * ```
 *
 * @module
 */

export { Http1Connection } from "./connection.ts";
export { Http1Client, type Http1ClientOptions } from "./client/http1_client.ts";
export type { KeepAlive } from "./client/keep_alive.ts";
export { Http1Error, type Http1ErrorCode } from "./error.ts";
export type {
  ConnectionClosedEvent,
  DataEvent,
  EndOfMessageEvent,
  Http1Event,
  InformationalEvent,
  RequestEvent,
  ResponseEvent,
  SwitchedEvent,
} from "./events.ts";
export type { ClientState, Role, ServerState } from "./lifecycle.ts";
export type { Http1ConnectionOptions } from "./limits.ts";
export type { ContentLength } from "./outgoing_fields.ts";
export type { RequestHead } from "./request_head.ts";
export type { ResponseHead } from "./response_head.ts";
export type { Http1Version } from "./start_line.ts";

export { HttpError, type HttpErrorOptions, type RequestProgress } from "../http/error.ts";
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
