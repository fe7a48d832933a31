/**
 * The connector of Deno's TLS.
 *
 * It dials with `Deno.connect` and adds TLS with `Deno.startTls`, not with `Deno.connectTls` in one step. The latter
 * leaves Nagle's algorithm on and cannot turn it off, so the client's last message of the handshake and its first request
 * are delayed until the server's delayed acknowledgement: 44 ms for each connection on loopback, where the two steps
 * take 0.6 ms, first request included. Only with a client certificate, which `Deno.startTls` does not accept, is
 * `Deno.connectTls` used.
 *
 * This is the only module of its folder that uses `Deno`.
 *
 * @module
 */

import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { Attempt } from "../../io/attempt.ts";
import { describeConnection } from "./deno_connection.ts";
import { toHandshakeError, toSetupError } from "./deno_failure.ts";
import {
  checkAlpnProtocols,
  checkOptions,
  type DenoTlsOptions,
  type PemIdentity,
  type ResolvedDenoTlsOptions,
} from "./deno_options.ts";
import {
  cannotIdentify,
  cannotRename,
  connectTooSlow,
  handshakeTooSlow,
  notOffered,
  notTcp,
} from "./deno_refusals.ts";
import { DenoTlsStream } from "./deno_stream.ts";
import { TlsError } from "../error/tls_error.ts";
import { checkOptionNames } from "../config/check_option_names.ts";
import { normalizeServerName } from "../names/server_name.ts";

/** Options of one connection of Deno's TLS. */
export interface DenoTlsConnectOptions {
  /** Signal that aborts the handshake; after it the signal has no effect on the connection. */
  readonly signal?: AbortSignal;
  /** ALPN protocols, in order of preference; empty disables ALPN. Default: those of the {@linkcode DenoTls}. */
  readonly alpnProtocols?: readonly string[];
  /** Time for the handshake, in milliseconds. Default: no limit. */
  readonly handshakeTimeout?: number;
}

/** Options of one connection of Deno's TLS that is dialled, too. */
export interface DenoTlsDialOptions extends DenoTlsConnectOptions {
  /** Time for dialling, look-up of the name included, in milliseconds. Default: the system's limit. */
  readonly connectTimeout?: number;
}

/** Destination of a connection of Deno's TLS. */
export interface DenoTlsTarget {
  /** Host name or IP address; an IPv6 address may have brackets. */
  readonly hostname: string;
  /** Port, 1 to 65535. */
  readonly port: number;
  /** Name to ask for and to verify. Default: that of the {@linkcode DenoTls}, else `hostname`. */
  readonly serverName?: string;
}

const CONNECT_OPTIONS: readonly (keyof DenoTlsConnectOptions)[] = [
  "signal",
  "alpnProtocols",
  "handshakeTimeout",
];
const DIAL_OPTIONS: readonly (keyof DenoTlsDialOptions)[] = [...CONNECT_OPTIONS, "connectTimeout"];

/**
 * Makes connections with Deno's TLS, which is built into the runtime: TLS 1.3 and 1.2.
 *
 * It trusts the roots that Deno trusts, and `caCerts`. Deno trusts Mozilla's roots; `DENO_TLS_CA_STORE`, `DENO_CERT` and
 * `--cert`, and `NODE_EXTRA_CA_CERTS` change them or add to them. The flag `--unsafely-ignore-certificate-errors`
 * affects these connections like all others of the process: without names it disables every check; with a list of names
 * it does so for these, and for all **other** names Deno then ignores every root that is not Mozilla's, those of
 * `caCerts` included.
 *
 * @example Connecting with timeouts
 * ```ts
 * import { DenoTls } from "@ductile/ductile/tls";
 *
 * const tls = new DenoTls({ alpnProtocols: ["http/1.1"] });
 *
 * async function firstLine(hostname: string): Promise<string> {
 *   using io = await tls.dial({ hostname, port: 443 }, { connectTimeout: 5_000, handshakeTimeout: 5_000 });
 *   await io.write(new TextEncoder().encode(`HEAD / HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`));
 *   const head = new Uint8Array(1024);
 *   const length = await io.read(head) ?? 0;
 *   return new TextDecoder().decode(head.subarray(0, length)).split("\r\n", 1)[0] ?? "";
 * }
 * ```
 */
export class DenoTls {
  readonly #options: ResolvedDenoTlsOptions;

  /**
   * Checks the options, and connects nothing.
   *
   * @param options Trust, identity and protocols; the defaults suit a public web server.
   * @throws {TypeError} for an unknown option, a `cert` without a `key` or the reverse, a bad name or protocol.
   * @throws {TlsError} `bad_certificate_pem` or `bad_key_pem` for PEM that cannot be used; `unsupported_option`
   * where the runtime is not Deno.
   */
  constructor(options: DenoTlsOptions = {}) {
    if (typeof globalThis.Deno?.startTls !== "function") {
      throw new TlsError("unsupported_option", "Cannot make a DenoTls: this runtime has no Deno.startTls");
    }
    this.#options = checkOptions(options);
  }

  /**
   * Adds TLS to a TCP connection from which nothing was read.
   *
   * @param serverName Name to ask for and to verify, unless the {@linkcode DenoTls} has one.
   * @param io A `Deno.TcpConn`. It belongs to this call: when the call rejects, it is closed.
   * @param options The signal, ALPN and the time limit of this connection.
   * @returns The protected connection, its handshake done.
   * @throws {TlsError} when the handshake fails or takes too long; `unsupported_option` when `io` is no
   * `Deno.TcpConn`, or when a client certificate is set, which Deno sends only on connections that it dials itself.
   * @throws {TypeError | RangeError} for a bad name, protocol or time.
   * @throws the reason of `options.signal` when it is aborted.
   */
  async connect(serverName: string, io: Duplex, options: DenoTlsConnectOptions = {}): Promise<DenoTlsStream> {
    try {
      checkOptionNames("connect", options, CONNECT_OPTIONS);
      return await Attempt.run(options.signal, async (attempt) => {
        const plan = this.#plan(this.#options.serverName ?? serverName, options, attempt);
        const start = performance.now();
        return await shakeHands(await this.#startTls(io, plan), plan, { start, connect: 0 });
      });
    } catch (error) {
      closeQuietly(io);
      throw error;
    }
  }

  /**
   * Dials, and shakes hands.
   *
   * Deno cannot cancel a handshake: one that is abandoned, by its timeout or by the signal, is closed here at once, but
   * the system keeps its socket until the server sends something. A server that stays silent costs one open file for
   * each such attempt.
   *
   * @param target The destination.
   * @param options The signal, ALPN and the time limits of this connection.
   * @returns The protected connection, its handshake done.
   * @throws {TlsError} when the handshake fails, or dialling or the handshake takes too long.
   * @throws {Deno.errors.ConnectionRefused | Deno.errors.NotCapable | Error} what `Deno.connect` throws.
   * @throws {TypeError | RangeError} for a bad name, protocol or time.
   * @throws the reason of `options.signal` when it is aborted.
   */
  async dial(target: DenoTlsTarget, options: DenoTlsDialOptions = {}): Promise<DenoTlsStream> {
    checkOptionNames("connect", options, DIAL_OPTIONS);
    return await Attempt.run(options.signal, async (attempt) => {
      const to = { hostname: target.hostname.replace(/^\[(.*)\]$/, "$1"), port: target.port };
      const serverName = target.serverName ?? this.#options.serverName ?? to.hostname;
      const plan = this.#plan(serverName, options, attempt);
      attempt.allow(options.connectTimeout, () => connectTooSlow(to.hostname, options.connectTimeout));
      const dialled = this.#options.identity === undefined
        ? await this.#dialThenStartTls(to, plan)
        : await this.#connectTls(to, plan, this.#options.identity);
      return await shakeHands(dialled.conn, plan, dialled.timings);
    });
  }

  #plan(serverName: string, options: DenoTlsConnectOptions, attempt: Attempt): Plan {
    return {
      serverName: normalizeServerName(serverName),
      protocols: checkAlpnProtocols(options.alpnProtocols ?? this.#options.alpnProtocols),
      handshakeTimeout: options.handshakeTimeout,
      attempt,
    };
  }

  async #dialThenStartTls(to: HostAndPort, plan: Plan): Promise<Dialled> {
    const start = performance.now();
    const io = await Deno.connect({ ...to, signal: plan.attempt.signal });
    const dialled = performance.now();
    try {
      const conn = await this.#startTls(io, plan);
      return { conn, timings: { start: dialled, connect: dialled - start } };
    } catch (error) {
      closeQuietly(io);
      throw error;
    }
  }

  async #startTls(io: Duplex, plan: Plan): Promise<Deno.TlsConn> {
    const { caCerts, identity, unsafelyDisableHostnameVerification } = this.#options;
    if (identity !== undefined) throw cannotIdentify();
    if (!isTcpConn(io)) throw notTcp();
    const { serverName: hostname, protocols } = plan;
    const options = { hostname, caCerts, alpnProtocols: [...protocols], unsafelyDisableHostnameVerification };
    try {
      io.setNoDelay(true);
      return await Deno.startTls(io, options);
    } catch (error) {
      // A value with the shape of a Deno.TcpConn only, such as a wrapper, has no resource for the runtime.
      const isWrapper = error instanceof TypeError && !/hostname/i.test(error.message);
      throw isWrapper ? notTcp(error) : toSetupError(error);
    }
  }

  /** Dials and adds TLS in one step, for a client certificate only; the head of this file says what it costs. */
  async #connectTls(to: HostAndPort, plan: Plan, identity: PemIdentity): Promise<Dialled> {
    const { caCerts, unsafelyDisableHostnameVerification } = this.#options;
    const { serverName, protocols, attempt } = plan;
    const otherName = to.hostname.toLowerCase().replace(/\.$/, "") === serverName ? null : serverName;
    let asked = false;
    const options = {
      ...to,
      ...identity,
      caCerts,
      alpnProtocols: [...protocols],
      unsafelyDisableHostnameVerification,
      /** Read at first by runtimes that have the option; others would verify the name that they dial. */
      get [UNSTABLE_SERVER_NAME](): string | null {
        asked = true;
        return otherName;
      },
    };
    const start = performance.now();
    const dialling = Deno.connectTls(options);
    // Deno.connectTls takes no signal, and waits for the dialling but not for the handshake. An abandoned dialling goes
    // on until the system ends it, and a connection that still comes of it is closed.
    if (otherName !== null && !asked) {
      dialling.then(closeQuietly, () => {});
      throw cannotRename();
    }
    try {
      const conn = await attempt.leaving(dialling, closeQuietly);
      const dialled = performance.now();
      return { conn, timings: { start: dialled, connect: dialled - start } };
    } catch (error) {
      throw attempt.signal.aborted ? error : toSetupError(error);
    }
  }
}

/** Parameters of one attempt to connect. */
interface Plan {
  readonly serverName: string;
  readonly protocols: readonly string[];
  readonly handshakeTimeout: number | undefined;
  readonly attempt: Attempt;
}

interface HostAndPort {
  readonly hostname: string;
  readonly port: number;
}

interface Dialled {
  readonly conn: Deno.TlsConn;
  /** When the handshake began, and the time that dialling took before. */
  readonly timings: { readonly start: number; readonly connect: number };
}

/** An undocumented option of `Deno.connectTls`: the name to ask for and to verify. */
const UNSTABLE_SERVER_NAME = Symbol.for("unstableServerName");

async function shakeHands(
  conn: Deno.TlsConn,
  plan: Plan,
  timings: Dialled["timings"],
): Promise<DenoTlsStream> {
  const { serverName, protocols, handshakeTimeout, attempt } = plan;
  const { start, connect } = timings;
  try {
    attempt.allow(handshakeTimeout, () => handshakeTooSlow(serverName, handshakeTimeout));
    const { alpnProtocol } = await attempt.stopping(
      conn.handshake().catch((error) => {
        throw toHandshakeError(error, serverName);
      }),
      () => closeQuietly(conn),
    );
    const handshake = performance.now() - start;
    // "the "ProtocolNameList" MUST contain exactly one "ProtocolName"" (RFC 7301 §3.1), and the client's list is
    // what it is chosen from. The runtime checks this, too, but the protocol that is spoken next depends on it.
    if (alpnProtocol !== null && !protocols.includes(alpnProtocol)) throw notOffered(serverName);
    return new DenoTlsStream(conn, describeConnection(conn, serverName, alpnProtocol), {
      connect,
      handshake,
    });
  } catch (error) {
    closeQuietly(conn);
    throw error;
  }
}

/** Only a TCP connection of Deno's has both of these. */
function isTcpConn(io: Duplex): io is Deno.TcpConn {
  const { setNoDelay, remoteAddr } = io as Partial<Deno.TcpConn>; // each is checked before it is used
  return typeof setNoDelay === "function" && remoteAddr?.transport === "tcp";
}
