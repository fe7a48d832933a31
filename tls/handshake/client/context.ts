/**
 * What the client's side of the handshake is told: its configuration, resolved, and which server is wanted.
 *
 * @module
 */

import type { CertificateRequestInfo, KeyLog, KeyLogEntry } from "../../config/config_types.ts";
import type { CipherSuite, CryptoProvider, KeyExchangeGroup, SigningKey } from "../../crypto/provider.ts";
import type { Eventual, Script } from "../../../io/script.ts";
import type { ClientSessionStore } from "../../session/session.ts";
import type { SignatureSchemeName } from "../../wire/numbers.ts";
import type { ServerName } from "../../names/server_name.ts";
import type { CertificateChain } from "../certificate_chain.ts";

/** Who the client is. */
export interface ClientCredentials {
  /** DER, end entity first; never empty. */
  readonly chain: readonly Uint8Array[];
  /** Signs the handshake. */
  key(): Eventual<SigningKey>;
}

/** A server's Certificate message, to be judged. */
export interface PresentedServer extends CertificateChain {
  /** Who is to be at the other end. */
  readonly serverName: ServerName;
  readonly ocspResponse?: Uint8Array;
  readonly time: Date;
}

/** The configuration of a client, as its handshake needs it. */
export interface ClientContext {
  readonly crypto: CryptoProvider;
  /** Best first. */
  readonly suites: readonly CipherSuite[];
  /** Best first. */
  readonly groups: readonly KeyExchangeGroup[];
  /** What a server, and the authorities behind it, may sign with; best first. */
  readonly signatureSchemes: readonly SignatureSchemeName[];
  /** Who is to be at the other end. */
  readonly serverName: ServerName;
  /** Whether the server is told, in the clear, the name that is wanted. */
  readonly enableSni: boolean;
  /** What ALPN offers, best first; empty: the extension is not sent. */
  readonly alpnProtocols: readonly string[];
  /** Chooses who the client is; `undefined`: nobody. */
  credentials(request: CertificateRequestInfo): Eventual<ClientCredentials | undefined>;
  /**
   * Judges a server's chain.
   *
   * @throws {TlsError} the reason to refuse it.
   */
  verify(server: PresentedServer): Script<void>;
  /** Where sessions are kept; `undefined`: nothing is resumed. */
  readonly sessions?: ClientSessionStore;
  /** What sessions belong to: those of another owner are not used. The config object. */
  readonly owner: object;
  readonly keyLog?: KeyLog;
  /** The clock. */
  now(): Date;
}

/** The server's name as text, which is also what its sessions are kept under. */
export function nameOf({ serverName }: ClientContext): string {
  return serverName.kind === "dns" ? serverName.name : serverName.text;
}

/** Tells the key log of a secret, where there is one; what it is handed are copies. */
export function logSecret(
  { keyLog }: ClientContext,
  label: KeyLogEntry["label"],
  clientRandom: Uint8Array,
  secret: Uint8Array,
): void {
  keyLog?.({ label, clientRandom: clientRandom.slice(), secret: secret.slice() });
}
