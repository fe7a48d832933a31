/**
 * TLS for Deno, over the TLS that is built into it.
 *
 * {@linkcode DenoTls} dials and shakes hands, or adds TLS to a `Deno.TcpConn`; what it returns is a
 * {@linkcode DenoTlsStream}, which reads and writes like any {@linkcode Duplex}. Every failure of the handshake is
 * reported by the call that connects, never by a later write, as a {@linkcode TlsError} with a code.
 *
 * @example A port that does not speak TLS
 * ```ts
 * import { DenoTls, TlsError } from "@ductile/ductile/tls";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const answering = listener.accept().then(async (io) => {
 *   await io.write(new TextEncoder().encode("220 mail.example at your service\r\n"));
 *   return io;
 * });
 *
 * const tls = new DenoTls();
 * const target = { hostname: "127.0.0.1", port: listener.addr.port };
 * const error = await assertRejects(() => tls.dial(target, { handshakeTimeout: 5_000 }), TlsError);
 * assertEquals(error.code, "handshake_failed");
 * assertEquals(error.hint, "Check that the port speaks TLS, or use http: for one that does not.");
 * (await answering).close();
 * ```
 *
 * @module
 */

export type { Duplex } from "../io/duplex.ts";
export { DenoTls, type DenoTlsConnectOptions, type DenoTlsDialOptions, type DenoTlsTarget } from "./deno.ts";
export type { DenoTlsConnection } from "./deno_connection.ts";
export type { DenoTlsOptions } from "./deno_options.ts";
export { DenoTlsStream, type DenoTlsTimings, type SocketAddress, type TlsSocket } from "./deno_stream.ts";
export { TlsError, type TlsErrorCode, type TlsErrorOptions } from "./error.ts";
export { AlertDescription, type AlertName } from "./wire/alert.ts";
