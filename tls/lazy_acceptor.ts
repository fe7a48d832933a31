/**
 * TLS for servers that choose the config of a connection by its ClientHello.
 *
 * @module
 */

import { type Duplex, requireDuplex } from "../io/duplex.ts";
import { checkOptionNames } from "./config/check_option_names.ts";
import type { ClientHelloInfo } from "./config/config_types.ts";
import { ServerConnection, type ServerConnectionOptions } from "./connection/server_connection.ts";
import { ServerConfig, type ServerConfigOptions } from "./config/server_config.ts";
import { ServerTlsStream } from "./stream/tls_stream.ts";
import {
  type FailedHandshake,
  type HandshakeOptions,
  orClose,
  shakeHands,
  withClient,
} from "./stream/shake_hands.ts";

/** Options of one connection of a {@linkcode LazyConfigAcceptor}. */
export interface LazyAcceptOptions extends HandshakeOptions {
  /** Function that is called with the machine before anything is read. */
  readonly configure?: (connection: ServerConnection) => void;
}

const HANDSHAKE_OPTIONS: readonly (keyof HandshakeOptions)[] = ["signal", "handshakeTimeout"];
const ACCEPT_OPTIONS: readonly (keyof LazyAcceptOptions)[] = [...HANDSHAKE_OPTIONS, "configure"];
const CONNECTION_OPTIONS: readonly (keyof ServerConnectionOptions)[] = ["echKeys", "crypto"];

/**
 * Reads a ClientHello, so that the config of the connection can be chosen by it.
 *
 * @example A config for each name
 * ```ts
 * import { LazyConfigAcceptor, type ServerConfig, type ServerTlsStream } from "@ductile/ductile/tls";
 *
 * async function accept(io: Deno.Conn, configs: Map<string, ServerConfig>): Promise<ServerTlsStream | undefined> {
 *   const start = await new LazyConfigAcceptor(io).accept();
 *   const config = configs.get(start.clientHello().serverName ?? "");
 *   if (config !== undefined) return await start.intoStream(config);
 *   start.io.close();
 *   return undefined;
 * }
 * ```
 *
 * @example A client that does not speak TLS can be answered in its own protocol
 * ```ts
 * import { LazyConfigAcceptor, TlsError } from "@ductile/ductile/tls";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * using client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
 * await client.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
 *
 * const acceptor = new LazyConfigAcceptor(await listener.accept());
 * const error = await assertRejects(() => acceptor.accept(), TlsError);
 * assertEquals(error.code, "not_tls");
 * acceptor.takeIo()?.close();
 * ```
 */
export class LazyConfigAcceptor {
  #io: Duplex | undefined;
  readonly #options: ServerConnectionOptions;
  #state: "new" | "reading" | "failed" | "accepted" = "new";

  /**
   * Begins with nothing read.
   *
   * @param io The transport, connected.
   * @param options Keys of Encrypted ClientHello, without which the name in an encrypted hello is not seen.
   * @throws {TypeError} when it is none, and for an unknown option.
   */
  constructor(io: Duplex, options: ServerConnectionOptions = {}) {
    requireDuplex(io, "accept", "the transport");
    checkOptionNames("accept", options, CONNECTION_OPTIONS);
    this.#io = io;
    this.#options = options;
  }

  /**
   * Waits for the whole ClientHello.
   *
   * When it rejects, the client was sent an alert, and the transport is still open: take it with {@linkcode takeIo} and
   * close it.
   *
   * @throws {TlsError} for what is no ClientHello, `unexpected_eof` when the client leaves before, `handshake_timeout`.
   * @throws {TypeError} when it was called before, and after `takeIo`; for an unknown option.
   * @throws what the transport rejects with; the reason of `options.signal` when it is aborted.
   */
  async accept(options: LazyAcceptOptions = {}): Promise<StartHandshake> {
    const io = this.#io;
    if (this.#state !== "new" || io === undefined) {
      throw new TypeError("Cannot accept: a LazyConfigAcceptor accepts once, and before takeIo()");
    }
    this.#state = "reading";
    try {
      checkOptionNames("accept", options, ACCEPT_OPTIONS);
      const machine = new ServerConnection(undefined, this.#options);
      options.configure?.(machine);
      const event = await shakeHands({ io, machine, until: "client_hello", ...withClient(options) });
      if (event.type !== "client_hello") throw new TypeError(`Cannot accept: ${event.type} came first`);
      this.#state = "accepted";
      this.#io = undefined;
      return new StartHandshake(io, machine, event.hello);
    } catch (error) {
      this.#state = "failed";
      throw error;
    }
  }

  /**
   * Takes the transport back; what was read from it is gone.
   *
   * @returns `undefined` when it was taken already, or belongs to a {@linkcode StartHandshake} now.
   * @throws {TypeError} while `accept` is pending.
   */
  takeIo(): Duplex | undefined {
    if (this.#state === "reading") throw new TypeError("Cannot take the transport: accept() is pending");
    const io = this.#io;
    this.#io = undefined;
    return io;
  }
}

/** A connection whose ClientHello was read and not answered; made by {@linkcode LazyConfigAcceptor}. */
export class StartHandshake {
  readonly #machine: ServerConnection;
  readonly #hello: ClientHelloInfo;
  #started = false;
  /** The transport; close it to leave the client without an answer. */
  readonly io: Duplex;

  /**
   * Joins the parts of a connection.
   *
   * @param io The transport.
   * @param machine The machine, which waits for its config.
   * @param hello The client's offer.
   */
  constructor(io: Duplex, machine: ServerConnection, hello: ClientHelloInfo) {
    this.io = io;
    this.#machine = machine;
    this.#hello = hello;
  }

  /** The client's offer. */
  clientHello(): ClientHelloInfo {
    return this.#hello;
  }

  /**
   * Goes on with the handshake.
   *
   * @param config The config of this connection.
   * @returns The protected connection, its handshake done. When it rejects, the client was sent an alert, and the
   * transport is closed.
   * @throws {TlsError} when the handshake fails or takes too long, and as {@linkcode ServerConfig} does.
   * @throws {TypeError} when it was called before; for an unknown option.
   * @throws what the transport rejects with; the reason of `options.signal` when it is aborted.
   */
  async intoStream(
    config: ServerConfig | ServerConfigOptions,
    options: HandshakeOptions = {},
  ): Promise<ServerTlsStream> {
    return orClose(await this.intoStreamFallible(config, options));
  }

  /**
   * Goes on with the handshake, and gives the transport back when it fails.
   *
   * @returns The stream, or what {@linkcode intoStream} would reject with and the transport.
   * @throws {TypeError} when it was called before.
   */
  async intoStreamFallible(
    config: ServerConfig | ServerConfigOptions,
    options: HandshakeOptions = {},
  ): Promise<{ readonly stream: ServerTlsStream } | FailedHandshake> {
    if (this.#started) throw new TypeError("Cannot go on with the handshake: that was done already");
    this.#started = true;
    const io = this.io;
    const machine = this.#machine;
    const start = performance.now();
    try {
      checkOptionNames("accept", options, HANDSHAKE_OPTIONS);
      const resolved = config instanceof ServerConfig ? config : new ServerConfig(config);
      machine.useConfig(resolved);
      const handshake = { io, machine, until: "established", ...withClient(options) } as const;
      if (resolved.sendHalfRttData || resolved.maxEarlyDataSize > 0) {
        const { acceptEarly } = await import("./stream/early_server.ts");
        return { stream: await acceptEarly(handshake) };
      }
      await shakeHands(handshake);
      const timings = { connect: 0, handshake: performance.now() - start };
      return { stream: new ServerTlsStream(io, machine, timings) };
    } catch (error) {
      return { error, io };
    }
  }
}
