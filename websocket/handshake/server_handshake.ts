/**
 * The opening handshake of a server (RFC 6455 §4.2), as a check of a request's head and the fields of the response.
 *
 * @module
 */

import { type Field, listMembers, trimBlanks } from "../../http/fields.ts";
import { WebSocketError } from "../error.ts";
import { acceptFor, isKey } from "./accept_key.ts";
import { fieldValue, parseExtensions } from "./extensions.ts";
import { deflateOptions, type NegotiatedWebSocket, type WebSocketHandshakeOptions } from "./negotiated.ts";
import { acceptDeflate } from "./permessage_deflate.ts";

/** The head of the request of a handshake. */
export interface WebSocketRequestHead {
  /** The method. */
  readonly method: string;
  /** The version of HTTP. */
  readonly version: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2";
  /** The fields. */
  readonly fields: readonly Field[];
}

/** The outcome of a server's handshake. */
export interface AcceptedWebSocket extends NegotiatedWebSocket {
  /** The fields of the response with status 101, or 200 over HTTP/2. */
  readonly fields: readonly Field[];
}

/**
 * Accepts a client's request for a WebSocket.
 *
 * @param request The head of the request. Over HTTP/2, the caller has seen `:protocol: websocket` (RFC 8441).
 * @param options The subprotocols and extensions that this end speaks.
 * @returns The fields of the response, and what was negotiated; a subprotocol only if both ends have it.
 * @throws {WebSocketError} (as a rejection) `bad_handshake`. Its `statusHint` is the status to answer with.
 *
 * @example
 * ```ts
 * import { acceptWebSocket } from "@ductile/ductile/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const { fields } = await acceptWebSocket({
 *   method: "GET",
 *   version: "HTTP/1.1",
 *   fields: [
 *     ["connection", "keep-alive, Upgrade"],
 *     ["upgrade", "websocket"],
 *     ["sec-websocket-version", "13"],
 *     ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
 *   ],
 * });
 * assertEquals(fields[2], ["sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]);
 * ```
 */
export async function acceptWebSocket(
  request: WebSocketRequestHead,
  options: WebSocketHandshakeOptions = {},
): Promise<AcceptedWebSocket> {
  const negotiated = negotiateWebSocket(request, options);
  const { protocol, extensions, deflate } = negotiated;
  return { fields: await acceptFieldsOf(negotiated), protocol, extensions, deflate };
}

/** What is known of a server's handshake before the key was hashed. */
export interface NegotiatedByServer extends NegotiatedWebSocket {
  /** The client's key; `undefined` over HTTP/2, which has none. */
  readonly key: string | undefined;
}

/**
 * Checks a client's request for a WebSocket, and chooses from what it offers.
 *
 * @throws {WebSocketError} `bad_handshake`, as {@linkcode acceptWebSocket}, but at once.
 */
export function negotiateWebSocket(
  request: WebSocketRequestHead,
  options: WebSocketHandshakeOptions = {},
): NegotiatedByServer {
  const { version, fields } = request;
  const key = version === "HTTP/2" ? undefined : keyOf(request);
  if (fieldValue(fields, "sec-websocket-version") !== "13") {
    throw bad("Sec-WebSocket-Version is not 13", UPGRADE_REQUIRED);
  }
  const asked = (fieldValue(fields, "sec-websocket-protocol") ?? "").split(",").map(trimBlanks);
  const protocol = options.protocols?.find((each) => asked.includes(each));
  const offers = parseExtensions(fieldValue(fields, "sec-websocket-extensions") ?? "");
  if (offers === undefined) throw bad("Sec-WebSocket-Extensions is malformed");
  const own = deflateOptions(options);
  const accepted = own && acceptDeflate(offers, own);
  return {
    key,
    protocol: protocol ?? "",
    extensions: accepted?.answer ?? "",
    deflate: accepted?.deflate,
  };
}

/** The fields of the response that accepts a WebSocket. */
export async function acceptFieldsOf({ key, protocol, extensions }: NegotiatedByServer): Promise<Field[]> {
  const fields: Field[] = key === undefined ? [] : [
    ["upgrade", "websocket"],
    ["connection", "Upgrade"],
    ["sec-websocket-accept", await acceptFor(key)],
  ];
  if (protocol !== "") fields.push(["sec-websocket-protocol", protocol]);
  if (extensions !== "") fields.push(["sec-websocket-extensions", extensions]);
  return fields;
}

function keyOf({ method, version, fields }: WebSocketRequestHead): string {
  if (method !== "GET") throw bad("the method is not GET", METHOD_NOT_ALLOWED);
  if (version === "HTTP/1.0") throw bad("the request is of HTTP/1.0");
  if (!listMembers(fieldValue(fields, "upgrade") ?? "").includes("websocket")) {
    throw bad('the request has no "Upgrade: websocket"', UPGRADE_REQUIRED);
  }
  if (!listMembers(fieldValue(fields, "connection") ?? "").includes("upgrade")) {
    throw bad('the request has no "Connection: Upgrade"');
  }
  const key = fieldValue(fields, "sec-websocket-key") ?? "";
  if (!isKey(key)) throw bad("Sec-WebSocket-Key is not the base64 of 16 bytes");
  return key;
}

function bad(reason: string, statusHint = BAD_REQUEST): WebSocketError {
  return new WebSocketError("bad_handshake", `Cannot accept the WebSocket: ${reason}`, { statusHint });
}

const BAD_REQUEST = 400;
const METHOD_NOT_ALLOWED = 405;
const UPGRADE_REQUIRED = 426;
