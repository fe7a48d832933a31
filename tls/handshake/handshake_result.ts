/**
 * The result of a handshake: the facts that everybody may know, and what the connection alone needs.
 *
 * @module
 */

import type { CipherSuite } from "../crypto/provider.ts";
import type { TlsConnectionFacts } from "./connection_facts.ts";

/** The secrets of a connection after its handshake (RFC 9846 §7.1). */
export interface ApplicationSecrets {
  readonly clientTraffic: Uint8Array;
  readonly serverTraffic: Uint8Array;
  readonly exporter: Uint8Array;
  readonly resumption: Uint8Array;
}

/** The result of a handshake. */
export interface HandshakeResult {
  /** What was agreed on, and who the peer is. */
  readonly facts: TlsConnectionFacts;
  /** The cipher suite's implementation. */
  readonly suite: CipherSuite;
  /** The secrets that were agreed on. */
  readonly secrets: ApplicationSecrets;
  /**
   * Client: when the server proved by its certificate who it is, in milliseconds since 1970; after a resumption, in the
   * full handshake that it goes back to.
   */
  readonly authenticated?: number;
}
