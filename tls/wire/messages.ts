/**
 * The handshake's messages as values (RFC 9846 §4), one union over `type`.
 *
 * Numbers that a peer chose are `number`, because they may be ones that are not known here. A list is what stood
 * in the message, in its order, GREASE (RFC 8701) included: what is not known is skipped by whoever chooses.
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

/** What a client offers to resume from: binders stand in the order of the identities. */
export interface OfferedPsks {
  readonly identities: readonly PskIdentity[];
  readonly binders: readonly Uint8Array[];
}

/**
 * The extensions of a ClientHello that mean something here; `undefined`: not sent.
 *
 * Protocol names of ALPN are strings with one character a byte (they are ASCII in practice).
 */
export interface ClientHelloExtensions {
  /** The one `host_name`, as it was sent. An extension without one is a decode_error. */
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
  /** Whether an OCSP response is wished for (`status_request` of type ocsp). */
  readonly statusRequest?: boolean;
  /** DER `Name`s. */
  readonly certificateAuthorities?: readonly Uint8Array[];
  readonly ecPointFormats?: Uint8Array;
  readonly extendedMainSecret?: boolean;
  readonly renegotiationInfo?: Uint8Array;
  readonly sessionTicket?: Uint8Array;
}

/** RFC 9846 §4.2.2 */
export interface ClientHello {
  readonly type: "client_hello";
  readonly legacyVersion: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuites: readonly number[];
  readonly compressionMethods: Uint8Array;
  readonly extensions: ClientHelloExtensions;
  /** Numbers of all extensions in the order on the wire, unknown ones included. */
  readonly extensionOrder: readonly number[];
}

/** RFC 9846 §4.2.3: a ServerHello, or a HelloRetryRequest, which is one with a special `random`. */
export interface ServerHello {
  readonly type: "server_hello";
  readonly legacyVersion: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
  /** Whether `random` is the one of a HelloRetryRequest. */
  readonly isHelloRetryRequest: boolean;
  /** Of `supported_versions`: the version that was chosen; `undefined`: TLS 1.2 or older. */
  readonly selectedVersion?: number;
  /** Of a ServerHello's `key_share`. */
  readonly keyShare?: KeyShareEntry;
  /** Of a HelloRetryRequest's `key_share`: the group that is wanted. */
  readonly selectedGroup?: number;
  readonly cookie?: Uint8Array;
  /** Index of the identity that was taken. */
  readonly preSharedKey?: number;
  /** Numbers of all extensions in their order, so that unsolicited ones can be refused. */
  readonly extensionOrder: readonly number[];
}

/** RFC 9846 §4.4.1 */
export interface EncryptedExtensions {
  readonly type: "encrypted_extensions";
  readonly alpnProtocol?: string;
  /** The server took the name into account (it sent an empty server_name). */
  readonly serverNameAcknowledged?: boolean;
  readonly supportedGroups?: readonly number[];
  readonly earlyData?: boolean;
  readonly extensionOrder: readonly number[];
}

/** RFC 9846 §4.4.2 */
export interface CertificateRequest {
  readonly type: "certificate_request";
  readonly context: Uint8Array;
  readonly signatureAlgorithms?: readonly number[];
  readonly signatureAlgorithmsCert?: readonly number[];
  readonly certificateAuthorities?: readonly Uint8Array[];
  readonly extensionOrder: readonly number[];
}

/** One certificate of a chain (RFC 9846 §4.5.1). */
export interface CertificateEntry {
  /** DER. */
  readonly certificate: Uint8Array;
  /** A stapled OCSP response, DER. */
  readonly ocspResponse?: Uint8Array;
  readonly extensionOrder: readonly number[];
}

/** RFC 9846 §4.5.1; end entity first. */
export interface CertificateMessage {
  readonly type: "certificate";
  readonly context: Uint8Array;
  readonly entries: readonly CertificateEntry[];
}

/** RFC 9846 §4.5.2 */
export interface CertificateVerify {
  readonly type: "certificate_verify";
  readonly scheme: number;
  readonly signature: Uint8Array;
}

/** RFC 9846 §4.5.3 */
export interface Finished {
  readonly type: "finished";
  readonly verifyData: Uint8Array;
}

/** RFC 9846 §4.7.1 */
export interface NewSessionTicket {
  readonly type: "new_session_ticket";
  /** Seconds. */
  readonly lifetime: number;
  readonly ageAdd: number;
  readonly nonce: Uint8Array;
  readonly ticket: Uint8Array;
  /** Of `early_data`. */
  readonly maxEarlyDataSize?: number;
}

/** RFC 9846 §4.7.3 */
export interface KeyUpdate {
  readonly type: "key_update";
  readonly updateRequested: boolean;
}

/** RFC 9846 §4.6: never sent here, and refused where it was not asked for. */
export interface EndOfEarlyData {
  readonly type: "end_of_early_data";
}

/** A message that has no place in TLS 1.3, or is not known: only its number is kept. */
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
  | CertificateVerify
  | Finished
  | NewSessionTicket
  | KeyUpdate
  | EndOfEarlyData
  | OtherMessage;

/** The message of that `type`. */
export type MessageOf<K extends HandshakeMessage["type"]> = Extract<HandshakeMessage, { readonly type: K }>;
