/**
 * The facts of a connection: what a handshake agreed on, and who the peer is.
 *
 * They are written here once, made when the handshake is done, and handed through as they are: by the machine
 * (`Connection.facts`), by the stream (`TlsStream.connection`) and by the client. A new fact is one more property here,
 * and one more value in the two handshakes.
 *
 * @module
 */

import type {
  CipherSuiteName,
  NamedGroupName,
  ProtocolVersionName,
  SignatureSchemeName,
} from "../wire/numbers.ts";
import type { PeerCertificate } from "../x509/peer_certificate.ts";
import type { EarlyDataOutcome, EarlyDataRefusal } from "./early_data_outcome.ts";

/** Course of a handshake: with or without a HelloRetryRequest, in full or by resumption. */
export type HandshakeKind =
  | "full"
  | "full_with_hello_retry_request"
  | "resumed"
  | "resumed_with_hello_retry_request";

/**
 * Outcome of Encrypted ClientHello in a handshake that is done.
 *
 * - `not_offered`: the client has not sent it.
 * - `grease`: client: it has sent random bytes in its place.
 * - `accepted`: the handshake went by the hello that was encrypted.
 * - `rejected`: server: it could not be decrypted, or was GREASE; a client that means it then fails with `ech_rejected`.
 */
export type EchStatus = "not_offered" | "grease" | "accepted" | "rejected";

/** Facts of a TLS connection whose handshake is done. They do not change, and the object is frozen. */
export interface TlsConnectionFacts {
  /** Version of TLS. */
  readonly protocolVersion: ProtocolVersionName;
  /** Cipher suite. */
  readonly cipherSuite: CipherSuiteName;
  /** Group in which keys were exchanged. */
  readonly keyExchangeGroup: NamedGroupName;
  /** Application protocol that ALPN selected (RFC 7301), or `null` when it selected none. */
  readonly alpnProtocol: string | null;
  /** Client: the name that was asked for and verified. Server: the SNI, in lower case; `undefined` without one. */
  readonly serverName: string | undefined;
  /**
   * The peer's certificates as it sent them, end entity first; empty when it sent none, or a raw public key. After a
   * resumption they are those of the full handshake that the session comes from.
   */
  readonly peerCertificates: readonly PeerCertificate[];
  /**
   * The raw public key that the peer showed instead of certificates (RFC 7250), a DER SubjectPublicKeyInfo; `undefined`
   * when it showed none.
   */
  readonly peerRawPublicKey: Uint8Array | undefined;
  /** Course of the handshake. */
  readonly handshakeKind: HandshakeKind;
  /** Whether an earlier session was resumed. */
  readonly resumed: boolean;
  /** Scheme of the peer's CertificateVerify; `undefined` when it sent none: it resumed, or showed no certificate. */
  readonly peerSignatureScheme: SignatureSchemeName | undefined;
  /** Client: the OCSP response (DER) that the server stapled, not verified; `undefined` without one. */
  readonly ocspResponse: Uint8Array | undefined;
  /** Whether the server accepted the early data that the client announced; `undefined`: it announced none. */
  readonly earlyDataAccepted: boolean | undefined;
  /** Bytes of early data that the server accepted: the first of the client's data. An attacker can have sent them again. */
  readonly earlyDataLength: number;
  /** The reason for which early data was refused; `undefined`: it was not refused. */
  readonly earlyDataRefusal: EarlyDataRefusal | undefined;
  /** Outcome of Encrypted ClientHello (RFC 9849). */
  readonly ech: EchStatus;
}

/** The facts that are made of others. */
type DerivedFact =
  | "peerRawPublicKey"
  | "handshakeKind"
  | "earlyDataAccepted"
  | "earlyDataLength"
  | "earlyDataRefusal";

/** Makes the facts of a handshake that is done. */
export function connectionFacts(
  { retried, earlyData, earlyDataLength = 0, ...agreed }: Omit<TlsConnectionFacts, DerivedFact> & {
    /** Whether the server sent a HelloRetryRequest. */
    readonly retried: boolean;
    /** The outcome of early data; `undefined`: none was announced. */
    readonly earlyData?: EarlyDataOutcome | undefined;
    /** Bytes of it that were accepted. Default: 0. */
    readonly earlyDataLength?: number;
    /** The peer's raw public key. Default: it shows none. */
    readonly peerRawPublicKey?: Uint8Array | undefined;
  },
): TlsConnectionFacts {
  const kind = agreed.resumed ? "resumed" : "full";
  return Object.freeze({
    ...agreed,
    // Copies: a session is judged again by its own.
    peerRawPublicKey: agreed.peerRawPublicKey?.slice(),
    ocspResponse: agreed.ocspResponse?.slice(),
    handshakeKind: retried ? `${kind}_with_hello_retry_request` as const : kind,
    earlyDataAccepted: earlyData === undefined ? undefined : earlyData === "accepted",
    earlyDataLength,
    earlyDataRefusal: earlyData === "accepted" ? undefined : earlyData,
  });
}
