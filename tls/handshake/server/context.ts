/**
 * What the server's side of the handshake is told: its configuration, resolved, as the script needs it.
 *
 * @module
 */

import type { ClientHelloInfo, KeyLog } from "../../config/config_types.ts";
import type { CipherSuite, CryptoProvider, KeyExchangeGroup, SigningKey } from "../../crypto/provider.ts";
import type { Eventual, Script } from "../../../io/script.ts";
import type { ServerSessionStore } from "../../session/server_sessions.ts";
import type { Ticketer } from "../../session/ticketer.ts";
import type { SignatureSchemeName } from "../../wire/numbers.ts";
import type { CertificateChain } from "../certificate_chain.ts";

/** Who the server is towards one client. */
export interface ServerCredentials {
  /** DER, end entity first; never empty. */
  readonly chain: readonly Uint8Array[];
  /** Signs the handshake. */
  key(): Eventual<SigningKey>;
  /** An OCSP response (DER) to staple. */
  readonly ocspResponse?: Uint8Array;
}

/** How clients are asked who they are. */
export interface ClientAuthentication {
  /** Whether a client without a certificate is refused. */
  readonly required: boolean;
  /** Names of the authorities that are trusted, DER `Name`s; empty: the client is told none. */
  readonly authorities: readonly Uint8Array[];
  /** What a client may sign its CertificateVerify with, best first. */
  readonly handshakeSchemes: readonly SignatureSchemeName[];
  /** What its certificates may be signed with, best first. */
  readonly certificateSchemes: readonly SignatureSchemeName[];
  /**
   * Judges a client's chain.
   *
   * @throws {TlsError} the reason to refuse it.
   */
  verify(chain: CertificateChain, time: Date): Script<void>;
}

/** Where sessions live between connections: with the server or with the client. */
export type Resumption =
  | { readonly kind: "store"; readonly store: ServerSessionStore }
  | { readonly kind: "ticketer"; readonly ticketer: Ticketer };

/** The configuration of a server, as its handshake needs it. */
export interface ServerContext {
  readonly crypto: CryptoProvider;
  /** Best first. */
  readonly suites: readonly CipherSuite[];
  /** Best first. */
  readonly groups: readonly KeyExchangeGroup[];
  /** Whether the order of `suites` decides, not the client's. */
  readonly preferServerOrder: boolean;
  /** Best first; empty: ALPN is not spoken. */
  readonly alpnProtocols: readonly string[];
  /** Chooses who the server is; `undefined`: it is nobody to this client. */
  credentials(hello: ClientHelloInfo): Eventual<ServerCredentials | undefined>;
  /** `undefined`: clients are not asked. */
  readonly clientAuth?: ClientAuthentication;
  /** `undefined`: no session is resumed, and no ticket given. */
  readonly resumption?: Resumption;
  /** How many tickets a client is given after a handshake. */
  readonly sendTickets: number;
  readonly keyLog?: KeyLog;
  /** The clock. */
  now(): Date;
}
