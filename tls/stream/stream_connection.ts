/**
 * What is known about a TLS connection whose handshake is done.
 *
 * @module
 */

import type { Connection } from "../connection/connection.ts";
import { TlsError } from "../error/tls_error.ts";
import type { HandshakeKind } from "../handshake/established.ts";
import type {
  CipherSuiteName,
  NamedGroupName,
  ProtocolVersionName,
  SignatureSchemeName,
} from "../wire/numbers.ts";
import type { PeerCertificate } from "../x509/peer_certificate.ts";

/** What the two ends agreed on, and who the other one is. */
export class TlsConnectionInfo {
  readonly #machine: Connection;
  /** The version of TLS. */
  readonly protocolVersion: ProtocolVersionName;
  /** The cipher suite. */
  readonly cipherSuite: CipherSuiteName;
  /** The group in which keys were exchanged. */
  readonly keyExchangeGroup: NamedGroupName;
  /** What was agreed on by ALPN, or `null` when nothing was. */
  readonly alpnProtocol: string | null;
  /** Client: the name that was asked for and verified. Server: the SNI, lower case; `undefined` without one. */
  readonly serverName: string | undefined;
  /** End entity first, as the peer sent them; empty when it showed none. */
  readonly peerCertificates: readonly PeerCertificate[];
  /** How the two ends came to terms. */
  readonly handshakeKind: HandshakeKind;
  /** What the peer signed the handshake with; `undefined` when it did not: it resumed, or showed no certificate. */
  readonly peerSignatureScheme: SignatureSchemeName | undefined;
  /** The OCSP response (DER) that the server stapled; it was not judged. */
  readonly ocspResponse: Uint8Array | undefined;

  /**
   * Reads a machine's results.
   *
   * @throws {TlsError} `handshake_incomplete`
   */
  constructor(machine: Connection) {
    const { protocolVersion, cipherSuite, keyExchangeGroup, handshakeKind } = machine;
    if (
      protocolVersion === undefined || cipherSuite === undefined || keyExchangeGroup === undefined ||
      handshakeKind === undefined
    ) {
      throw new TlsError("handshake_incomplete", "Cannot describe the connection: the handshake is not over");
    }
    this.#machine = machine;
    this.protocolVersion = protocolVersion;
    this.cipherSuite = cipherSuite;
    this.keyExchangeGroup = keyExchangeGroup;
    this.handshakeKind = handshakeKind;
    this.alpnProtocol = machine.alpnProtocol ?? null;
    this.serverName = machine.serverName;
    this.peerCertificates = machine.peerCertificates;
    this.peerSignatureScheme = machine.peerSignatureScheme;
    this.ocspResponse = machine.ocspResponse;
  }

  /** Whether an earlier session was resumed; the certificates are that session's then. */
  get resumed(): boolean {
    return this.handshakeKind.startsWith("resumed");
  }

  /**
   * Makes a secret that both ends of this connection can make, and nobody else (RFC 9846 §7.5).
   *
   * @param length In bytes, at least 1.
   * @param label What it is for, from the registry of exporter labels.
   * @param context Sets this use apart from others. Default: nothing, which is the same as an empty one.
   * @throws {RangeError} when there cannot be that many bytes, or the label is too long.
   */
  async exportKeyingMaterial(length: number, label: string, context?: Uint8Array): Promise<Uint8Array> {
    return await this.#machine.exportKeyingMaterial(length, label, context);
  }
}
