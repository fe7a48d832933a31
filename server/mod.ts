/**
 * A server of HTTP/1.1 and HTTP/2, plain and over TLS, with the contract of `Deno.serve`.
 *
 * {@linkcode serve} listens. {@linkcode serveConnection} takes a connection of any kind: a `TlsStream`, a tunnel, one
 * end of a pair in memory.
 *
 * What `Deno.serve` cannot do: ask clients for a certificate, and show it to the handler (`clientAuth` of `tls`); end
 * connections of clients that are slow (`timeouts`); send 1xx responses and trailers; accept WebSockets over HTTP/2; tell
 * the facts of the connection (`info.connection`).
 *
 * Where it differs from `Deno.serve`, in short:
 *
 * - `request.signal` is aborted when the client leaves or the response fails, and not after a response that was sent.
 *   `info.completed` tells of both.
 * - `connection: close` in a response closes the connection.
 * - A request that is not valid, such as one whose Host is no host, is answered with 400; `request.url` always is a URL.
 * - TRACE is answered with 405, and CONNECT with 501.
 * - A signal that is aborted already does not listen.
 * - An unknown option is a `TypeError`.
 *
 * Run directly, the module is a command that serves a folder: `deno run -N -R jsr:@ductile/ductile/server public`; `--help`
 * lists its flags.
 *
 * @module
 */

export { serve } from "./serve.ts";
export { type HttpConnection, serveConnection } from "./serve_connection.ts";
export type { HttpServer, ShutdownOptions } from "./http_server.ts";
export type {
  ServeConnectionOptions,
  ServeInit,
  ServeOptions,
  ServeRequestOptions,
  ServeTlsOptions,
  ServeUnixInit,
  ServeUnixOptions,
} from "./serve_options.ts";
export {
  type GeneratedIdentity,
  generateSelfSigned,
  type GenerateSelfSignedOptions,
} from "./generate_self_signed.ts";
export type { ServeIdentity } from "./tls_choice.ts";
export type { ServeTimeouts } from "./serve_timeouts.ts";
export type { ServeHandler, ServeInfo, ServeTrailers } from "./exchange/serve_info.ts";
export type { ServeUpgrade, ServeUpgradeOptions } from "./exchange/upgrade.ts";
export type { ServeWebSocket, ServeWebSocketOptions } from "./exchange/web_socket_upgrade.ts";
export type { ServeConnection, ServeTls } from "./exchange/serve_connection_info.ts";
export type { ServeAddress, ServeNetAddress, ServeUnixAddress } from "./runtime.ts";

export type { HttpVersion } from "../http/message.ts";
export type { Http1ConnectionOptions } from "../http1/mod.ts";
export type { Http2ConnectionOptions } from "../http2/mod.ts";
export type { Duplex } from "../io/duplex.ts";

// Not awaited, and not in a bundle, as in the module of the client.
if (import.meta.main && import.meta.url.endsWith("/server/mod.ts")) {
  import("../cli/serve/cli.ts").then(({ run }) => run());
}
