/**
 * Ductile's client in front of real servers: dials them, talks to them.
 *
 * @module
 */

import { deadline } from "@std/async/deadline";
import { writeAll } from "../../io/duplex.ts";
import {
  type ClientConfigOptions,
  type ClientTlsStream,
  type CryptoProvider,
  denoCrypto,
  RootCertStore,
  TlsConnector,
  TlsError,
  type TlsStream,
} from "../../tls/mod.ts";
import { AUTHORITY } from "./tls_identities.ts";

/** The cryptography that is used where nothing else is asked for. */
export const CRYPTO: CryptoProvider = denoCrypto();

/** The roots that all peers here trust. */
export const ROOTS: RootCertStore = RootCertStore.fromPem(AUTHORITY.certPem);

/** Nothing here takes nearly as long, even on a machine that is busy with other tests. */
export const WITHIN = 30_000;

/** A client that trusts {@linkcode AUTHORITY}. */
export function connectorTo(options: ClientConfigOptions = {}): TlsConnector {
  return new TlsConnector({ crypto: CRYPTO, roots: ROOTS, ...options });
}

/** Dials a port of this machine and shakes hands. */
export async function dial(
  port: number,
  connector: TlsConnector = connectorTo(),
  serverName = "localhost",
): Promise<ClientTlsStream> {
  const io = await Deno.connect({ hostname: "127.0.0.1", port });
  io.setNoDelay(true);
  return await connector.connect(serverName, io, { handshakeTimeout: WITHIN });
}

/** Says something, and reads until `done` is content with what was answered so far. */
export async function talk(
  stream: TlsStream,
  said: string,
  done: (heard: string) => boolean = (heard) => heard.includes("\n"),
): Promise<string> {
  await writeAll(stream, new TextEncoder().encode(said));
  await stream.flush();
  return await hear(stream, done);
}

/** Reads until `done` is content with what came so far, or until the proper end. */
export async function hear(
  stream: TlsStream,
  done: (heard: string) => boolean = () => false,
): Promise<string> {
  const into = new Uint8Array(16_384);
  let heard = "";
  while (!done(heard)) {
    const count = await deadline(stream.read(into), WITHIN);
    if (count === null) break;
    heard += new TextDecoder().decode(into.subarray(0, count));
  }
  return heard;
}

/** What a promise rejects with, which must be a {@linkcode TlsError}. */
export async function failureOf(work: Promise<unknown>): Promise<TlsError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof TlsError) return error;
    throw error;
  }
  throw new Error("This did not fail");
}

/** What a {@linkcode TlsError} is to be. */
export interface TlsErrorOf {
  readonly code: string;
  readonly alert?: string;
  readonly hint?: RegExp;
}
