/**
 * TLS for clients, over any duplex.
 *
 * @module
 */

import { type Duplex, requireDuplex } from "../io/duplex.ts";
import { ClientConnection } from "./connection/client_connection.ts";
import { ClientConfig, type ClientConfigOptions } from "./config/client_config.ts";
import { checkOptionNames } from "./config/check_option_names.ts";
import { ClientTlsStream } from "./stream/tls_stream.ts";
import { silentServerHint } from "./handshake/client/silent_server_hint.ts";
import { type FailedHandshake, type HandshakeOptions, orClose, shakeHands } from "./stream/shake_hands.ts";

/** Options of one connection of a client. */
export interface TlsConnectOptions extends HandshakeOptions {
  /** ALPN protocols, in order of preference; empty disables ALPN. Default: the config's. */
  readonly alpnProtocols?: readonly string[];
  /**
   * Whether what is written before the server has answered is sent as early data, where a session allows it; needs
   * `enableEarlyData` of the config. The stream is returned before the handshake is done. An attacker can send early data
   * again, any number of times. What the server refuses is sent once more, as ordinary data; where it selects another protocol
   * (ALPN) than the session's the connection fails. Default: false.
   */
  readonly earlyData?: boolean;
  /** Function that is called with the machine before anything is sent. */
  readonly configure?: (connection: ClientConnection) => void;
}

const OPTIONS: readonly (keyof TlsConnectOptions)[] = [
  "signal",
  "handshakeTimeout",
  "alpnProtocols",
  "earlyData",
  "configure",
];

/**
 * Makes connections with Ductile's TLS over a connected transport: TCP, a tunnel, a WebSocket, another TLS stream.
 *
 * @example A question that may be asked twice, as early data
 * ```ts
 * import type { TlsConnector } from "@ductile/ductile/tls";
 *
 * // Its config has enableEarlyData. The first connection brings the session; later ones send the question at once.
 * async function ask(connector: TlsConnector, question: Uint8Array, answer: Uint8Array): Promise<number | null> {
 *   const io = await Deno.connect({ hostname: "localhost", port: 8443 });
 *   await using stream = await connector.connect("localhost", io, { earlyData: true });
 *   await stream.write(question);
 *   const count = await stream.read(answer);
 *   console.log(stream.connection.earlyDataAccepted);
 *   return count;
 * }
 * ```
 *
 * @example A handshake that fails, and its error code
 * ```ts
 * import { TlsConnector, TlsError } from "@ductile/ductile/tls";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const answering = listener.accept().then(async (io) => {
 *   await io.write(new TextEncoder().encode("220 mail.example at your service\r\n"));
 *   return io;
 * });
 *
 * const connector = new TlsConnector({ verifier: () => {}, alpnProtocols: ["h2", "http/1.1"] });
 * const io = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
 * const error = await assertRejects(() => connector.connect("localhost", io), TlsError);
 * assertEquals(error.code, "not_tls");
 * (await answering).close();
 * ```
 */
export class TlsConnector {
  /** The config of its connections. */
  readonly config: ClientConfig;

  /**
   * Makes a connector; one serves any number of connections.
   *
   * @throws {TlsError} as {@linkcode ClientConfig} does.
   */
  constructor(config: ClientConfig | ClientConfigOptions) {
    this.config = config instanceof ClientConfig ? config : new ClientConfig(config);
  }

  /**
   * Shakes hands with a server.
   *
   * @param serverName The name to ask for and to verify: a DNS name or an IP address.
   * @param io The transport, connected. It belongs to this call: when the call rejects, it is closed.
   * @param options Options of this connection.
   * @returns The protected connection, its handshake done; with `earlyData` it may be under way.
   * @throws {TlsError} when the handshake fails or takes too long.
   * @throws {TypeError | RangeError} for a bad name or time, an unknown option, and what is no duplex.
   * @throws what the transport rejects with; the reason of `options.signal` when it is aborted.
   */
  async connect(serverName: string, io: Duplex, options: TlsConnectOptions = {}): Promise<ClientTlsStream> {
    return orClose(await this.connectFallible(serverName, io, options));
  }

  /**
   * Shakes hands with a server, and gives the transport back when it fails.
   *
   * @param serverName The name to ask for and to verify: a DNS name or an IP address.
   * @param io The transport, connected.
   * @param options Options of this connection.
   * @returns The stream, or what {@linkcode connect} would reject with and the transport. It never rejects.
   */
  async connectFallible(
    serverName: string,
    io: Duplex,
    options: TlsConnectOptions = {},
  ): Promise<{ readonly stream: ClientTlsStream } | FailedHandshake> {
    const start = performance.now();
    try {
      requireDuplex(io, "connect", "the transport");
      checkOptionNames("connect", options, OPTIONS);
      const { alpnProtocols, earlyData = false } = options;
      const machine = new ClientConnection(this.config, serverName, {
        ...(alpnProtocols !== undefined && { alpnProtocols }),
        earlyData,
      });
      options.configure?.(machine);
      const hint = silentServerHint(this.config.groups);
      const handshake = {
        io,
        machine,
        peer: `"${serverName}"`,
        until: "established",
        options,
        hint,
      } as const;
      if (earlyData) {
        const { connectEarly } = await import("./stream/early_client.ts");
        return { stream: await connectEarly(handshake) };
      }
      await shakeHands(handshake);
      const timings = { connect: 0, handshake: performance.now() - start };
      return { stream: new ClientTlsStream(io, machine, timings) };
    } catch (error) {
      return { error, io };
    }
  }
}
