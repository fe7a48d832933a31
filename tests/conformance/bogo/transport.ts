/**
 * The socket between shim and runner.
 *
 * @module
 */

import type { ClientConnection } from "../../../tls/connection/client_connection.ts";
import type { ServerConnection } from "../../../tls/connection/server_connection.ts";
import type { Flags } from "./flags.ts";

/** Dials the runner and says which test this is. */
export async function dial({ ipv6, port = 0, shimId = 0 }: Flags): Promise<Deno.TcpConn> {
  const io = await Deno.connect({ hostname: ipv6 ? "::1" : "127.0.0.1", port });
  io.setNoDelay(true);
  const id = new DataView(new ArrayBuffer(8));
  id.setBigUint64(0, BigInt(shimId), true);
  await writeAll(io, new Uint8Array(id.buffer));
  return io;
}

/** Writes what the connection has to write. */
export async function flush(connection: ClientConnection | ServerConnection, io: Deno.Conn): Promise<void> {
  for (let bytes = connection.output(); bytes !== undefined; bytes = connection.output()) {
    await writeAll(io, bytes);
  }
}

/** After a failure: sends the alert, and reads to the end, for the runner takes a reset for an error of its own. */
export async function drain(connection: ClientConnection | ServerConnection, io: Deno.Conn): Promise<void> {
  await flush(connection, io).catch(ignore);
  await closeTransport(io);
}

/** Says that nothing more comes, and waits until the runner says so, too. */
export async function closeTransport(io: Deno.Conn): Promise<void> {
  await io.closeWrite().catch(ignore);
  const buffer = new Uint8Array(64 * 1024);
  try {
    while (await io.read(buffer) !== null);
  } catch {
    // The runner is gone, which is as good.
  }
  io.close();
}

function ignore(): void {}

async function writeAll(io: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await io.write(bytes.subarray(at));
}
