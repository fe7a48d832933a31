/**
 * The platform's TLS in Node and Bun: that of `node:tls`, with the trust, the checks and the errors of `DenoTls`.
 *
 * Where `node:tls` would be laxer than Deno's TLS, it is told not to: a common name never counts as a name, nothing
 * switches verification off (`NODE_TLS_REJECT_UNAUTHORIZED` does not count), TLS 1.2 is the lowest version, and there is no
 * renegotiation. `node:tls` does not tell whether a connection ended with a `close_notify`, so its end is an error for a
 * reader: data that has no other end would be truncated in silence.
 *
 * @module
 */

import { Attempt } from "../../io/attempt.ts";
import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { NodeSocket } from "../../io/node/node_socket.ts";
import {
  builtinModule,
  type NodePeerCertificate,
  type NodeTlsModule,
  type NodeTlsSocket,
} from "../../io/node/node_types.ts";
import type { DenoTlsConnection } from "../deno/deno_connection.ts";
import {
  checkAlpnProtocols,
  checkOptions,
  type DenoTlsOptions,
  type ResolvedDenoTlsOptions,
} from "../deno/deno_options.ts";
import { handshakeTooSlow, notOffered } from "../deno/deno_refusals.ts";
import type { DenoTlsConnectOptions } from "../deno/deno_tls.ts";
import { TlsError } from "../error/tls_error.ts";
import type { TlsConnectionFacts } from "../handshake/connection_facts.ts";
import { normalizeServerName, serverNameKind } from "../names/server_name.ts";
import { CipherSuiteId } from "../wire/numbers.ts";
import { endOf, toHandshakeError, toStreamError } from "./node_failure.ts";

/** Facts of a connection of the platform's TLS in Node or Bun. */
export interface NodeTlsConnection
  extends DenoTlsConnection, Partial<Pick<TlsConnectionFacts, "protocolVersion" | "cipherSuite">> {
  /** `node`. */
  readonly implementation: "node";
}

/** A connection of the platform's TLS in Node or Bun, its handshake done. */
export interface NodeTlsStream extends Duplex {
  /** Facts of the TLS connection. */
  readonly connection: NodeTlsConnection;
}

/** Makes connections with the TLS of `node:tls`. */
export class NodeTls {
  readonly #options: ResolvedDenoTlsOptions;
  readonly #tls: NodeTlsModule;

  /**
   * Checks the options, and connects nothing.
   *
   * @throws {TypeError} for an unknown option, a `cert` without a `key` or the reverse, a bad name or protocol.
   * @throws {TlsError} `bad_certificate_pem` or `bad_key_pem` for PEM that cannot be used; `unsupported_option` where the
   * runtime has no `node:tls`.
   */
  constructor(options: DenoTlsOptions = {}) {
    const tls = builtinModule("node:tls");
    if (tls === undefined) {
      throw new TlsError(
        "unsupported_option",
        "Cannot use the platform's TLS: this runtime has no node:tls",
        {
          hint: "Use Ductile's TLS, for example by roots: a RootCertStore, over the transport of a dial.",
        },
      );
    }
    this.#tls = tls;
    this.#options = checkOptions(options);
  }

  /**
   * Adds TLS to a TCP connection from which nothing was read.
   *
   * @param serverName Name to ask for and to verify.
   * @param io A `NodeSocket`. It belongs to this call: when the call rejects, it is closed.
   * @param options The signal, ALPN and the time limit of this connection.
   * @throws {TlsError} when the handshake fails or takes too long; `unsupported_option` for any other duplex.
   * @throws the reason of `options.signal` when it is aborted.
   */
  async connect(
    serverName: string,
    io: Duplex,
    options: DenoTlsConnectOptions = {},
  ): Promise<NodeTlsStream> {
    try {
      if (!(io instanceof NodeSocket)) {
        throw new TlsError(
          "unsupported_option",
          "Cannot add TLS to a connection: it is no socket of node:net",
        );
      }
      const name = normalizeServerName(this.#options.serverName ?? serverName);
      const protocols = checkAlpnProtocols(options.alpnProtocols ?? this.#options.alpnProtocols);
      return await Attempt.run(options.signal, async (attempt) => {
        const { handshakeTimeout } = options;
        attempt.allow(handshakeTimeout, () => handshakeTooSlow(name, handshakeTimeout));
        const socket = this.#start(name, io, protocols);
        return await attempt.stopping(shakeHands(socket, name, protocols), () => socket.destroy());
      });
    } catch (error) {
      closeQuietly(io);
      throw error;
    }
  }

  #start(name: string, io: NodeSocket, protocols: readonly string[]): NodeTlsSocket {
    const { caCerts, identity } = this.#options;
    try {
      return this.#tls.connect({
        socket: io.release(),
        host: name,
        // "Literal IPv4 and IPv6 addresses are not permitted in "HostName"." (RFC 6066 §3)
        ...(serverNameKind(name) === "dns" && { servername: name }),
        ALPNProtocols: [...protocols],
        ...(caCerts.length > 0 && { ca: [...defaultRoots(this.#tls), ...caCerts] }),
        ...identity,
        minVersion: "TLSv1.2",
        rejectUnauthorized: true,
        checkServerIdentity: (_, certificate) =>
          this.#tls.checkServerIdentity(name, withoutCommonName(certificate)),
      });
    } catch (cause) {
      throw new TlsError("bad_key_pem", "Cannot set up TLS: the key does not belong to the certificate", {
        cause,
      });
    }
  }
}

/** What Node trusts without `ca`; where the runtime does not tell of certificates added by its settings, without those. */
function defaultRoots(tls: NodeTlsModule): readonly string[] {
  return tls.getCACertificates?.("default") ?? tls.rootCertificates;
}

/** The certificate with a subject that has no names: Node would take a common name for one. */
function withoutCommonName(certificate: NodePeerCertificate): NodePeerCertificate {
  return { ...certificate, subject: {} };
}

function shakeHands(
  socket: NodeTlsSocket,
  serverName: string,
  protocols: readonly string[],
): Promise<NodeTlsStream> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      socket.destroy();
      reject(toHandshakeError(error, serverName));
    };
    socket.on("error", fail);
    socket.on("close", () => fail(undefined));
    socket.on("secureConnect", () => {
      const { alpnProtocol } = socket;
      // "the "ProtocolNameList" MUST contain exactly one "ProtocolName"" (RFC 7301 §3.1), and the client's list is
      // what it is chosen from.
      if (alpnProtocol && !protocols.includes(alpnProtocol)) return fail(notOffered(serverName));
      socket.removeAllListeners("error");
      socket.removeAllListeners("close");
      socket.disableRenegotiation?.();
      const explain = (error: unknown): unknown => toStreamError(error, serverName);
      const stream = new NodeSocket(socket, explain, endOf(serverName));
      resolve(Object.assign(stream, { connection: describe(socket, serverName) }));
    });
  });
}

function describe(socket: NodeTlsSocket, serverName: string): NodeTlsConnection {
  const version = socket.getProtocol();
  const cipherSuite = socket.getCipher()?.standardName;
  let certificate: Uint8Array | undefined;
  return {
    implementation: "node",
    alpnProtocol: socket.alpnProtocol || null,
    serverName,
    ...(isVersion(version) && { protocolVersion: version }),
    ...(isCipherSuite(cipherSuite) && { cipherSuite }),
    get peerCertificate(): Uint8Array | undefined {
      return certificate ??= socket.getPeerCertificate()?.raw;
    },
  };
}

function isVersion(name: unknown): name is TlsConnectionFacts["protocolVersion"] {
  return name === "TLSv1.3" || name === "TLSv1.2";
}

function isCipherSuite(name: string | undefined): name is TlsConnectionFacts["cipherSuite"] {
  return name !== undefined && name in CipherSuiteId;
}
