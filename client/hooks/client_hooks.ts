/**
 * Hooks: functions of the caller that are told what happens to requests and connections, and the events they get.
 *
 * @module
 */

import type { ConnectionInfo, TlsInfo } from "../connection_info.ts";
import type { NetAddress } from "../runtime.ts";
import type { HttpVersion } from "../../http/message.ts";

/** The members of every event. */
export interface HookEvent {
  /** The time of the event, in milliseconds of `performance.now()`. */
  readonly time: number;
  /** The time of the event by the system's clock, in milliseconds since 1970. */
  readonly wallTime: number;
}

/** The members of every event about a request. */
export interface RequestScopedHookEvent extends HookEvent {
  /** The identifier of the request, a number from 1 that no other request of this program has. */
  readonly requestId: number;
}

/** What an event does not show: URL and fields with their credentials. It is no own property, so printing does not show it. */
export interface UnredactedMessage {
  /** The URL without userinfo and fragment, its query as it is sent. */
  readonly url: string;
  /** A copy of the fields, `authorization` and cookies included. */
  readonly headers: Headers;
}

/** A transport to a server was made, through all proxies, or could not be made. */
export interface ConnectHookEvent extends RequestScopedHookEvent {
  /** The kind of event. */
  readonly type: "connect";
  /** The identifier of the connection, as in {@linkcode ConnectionInfo}. The request may go over another one. */
  readonly connectionId: number;
  /** The scheme of the URL. */
  readonly scheme: "http" | "https";
  /** The host of the URL. */
  readonly hostname: string;
  /** The port of the URL. */
  readonly port: number;
  /** The proxies on the way, in order; absent on a direct connection. */
  readonly proxies?: readonly string[];
  /** The address of this end, where the transport has one. */
  readonly localAddress?: NetAddress;
  /** The address of the other end, which is the first proxy where there is one. */
  readonly remoteAddress?: NetAddress;
  /** Milliseconds that it took, name lookup included; absent where the runtime connects and shakes hands in one step. */
  readonly duration?: number;
  /** The failure; absent where the transport was made. */
  readonly error?: unknown;
}

/** The TLS handshake with the server was completed, or failed. */
export interface HandshakeHookEvent extends RequestScopedHookEvent {
  /** The kind of event. */
  readonly type: "handshake";
  /** The identifier of the connection. */
  readonly connectionId: number;
  /** Milliseconds that it took, connecting included where the runtime does both in one step. */
  readonly duration: number;
  /** The failure; absent where the handshake was completed. */
  readonly error?: unknown;
  /** The facts of its TLS; `undefined` where it failed. Not shown when the event is printed. */
  readonly tls: TlsInfo | undefined;
}

/** An attempt to send a request begins: it looks for a connection. */
export interface RequestHookEvent extends RequestScopedHookEvent {
  /** The kind of event. */
  readonly type: "request";
  /** The count of attempts since the last redirect, from 1. */
  readonly attempt: number;
  /** The redirects that were followed before. */
  readonly redirects: number;
  /** The method. */
  readonly method: string;
  /** The URL without userinfo and fragment, the values of query parameters that look like credentials as `REDACTED`. */
  readonly url: string;
  /** A copy of the fields, those that are credentials as `REDACTED`; `host` is not among them. */
  readonly headers: Headers;
  /** URL and fields with their credentials. */
  readonly dangerUnredacted: UnredactedMessage;
}

/** A 1xx response came. */
export interface InformationalHookEvent extends RequestScopedHookEvent {
  /** The kind of event. */
  readonly type: "informational";
  /** The identifier of the connection. */
  readonly connectionId: number;
  /** The status. */
  readonly status: number;
  /** A copy of the fields, those that are credentials as `REDACTED`. */
  readonly headers: Headers;
}

/** The head of a final response came, that of a redirect or of a response that is retried, too. */
export interface ResponseHookEvent extends RequestScopedHookEvent {
  /** The kind of event. */
  readonly type: "response";
  /** The identifier of the connection. */
  readonly connectionId: number;
  /** Whether an earlier request was sent on the connection. */
  readonly reused: boolean;
  /** The count of attempts since the last redirect, from 1. */
  readonly attempt: number;
  /** The redirects that were followed before. */
  readonly redirects: number;
  /** The method of the request. */
  readonly method: string;
  /** The URL of the request, as in {@linkcode RequestHookEvent}. */
  readonly url: string;
  /** The version of HTTP. */
  readonly httpVersion: HttpVersion;
  /** The status. */
  readonly status: number;
  /** The reason phrase; empty in HTTP/2. */
  readonly statusText: string;
  /** Milliseconds that the attempt waited for the connection. */
  readonly waiting: number;
  /** Milliseconds from then on until the content of the request was read from its source; 0 where it was at hand. */
  readonly sending: number;
  /** A copy of the fields, those that are credentials as `REDACTED`. */
  readonly headers: Headers;
  /** The facts about the connection. Not shown when the event is printed. */
  readonly connection: ConnectionInfo;
  /** URL and fields with their credentials. */
  readonly dangerUnredacted: UnredactedMessage;
}

/** Content was sent or received. */
export interface ContentHookEvent extends RequestScopedHookEvent {
  /** The kind of event. */
  readonly type: "content";
  /** Whether it is the request's content, or the response's, decoded as the caller gets it. */
  readonly direction: "sent" | "received";
  /** A copy of the bytes. Not shown when the event is printed. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The number of bytes. */
  readonly length: number;
}

/** An attempt failed, and another follows. */
export interface RetryHookEvent extends RequestScopedHookEvent {
  /** The kind of event. */
  readonly type: "retry";
  /** The attempt that failed. */
  readonly attempt: number;
  /** The identifier of the connection; absent where there was none. */
  readonly connectionId?: number;
  /** Milliseconds that the attempt waited for the connection; absent where there was none. */
  readonly waiting?: number;
  /** The status of the response that is not returned; absent after a failure. */
  readonly status?: number;
  /** The failure; absent after a response. */
  readonly error?: unknown;
  /** Milliseconds until the next attempt. */
  readonly delay: number;
}

/** A redirect is followed. */
export interface RedirectHookEvent extends RequestScopedHookEvent {
  /** The kind of event. */
  readonly type: "redirect";
  /** The status of the redirect. */
  readonly status: number;
  /** The method of the next request. */
  readonly method: string;
  /** The URL of the next request, as in {@linkcode RequestHookEvent}. */
  readonly url: string;
}

/**
 * A request is over: its response's content was read to the end or cancelled, or it failed or was aborted. Told once a
 * request; of a response whose content is neither read nor cancelled nor aborted, never.
 */
export interface EndHookEvent extends RequestScopedHookEvent {
  /** The kind of event. */
  readonly type: "end";
  /** The identifier of the last connection; absent where there was none. */
  readonly connectionId?: number;
  /** Milliseconds that the last attempt waited for the connection; absent where there was none. */
  readonly waiting?: number;
  /** The failure, or the reason of the signal; absent where there was none. */
  readonly error?: unknown;
  /** Whether the caller cancelled the content. */
  readonly cancelled: boolean;
  /** Bytes of the request's content that were read from its source, in the last attempt. */
  readonly sentBytes: number;
  /** Bytes of the response's content as they were received, before decoding. */
  readonly receivedBytes: number;
}

/** A connection was closed, or handed over to another protocol. */
export interface CloseHookEvent extends HookEvent {
  /** The kind of event. */
  readonly type: "close";
  /** The identifier of the connection. */
  readonly connectionId: number;
  /** How many requests were sent on it. */
  readonly requests: number;
}

/** The event of each hook. */
export interface HookEvents {
  /** That of `connect`. */
  readonly connect: ConnectHookEvent;
  /** That of `handshake`. */
  readonly handshake: HandshakeHookEvent;
  /** That of `request`. */
  readonly request: RequestHookEvent;
  /** That of `informational`. */
  readonly informational: InformationalHookEvent;
  /** That of `response`. */
  readonly response: ResponseHookEvent;
  /** That of `content`. */
  readonly content: ContentHookEvent;
  /** That of `retry`. */
  readonly retry: RetryHookEvent;
  /** That of `redirect`. */
  readonly redirect: RedirectHookEvent;
  /** That of `end`. */
  readonly end: EndHookEvent;
  /** That of `close`. */
  readonly close: CloseHookEvent;
}

/**
 * Functions that are told what happens to requests and connections, each with one event. They observe, and change nothing.
 *
 * A hook is called in a microtask of its own, in the order of events. It is not awaited: a slow one delays no request. What
 * it throws or rejects with goes to `hookError`, and is dropped where there is none.
 *
 * An event shows no credentials when it is printed, and no URL but with the query parameters that look like credentials
 * redacted; `dangerUnredacted` has them. Arguments that `fetch` refuses, and `data:` and `blob:` URLs, have no events.
 *
 * @example
 * ```ts
 * import { Client } from "@ductile/ductile";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
 * const lines: string[] = [];
 * using client = new Client({
 *   on: {
 *     request: ({ requestId, method }) => lines.push(`${requestId} ${method}`),
 *     response: ({ requestId, status, reused }) => lines.push(`${requestId} ${status}, reused: ${reused}`),
 *     end: ({ requestId, receivedBytes, error }) => lines.push(`${requestId} ${error ?? receivedBytes}`),
 *   },
 * });
 * const response = await client.get(`http://localhost:${server.addr.port}/`);
 * await response.text();
 * assertEquals(lines, ["1 GET", "1 200, reused: false", "1 5"]);
 * ```
 */
export type ClientHooks =
  & { readonly [Name in keyof HookEvents]?: (event: HookEvents[Name]) => unknown }
  & {
    /** Called with what a hook threw or rejected with, and the event; what it throws itself is dropped. */
    readonly hookError?: (error: unknown, event: HookEvents[keyof HookEvents]) => unknown;
  };

/** For each event, the functions that are called with it, in order. */
export type HookFunctions = {
  readonly [Name in keyof HookEvents]?: readonly ((event: HookEvents[Name]) => unknown)[];
};

/** Hooks that were checked. */
export interface ResolvedHooks {
  /** The functions of each event. */
  readonly told: HookFunctions;
  /** The functions that are called with what those throw. */
  readonly onError: readonly ((error: unknown, event: HookEvents[keyof HookEvents]) => unknown)[];
}
