/**
 * The result of a handshake: the facts that are public, and what only the connection needs.
 *
 * @module
 */

import type { CipherSuite } from "../crypto/provider.ts";
import type { ClientSessionFacts, IdentityAnswer } from "../session/session_facts.ts";
import type { Script } from "../../io/script.ts";
import type { RawKeyBlock } from "../schedule/tls12_secrets.ts";
import type { HandshakeMessage } from "../wire/messages.ts";
import type { TlsConnectionFacts } from "./connection_facts.ts";

/** The secrets of a connection of TLS 1.3 after its handshake (RFC 9846 §7.1). */
export interface ApplicationSecrets {
  /** client_application_traffic_secret_0 */
  readonly clientTraffic: Uint8Array;
  /** server_application_traffic_secret_0 */
  readonly serverTraffic: Uint8Array;
  /** exporter_secret */
  readonly exporter: Uint8Array;
  /** resumption_secret */
  readonly resumption: Uint8Array;
}

/** The result of a handshake. */
export interface HandshakeResult {
  /** What was agreed on, and who the peer is. */
  readonly facts: TlsConnectionFacts;
  /** The cipher suite's implementation. */
  readonly suite: CipherSuite;
  /**
   * Derives a secret for the application (RFC 9846 §7.5, RFC 5705 §4).
   *
   * @param context `undefined`: none, which only TLS 1.2 tells from an empty one.
   */
  exportKeyingMaterial(
    label: string,
    context: Uint8Array | undefined,
    length: number,
  ): Script<Uint8Array>;
  /**
   * Receives a message after the handshake, where the version has its own rules for all of them; see
   * `ConnectionScripts.receiveMessage` for the others.
   */
  receiveMessage?(message: HandshakeMessage): Script<undefined>;
  /** Advice for a connection that fails after its handshake; `undefined`: there is none. */
  failureHint?(): string | undefined;
  /** TLS 1.2: the record keys, which do not change; those of TLS 1.3 follow from traffic secrets. */
  recordKeys?(): Script<RawKeyBlock>;
  /** TLS 1.3: the secrets that were agreed on. */
  readonly secrets?: ApplicationSecrets;
  /**
   * Client: time of the full handshake, in which the server proved its identity by a certificate, in milliseconds since
   * 1970.
   */
  readonly authenticated?: number;
  /** Client: its answer to the CertificateRequest of the full handshake; `undefined`: there was none. */
  readonly identity?: IdentityAnswer;
  /** Client: the server's key and OCSP response, by which its sessions are judged; `facts` have copies. */
  readonly server?: Pick<ClientSessionFacts, "rawPublicKey" | "ocspResponse">;
  /** Client: the retry configurations of a server that rejects ECH, an ECHConfigList. */
  readonly retryConfigs?: Uint8Array;
}
