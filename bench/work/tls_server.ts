/**
 * TLS from the server's side: each server in a process of its own, and one native client, Deno's, for all.
 *
 * @module
 */

import type { Arena, Contestant, Entrant, Role } from "../harness.ts";
import { BulkCheck } from "../pattern.ts";
import { startPortProcess } from "../servers/port_process.ts";
import type { Server } from "../servers/server.ts";
import type { TlsServerKind } from "../servers/tls_process.ts";
import { denoStartTls } from "../tls_clients/deno_start_tls.ts";
import type { TlsLink } from "../tls_clients/tls_client.ts";
import { FRESH_COUNT } from "./tls_fresh.ts";
import { milliseconds } from "./timing.ts";

/** A server that takes part. */
export interface TlsServerContestant {
  /** Its name in the tables. */
  readonly name: string;
  /** The role in the comparison. */
  readonly role: Role;
  /** Which it is. */
  readonly kind: TlsServerKind;
}

/** These servers; figures are milliseconds for a connection, its handshake and 1 KiB. */
export function tlsServerHandshakes(arena: Arena, servers: readonly TlsServerContestant[]): Contestant[] {
  const count = arena.quick ? 2 : FRESH_COUNT;
  return servers.map((contestant) => ({
    ...contestant,
    async enter() {
      const process = await start(contestant.kind, arena.server);
      async function one(): Promise<void> {
        const link = await process.connect();
        await ask(link, 1024);
        link.close();
      }
      async function round(): Promise<number> {
        const time = await milliseconds(async () => {
          for (let i = 0; i < count; i++) await one();
        });
        return time / count;
      }
      return { warmUp: round, round, close: () => process.end() };
    },
  }));
}

/** These servers; figures are millions of bytes per second that they send. */
export function tlsServerDownloads(arena: Arena, servers: readonly TlsServerContestant[]): Contestant[] {
  const { bulkLength } = arena.server;
  return servers.map((contestant) => ({
    ...contestant,
    async enter(): Promise<Entrant> {
      const process = await start(contestant.kind, arena.server);
      const link = await process.connect();
      const round = async () => bulkLength / await milliseconds(() => ask(link, bulkLength, false)) / 1000;
      return {
        async warmUp() {
          return bulkLength / await milliseconds(() => ask(link, bulkLength)) / 1000;
        },
        round,
        async close() {
          link.close();
          await process.end();
        },
      };
    },
  }));
}

/** Asks for so much of the bulk and takes it; the bytes are compared unless told otherwise. */
async function ask(link: TlsLink, length: number, compares = true): Promise<void> {
  const request = new Uint8Array(4);
  new DataView(request.buffer).setUint32(0, length);
  await link.write(request);
  const check = new BulkCheck();
  let done = 0;
  while (done < length) {
    const piece = await link.read();
    if (piece === undefined) throw new Error("Cannot read the answer: the connection ended");
    done += piece.length;
    if (compares) check.take(piece);
  }
  if (compares) check.end(length);
}

interface Process {
  connect(): Promise<TlsLink>;
  end(): Promise<void>;
}

async function start(kind: TlsServerKind, { caCert, caFile }: Server): Promise<Process> {
  const folder = caFile.slice(0, caFile.lastIndexOf("/"));
  const { ports: [port], end } = await startPortProcess("tls_process.ts", [kind, folder]);
  const dialer = await denoStartTls.open({ address: "127.0.0.1", port, hostname: "localhost", caCert });
  return { connect: () => dialer.connect(), end };
}
