/**
 * Sessions of a client, with which it resumes connections (RFC 9846 §2.2), and their stores.
 *
 * A session is used for one connection (RFC 9846 Appendix C.4: a ticket that is used twice lets an observer link the
 * two), and only under the config that it was made under: a server that one set of roots trusts, or a verifier, or
 * `dangerAcceptInvalidCerts`, is not trusted by another config. Before it is offered, the server's chain and the client's
 * identity are judged again, as in a full handshake.
 *
 * @module
 */

import type { Eventual } from "../../io/script.ts";
import type { CipherSuite } from "../crypto/provider.ts";
import { isTls12Suite } from "../crypto/tls12_suites.ts";
import { DEFAULT_STORED_SESSIONS, MAX_STORED_SESSIONS_PER_SERVER } from "../limits.ts";
import type { CipherSuiteName, NamedGroupName } from "../wire/numbers.ts";
import type { PeerCertificate } from "../x509/peer_certificate.ts";

/** Content of a session of either version. */
interface CommonSessionFacts {
  /** The config object that it was made under. */
  readonly owner: object;
  /** Name of the server: a DNS name in lower case, or an IP address. */
  readonly serverName: string;
  /** The suite of the connection that the ticket came on. */
  readonly suite: CipherSuite;
  /** The group in which that connection exchanged keys: one that the server knows, and prefers. */
  readonly keyExchangeGroup: NamedGroupName;
  /** Ticket by which the server finds the session; empty in TLS 1.2: it finds it by its ID. */
  readonly ticket: Uint8Array;
  /** When the ticket came, in milliseconds since 1970. */
  readonly received: number;
  /** When the server last authenticated by its certificate, in milliseconds since 1970. */
  readonly authenticated: number;
  /** When the session expires, in milliseconds since 1970. */
  readonly expires: number;
  /** Certificates of the server, as in the full handshake. */
  readonly peerCertificates: readonly PeerCertificate[];
  /** OCSP response (DER) that the server stapled then. */
  readonly ocspResponse?: Uint8Array;
  /** The client's answer to the server's CertificateRequest then; `undefined`: there was no request. */
  readonly identity?: IdentityAnswer;
}

/** Content of a session of TLS 1.3. */
export interface Tls13SessionFacts extends CommonSessionFacts {
  readonly protocolVersion: "TLSv1.3";
  /** Pre-shared key of the ticket. */
  readonly psk: Uint8Array;
  /** `ticket_age_add`, which obfuscates the age of the ticket (RFC 9846 §4.7.1). */
  readonly ageAdd: number;
  /** Bytes of early data that the ticket allows; `undefined`: none. */
  readonly maxEarlyDataSize?: number;
  /** The protocol that ALPN selected on the ticket's connection: early data is sent for it. */
  readonly alpnProtocol?: string;
}

/** Content of a session of TLS 1.2; its main secret is the extended one (RFC 7627). */
export interface Tls12SessionFacts extends CommonSessionFacts {
  readonly protocolVersion: "TLSv1.2";
  readonly mainSecret: Uint8Array;
  /** Session ID that the server gave; empty beside a ticket. */
  readonly sessionId: Uint8Array;
}

/** Content of a session. */
export type ClientSessionFacts = Tls13SessionFacts | Tls12SessionFacts;

/** A CertificateRequest, and the client's answer to it. */
export interface IdentityAnswer {
  /** Signature schemes that the server accepts, as they stood in the request. */
  readonly schemes: readonly number[];
  /** Names of the authorities that the server accepts, DER `Name`s; empty: any. */
  readonly authorities: readonly Uint8Array[];
  /** The chain that the client showed, DER; empty: it showed none. */
  readonly chain: readonly Uint8Array[];
}

/** Access to the private content of a session, for this module alone. */
let factsOf: (session: ClientSession) => ClientSessionFacts;
let sessionOf: (facts: ClientSessionFacts) => ClientSession;

/** A session that can be resumed once. Its secrets are private: a store keeps the object and returns it. */
export class ClientSession {
  readonly #facts: ClientSessionFacts;

  static {
    factsOf = (session) => session.#facts;
    sessionOf = (facts) => new ClientSession(facts);
  }

  /** Only the handshake makes sessions, when a ticket comes. */
  private constructor(facts: ClientSessionFacts) {
    this.#facts = facts;
  }

  /** The suite of the connection that the session comes from. */
  get cipherSuite(): CipherSuiteName {
    return this.#facts.suite.name;
  }

  /** When the session expires: at most 7 days after its ticket came (RFC 9846 §4.7.1). */
  get expires(): Date {
    return new Date(this.#facts.expires);
  }
}

/** Makes the session of a ticket. */
export function makeSession(facts: ClientSessionFacts): ClientSession {
  return sessionOf(facts);
}

/**
 * The content of a session, for the handshake alone.
 *
 * @param by The config and the server of the new connection.
 * @returns `undefined` for what is no session, or for one that must not be used: made under another config or with
 * another server (a store that confuses two servers must not make one pass for the other), expired, or for a suite that
 * is not offered: of TLS 1.3 the hash must be (RFC 9846 §4.7.1), of TLS 1.2 the suite itself (RFC 5246 §7.4.1.3).
 */
export function usableFacts(
  session: unknown,
  by: Pick<ClientSessionFacts, "owner" | "serverName">,
  offered: readonly CipherSuite[],
  now: number,
): ClientSessionFacts | undefined {
  if (!(session instanceof ClientSession)) return undefined;
  const facts = factsOf(session);
  // After a clock was set back a ticket is from the future; it has no age that could be sent to the server, and that of
  // the full handshake is not known.
  const current = facts.received <= now && facts.authenticated <= now && now < facts.expires;
  const isForConnection = facts.owner === by.owner && facts.serverName === by.serverName;
  const fits = offered.some((suite) =>
    facts.protocolVersion === "TLSv1.3"
      ? !isTls12Suite(suite) && suite.hash === facts.suite.hash
      : suite.id === facts.suite.id
  );
  return current && isForConnection && fits ? facts : undefined;
}

/**
 * Store of a client's sessions. Both functions may be asynchronous; an error of one costs the resumption, never the
 * connection.
 */
export interface ClientSessionStore {
  /**
   * Returns a session and removes it in one step, so that it is used once; the newest first. `undefined`: there is none.
   *
   * The handshake begins when it has answered.
   *
   * @param serverName A DNS name in lower case, or an IP address.
   */
  take(serverName: string): Eventual<ClientSession | undefined>;
  /** Stores a session; it may drop this or others. The connection does not wait for it. */
  put(serverName: string, session: ClientSession): Eventual<void>;
}

/**
 * Makes a store in memory, as a config has it by default.
 *
 * It keeps up to 8 sessions of each server, and drops those of the server whose last session is the oldest.
 *
 * @param limit Sessions that it holds. Default: 256.
 * @throws {RangeError} when `limit` is not a positive integer.
 *
 * @example A store for few servers
 * ```ts
 * import { memorySessions } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * const sessions = memorySessions(16);
 * assertEquals(sessions.take("example.com"), undefined);
 * ```
 */
export function memorySessions(limit: number = DEFAULT_STORED_SESSIONS): ClientSessionStore {
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError(`Cannot keep ${limit} sessions: limit must be a positive integer`);
  }
  return new MemorySessions(
    Math.ceil(limit / MAX_STORED_SESSIONS_PER_SERVER),
    Math.min(limit, MAX_STORED_SESSIONS_PER_SERVER),
  );
}

class MemorySessions implements ClientSessionStore {
  readonly #servers: number;
  readonly #each: number;
  /** By server, oldest first; a Map keeps the order of insertion. */
  readonly #sessions = new Map<string, ClientSession[]>();

  constructor(servers: number, each: number) {
    this.#servers = servers;
    this.#each = each;
  }

  take(serverName: string): ClientSession | undefined {
    const sessions = this.#sessions.get(serverName);
    const newest = sessions?.pop();
    if (sessions?.length === 0) this.#sessions.delete(serverName);
    return newest;
  }

  put(serverName: string, session: ClientSession): void {
    const sessions = this.#sessions.get(serverName) ?? [];
    sessions.push(session);
    if (sessions.length > this.#each) sessions.shift();
    // To the end of the Map: its last session is the newest.
    this.#sessions.delete(serverName);
    this.#sessions.set(serverName, sessions);
    for (const stalest of this.#sessions.keys()) {
      if (this.#sessions.size <= this.#servers) break;
      this.#sessions.delete(stalest);
    }
  }
}
