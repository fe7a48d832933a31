/**
 * The server's address, for a TLS library.
 *
 * @module
 */

import { Absent } from "../harness.ts";
import type { Server } from "../servers/server.ts";
import type { TlsKind, TlsTarget } from "../tls_clients/tls_client.ts";

/** The server, or for a library that needs it the one that speaks old TLS; throws `Absent` where there is none. */
export function tlsTarget(server: Server, { isOld = false }: TlsKind): TlsTarget {
  const { caCert, oldTls } = server;
  if (!isOld) return { ...address(server.origin("http/1.1")), hostname: "localhost", caCert };
  if (oldTls === undefined) throw new Absent("the server speaks no TLS that is old enough");
  return { ...address(oldTls.origin), hostname: "localhost", caCert: oldTls.caCert };
}

function address(origin: string): { address: string; port: number } {
  const { hostname, port } = new URL(origin);
  return { address: hostname, port: Number(port) };
}
