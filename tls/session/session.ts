/**
 * What a client keeps of a connection in order to resume it (RFC 9846 §2.2), and where.
 *
 * A session is good for one connection (RFC 9846 Appendix C.4: a ticket that is used twice lets who watches link
 * the two), and only for the config that it was made under: whoever was trusted by one set of roots, or by a
 * verifier, or by nobody because `dangerAcceptInvalidCerts` was set, is not trusted by another.
 *
 * @module
 */

import type { CipherSuite, HashName } from "../crypto/provider.ts";
import { DEFAULT_STORED_SESSIONS, MAX_STORED_SESSIONS_PER_SERVER } from "../limits.ts";
import type { CipherSuiteName, NamedGroupName } from "../wire/numbers.ts";
import type { PeerCertificate } from "../x509/peer_certificate.ts";

/** What a session consists of. */
export interface ClientSessionFacts {
  /** The config object that it was made under. */
  readonly owner: object;
  /** Who the server was asked to be: a DNS name in lower case, or an IP address. */
  readonly serverName: string;
  /** The suite of the connection that the ticket came on. */
  readonly suite: CipherSuite;
  /** The group in which that connection exchanged keys: one that the server knows, and prefers. */
  readonly keyExchangeGroup: NamedGroupName;
  /** What the server knows it by. */
  readonly ticket: Uint8Array;
  /** The secret that goes with the ticket. */
  readonly psk: Uint8Array;
  /** What the ticket's age is hidden with. */
  readonly ageAdd: number;
  /** When the ticket came, in milliseconds since 1970. */
  readonly received: number;
  /** When the server last proved by its certificate who it is, in milliseconds since 1970. */
  readonly authenticated: number;
  /** When it is worth nothing any more, in milliseconds since 1970. */
  readonly expires: number;
  /** Who the server was found to be. */
  readonly peerCertificates: readonly PeerCertificate[];
  /** What it stapled then. */
  readonly ocspResponse?: Uint8Array;
}

/** What the handshake does with a session and nobody else can. */
let factsOf: (session: ClientSession) => ClientSessionFacts;
let sessionOf: (facts: ClientSessionFacts) => ClientSession;

/** A session that can be resumed once. Its secrets are out of reach: a store keeps it and gives it back. */
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

  /** When the session is worth nothing any more: at most 7 days after it came (RFC 9846 §4.7.1). */
  get expires(): Date {
    return new Date(this.#facts.expires);
  }
}

/** Makes a session of what a ticket brought. */
export function makeSession(facts: ClientSessionFacts): ClientSession {
  return sessionOf(facts);
}

/**
 * The content of a session, for the handshake alone.
 *
 * @param by Under which config, and to whom, the connection is to be.
 * @returns `undefined` for what is no session, or one that must not be used: made under another config, with another
 * server (a store that confuses two must not make the one pass for the other), too old, or for a hash that none of the
 * suites on offer has.
 */
export function usableFacts(
  session: unknown,
  by: Pick<ClientSessionFacts, "owner" | "serverName">,
  hashes: readonly HashName[],
  now: number,
): ClientSessionFacts | undefined {
  if (!(session instanceof ClientSession)) return undefined;
  const facts = factsOf(session);
  // A clock that was set back makes tickets from the future; their age cannot be told to the server.
  const current = facts.received <= now && now < facts.expires;
  const isOurs = facts.owner === by.owner && facts.serverName === by.serverName;
  return current && isOurs && hashes.includes(facts.suite.hash) ? facts : undefined;
}

/**
 * Where a client keeps its sessions. Both functions answer at once; one that fails costs the resumption, never the
 * connection.
 */
export interface ClientSessionStore {
  /**
   * Gives a session and forgets it, so that it is used once; the newest first.
   *
   * @param serverName A DNS name in lower case, or an IP address.
   */
  take(serverName: string): ClientSession | undefined;
  /** Keeps a session, or does not. */
  put(serverName: string, session: ClientSession): void;
}

/**
 * A store in memory, which is what a config has by default.
 *
 * It keeps up to 8 sessions of each server and forgets the server that it has heard nothing from for the longest
 * time.
 *
 * @param limit How many sessions it holds; default: 256.
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
    // Behind all others: it was heard from last.
    this.#sessions.delete(serverName);
    this.#sessions.set(serverName, sessions);
    for (const stalest of this.#sessions.keys()) {
      if (this.#sessions.size <= this.#servers) break;
      this.#sessions.delete(stalest);
    }
  }
}
