/**
 * Streams with early data: a connector and an acceptor that have met once, so that the client has tickets.
 *
 * @module
 */

import type { Duplex } from "../../../io/duplex.ts";
import { TlsAcceptor } from "../../../tls/acceptor.ts";
import type { ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import type { TlsConnector } from "../../../tls/connector.ts";
import type { ClientTlsStream } from "../../../tls/stream/tls_stream.ts";
import { type MemoryDuplexOptions, memoryDuplexPair } from "../../support/memory_duplex.ts";
import { connector, PROVIDERS, readAll, SERVER_IDENTITY } from "../tls_pair.ts";

/** A client and a server that have met. */
export interface Known {
  readonly connector: TlsConnector;
  readonly acceptor: TlsAcceptor;
  readonly options: ServerConfigOptions;
}

/** Options of both. */
export interface KnownOptions {
  readonly client?: ClientConfigOptions;
  readonly server?: Partial<ServerConfigOptions>;
}

/** Lets them meet. */
export async function meet({ client, server }: KnownOptions = {}): Promise<Known> {
  const [crypto] = PROVIDERS;
  const options = { identity: SERVER_IDENTITY, crypto, maxEarlyDataSize: 1000, ...server };
  const known = {
    connector: connector({ enableEarlyData: true, ...client }),
    acceptor: new TlsAcceptor(options),
    options: { ...options, sessions: new ServerConfig(options).sessions },
  };
  const acceptor = new TlsAcceptor({ ...options, sessions: known.options.sessions });
  const [near, far] = memoryDuplexPair();
  const [one, other] = await Promise.all([
    known.connector.connect("localhost", near),
    acceptor.accept(far),
  ]);
  await Promise.all([other.shutdown(), readAll(one)]); // the tickets have come
  one.close();
  other.close();
  return { ...known, acceptor };
}

/** A stream with early data, and its server's side, which is accepted later. */
export async function early(
  known: Known,
  memory?: MemoryDuplexOptions,
): Promise<[ClientTlsStream, Duplex]> {
  const [near, far] = memoryDuplexPair(memory);
  return [await known.connector.connect("localhost", near, { earlyData: true }), far];
}

/** Closes them all. */
export function close(...streams: readonly { close(): void }[]): void {
  for (const stream of streams) stream.close();
}
