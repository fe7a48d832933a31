/**
 * Sessions of a client, with which it resumes connections (RFC 9846 §2.2), and their stores.
 *
 * A session is used for one connection (RFC 9846 Appendix C.4: a ticket that is used twice lets an observer link the
 * two), and only under the config that it was made under (or, once serialized, under one that decides trust in the same
 * manner): a server that one set of roots trusts, or a verifier, or `dangerAcceptInvalidCerts`, is not trusted by
 * another config. Before it is offered, the server's chain and the client's identity are judged again, as in a full
 * handshake.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import type { Eventual } from "../../io/script.ts";
import type { CipherSuite } from "../crypto/provider.ts";
import { isTls12Suite } from "../crypto/tls12_suites.ts";
import { DEFAULT_STORED_SESSIONS, MAX_STORED_SESSIONS_PER_SERVER } from "../limits.ts";
import type { CipherSuiteName } from "../wire/numbers.ts";
import { deserializeSession, serializeSession } from "./serialized_session.ts";
import type { ClientSessionFacts, StoredSessionFacts } from "./session_facts.ts";

/** Access to the private content of a session, for this module alone. */
let factsOf: (session: ClientSession) => StoredSessionFacts;
let sessionOf: (facts: StoredSessionFacts) => ClientSession;

/**
 * A session that can be resumed once. Its secrets are private: a store in memory keeps the object and returns it, and
 * one outside of the process keeps what {@linkcode ClientSession.serialize} returns.
 *
 * @example A store that keeps bytes, as a file or a database does
 * ```ts
 * import { ClientSession, type ClientSessionStore } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * class StoredSessions implements ClientSessionStore {
 *   readonly #bytes = new Map<string, Uint8Array>();
 *
 *   put(serverName: string, session: ClientSession): void {
 *     this.#bytes.set(serverName, session.serialize());
 *   }
 *
 *   take(serverName: string): ClientSession | undefined {
 *     const bytes = this.#bytes.get(serverName);
 *     this.#bytes.delete(serverName);
 *     return bytes && ClientSession.deserialize(bytes);
 *   }
 * }
 *
 * assertEquals(new StoredSessions().take("example.com"), undefined);
 * ```
 */
export class ClientSession {
  readonly #facts: StoredSessionFacts;

  static {
    factsOf = (session) => session.#facts;
    sessionOf = (facts) => new ClientSession(facts);
  }

  /** Only the handshake makes sessions, when a ticket comes. */
  private constructor(facts: StoredSessionFacts) {
    this.#facts = facts;
  }

  /** The suite of the connection that the session comes from. */
  get cipherSuite(): CipherSuiteName {
    return this.#facts.suite.name;
  }

  /** Bytes of early data that the session allows (RFC 9846 §4.7.1); 0: none. */
  get maxEarlyDataSize(): number {
    return this.#facts.protocolVersion === "TLSv1.3" ? this.#facts.maxEarlyDataSize ?? 0 : 0;
  }

  /** When the session expires: at most 7 days after its ticket came (RFC 9846 §4.7.1). */
  get expires(): Date {
    return new Date(this.#facts.expires);
  }

  /**
   * The session as bytes, for a store outside of the process: a few thousand, most of them the server's certificates.
   *
   * The bytes are **secret, and must not be changed by others**: a reader of them can pass for either end in a
   * resumption, and a writer can make another server pass for this one. Keep them as a private key is kept.
   */
  serialize(): Uint8Array {
    return serializeSession(this.#facts);
  }

  /**
   * Makes a session of the bytes that {@linkcode ClientSession.serialize} has returned, in this process or another.
   *
   * It is offered by configs that decide trust in the same manner: with roots, a verifier or neither, as the config of
   * the session did, and with the same signature schemes. As for every session, its expiry, the server's name and chain
   * and the client's identity are judged again before.
   *
   * @param bytes They are copied.
   * @returns `undefined` for bytes that are no session, or one in the format of another version of the library.
   * @throws {TypeError} for what is no `Uint8Array`.
   */
  static deserialize(bytes: Uint8Array): ClientSession | undefined {
    const facts = deserializeSession(bytes);
    return facts && sessionOf(facts);
  }
}

/** Makes the session of a ticket. */
export function makeSession({ peerCertificates, ...facts }: ClientSessionFacts): ClientSession {
  return sessionOf({ ...facts, certificates: peerCertificates });
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
  by: Pick<StoredSessionFacts, "owner" | "policy" | "serverName">,
  offered: readonly CipherSuite[],
  now: number,
): StoredSessionFacts | undefined {
  if (!(session instanceof ClientSession)) return undefined;
  const facts = factsOf(session);
  // After a clock was set back a ticket is from the future; it has no age that could be sent to the server, and that of
  // the full handshake is not known.
  const current = facts.received <= now && facts.authenticated <= now && now < facts.expires;
  const isOfConfig = facts.owner === undefined
    ? equals(facts.policy(), by.policy())
    : facts.owner === by.owner;
  const fits = offered.some((suite) =>
    facts.protocolVersion === "TLSv1.3"
      ? !isTls12Suite(suite) && suite.hash === facts.suite.hash
      : suite.id === facts.suite.id
  );
  return current && isOfConfig && facts.serverName === by.serverName && fits ? facts : undefined;
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
