/**
 * The client's end of a TLS connection, as a machine.
 *
 * @module
 */

import type { ClientConfig } from "../config/client_config.ts";
import type { ResolvedEch } from "../config/ech_options.ts";
import { checkAlpn } from "../config/check_alpn.ts";
import { trustPolicy } from "../config/trust_policy.ts";
import { Connection } from "./connection.ts";
import { type ConnectionScripts, settingsOf, type TlsEvent } from "./connection_types.ts";
import { TlsError } from "../error/tls_error.ts";
import { checkFlag, invalidOption } from "../config/option_checks.ts";
import { ClientEarlyData } from "../handshake/client/client_early_data.ts";
import { clientHandshake } from "../handshake/client/client_handshake.ts";
import type { ClientContext, EchOffering } from "../handshake/client/context.ts";
import { trustServer } from "../handshake/client/trust_server.ts";
import type { HandshakeResult } from "../handshake/handshake_result.ts";
import { suitesOfConfig } from "../handshake/suites_of_config.ts";
import { withoutUnavailable } from "../handshake/without_unavailable.ts";
import { ReceivedTickets } from "../handshake/client/new_session_ticket.ts";
import type { Eventual, Script } from "../../io/script.ts";
import type { HandshakeMessage } from "../wire/messages.ts";
import { parseServerName } from "../names/server_name.ts";

/** Options of one connection that replace those of its config. */
export interface ClientConnectionOptions {
  /** ALPN protocols, in order of preference; empty disables ALPN. Default: the config's. */
  readonly alpnProtocols?: readonly string[];
  /**
   * Whether the ClientHello announces early data where a session allows it; needs `enableEarlyData` of the config.
   * Default: as the config has it.
   */
  readonly earlyData?: boolean;
}

/**
 * The client's end of a TLS connection, without I/O: bytes and data go in, records and events come out.
 *
 * @example The first bytes of a connection
 * ```ts
 * import { ClientConfig, ClientConnection, nodeCrypto } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * const config = new ClientConfig({ verifier: () => {}, crypto: nodeCrypto() });
 * const connection = new ClientConnection(config, "example.com");
 * assertEquals(await connection.next(), undefined); // it waits for the server
 * const hello = connection.output();
 * assertEquals(hello?.[0], 0x16); // a record of the handshake
 * ```
 */
export class ClientConnection extends Connection {
  readonly #earlyData: ClientEarlyData | undefined;

  /**
   * Begins a connection; nothing is computed before the first call of `next()`.
   *
   * @param serverName Name of the server, to ask for and to verify: a DNS name or an IP address.
   * @throws {TypeError} when `serverName` is neither.
   * @throws {TlsError} `invalid_option` when `alpnProtocols` cannot be offered, and for `earlyData` where the config does
   * not enable it.
   */
  constructor(config: ClientConfig, serverName: string, options: ClientConnectionOptions = {}) {
    const earlyData = earlyDataOf(config, options);
    super("client", clientScripts(contextOf(config, serverName, options, earlyData)), settingsOf(config));
    this.#earlyData = earlyData;
  }

  /**
   * Bytes that {@linkcode sendEarlyData} takes now: 0 before the first call of `next()`, where no session allows early
   * data, when the server has refused it, behind EndOfEarlyData, and when the connection has failed.
   */
  get earlyDataLeft(): number {
    return this.alertSent || this.failure !== undefined ? 0 : this.#earlyData?.left ?? 0;
  }

  /** The protocol (ALPN) that early data is sent for, which the server may not select; `undefined`: none. */
  get earlyDataProtocol(): string | undefined {
    return this.#earlyData?.alpnProtocol;
  }

  /**
   * Sends data before the server has answered. An attacker can send it again, and it has no forward secrecy.
   *
   * @returns Bytes that were taken, from the beginning of `data`. The rest is for {@linkcode send}, after the handshake.
   * Resolves when they are in the output.
   * @throws {TypeError} for what is no `Uint8Array`; the error of a connection that has failed.
   */
  sendEarlyData(data: Uint8Array): Eventual<number> {
    if (!(data instanceof Uint8Array)) throw new TypeError("Cannot send data: it is not a Uint8Array");
    if (this.failure !== undefined) throw this.failure.reason;
    return this.alertSent ? 0 : this.#earlyData?.send(data) ?? 0;
  }

  /**
   * The early data that was sent and that the server has refused, once: the server has not read it. Empty when it was
   * accepted, and before the server has answered; then `facts` say which.
   */
  takeRefusedEarlyData(): Uint8Array {
    return this.#earlyData?.takeRefused() ?? new Uint8Array(0);
  }
}

function earlyDataOf(
  { enableEarlyData }: ClientConfig,
  { earlyData = enableEarlyData }: ClientConnectionOptions,
): ClientEarlyData | undefined {
  if (!checkFlag("ClientConnection", "earlyData", earlyData, false)) return undefined;
  if (enableEarlyData) return new ClientEarlyData();
  throw invalidOption("ClientConnection", '"earlyData" needs "enableEarlyData" of the config');
}

function contextOf(
  config: ClientConfig,
  serverName: string,
  options: ClientConnectionOptions,
  earlyData: ClientEarlyData | undefined,
): ClientContext {
  const { alpnProtocols } = options;
  return {
    crypto: config.crypto,
    ...suitesOfConfig(config),
    serverCertificateTypes: config.serverCertificateTypes,
    clientCertificateTypes: config.clientCertificateTypes,
    certificateCompression: config.certificateCompression,
    groups: config.groups,
    signatureSchemes: config.signatureSchemes,
    serverName: parseServerName(serverName),
    enableSni: config.enableSni,
    alpnProtocols: alpnProtocols === undefined
      ? config.alpnProtocols
      : checkAlpn("ClientConnection", alpnProtocols),
    credentials: (request) => config.identitiesFor(request),
    verify: (server) => trustServer(config, server),
    ...(config.sessions !== false && { sessions: config.sessions }),
    ...(config.ticketRequest !== undefined && { ticketRequest: config.ticketRequest }),
    owner: config,
    policy: () => trustPolicy(config),
    ...(earlyData !== undefined && { earlyData }),
    ...(config.keyLog !== undefined && { keyLog: config.keyLog }),
    ...(config.ech !== undefined && { ech: echOf(config, config.ech) }),
    now: config.now,
  };
}

function echOf(
  { dangerAcceptInvalidCerts, dangerAcceptInvalidHostnames }: ClientConfig,
  ech: ResolvedEch | "grease",
): EchOffering | "grease" {
  if (ech === "grease") return ech;
  return { ...ech, authenticates: !dangerAcceptInvalidCerts && !dangerAcceptInvalidHostnames };
}

function clientScripts(context: ClientContext): ConnectionScripts {
  let tickets: ReceivedTickets | undefined;
  let used = context;
  return {
    *handshake(channel, listener) {
      const available = yield* withoutUnavailable(context);
      used = listener?.beginsAsClient(available) ?? available;
      return yield* clientHandshake(channel, used);
    },
    *receiveMessage(
      message: HandshakeMessage,
      _raw: Uint8Array,
      established: HandshakeResult,
    ): Script<TlsEvent | undefined> {
      // Anything else has no place here: "A client that receives a post-handshake CertificateRequest message without
      // having sent the "post_handshake_auth" extension MUST send an "unexpected_message" fatal alert."
      // (RFC 9846 §4.7.2)
      if (message.type !== "new_session_ticket") {
        throw new TlsError("unexpected_message", `Cannot accept ${message.type}: the handshake is done`);
      }
      tickets ??= new ReceivedTickets(used, established);
      return (yield* tickets.receiveNewSessionTicket(message)) ? { type: "session_ticket" } : undefined;
    },
  };
}
