/**
 * TLS for servers, over any duplex.
 *
 * @module
 */

import { type Duplex, requireDuplex } from "../io/duplex.ts";
import { checkOptionNames } from "./config/check_option_names.ts";
import { ServerConnection } from "./connection/server_connection.ts";
import { ServerConfig, type ServerConfigOptions } from "./config/server_config.ts";
import { ServerTlsStream } from "./stream/tls_stream.ts";
import {
  type FailedHandshake,
  type HandshakeOptions,
  orClose,
  shakeHands,
  withClient,
} from "./stream/shake_hands.ts";

/** Options of one connection of a server. */
export interface TlsAcceptOptions extends HandshakeOptions {
  /** Function that is called with the machine before anything is read. */
  readonly configure?: (connection: ServerConnection) => void;
}

const OPTIONS: readonly (keyof TlsAcceptOptions)[] = ["signal", "handshakeTimeout", "configure"];

/**
 * Makes connections with Ductile's TLS over transports that clients have connected.
 *
 * @example A server that echoes one piece
 * ```ts
 * import { type Identity, TlsAcceptor } from "@ductile/ductile/tls";
 *
 * async function serve(listener: Deno.Listener, identity: Identity): Promise<void> {
 *   const acceptor = new TlsAcceptor({ identity, alpnProtocols: ["echo"] });
 *   for await (const io of listener) {
 *     // Not awaited: a client must neither delay the next one nor end the server.
 *     echo(acceptor, io).catch((error) => console.error(error.message));
 *   }
 * }
 *
 * async function echo(acceptor: TlsAcceptor, io: Deno.Conn): Promise<void> {
 *   await using stream = await acceptor.accept(io);
 *   const into = new Uint8Array(1024);
 *   const count = await stream.read(into);
 *   if (count !== null) await stream.write(into.subarray(0, count));
 * }
 * ```
 */
export class TlsAcceptor {
  /** The config of its connections. */
  readonly config: ServerConfig;

  /**
   * Makes an acceptor; one serves any number of connections.
   *
   * @throws {TlsError} as {@linkcode ServerConfig} does.
   */
  constructor(config: ServerConfig | ServerConfigOptions) {
    this.config = config instanceof ServerConfig ? config : new ServerConfig(config);
  }

  /**
   * Shakes hands with a client.
   *
   * @param io The transport, connected. It belongs to this call: when the call rejects, it is closed.
   * @param options Options of this connection.
   * @returns The protected connection, its handshake done; with `sendHalfRttData` it may be under way.
   * @throws {TlsError} when the handshake fails or takes too long.
   * @throws {TypeError | RangeError} for a bad time, an unknown option, and what is no duplex.
   * @throws what the transport rejects with; the reason of `options.signal` when it is aborted.
   */
  async accept(io: Duplex, options: TlsAcceptOptions = {}): Promise<ServerTlsStream> {
    return orClose(await this.acceptFallible(io, options));
  }

  /**
   * Shakes hands with a client, and gives the transport back when it fails.
   *
   * @param io The transport, connected.
   * @param options Options of this connection.
   * @returns The stream, or what {@linkcode accept} would reject with and the transport. It never rejects.
   */
  async acceptFallible(
    io: Duplex,
    options: TlsAcceptOptions = {},
  ): Promise<{ readonly stream: ServerTlsStream } | FailedHandshake> {
    const start = performance.now();
    try {
      requireDuplex(io, "accept", "the transport");
      checkOptionNames("accept", options, OPTIONS);
      const machine = new ServerConnection(this.config);
      options.configure?.(machine);
      const handshake = { io, machine, until: "established", ...withClient(options) } as const;
      if (this.config.sendHalfRttData || this.config.maxEarlyDataSize > 0) {
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
