/**
 * WebSockets of a client: its connections, TLS and trust, up to the opening handshake; the rest is `websocket/`, which is
 * loaded with this module when the first one is opened.
 *
 * @module
 */

import { withResolvers } from "../io/with_resolvers.ts";
import {
  type UpgradedWebSocket,
  WebSocketHandshake,
  type WebSocketHandshakeOptions,
  WebSocketStream,
  type WebSocketStreamOptions,
} from "../websocket/mod.ts";
import { refused } from "./request/request_options.ts";
import type { UpgradeInit } from "./request/tunnel_request.ts";
import { refuseUnknown } from "./request/unknown_option.ts";
import type { Tunnel } from "./tunnel.ts";

/** The second argument of `Client.webSocket`. */
export interface WebSocketInit
  extends
    Pick<UpgradeInit, "headers" | "timeouts" | "on" | "onInformational" | "signal" | "host">,
    WebSocketHandshakeOptions,
    WebSocketStreamOptions {}

/**
 * Opens a WebSocket.
 *
 * @param upgrade `Client.upgrade`.
 * @param url The URL: `ws:`, `wss:`, or `http:` and `https:` with the same meaning.
 */
export async function openWebSocket(
  upgrade: (url: string, init: UpgradeInit) => Promise<Tunnel>,
  url: URL | string,
  init: WebSocketInit,
): Promise<WebSocketStream> {
  if (typeof init !== "object" || init === null || Array.isArray(init)) {
    throw refused('the options are an object, as in { protocols: ["chat"] }');
  }
  refuseUnknown(init, NAMES);
  const { protocols, permessageDeflate, maxMessageBytes, closeTimeout, keepAlive, ...request } = init;
  const target = httpUrl(url);
  const handshake = new WebSocketHandshake({
    ...(protocols && { protocols }),
    ...(permessageDeflate !== undefined && { permessageDeflate }),
  });
  const upgraded = withResolvers<UpgradedWebSocket>();
  // Made before anything is sent: it refuses options that are out of range.
  const stream = new WebSocketStream(upgraded.promise, {
    ...(maxMessageBytes !== undefined && { maxMessageBytes }),
    ...(closeTimeout !== undefined && { closeTimeout }),
    ...(keepAlive !== undefined && { keepAlive }),
  });
  const isKey = ([name]: readonly [string, string]) => name === "sec-websocket-key";
  const headers = new Headers(request.headers);
  for (const [name, value] of handshake.fields) {
    if (headers.has(name)) throw refused(`the field ${name} is the handshake's`);
    if (!isKey([name, value])) headers.set(name, value);
  }
  const tunnel = await upgrade(target, {
    ...request,
    protocol: "websocket",
    headers,
    http1Headers: handshake.fields.filter(isKey).map(([name, value]): [string, string] => [name, value]),
  });
  try {
    const { status, httpVersion: version } = tunnel;
    const negotiated = await handshake.check({ status, version, fields: [...tunnel.headers] });
    upgraded.resolve({ role: "client", io: tunnel, negotiated });
    await stream.opened;
    // Its driver would learn of the end when it reads, which it does not as long as nothing takes what it has.
    tunnel.onClose = () => stream.abort();
    return stream;
  } catch (error) {
    tunnel.close();
    throw error;
  }
}

/** The URL of the handshake's request. */
function httpUrl(url: URL | string): string {
  const text = String(url);
  // "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be used on these URIs."
  // (RFC 6455 §3)
  if (text.includes("#")) throw refused("the URL of a WebSocket has no fragment");
  return text.replace(/^ws(?=s?:)/i, "http");
}

const NAMES: ReadonlySet<string> = new Set<keyof WebSocketInit>([
  "headers",
  "timeouts",
  "on",
  "onInformational",
  "signal",
  "host",
  "protocols",
  "permessageDeflate",
  "maxMessageBytes",
  "closeTimeout",
  "keepAlive",
]);
