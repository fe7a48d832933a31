/**
 * Ductile's server in front of real clients: what it does with each, and what became of it.
 *
 * @module
 */

import { deadline } from "@std/async/deadline";
import { closeQuietly, writeAll } from "../../io/duplex.ts";
import { serveConnection } from "../../server/mod.ts";
import {
  type ServerConfigOptions,
  type ServerTlsStream,
  TlsAcceptor,
  type TlsConnectionInfo,
  TlsError,
  type TlsStream,
} from "../../tls/mod.ts";
import { CRYPTO, hear, WITHIN } from "./tls_client.ts";

/** What became of a connection to Ductile's server. */
export interface Outcome {
  /** The connection, if the handshake succeeded. */
  readonly connection?: TlsConnectionInfo;
  /** What went wrong, in the handshake or after it. */
  readonly error?: unknown;
}

/** Ductile's server, which listens. */
export interface Serving extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** What became of each connection, in the order in which they were over. */
  readonly outcomes: readonly Outcome[];
  /** Waits for the outcome of the next connection, in their order. */
  outcome(): Promise<Outcome>;
}

/** Serves every connection with `script`, one beside the other; each is ended after it. */
export function serve(
  options: ServerConfigOptions,
  script: (stream: ServerTlsStream) => Promise<void> = echoLines,
): Serving {
  const acceptor = new TlsAcceptor({ crypto: CRYPTO, ...options });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const outcomes: Outcome[] = [];
  const waiting: ((outcome: Outcome) => void)[] = [];
  const open = new Map<Deno.Conn, Promise<void>>();
  let taken = 0;

  async function serveOne(io: Deno.TcpConn): Promise<void> {
    io.setNoDelay(true);
    let connection: TlsConnectionInfo | undefined;
    let failure: { readonly error?: unknown } = {};
    try {
      await using stream = await acceptor.accept(io, { handshakeTimeout: WITHIN });
      if (!stream.isHandshaking) connection = stream.connection;
      await script(stream);
      connection ??= stream.connection;
    } catch (error) {
      failure = { error };
    }
    outcomes.push({ ...(connection && { connection }), ...failure });
    const next = waiting.shift();
    if (next !== undefined) next(outcomes[taken++] ?? {});
  }

  const accepting = (async () => {
    for await (const io of listener) {
      open.set(io, serveOne(io).finally(() => open.delete(io)));
    }
  })();
  return {
    port: listener.addr.port,
    outcomes,
    async outcome(): Promise<Outcome> {
      const ready = outcomes[taken];
      if (ready !== undefined) {
        taken++;
        return ready;
      }
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      waiting.push(resolve);
      return await deadline(promise, WITHIN);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      await accepting.catch(() => {}); // closing ends the loop, in some runtimes by an error
      const scripts = [...open.values()];
      for (const io of open.keys()) closeQuietly(io);
      await Promise.all(scripts);
    },
  };
}

/** A server's script: every line goes back, until the client ends; then the server does. */
export async function echoLines(stream: TlsStream): Promise<void> {
  const into = new Uint8Array(16_384);
  for (let count = await stream.read(into); count !== null; count = await stream.read(into)) {
    await writeAll(stream, into.subarray(0, count));
  }
}

/** The script of a Deno server: everything goes back, until the client ends. */
export async function echoAll(conn: Deno.Conn): Promise<void> {
  const into = new Uint8Array(65_536);
  for (let count = await conn.read(into); count !== null; count = await conn.read(into)) {
    await writeAll(conn, into.subarray(0, count));
  }
}

/** A server's script: one line goes back, and the server ends. */
export async function echoOneLine(stream: TlsStream): Promise<void> {
  const line = await hear(stream, (heard) => heard.includes("\n"));
  await writeAll(stream, new TextEncoder().encode(line));
  await stream.shutdown();
  await untilGone(stream);
}

/** Waits for a peer that was told of the end: gnutls-cli goes away without a close_notify of its own. */
async function untilGone(stream: TlsStream): Promise<void> {
  try {
    await hear(stream);
  } catch (error) {
    if (!(error instanceof TlsError && error.code === "unexpected_eof")) throw error;
  }
}

/** A server's script: one request of HTTP is answered with `hello from ductile`, and the server ends. */
export async function answerOneRequest(stream: TlsStream): Promise<void> {
  const headers = { connection: "close" };
  await serveConnection(stream, () => new Response("hello from ductile\n", { headers })).finished;
}
