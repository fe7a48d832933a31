/**
 * The handshake messages as values (RFC 9846 §4), one union over `type`.
 *
 * Numbers that a peer chose are typed `number`, because they may be unknown here. A list has all entries of the message
 * in their order, GREASE (RFC 8701) included; unknown ones are skipped where one is chosen.
 * Every `Uint8Array` of a decoded message is a view into the message's own bytes.
 *
 * @module
 */

/** One public key in `key_share` (RFC 9846 §4.3.8). */
export interface KeyShareEntry {
  readonly group: number;
  readonly keyExchange: Uint8Array;
}

/** One ticket that a client offers (RFC 9846 §4.3.11). */
export interface PskIdentity {
  readonly identity: Uint8Array;
  readonly obfuscatedTicketAge: number;
}

/** The tickets that a client offers; the binders are in the order of the identities. */
export interface OfferedPsks {
  readonly identities: readonly PskIdentity[];
  readonly binders: readonly Uint8Array[];
}

/** The extension encrypted_client_hello of a ClientHello (RFC 9849 §5). */
export type EchClientHello =
  /** Of a ClientHelloInner. */
  | { readonly type: "inner" }
  /** Of a ClientHelloOuter: the numbers of a KDF and an AEAD, the encapsulated key and the encrypted inner hello. */
  | {
    readonly type: "outer";
    readonly kdf: number;
    readonly aead: number;
    readonly configId: number;
    readonly enc: Uint8Array;
    readonly payload: Uint8Array;
  };
/** The numbers of tickets that a client asks for (`ClientTicketRequest`, RFC 9149 §3). */
export interface TicketRequest {
  /** Tickets that it asks for after a full handshake. */
  readonly newSession: number;
  /** Tickets that it asks for when it resumes. */
  readonly resumption: number;
}

/**
 * The extensions of a ClientHello that are known here; `undefined`: not sent.
 *
 * Protocol names of ALPN are strings with one character a byte (they are ASCII in practice).
 */
export interface ClientHelloExtensions {
  /** The one `host_name`, as it was sent; an extension without one is a decode_error. */
  readonly serverName?: string;
  readonly supportedVersions?: readonly number[];
  readonly supportedGroups?: readonly number[];
  readonly signatureAlgorithms?: readonly number[];
  readonly signatureAlgorithmsCert?: readonly number[];
  readonly alpnProtocols?: readonly string[];
  readonly keyShares?: readonly KeyShareEntry[];
  readonly cookie?: Uint8Array;
  readonly pskKeyExchangeModes?: readonly number[];
  readonly preSharedKey?: OfferedPsks;
  readonly earlyData?: boolean;
  /** Whether the client asks for an OCSP response (`status_request` of type ocsp). */
  readonly statusRequest?: boolean;
  /** Names of authorities, DER `Name`s. */
  readonly certificateAuthorities?: readonly Uint8Array[];
  readonly ecPointFormats?: Uint8Array;
  readonly extendedMainSecret?: boolean;
  readonly renegotiationInfo?: Uint8Array;
  readonly sessionTicket?: Uint8Array;
  readonly ticketRequest?: TicketRequest;
  /** Certificate types that the client can show (RFC 7250 §4.1). */
  readonly clientCertificateTypes?: readonly number[];
  /** Certificate types that the server may show (RFC 7250 §4.1). */
  readonly serverCertificateTypes?: readonly number[];
  /** Algorithms by which a Certificate for the client may be compressed (RFC 8879 §3). */
  readonly compressCertificate?: readonly number[];
  readonly encryptedClientHello?: EchClientHello;
  /** Types of extensions that stand in the ClientHelloOuter; only an encoded ClientHelloInner has it (RFC 9849 §5.1). */
  readonly echOuterExtensions?: readonly number[];
}

/** ClientHello (RFC 9846 §4.2.2). */
export interface ClientHello {
  readonly type: "client_hello";
  readonly legacyVersion: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuites: readonly number[];
  readonly compressionMethods: Uint8Array;
  readonly extensions: ClientHelloExtensions;
  /** Types of all extensions in the order on the wire, unknown ones included. */
  readonly extensionOrder: readonly number[];
}

/** ServerHello, or HelloRetryRequest, which has its form and a special `random` (RFC 9846 §4.2.3). */
export interface ServerHello {
  readonly type: "server_hello";
  readonly legacyVersion: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
  /** Whether `random` is the one of a HelloRetryRequest. */
  readonly isHelloRetryRequest: boolean;
  /** The chosen version, from `supported_versions`; `undefined`: TLS 1.2 or older. */
  readonly selectedVersion?: number;
  /** The server's key share, from the `key_share` of a ServerHello. */
  readonly keyShare?: KeyShareEntry;
  /** The group that the server asks for, from the `key_share` of a HelloRetryRequest. */
  readonly selectedGroup?: number;
  readonly cookie?: Uint8Array;
  /** `confirmation` of a HelloRetryRequest, from `encrypted_client_hello` (RFC 9849 §5). */
  readonly echConfirmation?: Uint8Array;
  /** Index of the accepted identity, from `pre_shared_key`. */
  readonly preSharedKey?: number;
  /** TLS 1.2: the extensions that stand in EncryptedExtensions and Certificate in TLS 1.3, and those that only it has. */
  readonly tls12?: Tls12ServerExtensions;
  /** Types of all extensions in their order, so that unsolicited ones can be refused. */
  readonly extensionOrder: readonly number[];
}

/** The extensions of a ServerHello of TLS 1.2. */
export interface Tls12ServerExtensions {
  /** Protocol that the server chose by ALPN (RFC 7301). */
  readonly alpnProtocol?: string;
  /** Point formats that the server reads (RFC 8422 §5.2). */
  readonly ecPointFormats?: Uint8Array;
  /** `renegotiated_connection` (RFC 5746 §3.2): empty in the first handshake of a connection. */
  readonly renegotiationInfo?: Uint8Array;
  /** Certificate type that the client is to show (RFC 7250 §4.2). */
  readonly clientCertificateType?: number;
  /** Certificate type that the server shows (RFC 7250 §4.2). */
  readonly serverCertificateType?: number;
}

/** EncryptedExtensions (RFC 9846 §4.4.1). */
export interface EncryptedExtensions {
  readonly type: "encrypted_extensions";
  readonly alpnProtocol?: string;
  /** Whether the server used the client's server_name: its own is empty. */
  readonly serverNameAcknowledged?: boolean;
  readonly supportedGroups?: readonly number[];
  readonly earlyData?: boolean;
  /** `retry_configs`: an encoded ECHConfigList (RFC 9849 §5). */
  readonly retryConfigs?: Uint8Array;
  /** Tickets that the server expects to send, from `ticket_request`. */
  readonly expectedTickets?: number;
  /** Certificate type that the client is to show (RFC 7250 §4.2). */
  readonly clientCertificateType?: number;
  /** Certificate type that the server shows (RFC 7250 §4.2). */
  readonly serverCertificateType?: number;
  readonly extensionOrder: readonly number[];
}

/** CertificateRequest (RFC 9846 §4.4.2). */
export interface CertificateRequest {
  readonly type: "certificate_request";
  readonly context: Uint8Array;
  readonly signatureAlgorithms?: readonly number[];
  readonly signatureAlgorithmsCert?: readonly number[];
  readonly certificateAuthorities?: readonly Uint8Array[];
  /** Algorithms by which the client's Certificate may be compressed (RFC 8879 §3). */
  readonly compressCertificate?: readonly number[];
  readonly extensionOrder: readonly number[];
}

/** One certificate of a chain, or a raw public key (RFC 9846 §4.5.1). */
export interface CertificateEntry {
  /** DER: a certificate or, where that type was agreed on, a SubjectPublicKeyInfo. */
  readonly certificate: Uint8Array;
  /** A stapled OCSP response, DER. */
  readonly ocspResponse?: Uint8Array;
  readonly extensionOrder: readonly number[];
}

/** Certificate, end entity first (RFC 9846 §4.5.1). */
export interface CertificateMessage {
  readonly type: "certificate";
  readonly context: Uint8Array;
  readonly entries: readonly CertificateEntry[];
}

/** CompressedCertificate, which stands for a Certificate (RFC 8879 §4). */
export interface CompressedCertificate {
  readonly type: "compressed_certificate";
  readonly algorithm: number;
  /** Length of the Certificate, without the header of a handshake message. */
  readonly uncompressedLength: number;
  readonly compressed: Uint8Array;
}

/** CertificateVerify (RFC 9846 §4.5.2). */
export interface CertificateVerify {
  readonly type: "certificate_verify";
  readonly scheme: number;
  readonly signature: Uint8Array;
}

/** Finished (RFC 9846 §4.5.3). */
export interface Finished {
  readonly type: "finished";
  readonly verifyData: Uint8Array;
}

/** NewSessionTicket (RFC 9846 §4.7.1). */
export interface NewSessionTicket {
  readonly type: "new_session_ticket";
  /** Lifetime in seconds. */
  readonly lifetime: number;
  readonly ageAdd: number;
  readonly nonce: Uint8Array;
  readonly ticket: Uint8Array;
  /** Bytes of early data that the ticket allows, from `early_data`. */
  readonly maxEarlyDataSize?: number;
}

/** KeyUpdate (RFC 9846 §4.7.3). */
export interface KeyUpdate {
  readonly type: "key_update";
  readonly updateRequested: boolean;
}

/** EndOfEarlyData (RFC 9846 §4.6). */
export interface EndOfEarlyData {
  readonly type: "end_of_early_data";
}

/** CertificateStatus of TLS 1.2 (RFC 6066 §8). */
export interface CertificateStatus {
  readonly type: "certificate_status";
  /** A stapled OCSP response, DER. */
  readonly ocspResponse: Uint8Array;
}

/** ServerKeyExchange of ECDHE, TLS 1.2 (RFC 8422 §5.4). */
export interface ServerKeyExchange {
  readonly type: "server_key_exchange";
  readonly group: number;
  /** The server's public key. */
  readonly point: Uint8Array;
  /** The encoded ServerECDHParams, group and point: what the signature covers beside the randoms. */
  readonly params: Uint8Array;
  readonly scheme: number;
  readonly signature: Uint8Array;
}

/** CertificateRequest of TLS 1.2 (RFC 5246 §7.4.4). */
export interface Tls12CertificateRequest {
  readonly type: "tls12_certificate_request";
  readonly certificateTypes: Uint8Array;
  readonly signatureAlgorithms: readonly number[];
  /** Names of authorities, DER `Name`s; empty: any. */
  readonly certificateAuthorities: readonly Uint8Array[];
}

/** ServerHelloDone of TLS 1.2 (RFC 5246 §7.4.5). */
export interface ServerHelloDone {
  readonly type: "server_hello_done";
}

/** ClientKeyExchange of ECDHE, TLS 1.2 (RFC 8422 §5.7). */
export interface ClientKeyExchange {
  readonly type: "client_key_exchange";
  /** The client's public key. */
  readonly point: Uint8Array;
}

/** NewSessionTicket of TLS 1.2 (RFC 5077 §3.3). */
export interface Tls12NewSessionTicket {
  readonly type: "tls12_new_session_ticket";
  /** Lifetime in seconds; 0: not said. */
  readonly lifetimeHint: number;
  /** May be empty: there is no ticket after all. */
  readonly ticket: Uint8Array;
}

/** HelloRequest of TLS 1.2 (RFC 5246 §7.4.1.1): the server asks for a renegotiation. */
export interface HelloRequest {
  readonly type: "hello_request";
}

/** A message that the version does not have, or an unknown one: only its number is kept. */
export interface OtherMessage {
  readonly type: "other";
  readonly handshakeType: number;
}

/** Any handshake message. */
export type HandshakeMessage =
  | ClientHello
  | ServerHello
  | EncryptedExtensions
  | CertificateRequest
  | CertificateMessage
  | CompressedCertificate
  | CertificateVerify
  | Finished
  | NewSessionTicket
  | KeyUpdate
  | EndOfEarlyData
  | CertificateStatus
  | ServerKeyExchange
  | Tls12CertificateRequest
  | ServerHelloDone
  | ClientKeyExchange
  | Tls12NewSessionTicket
  | HelloRequest
  | OtherMessage;

/** The interface of the message of that `type`. */
export type MessageOf<K extends HandshakeMessage["type"]> = Extract<HandshakeMessage, { readonly type: K }>;
