/**
 * The configuration of a server's handshake: the config, resolved.
 *
 * @module
 */

import type { CertificateCompression } from "../../config/certificate_compression.ts";
import type { ClientHelloInfo, InvalidSniPolicy, KeyLog } from "../../config/config_types.ts";
import type { CipherSuite, CryptoProvider, KeyExchangeGroup, SigningKey } from "../../crypto/provider.ts";
import type { Tls12CipherSuite } from "../../crypto/tls12_suites.ts";
import type { LoadedEchKeys } from "../../ech/ech_keys.ts";
import type { Eventual, Script } from "../../../io/script.ts";
import type { ServerSessionStore } from "../../session/server_sessions.ts";
import type { Ticketer } from "../../session/ticketer.ts";
import type { CertificateTypeName, SignatureSchemeName } from "../../wire/numbers.ts";
import type { PeerCredentials } from "../peer_credentials.ts";
import type { ServerEch } from "./server_ech.ts";

/** A server's identity for one client: its chain and the key that signs. */
export interface ServerCredentials {
  /** Certificates in DER, end entity first, or a raw public key alone; never empty. */
  readonly chain: readonly Uint8Array[];
  /** Type of `chain`. Default: X509. */
  readonly certificateType?: CertificateTypeName;
  /** Whether it is kept from clients that name no authority of its chain. */
  readonly mustMatchIssuer?: boolean;
  /** The key that signs the handshake. */
  key(): Eventual<SigningKey>;
  /** An OCSP response (DER) to staple. */
  readonly ocspResponse?: Uint8Array;
}

/** How clients are authenticated. */
export interface ClientAuthentication {
  /** Whether a client without a certificate is refused. */
  readonly required: boolean;
  /** Names of the trusted authorities, DER `Name`s; empty: the request lists none. */
  readonly authorities: readonly Uint8Array[];
  /** Certificate types that clients may show, in order of preference. Default: X509. */
  readonly certificateTypes?: readonly CertificateTypeName[];
  /** Signature schemes of the client's CertificateVerify, in order of preference. */
  readonly handshakeSchemes: readonly SignatureSchemeName[];
  /** Signature schemes of its certificates, in order of preference. */
  readonly certificateSchemes: readonly SignatureSchemeName[];
  /**
   * Verifies a client's chain, or its raw public key.
   *
   * @throws {TlsError} The reason to refuse it.
   */
  verify(client: PeerCredentials, time: Date): Script<void>;
}

/** Storage of sessions between connections, of which there is at least one: what one does not know, the other may. */
export interface Resumption {
  /** Maker of tickets, which the client stores: of every session whose client takes tickets. */
  readonly ticketer?: Ticketer;
  /** Store of the server. */
  readonly store?: ServerSessionStore;
}

/** The configuration of a server, as its handshake needs it. */
export interface ServerContext {
  readonly crypto: CryptoProvider;
  /** Cipher suites of TLS 1.3, in order of preference; empty: it is not enabled. */
  readonly suites: readonly CipherSuite[];
  /** Cipher suites of TLS 1.2, in order of preference; `undefined` or empty: it is not enabled. */
  readonly tls12Suites?: readonly Tls12CipherSuite[];
  /** Whether a client of TLS 1.2 without the extended main secret is refused. */
  readonly requireExtendedMainSecret?: boolean;
  /** Algorithms of certificate compression, in order of preference. Default: none. */
  readonly certificateCompression?: readonly CertificateCompression[];
  /** Key exchange groups, in order of preference. */
  readonly groups: readonly KeyExchangeGroup[];
  /** Whether the order of `suites` decides, not that of the client. */
  readonly preferServerOrder: boolean;
  /** ALPN protocols, in order of preference; empty: ALPN is not used. */
  readonly alpnProtocols: readonly string[];
  /** The server's identities for a client, in order of preference; empty: there is none for it. */
  credentials(hello: ClientHelloInfo): Eventual<readonly ServerCredentials[]>;
  /** The treatment of names that are IP addresses. Default: `ignore_ip_addresses`. */
  readonly invalidSniPolicy?: InvalidSniPolicy;
  /** Client authentication; `undefined`: clients are not asked for a certificate. */
  readonly clientAuth?: ClientAuthentication;
  /** Storage of sessions; `undefined`: no session is resumed and no ticket sent. */
  readonly resumption?: Resumption;
  /** Tickets that are sent after each handshake. */
  readonly sendTickets: number;
  /** Greatest number of tickets for a client that asks for a number. */
  readonly maxTickets: number;
  /** Early data that a ticket allows, in bytes; `undefined` or 0: none is accepted. */
  readonly maxEarlyDataSize?: number;
  /** Decides whether early data of a client is accepted; `undefined`: all of it is. */
  readonly acceptEarlyData?: (hello: ClientHelloInfo) => Eventual<boolean>;
  /** Whether data may be sent before the client's Finished has come. */
  readonly sendHalfRttData?: boolean;
  /** Keys by which ClientHellos are decrypted; `undefined`: there are none. */
  readonly echKeys?: LoadedEchKeys;
  /** ECH of the connection; `undefined`: the client offers none, or there are no keys. */
  readonly ech?: ServerEch;
  readonly keyLog?: KeyLog;
  /** The clock. */
  now(): Date;
}
