/**
 * The configuration of a client's handshake: the config, resolved, and the server to reach.
 *
 * @module
 */

import type { CertificateCompression } from "../../config/certificate_compression.ts";
import type { CertificateRequestInfo, KeyLog } from "../../config/config_types.ts";
import type { CipherSuite, CryptoProvider, KeyExchangeGroup, SigningKey } from "../../crypto/provider.ts";
import type { Tls12CipherSuite } from "../../crypto/tls12_suites.ts";
import type { Eventual, Script } from "../../../io/script.ts";
import type { ClientSessionStore } from "../../session/session.ts";
import type { TicketRequest } from "../../wire/messages.ts";
import type { CertificateTypeName, SignatureSchemeName } from "../../wire/numbers.ts";
import type { ServerName } from "../../names/server_name.ts";
import type { CertificatePath } from "../../x509/path/path.ts";
import type { PeerCredentials } from "../peer_credentials.ts";
import type { ClientEarlyData } from "./client_early_data.ts";

/** A client's identity: its chain and the key that signs. */
export interface ClientCredentials {
  /** Certificates in DER, end entity first, or a raw public key alone; never empty. */
  readonly chain: readonly Uint8Array[];
  /** Type of `chain`. Default: X509. */
  readonly certificateType?: CertificateTypeName;
  /** Whether it is kept from servers that name no authority of its chain. */
  readonly mustMatchIssuer?: boolean;
  /** The key that signs the handshake. */
  key(): Eventual<SigningKey>;
}

/** A server's Certificate message, to be verified. */
export type PresentedServer = PeerCredentials & PresentedServerFacts;

/** What is known of a server beside its credentials. */
export interface PresentedServerFacts {
  /** The name that a certificate must be for. */
  readonly serverName: ServerName;
  /** The stapled OCSP response, DER. */
  readonly ocspResponse?: Uint8Array;
  /** The time at which the chain must be valid. */
  readonly time: Date;
}

/** The configs with which hellos are encrypted. */
export interface EchOffering {
  /** An ECHConfigList, which can be read. */
  readonly configs: Uint8Array;
  /** Whether there is no handshake without ECH, or one with GREASE where no config can be used. */
  readonly mode: "require" | "prefer";
  /** Whether certificates and their names are verified, without which retry configurations are worth nothing. */
  readonly authenticates: boolean;
}

/** The configuration of a client, as its handshake needs it. */
export interface ClientContext {
  readonly crypto: CryptoProvider;
  /** Cipher suites of TLS 1.3, in order of preference; empty: it is not enabled. */
  readonly suites: readonly CipherSuite[];
  /** Cipher suites of TLS 1.2, in order of preference; `undefined` or empty: it is not enabled. */
  readonly tls12Suites?: readonly Tls12CipherSuite[];
  /** Whether a server of TLS 1.2 without the extended main secret is refused. */
  readonly requireExtendedMainSecret?: boolean;
  /** Certificate types that the server may show, in order of preference. Default: X509. */
  readonly serverCertificateTypes?: readonly CertificateTypeName[];
  /** Certificate types that the client can show, in order of preference. Default: X509. */
  readonly clientCertificateTypes?: readonly CertificateTypeName[];
  /** Algorithms of certificate compression, in order of preference. Default: none. */
  readonly certificateCompression?: readonly CertificateCompression[];
  /** Key exchange groups, in order of preference. */
  readonly groups: readonly KeyExchangeGroup[];
  /** Signature schemes that the server and its authorities may use, in order of preference. */
  readonly signatureSchemes: readonly SignatureSchemeName[];
  /** The name of the server to reach. */
  readonly serverName: ServerName;
  /** Whether the ClientHello names the server, which is sent in the clear (server_name, RFC 6066 §3). */
  readonly enableSni: boolean;
  /** ALPN protocols, in order of preference; empty: the extension is not sent. */
  readonly alpnProtocols: readonly string[];
  /** The client's identities for a CertificateRequest, in order of preference; empty: none. */
  credentials(request: CertificateRequestInfo): Eventual<readonly ClientCredentials[]>;
  /**
   * Verifies a server's chain, or its raw public key.
   *
   * @returns Its certification path, for explanations; `undefined` where none was asked for.
   * @throws {TlsError} The reason to refuse it.
   */
  verify(server: PresentedServer): Script<CertificatePath | undefined | void>;
  /** The session store; `undefined`: nothing is resumed. */
  readonly sessions?: ClientSessionStore;
  /** The numbers of tickets that servers are asked for; `undefined`: they decide. */
  readonly ticketRequest?: TicketRequest;
  /** The config object that sessions belong to; those of another one are not offered. */
  readonly owner: object;
  /** That config's trust policy, which a serialized session has in place of the object. */
  policy(): Uint8Array;
  /** Early data of the connection; `undefined`: none is announced. */
  readonly earlyData?: ClientEarlyData;
  /** Encrypted ClientHello; `undefined`: it is neither offered nor made up. */
  readonly ech?: EchOffering | "grease";
  readonly keyLog?: KeyLog;
  /** The clock. */
  now(): Date;
}

/** The server's name as text, which is also the key of its sessions in the store. */
export function nameOf({ serverName }: Pick<ClientContext, "serverName">): string {
  return serverName.kind === "dns" ? serverName.name : serverName.text;
}
