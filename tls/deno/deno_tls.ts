/**
 * Deno's own TLS behind the face that every connector of this package has.
 *
 * It dials with `Deno.connect` and adds TLS with `Deno.startTls`, not with `Deno.connectTls` in one step. The
 * latter leaves Nagle's algorithm on and gives no way to turn it off, so what the client says last in the
 * handshake and its first request are held back until the server's delayed acknowledgement: 44 ms a connection
 * on loopback, where the two steps take 0.6 ms, first request included. Only with a client certificate, which
 * `Deno.startTls` does not take, is there no other way.
 *
 * This is the only module of its folder that names the runtime.
 *
 * @module
 */

import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { Attempt } from "../../io/attempt.ts";
import { describeConnection } from "./deno_connection.ts";
import { toHandshakeError, toSetupError } from "./deno_failure.ts";
import {
  checkAlpnProtocols,
  type CheckedOptions,
  checkOptions,
  type DenoTlsOptions,
  type Identity,
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

/** What one connection may have of its own. */
export interface DenoTlsConnectOptions {
  /** Ends the attempt when it is aborted; afterwards it has no effect on the connection. */
  readonly signal?: AbortSignal;
  /** What ALPN offers, in order of preference, instead of what the {@linkcode DenoTls} was made with. */
  readonly alpnProtocols?: readonly string[];
  /** How long the handshake may take, in milliseconds. Default: no limit. */
  readonly handshakeTimeout?: number;
}

/** What one connection that is still to be dialled may have of its own. */
export interface DenoTlsDialOptions extends DenoTlsConnectOptions {
  /** How long dialling may take, look-up of the name included, in milliseconds. Default: no limit of ours. */
  readonly connectTimeout?: number;
}

/** Where a connection is to lead. */
export interface DenoTlsTarget {
  /** Host name or IP address; brackets around an IPv6 address are taken off. */
  readonly hostname: string;
  /** Port, 1 to 65535. */
  readonly port: number;
  /** The name to ask for and to verify. Default: that of the {@linkcode DenoTls}, else `hostname`. */
  readonly serverName?: string;
}

const CONNECT_OPTIONS: readonly (keyof DenoTlsConnectOptions)[] = [
  "signal",
  "alpnProtocols",
  "handshakeTimeout",
];
const DIAL_OPTIONS: readonly (keyof DenoTlsDialOptions)[] = [...CONNECT_OPTIONS, "connectTimeout"];

/**
 * Connects with the TLS that is built into Deno: TLS 1.3 and 1.2.
 *
 * It trusts what Deno trusts, and `caCerts` besides. What Deno trusts is Mozilla's roots, unless the process is
 * told otherwise: `DENO_TLS_CA_STORE`, `DENO_CERT` and `--cert`, and `NODE_EXTRA_CA_CERTS` change or add to it.
 * The flag `--unsafely-ignore-certificate-errors` affects these connections like all others of the process:
 * with no names it turns every check off; with a list of names it does so for these, and for all **other** names
 * Deno then forgets every certificate that is not Mozilla's, those of `caCerts` included.
 *
 * @example Connecting, with limits to how long it may take
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
  readonly #options: CheckedOptions;

  /**
   * Checks the options; nothing is connected yet.
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
   * Adds TLS to a connection that was dialled already, and that nobody reads.
   *
   * @param serverName The name to ask for and to verify, unless the {@linkcode DenoTls} has one.
   * @param io A `Deno.TcpConn`. It belongs to this call: when the call rejects, it is closed.
   * @param options The signal, ALPN and the time limit of this connection.
   * @returns The protected connection, its handshake done.
   * @throws {TlsError} when the handshake fails or takes too long; `unsupported_option` when `io` is no
   * `Deno.TcpConn`, or when there is a client certificate, which Deno sends only on what it dialled itself.
   * @throws {TypeError | RangeError} for a bad name, protocol or time.
   * @throws the reason of `options.signal` when it is aborted.
   */
  async connect(serverName: string, io: Duplex, options: DenoTlsConnectOptions = {}): Promise<DenoTlsStream> {
    try {
      checkOptionNames(options, CONNECT_OPTIONS);
      using attempt = new Attempt(options.signal);
      const plan = this.#plan(this.#options.serverName ?? serverName, options, attempt);
      const start = performance.now();
      return await shakeHands(await this.#startTls(io, plan), plan, { start, connect: 0 });
    } catch (error) {
      closeQuietly(io);
      throw error;
    }
  }

  /**
   * Dials, and shakes hands.
   *
   * Deno has no way to take a handshake back: one that is given up, because it took too long or by the signal, is
   * closed here at once, but the system keeps its socket until the server moves. A server that keeps silent costs
   * one open file for each such attempt.
   *
   * @param target Where to.
   * @param options The signal, ALPN and the time limits of this connection.
   * @returns The protected connection, its handshake done.
   * @throws {TlsError} when the handshake fails, or dialling or the handshake takes too long.
   * @throws {Deno.errors.ConnectionRefused | Deno.errors.NotCapable | Error} what `Deno.connect` throws.
   * @throws {TypeError | RangeError} for a bad name, protocol or time.
   * @throws the reason of `options.signal` when it is aborted.
   */
  async dial(target: DenoTlsTarget, options: DenoTlsDialOptions = {}): Promise<DenoTlsStream> {
    checkOptionNames(options, DIAL_OPTIONS);
    using attempt = new Attempt(options.signal);
    const to = { hostname: target.hostname.replace(/^\[(.*)\]$/, "$1"), port: target.port };
    const serverName = target.serverName ?? this.#options.serverName ?? to.hostname;
    const plan = this.#plan(serverName, options, attempt);
    attempt.allow(options.connectTimeout, () => connectTooSlow(to.hostname, options.connectTimeout));
    const dialled = this.#options.identity === undefined
      ? await this.#dialThenStartTls(to, plan)
      : await this.#connectTls(to, plan, this.#options.identity);
    return await shakeHands(dialled.conn, plan, dialled.timings);
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
      // What only looks like a Deno.TcpConn, a wrapper for instance, has no resource to hand over.
      const isWrapper = error instanceof TypeError && !/hostname/i.test(error.message);
      throw isWrapper ? notTcp(error) : toSetupError(error);
    }
  }

  /** For a client certificate only; see the top of this file for what it costs. */
  async #connectTls(to: HostAndPort, plan: Plan, identity: Identity): Promise<Dialled> {
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
      /** Read by runtimes that know it, before they do anything; others would verify the name they dial. */
      get [UNSTABLE_SERVER_NAME](): string | null {
        asked = true;
        return otherName;
      },
    };
    const start = performance.now();
    const dialling = Deno.connectTls(options);
    // It takes no signal, and waits for the dialling but not for the handshake. A dialling that is given up goes
    // on until the system gives it up too, and what comes of it is closed.
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

/** What one attempt is to achieve. */
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
  /** When the handshake began, and how long dialling took before. */
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
    // "the "ProtocolNameList" MUST contain exactly one "ProtocolName"" (RFC 7301 §3.1), and the client's list is what
    // it is chosen from. The runtime sees to this too, but what depends on it is which language is spoken next.
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
