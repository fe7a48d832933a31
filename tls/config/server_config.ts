/**
 * The configuration of servers.
 *
 * @module
 */

import { copyOf } from "../crypto/bytes.ts";
import { loadEchKeys } from "./ech_keys_option.ts";
import { CommonConfig, type CommonConfigOptions } from "./common_config.ts";
import type {
  ClientHelloInfo,
  ClientVerifier,
  EarlyDataPolicy,
  Identities,
  IdentityResolver,
  InvalidSniPolicy,
} from "./config_types.ts";
import type { LoadedIdentity } from "./identity.ts";
import { type LoadedIdentities, loadIdentities } from "./load_identities.ts";
import { checkCertificateTypes } from "./certificate_types.ts";
import { checkFlag, checkFunction, invalidOption, requireTls13 } from "./option_checks.ts";
import { takeRoots } from "./take_roots.ts";
import type { EchKey, LoadedEchKeys } from "../ech/ech_keys.ts";
import type { Eventual } from "../../io/script.ts";
import {
  DEFAULT_SENT_TICKETS,
  MAX_ACCEPTED_EARLY_DATA_BYTES,
  MAX_AUTHORITIES_BYTES,
  MAX_SENT_TICKETS,
} from "../limits.ts";
import { memoryServerSessions, type ServerSessionStore } from "../session/server_sessions.ts";
import type { Ticketer } from "../session/ticketer.ts";
import { type RevocationOptions, RevocationPolicy } from "../x509/revocation/revocation.ts";
import type { CertificateTypeName } from "../wire/numbers.ts";
import type { RootCertStore } from "../x509/root_cert_store.ts";

/**
 * Options by which a server asks clients for a certificate. With `roots` alone the library decides which clients are
 * trusted, with a `verifier` alone the verifier; with both, the library first and the verifier then.
 */
export interface ClientAuthOptions {
  /** The authorities that clients' certificates must come from. The store is frozen: add to a `copy()` of it. */
  readonly roots?: RootCertStore;
  /** Function that decides whether a client is trusted. */
  readonly verifier?: ClientVerifier;
  /**
   * Certificate types that a client may show, in order of preference (RFC 7250). No root applies to a raw public key: with
   * `"RawPublicKey"` among them there must be a `verifier`, and with it alone no `roots`. Default: `["X509"]`.
   */
  readonly certificateTypes?: readonly CertificateTypeName[];
  /** Whether a client may do without a certificate. Default: false. */
  readonly optional?: boolean;
  /** Revocation lists to check certificates against; needs `roots`. Default: revocation is not checked. */
  readonly revocation?: RevocationOptions;
  /**
   * Names of authorities, as DER `Name`s, by which clients choose a certificate; empty: any. Default: the subjects of
   * `roots`.
   */
  readonly rootHintSubjects?: readonly Uint8Array[];
}

/** {@linkcode ClientAuthOptions}, checked. */
export interface ResolvedClientAuth {
  /** The authorities that clients' certificates must come from. */
  readonly roots?: RootCertStore;
  /** Function that decides whether a client is trusted. */
  readonly verifier?: ClientVerifier;
  /** Certificate types that a client may show, in order of preference. */
  readonly certificateTypes: readonly CertificateTypeName[];
  /** Whether a client may do without a certificate. */
  readonly optional: boolean;
  /** Revocation lists to check certificates against. */
  readonly revocation?: RevocationPolicy;
  /** Names of authorities, as DER `Name`s, by which clients choose a certificate; empty: any. */
  readonly rootHintSubjects: readonly Uint8Array[];
}

/** Options of a server. */
export interface ServerConfigOptions extends CommonConfigOptions {
  /**
   * The server's identity, several in order of preference, or a function that chooses; see
   * {@linkcode identitiesByName}.
   */
  readonly identity: Identities | IdentityResolver;
  /**
   * Treatment of an IP address in a client's server_name. Default: `ignore_ip_addresses`, as some clients send one. What
   * is neither a host name nor an address is refused in any case.
   */
  readonly invalidSniPolicy?: InvalidSniPolicy;
  /** Options by which clients are asked for a certificate. Default: they are not asked. */
  readonly clientAuth?: ClientAuthOptions;
  /**
   * Whether the order of `cipherSuites` decides, not the client's. Default: true, as the provider's order is that of their
   * speed in this runtime, which a client cannot know.
   */
  readonly preferServerOrder?: boolean;
  /**
   * Store of sessions to resume; `false`: none. Default: up to 256, in the memory of this config; none beside a
   * `ticketer`. Without both, nothing is resumed.
   */
  readonly sessions?: ServerSessionStore | false;
  /**
   * Maker of tickets that carry their session with them, so that the server stores nothing. Beside it, `sessions` are
   * for clients of TLS 1.2 that take no tickets, as curl is one. Default: none.
   */
  readonly ticketer?: Ticketer;
  /** Tickets that a client gets after a handshake, 0 to 8. Default: 2, as one is good for one connection. */
  readonly sendTickets?: number;
  /** Greatest number of tickets for a client that asks for a number (RFC 9149), 0 to 8. Default: `sendTickets`. */
  readonly maxTickets?: number;
  /**
   * Early data that a client may send when it resumes (RFC 9846 §2.3), in bytes, up to 1 MiB. An attacker can send it
   * again, so it must not do anything that may not be done twice; each ticket is good for it once in the store of
   * `sessions`, and for a minute around the time that the client tells. Not with a `ticketer`, whose tickets can be used
   * again. Default: 0, which disables early data.
   */
  readonly maxEarlyDataSize?: number;
  /** Function that decides whether the early data of a client is accepted; see `maxEarlyDataSize`. Default: all is. */
  readonly acceptEarlyData?: EarlyDataPolicy;
  /**
   * Whether data can be sent before the client's Finished has come: the answer to early data saves a round trip. An
   * acceptor's stream is returned then, its handshake under way: `connection` is not known yet, and nothing proves that
   * the client takes part now, before `handshake()` has resolved. Not where a certificate is asked for. Default: false.
   */
  readonly sendHalfRttData?: boolean;
  /**
   * Keys of Encrypted ClientHello (RFC 9849), the published ones and those that clients may still have; needs TLS 1.3. The
   * server's identities must include one for their public name. Default: none, which ignores encrypted hellos.
   */
  readonly echKeys?: readonly EchKey[];
}

const OWN_OPTIONS: readonly (keyof ServerConfigOptions)[] = [
  "identity",
  "invalidSniPolicy",
  "clientAuth",
  "preferServerOrder",
  "sessions",
  "ticketer",
  "sendTickets",
  "maxTickets",
  "maxEarlyDataSize",
  "acceptEarlyData",
  "sendHalfRttData",
  "echKeys",
];

const CLIENT_AUTH_OPTIONS: readonly (keyof ClientAuthOptions)[] = [
  "roots",
  "verifier",
  "certificateTypes",
  "optional",
  "revocation",
  "rootHintSubjects",
];

const SERVER_CONFIG = "ServerConfig";

/**
 * Configuration of servers: {@linkcode ServerConfigOptions}, checked and resolved. It is frozen, and one serves any
 * number of connections.
 *
 * @example Two identities, of which each client gets the first that it can use
 * ```ts
 * import { type Identity, ServerConfig } from "@ductile/ductile/tls";
 *
 * function configOf(ecdsa: Identity, rsa: Identity): ServerConfig {
 *   return new ServerConfig({ identity: [ecdsa, rsa] });
 * }
 * ```
 *
 * @example An identity that cannot be used is refused at once
 * ```ts
 * import { ServerConfig, TlsError } from "@ductile/ductile/tls";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const identity = { chain: "no certificate", key: "no key" };
 * const error = assertThrows(() => new ServerConfig({ identity }), TlsError);
 * assertEquals(error.code, "bad_certificate_pem");
 * ```
 */
export class ServerConfig extends CommonConfig {
  /** Treatment of an IP address in a client's server_name. */
  readonly invalidSniPolicy: InvalidSniPolicy;
  /** Options by which clients are asked for a certificate. */
  readonly clientAuth?: ResolvedClientAuth;
  /** Whether the order of `cipherSuites` decides, not the client's. */
  readonly preferServerOrder: boolean;
  /** Store of sessions to resume, or `false`. */
  readonly sessions: ServerSessionStore | false;
  /** Maker of tickets that carry their session with them; goes before `sessions`. */
  readonly ticketer?: Ticketer;
  /** Tickets that a client gets after a handshake. */
  readonly sendTickets: number;
  /** Greatest number of tickets for a client that asks for a number. */
  readonly maxTickets: number;
  /** Early data that a client may send, in bytes. */
  readonly maxEarlyDataSize: number;
  /** Function that decides whether the early data of a client is accepted. */
  readonly acceptEarlyData?: EarlyDataPolicy;
  /** Whether data can be sent before the client's Finished has come. */
  readonly sendHalfRttData: boolean;
  /** Keys by which ClientHellos are decrypted. */
  readonly echKeys?: LoadedEchKeys;
  readonly #identities: LoadedIdentities<ClientHelloInfo>;

  /**
   * Checks the options.
   *
   * @throws {TlsError} `invalid_option`, with the option's name, for what makes no sense alone or beside another;
   * `bad_certificate_pem` and `bad_key_pem` for an identity that cannot be used.
   * @throws {TypeError} where the runtime has no WebCrypto, and no `crypto` was given.
   */
  constructor(options: ServerConfigOptions) {
    super(SERVER_CONFIG, options, OWN_OPTIONS);
    this.invalidSniPolicy = checkSniPolicy(options.invalidSniPolicy);
    if (options.clientAuth !== undefined) this.clientAuth = checkClientAuth(options.clientAuth);
    this.preferServerOrder = checkFlag(SERVER_CONFIG, "preferServerOrder", options.preferServerOrder, true);
    this.sessions = sessionsOf(options);
    if (options.ticketer !== undefined) this.ticketer = options.ticketer;
    this.sendTickets = checkTickets("sendTickets", options.sendTickets ?? DEFAULT_SENT_TICKETS);
    this.maxTickets = checkTickets("maxTickets", options.maxTickets ?? this.sendTickets);
    this.maxEarlyDataSize = checkEarlyDataSize(options);
    if (this.maxEarlyDataSize > 0) requireTls13(SERVER_CONFIG, "maxEarlyDataSize", this.versions);
    if (options.acceptEarlyData !== undefined) {
      checkFunction(SERVER_CONFIG, "acceptEarlyData", options.acceptEarlyData);
      this.acceptEarlyData = options.acceptEarlyData;
    }
    this.sendHalfRttData = checkFlag(SERVER_CONFIG, "sendHalfRttData", options.sendHalfRttData, false);
    if (this.sendHalfRttData) requireTls13(SERVER_CONFIG, "sendHalfRttData", this.versions);
    if (options.echKeys !== undefined) {
      this.echKeys = loadEchKeys(SERVER_CONFIG, options.echKeys, this.crypto);
      requireTls13(SERVER_CONFIG, "echKeys", this.versions);
    }

    const { identity } = options;
    if (identity === undefined) throw invalidOption(SERVER_CONFIG, 'it needs "identity": who the server is');
    this.#identities = loadIdentities<ClientHelloInfo>(SERVER_CONFIG, identity, this.crypto);
    Object.freeze(this);
  }

  /**
   * The identities for one client, in order of preference; empty when there is none for it.
   *
   * @throws {TlsError} `bad_certificate_pem`, `bad_key_pem` (or a rejection) for an identity that cannot be used.
   * @throws what the resolver throws or rejects with.
   */
  identitiesFor(hello: ClientHelloInfo): Eventual<readonly LoadedIdentity[]> {
    return this.#identities(hello);
  }
}

const SNI_POLICIES: readonly InvalidSniPolicy[] = ["ignore_ip_addresses", "reject_all"];

function checkSniPolicy(policy: InvalidSniPolicy = "ignore_ip_addresses"): InvalidSniPolicy {
  if (SNI_POLICIES.includes(policy)) return policy;
  throw invalidOption(SERVER_CONFIG, `"invalidSniPolicy" is none of ${SNI_POLICIES.join(", ")}`);
}

function checkClientAuth(options: ClientAuthOptions): ResolvedClientAuth {
  for (const name of Object.keys(options)) {
    if (!CLIENT_AUTH_OPTIONS.some((known) => known === name)) {
      throw invalidOption(SERVER_CONFIG, `"clientAuth" has no option "${name}"`);
    }
  }
  const { roots, verifier, revocation } = options;
  if (verifier !== undefined) checkFunction(SERVER_CONFIG, "clientAuth.verifier", verifier);
  if (roots === undefined && verifier === undefined) {
    throw invalidOption(SERVER_CONFIG, '"clientAuth" needs "roots" or a "verifier": whom to trust');
  }
  const certificateTypes = checkCertificateTypes(
    SERVER_CONFIG,
    "clientAuth.certificateTypes",
    options.certificateTypes,
  );
  if (certificateTypes.includes("RawPublicKey") && verifier === undefined) {
    throw invalidOption(
      SERVER_CONFIG,
      '"clientAuth.certificateTypes" has "RawPublicKey", which needs a "verifier"',
      "No root says anything of a raw public key.",
    );
  }
  if (!certificateTypes.includes("X509") && roots !== undefined) {
    throw invalidOption(
      SERVER_CONFIG,
      '"clientAuth.roots" has no meaning where no certificates are accepted',
    );
  }
  if (revocation !== undefined && roots === undefined) {
    throw invalidOption(SERVER_CONFIG, '"clientAuth.revocation" needs "roots" beside it');
  }
  return Object.freeze({
    ...(roots !== undefined && { roots: takeRoots(SERVER_CONFIG, "clientAuth.roots", roots) }),
    ...(verifier !== undefined && { verifier }),
    ...(revocation !== undefined && { revocation: new RevocationPolicy(revocation) }),
    certificateTypes,
    optional: checkFlag(SERVER_CONFIG, "clientAuth.optional", options.optional, false),
    rootHintSubjects: checkSubjects(options.rootHintSubjects) ?? roots?.subjects() ?? [],
  });
}

function checkSubjects(subjects: readonly Uint8Array[] | undefined): readonly Uint8Array[] | undefined {
  if (subjects === undefined) return undefined;
  if (!Array.isArray(subjects) || !subjects.every((each) => each instanceof Uint8Array && each.length > 0)) {
    throw invalidOption(SERVER_CONFIG, '"clientAuth.rootHintSubjects" is no list of DER names');
  }
  const length = subjects.reduce((sum, name) => sum + 2 + name.length, 0);
  if (length > MAX_AUTHORITIES_BYTES) {
    throw invalidOption(
      SERVER_CONFIG,
      `"clientAuth.rootHintSubjects" takes ${length} bytes, and ${MAX_AUTHORITIES_BYTES} are the limit`,
    );
  }
  return Object.freeze(subjects.map(copyOf));
}

function checkEarlyDataSize(
  { maxEarlyDataSize: size = 0, acceptEarlyData, ticketer, sessions }: ServerConfigOptions,
): number {
  if (!Number.isInteger(size) || size < 0 || size > MAX_ACCEPTED_EARLY_DATA_BYTES) {
    throw invalidOption(
      SERVER_CONFIG,
      `"maxEarlyDataSize" is ${size}, not 0 to ${MAX_ACCEPTED_EARLY_DATA_BYTES}`,
    );
  }
  if (size === 0) {
    if (acceptEarlyData === undefined) return 0;
    throw invalidOption(SERVER_CONFIG, '"acceptEarlyData" needs "maxEarlyDataSize" beside it');
  }
  if (ticketer === undefined && sessions !== false) return size;
  throw invalidOption(
    SERVER_CONFIG,
    '"maxEarlyDataSize" needs a store of "sessions", in which a ticket is good for one connection',
  );
}

function checkTickets(option: "sendTickets" | "maxTickets", count: number): number {
  if (Number.isInteger(count) && count >= 0 && count <= MAX_SENT_TICKETS) return count;
  throw invalidOption(SERVER_CONFIG, `"${option}" is ${count}, not 0 to ${MAX_SENT_TICKETS}`);
}

function sessionsOf({ sessions, ticketer }: ServerConfigOptions): ServerSessionStore | false {
  if (ticketer !== undefined) {
    const { seal, open }: Partial<Ticketer> = Object(ticketer);
    checkFunction(SERVER_CONFIG, "ticketer.seal", seal);
    checkFunction(SERVER_CONFIG, "ticketer.open", open);
    if (sessions === undefined) return false;
  }
  if (sessions === undefined) return memoryServerSessions();
  if (sessions === false) return false;
  const { take, put }: Partial<ServerSessionStore> = Object(sessions);
  if (typeof take === "function" && typeof put === "function") return sessions;
  throw invalidOption(SERVER_CONFIG, '"sessions" is neither a ServerSessionStore nor false');
}
