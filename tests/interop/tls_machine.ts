/**
 * Our TLS machine in front of real peers: a client that dials one, a server that one dials, and the programs that
 * do.
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
  type ServerConfigOptions,
  type ServerTlsStream,
  TlsAcceptor,
  type TlsConnectionInfo,
  TlsConnector,
  TlsError,
  type TlsStream,
} from "../../tls/mod.ts";
import { AUTHORITY } from "./tls_machine_identities.ts";

/** The cryptography that is used where nothing else is asked for. */
export const CRYPTO: CryptoProvider = denoCrypto();

/** The roots that everybody here trusts. */
export const ROOTS: RootCertStore = RootCertStore.fromPem(AUTHORITY.certPem);

/** Nothing here takes nearly as long, even on a machine that is busy with other tests. */
const WITHIN = 30_000;

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

/** What became of a connection to our server. */
export interface Outcome {
  /** The connection, if the handshake succeeded. */
  readonly connection?: TlsConnectionInfo;
  /** What went wrong, in the handshake or after it. */
  readonly error?: unknown;
}

/** Our server, which listens. */
export interface Serving extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** What became of each connection, in the order in which they were over. */
  readonly outcomes: readonly Outcome[];
  /** Waits for what became of the next connection that nobody waited for yet. */
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
      connection = stream.connection;
      await script(stream);
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

function closeQuietly(io: Deno.Conn): void {
  try {
    io.close();
  } catch { /* it was closed by its stream */ }
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
  await hear(stream, (heard) => heard.includes("\r\n\r\n"));
  await writeAll(stream, new TextEncoder().encode("HTTP/1.0 200 OK\r\n\r\nhello from ductile\n"));
  await stream.shutdown();
  await untilGone(stream);
}

/** What a program did. */
export interface Run {
  /** Its exit code. */
  readonly code: number;
  /** What it wrote to standard output, and then what it wrote to standard error. */
  readonly output: string;
}

/** Runs a program to its end; it is handed a text, and then the end of its input, or none while it runs. */
export async function runProgram(
  command: readonly [string, ...string[]],
  options: {
    readonly cwd: string;
    readonly input?: string;
    readonly end?: boolean;
    readonly signal?: AbortSignal;
  },
): Promise<Run> {
  const { cwd, input = "", end = false, signal = AbortSignal.timeout(WITHIN) } = options;
  const [name, ...args] = command;
  const child = new Deno.Command(name, {
    args,
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
    signal,
  }).spawn();
  const writer = child.stdin.getWriter();
  // Whoever fails early does not listen.
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  if (end) await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  if (!end) await writer.close().catch(() => {});
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** A folder of its own with the authority in `ca.pem` and other files. */
export async function folderWith(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "ductile_" });
  for (const [name, content] of Object.entries({ "ca.pem": AUTHORITY.certPem, ...files })) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${path}/${name}`, bytes);
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** The command of an `openssl s_client` that verifies our server, and stays until the server ends. */
export function sClient(port: number, ...more: string[]): [string, ...string[]] {
  const name = more.includes("-noservername") ? [] : ["-servername", "localhost"];
  return [
    ...["openssl", "s_client", "-connect", `127.0.0.1:${port}`, ...name] as const,
    ...["-CAfile", "ca.pem", "-verify_return_error", "-verify_hostname", "localhost", "-ign_eof", ...more],
  ];
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
