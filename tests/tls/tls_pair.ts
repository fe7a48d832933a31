/**
 * Two ends of a TLS connection, and what they are made of.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import { TlsAcceptor } from "../../tls/acceptor.ts";
import type { ClientConfigOptions } from "../../tls/config/client_config.ts";
import type { Identity } from "../../tls/config/config_types.ts";
import { TlsConnector } from "../../tls/connector.ts";
import { nodeCrypto } from "../../tls/crypto/node.ts";
import type { CryptoProvider } from "../../tls/crypto/provider.ts";
import { webCrypto } from "../../tls/crypto/web.ts";
import type { ServerConfigOptions } from "../../tls/config/server_config.ts";
import { type ClientTlsStream, type ServerTlsStream, TlsStream } from "../../tls/stream/tls_stream.ts";
import { RootCertStore } from "../../tls/x509/root_cert_store.ts";
import { mintAuthority, mintCertificate, type Minted } from "../support/certificates.ts";
import { type MemoryDuplexOptions, memoryDuplexPair } from "../support/memory_duplex.ts";

const authority = await mintAuthority();
const server = await mintCertificate(authority, { names: ["localhost", "foobar.com"], ips: ["127.0.0.1"] });
const client = await mintCertificate(authority, { commonName: "client" });

/** The authority of both ends, PEM. */
export const AUTHORITY_PEM: string = authority.certPem;
/** The server's certificate. */
export const SERVER_CERTIFICATE: Minted = server;
/** The server: `localhost`, `foobar.com` and `127.0.0.1`. */
export const SERVER_IDENTITY: Identity = { chain: server.chainPem, key: server.keyPem };
/** A client. */
export const CLIENT_IDENTITY: Identity = { chain: client.chainPem, key: client.keyPem };

/** Synchronous and asynchronous cryptography: the drivers take other paths. */
export const PROVIDERS: readonly [CryptoProvider, CryptoProvider] = [nodeCrypto(), webCrypto()];

/** The authority as roots. */
export function roots(): RootCertStore {
  return RootCertStore.fromPem(AUTHORITY_PEM);
}

/** A connector that trusts the authority. */
export function connector(options: ClientConfigOptions = {}): TlsConnector {
  return new TlsConnector({ roots: roots(), crypto: PROVIDERS[0], ...options });
}

/** An acceptor that is the server. */
export function acceptor(options: Partial<ServerConfigOptions> = {}): TlsAcceptor {
  return new TlsAcceptor({ identity: SERVER_IDENTITY, crypto: PROVIDERS[0], ...options });
}

/** How a pair is made. */
export interface PairOptions {
  readonly client?: ClientConfigOptions;
  readonly server?: Partial<ServerConfigOptions>;
  /** The transport. Default: a pair in memory. */
  readonly ios?: readonly [Duplex, Duplex];
  readonly memory?: MemoryDuplexOptions;
}

/** Both ends of a connection, the client's first, handshake done. Closing either closes its end of the transport. */
export function streamPair(options: PairOptions = {}): Promise<[ClientTlsStream, ServerTlsStream]> {
  const [near, far] = options.ios ?? memoryDuplexPair(options.memory);
  return Promise.all([
    connector(options.client).connect("localhost", near),
    acceptor(options.server).accept(far),
  ]);
}

/**
 * Closes the transports of streams, and nothing of the streams: an asynchronous provider would still be sealing their
 * close_notify when the test is over.
 */
export function hangUp(...streams: readonly Duplex[]): void {
  for (const stream of streams) {
    let io = stream;
    while (io instanceof TlsStream) io = io.io;
    io.close();
  }
}

/** Reads to the proper end. */
export async function readAll(io: Duplex, room = 65_536): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const into = new Uint8Array(room);
  for (let count = await io.read(into); count !== null; count = await io.read(into)) {
    pieces.push(into.slice(0, count));
  }
  return new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/** Reads so many bytes. */
export async function readBytes(io: Duplex, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const count = await io.read(bytes.subarray(filled));
    if (count === null) throw new Error(`The stream ended after ${filled} of ${length} bytes`);
    filled += count;
  }
  return bytes;
}

/** Text as bytes. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Bytes as text. */
export function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
