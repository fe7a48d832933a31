/**
 * Makes the service of a server: its handler, and its options with their defaults.
 *
 * @module
 */

import type { ServeHandler } from "./exchange/serve_info.ts";
import {
  DEFAULT_CLIENT_WINDOW_BYTES,
  DEFAULT_REQUEST_WINDOW_BYTES,
  MAX_REQUEST_HEAD_BYTES,
  MIN_KEEP_ALIVE_MARGIN_MS,
} from "./limits.ts";
import { resolveHttp1Options } from "../http1/limits.ts";
import { resolveOptions } from "../http2/options.ts";
import { patchUpgradeWebSocket } from "./patch_upgrade_web_socket.ts";
import type { ServeAddress } from "./runtime.ts";
import { checkCount, type ServeRequestOptions } from "./serve_options.ts";
import { resolveTimeouts } from "./serve_timeouts.ts";
import { internalServerError } from "./exchange/internal_server_error.ts";
import type { Service } from "./exchange/service.ts";
import { Watch } from "./watch.ts";
import { handshakeStatus } from "./exchange/web_socket_loader.ts";
import type { Field } from "../http/fields.ts";

/**
 * Makes the service of a handler.
 *
 * @throws {TypeError | RangeError} If the handler is no function, or an option is not valid.
 */
export function makeService(handler: ServeHandler<ServeAddress>, options: ServeRequestOptions): Service {
  if (typeof handler !== "function") {
    throw new TypeError("Cannot serve: the handler is no function");
  }
  const timeouts = resolveTimeouts(options.timeouts);
  const http1 = { maxHeadBytes: MAX_REQUEST_HEAD_BYTES, ...options.http1 };
  const http2 = {
    enableConnectProtocol: true,
    maxHeaderListSize: MAX_REQUEST_HEAD_BYTES,
    initialStreamWindow: DEFAULT_REQUEST_WINDOW_BYTES,
    initialConnectionWindow: DEFAULT_CLIENT_WINDOW_BYTES,
    ...options.http2,
  };
  // These throw where a figure is out of range: a connection that found out could only be closed.
  resolveHttp1Options("server", http1);
  resolveOptions("server", http2);
  if (options.patchUpgradeWebSocket) patchUpgradeWebSocket();
  return {
    handler,
    onError: options.onError ?? reportError,
    timeouts,
    keepAlive: keepAliveFields(timeouts.idle),
    http1,
    http2,
    maxBodySize: checkCount("maxBodySize", options.maxBodySize, Infinity),
    maxRequests: checkCount("maxRequests", options.maxRequests, Infinity),
    allowHalfClose: options.allowHalfClose ?? false,
    watch: new Watch(Math.min(...Object.values(timeouts))),
  };
}

/** The hint of the Keep-Alive field, which is a little less than the truth, and the option that it needs. */
function keepAliveFields(idle: number): readonly Field[] {
  const field: Field = ["connection", "keep-alive"];
  const seconds = Math.floor((idle - MIN_KEEP_ALIVE_MARGIN_MS) / 1000);
  return seconds > 0 && seconds < Infinity ? [field, ["keep-alive", `timeout=${seconds}`]] : [field];
}

function reportError(error: unknown): Response {
  // A handler that upgrades whatever comes has made no mistake: the client has.
  const status = handshakeStatus(error);
  if (status !== undefined) {
    // "The server MUST send an Upgrade header field in a 426 response to indicate the required protocol(s) (Section 7.8)."
    // (RFC 9110 §15.5.22)
    const upgrade = status === 426 ? { upgrade: "websocket" } : {};
    return new Response(null, { status, headers: { ...HANDSHAKE_FIELDS, ...upgrade } });
  }
  // deno-lint-ignore no-console -- what `Deno.serve` does: without an `onError` there is no other place for it
  console.error(error);
  return internalServerError();
}

/**
 * "if this version does not match a version understood by the server, the server MUST abort the WebSocket handshake
 * described in this section and instead send an appropriate HTTP error code (such as 426 Upgrade Required) and a
 * |Sec-WebSocket-Version| header field indicating the version(s) the server is capable of understanding." (RFC 6455 §4.2.2)
 */
const HANDSHAKE_FIELDS = { "sec-websocket-version": "13" };
