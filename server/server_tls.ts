/**
 * The TLS of a running server: it makes connections ready for HTTP, and its identity can be exchanged.
 *
 * @module
 */

import type { Duplex } from "../io/duplex.ts";
import type { ServerTlsStream, TlsAcceptor } from "../tls/mod.ts";
import type { Secure, Secured } from "./connection/served_connection.ts";
import { listen, type ListenOptions, type ServeListener, shakeHands } from "./runtime.ts";
import type { ServeTlsOptions } from "./serve_options.ts";
import { type CertAndKey, certAndKeyOf, identityOf, isAcceptor, type ServeIdentity } from "./tls_choice.ts";

/** The TLS of a server. */
export interface ServerTls {
  /** Makes connections ready for HTTP. */
  readonly secure: Secure;
  /**
   * Shows another identity from the next handshake on.
   *
   * @param replace Function that replaces the server's listener by what it is given, where that is what it takes.
   * @throws what the TLS throws for an identity that cannot be used; then the one before stays.
   */
  setIdentity(
    identity: ServeIdentity,
    replace: (listen: () => ServeListener) => Promise<void>,
  ): Promise<void>;
}

/** Deno's TLS, whose listener has the certificate: for another one, the port is listened on anew. */
export class ListenedTls implements ServerTls {
  readonly secure: Secure = secureByDeno;
  readonly #address: Omit<ListenOptions, "tls">;
  #certAndKey: CertAndKey;

  /**
   * @param address The address that the server listens on.
   * @param certAndKey Its certificate and key.
   */
  constructor(address: Omit<ListenOptions, "tls">, certAndKey: CertAndKey) {
    this.#address = address;
    this.#certAndKey = certAndKey;
  }

  async setIdentity(
    identity: ServeIdentity,
    replace: (listen: () => ServeListener) => Promise<void>,
  ): Promise<void> {
    const next = certAndKeyOf(identity);
    let failure: { readonly reason: unknown } | undefined;
    await replace(() => {
      try {
        return listenWithTls(this.#address, next);
      } catch (reason) {
        failure = { reason };
        return listenWithTls(this.#address, this.#certAndKey);
      }
    });
    if (failure !== undefined) throw failure.reason;
    this.#certAndKey = next;
  }
}

/** Listens with Deno's TLS. */
export function listenWithTls(address: Omit<ListenOptions, "tls">, certAndKey: CertAndKey): ServeListener {
  return listen({ ...address, tls: { ...certAndKey, alpnProtocols: ALPN_PROTOCOLS } });
}

/** Ductile's TLS for one server, whose identity can be exchanged. */
export class DuctileTls implements ServerTls {
  readonly #options: ServeTlsOptions | TlsAcceptor;
  #acceptor: Promise<TlsAcceptor>;

  /** Loads Ductile's TLS, and checks the options: {@linkcode ready} tells how that ends. */
  constructor(options: ServeTlsOptions | TlsAcceptor) {
    this.#options = options;
    this.#acceptor = isAcceptor(options) ? Promise.resolve(options) : makeAcceptor(options);
    this.#acceptor.catch(() => {}); // told by `ready`
  }

  /** Resolves when connections can be accepted. */
  get ready(): Promise<unknown> {
    return this.#acceptor;
  }

  /** Waits for the handshake of a connection. */
  readonly secure: Secure = async (io: Duplex, signal: AbortSignal): Promise<Secured> => {
    const acceptor = await this.#acceptor;
    // The time limit is that of the server, which ends the handshake by the signal.
    return describe(await acceptor.accept(io, { signal, handshakeTimeout: Infinity }));
  };

  /**
   * Shows another identity from the next handshake on.
   *
   * @throws {TlsError} If it cannot be used; then the one before stays.
   * @throws {TypeError} If the server was given an acceptor.
   */
  async setIdentity(identity: ServeIdentity): Promise<void> {
    if (isAcceptor(this.#options)) {
      throw new TypeError(
        "Cannot exchange the identity: the server was given an acceptor, whose config is fixed",
      );
    }
    const { cert: _, key: __, identity: ___, ...others } = this.#options;
    this.#acceptor = Promise.resolve(await makeAcceptor({ ...others, identity: identityOf(identity) }));
  }
}

async function makeAcceptor(options: ServeTlsOptions): Promise<TlsAcceptor> {
  const { cert: _, key: __, ...others } = options;
  const { TlsAcceptor } = await import("../tls/acceptor.ts");
  return new TlsAcceptor({ alpnProtocols: [...ALPN_PROTOCOLS], ...others, identity: identityOf(options) });
}

/** The TLS of a connection that was made before, by its members; `undefined` where it is plain. */
export function securedAlready(io: Duplex): Secure | undefined {
  if ("connection" in io && "isHandshaking" in io) return (io) => describe(io as ServerTlsStream); // no other has both
  return "handshake" in io && typeof io.handshake === "function" ? secureByDeno : undefined;
}

async function describe(io: ServerTlsStream): Promise<Secured> {
  await io.handshake(); // which may be under way, where data can be sent before its end
  return { io, tls: { implementation: "ductile", ...io.connection } };
}

/** Waits for the handshake of Deno's TLS. */
const secureByDeno: Secure = async (io: Duplex): Promise<Secured> => {
  const alpnProtocol = await shakeHands(io);
  return { io, tls: { implementation: "deno", alpnProtocol, peerCertificates: [] } };
};

/** What ALPN offers, in order of preference. */
const ALPN_PROTOCOLS: readonly string[] = ["h2", "http/1.1"];
