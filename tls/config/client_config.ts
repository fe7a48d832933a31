/**
 * The configuration of clients.
 *
 * @module
 */

import { CommonConfig, type CommonConfigOptions } from "./common_config.ts";
import type {
  CertificateRequestInfo,
  ClientIdentityResolver,
  Identities,
  ServerVerifier,
} from "./config_types.ts";
import type { LoadedIdentity } from "./identity.ts";
import { type LoadedIdentities, loadIdentities } from "./load_identities.ts";
import { checkCertificateTypes, typesOfIdentities } from "./certificate_types.ts";
import { checkEch, type EchOptions, type ResolvedEch } from "./ech_options.ts";
import { checkFlag, checkFunction, invalidOption, requireTls13 } from "./option_checks.ts";
import { parsePins } from "./pins.ts";
import { takeRoots } from "./take_roots.ts";
import { MAX_TICKETS_PER_CONNECTION } from "../limits.ts";
import type { TicketRequest } from "../wire/messages.ts";
import type { Eventual } from "../../io/script.ts";
import { type ClientSessionStore, memorySessions } from "../session/session.ts";
import { type RevocationOptions, RevocationPolicy } from "../x509/revocation/revocation.ts";
import type { CertificateTypeName } from "../wire/numbers.ts";
import type { RootCertStore } from "../x509/root_cert_store.ts";

/**
 * Options of a client. One of `roots`, `verifier` and `dangerAcceptInvalidCerts` is needed: it decides which servers
 * are trusted.
 *
 * With `roots` alone the library decides. With a `verifier` alone the verifier decides, and the library only checks
 * that the server holds the key of its certificate. With both, a server must pass the library first and the verifier
 * then. `pins` are checked in addition to any of them.
 */
export interface ClientConfigOptions extends CommonConfigOptions {
  /** The authorities that servers' certificates must come from. The store is frozen: add to a `copy()` of it. */
  readonly roots?: RootCertStore;
  /** Function that decides whether a server is trusted. */
  readonly verifier?: ServerVerifier;
  /**
   * Public keys of which a server's certification path must have one: `sha256/` and the base64 of the SHA-256 of the
   * DER SubjectPublicKeyInfo. They are compared with the path that was verified, root included; where the library
   * verified none, only with the server's own certificate. Default: any key is accepted.
   */
  readonly pins?: readonly string[];
  /** Revocation lists to check certificates against; needs `roots`. Default: revocation is not checked. */
  readonly revocation?: RevocationOptions;
  /**
   * Whether to accept any certificate of any server: an attacker on the network can then read and change everything.
   * Default: false.
   */
  readonly dangerAcceptInvalidCerts?: boolean;
  /**
   * Whether to accept a certificate that is valid for another name: the holder of any certificate of a trusted
   * authority can then read and change everything. Default: false.
   */
  readonly dangerAcceptInvalidHostnames?: boolean;
  /**
   * The client's identity, several in order of preference, or a function that chooses, for servers that ask. Default: no
   * certificate is shown.
   */
  readonly identity?: Identities | ClientIdentityResolver;
  /**
   * Certificate types that a server may show, in order of preference (RFC 7250). No root applies to a raw public key: with
   * `"RawPublicKey"` among them there must be `pins` or a `verifier`, and with it alone no `roots`.
   * Default: `["X509"]`.
   */
  readonly serverCertificateTypes?: readonly CertificateTypeName[];
  /**
   * Certificate types that the client can show, in order of preference (RFC 7250). Default: those of `identity`; of a
   * function, `["X509"]`.
   */
  readonly clientCertificateTypes?: readonly CertificateTypeName[];
  /** Whether the server name is sent as SNI (RFC 6066 §3); an IP address never is. Default: true. */
  readonly enableSni?: boolean;
  /** Store of sessions to resume; `false` disables resumption. Default: up to 256, in the memory of this config. */
  readonly sessions?: ClientSessionStore | false;
  /**
   * Numbers of tickets that servers are asked for (RFC 9149): as many as connections are opened at once, 0 to 8 each. A
   * server need not know the request. TLS 1.3 only. Default: none, and each server decides.
   */
  readonly ticketRequest?: TicketRequest;
  /**
   * Whether connections may send early data (RFC 9846 §2.3): before the server has answered, when a session that allows
   * it is resumed. An attacker can send it again, any number of times, and it has no forward secrecy: send only what may
   * be processed more than once. Default: false.
   */
  readonly enableEarlyData?: boolean;
  /**
   * Encrypted ClientHello (RFC 9849): the public keys of one server, with which its name is encrypted, or `grease`, which
   * sends random bytes in their place. A connection with keys speaks TLS 1.3 alone, and fails with `ech_rejected` where
   * the server does not have them any more. Default: neither.
   */
  readonly ech?: EchOptions | "grease";
}

const OWN_OPTIONS: readonly (keyof ClientConfigOptions)[] = [
  "roots",
  "verifier",
  "pins",
  "revocation",
  "dangerAcceptInvalidCerts",
  "dangerAcceptInvalidHostnames",
  "identity",
  "serverCertificateTypes",
  "clientCertificateTypes",
  "enableSni",
  "sessions",
  "ticketRequest",
  "enableEarlyData",
  "ech",
];

const CLIENT_CONFIG = "ClientConfig";

/**
 * Configuration of clients: {@linkcode ClientConfigOptions}, checked and resolved. It is frozen, and one serves any
 * number of connections.
 *
 * @example Options that make no sense are refused at once
 * ```ts
 * import { ClientConfig, TlsError } from "@ductile/ductile/tls";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const error = assertThrows(() => new ClientConfig({}), TlsError);
 * assertEquals(error.code, "invalid_option");
 *
 * const config = new ClientConfig({ verifier: () => {}, alpnProtocols: ["h2"] });
 * assertEquals(config.alpnProtocols, ["h2"]);
 * assertEquals(config.enableSni, true);
 * ```
 *
 * @example A server that is known by its key, without a certificate (RFC 7250)
 * ```ts
 * import { ClientConfig } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * const pins = ["sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="];
 * const config = new ClientConfig({ serverCertificateTypes: ["RawPublicKey"], pins });
 * assertEquals(config.roots, undefined); // roots say nothing of a key
 * ```
 */
export class ClientConfig extends CommonConfig {
  /** The authorities that servers' certificates must come from. */
  readonly roots?: RootCertStore;
  /** Function that decides instead of the library, or after it where there are `roots`. */
  readonly verifier?: ServerVerifier;
  /** Pinned public keys: SHA-256 hashes of their SubjectPublicKeyInfos. */
  readonly pins?: readonly Uint8Array[];
  /** Revocation lists to check certificates against. */
  readonly revocation?: RevocationPolicy;
  /** Whether any certificate of any server is accepted. */
  readonly dangerAcceptInvalidCerts: boolean;
  /** Whether a certificate for another name is accepted. */
  readonly dangerAcceptInvalidHostnames: boolean;
  /** Certificate types that a server may show, in order of preference. */
  readonly serverCertificateTypes: readonly CertificateTypeName[];
  /** Certificate types that the client can show, in order of preference. */
  readonly clientCertificateTypes: readonly CertificateTypeName[];
  /** Whether the server name is sent as SNI. */
  readonly enableSni: boolean;
  /** Store of sessions to resume, or `false`. */
  readonly sessions: ClientSessionStore | false;
  /** Numbers of tickets that servers are asked for. */
  readonly ticketRequest?: TicketRequest;
  /** Whether connections may send early data. */
  readonly enableEarlyData: boolean;
  /** Encrypted ClientHello: the public keys of one server, or random bytes in their place. */
  readonly ech?: ResolvedEch | "grease";
  readonly #identities: LoadedIdentities<CertificateRequestInfo>;

  /**
   * Checks the options.
   *
   * @throws {TlsError} `invalid_option`, with the option's name, for what makes no sense alone or beside another;
   * `bad_certificate_pem` and `bad_key_pem` for an identity that cannot be used; `bad_revocation_list`.
   * @throws {TypeError} where the runtime has no WebCrypto, and no `crypto` was given.
   */
  constructor(options: ClientConfigOptions) {
    super(CLIENT_CONFIG, options, OWN_OPTIONS);
    const { dangerAcceptInvalidCerts, dangerAcceptInvalidHostnames, enableSni } = checkFlags(options);
    this.dangerAcceptInvalidCerts = dangerAcceptInvalidCerts;
    this.dangerAcceptInvalidHostnames = dangerAcceptInvalidHostnames;
    this.enableSni = enableSni;
    this.serverCertificateTypes = checkCertificateTypes(
      CLIENT_CONFIG,
      "serverCertificateTypes",
      options.serverCertificateTypes,
    );
    checkTrust(options, this.serverCertificateTypes);
    if (options.roots !== undefined) this.roots = takeRoots(CLIENT_CONFIG, "roots", options.roots);
    if (options.verifier !== undefined) this.verifier = options.verifier;
    if (options.pins !== undefined) this.pins = parsePins(CLIENT_CONFIG, options.pins);
    if (options.revocation !== undefined) this.revocation = new RevocationPolicy(options.revocation);
    this.sessions = checkSessions(options.sessions ?? memorySessions());
    if (options.ticketRequest !== undefined) {
      requireTls13(CLIENT_CONFIG, "ticketRequest", this.versions);
      this.ticketRequest = checkTicketRequest(options.ticketRequest, this.sessions);
    }
    this.enableEarlyData = checkEarlyData(options.enableEarlyData, this);
    const ech = checkEch(CLIENT_CONFIG, options.ech, this);
    if (ech !== undefined) this.ech = ech;

    const { identity = () => undefined, clientCertificateTypes } = options;
    this.#identities = loadIdentities<CertificateRequestInfo>(CLIENT_CONFIG, identity, this.crypto);
    const types = typesOfIdentities(identity);
    this.clientCertificateTypes = checkCertificateTypes(
      CLIENT_CONFIG,
      "clientCertificateTypes",
      clientCertificateTypes,
      types,
    );
    Object.freeze(this);
  }

  /**
   * The identities for a server that asks for one, in order of preference; empty when no certificate is to be shown.
   *
   * @throws {TlsError} `bad_certificate_pem`, `bad_key_pem` (or a rejection) for an identity that cannot be used.
   * @throws what the resolver throws or rejects with.
   */
  identitiesFor(request: CertificateRequestInfo): Eventual<readonly LoadedIdentity[]> {
    return this.#identities(request);
  }
}

type Flags = Pick<ClientConfig, "dangerAcceptInvalidCerts" | "dangerAcceptInvalidHostnames" | "enableSni">;

function checkFlags(options: ClientConfigOptions): Flags {
  const flag = (option: keyof Flags, byDefault: boolean) =>
    checkFlag(CLIENT_CONFIG, option, options[option], byDefault);
  return {
    dangerAcceptInvalidCerts: flag("dangerAcceptInvalidCerts", false),
    dangerAcceptInvalidHostnames: flag("dangerAcceptInvalidHostnames", false),
    enableSni: flag("enableSni", true),
  };
}

/** Refuses options that contradict each other: which server is trusted must not depend on the option read first. */
function checkTrust(options: ClientConfigOptions, types: readonly CertificateTypeName[]): void {
  const { pins, roots, verifier, revocation, dangerAcceptInvalidCerts, dangerAcceptInvalidHostnames } =
    options;
  const refuse = (reason: string, hint?: string) => invalidOption(CLIENT_CONFIG, reason, hint);
  if (verifier !== undefined) checkFunction(CLIENT_CONFIG, "verifier", verifier);
  if (dangerAcceptInvalidCerts) {
    const [without] = Object.entries({ roots, verifier, revocation }).find(([, value]) =>
      value !== undefined
    ) ?? [];
    if (without !== undefined) throw refuse(`"${without}" has no meaning beside "dangerAcceptInvalidCerts"`);
    return;
  }
  if (types.includes("RawPublicKey") && pins === undefined && verifier === undefined) {
    throw refuse(
      '"serverCertificateTypes" has "RawPublicKey", which needs "pins" or a "verifier"',
      "No root says anything of a raw public key.",
    );
  }
  if (!types.includes("X509")) {
    const ofCertificates = { roots, revocation, dangerAcceptInvalidHostnames };
    const [without] = Object.entries(ofCertificates).find(([, value]) => value) ?? [];
    if (without !== undefined) throw refuse(`"${without}" has no meaning where no certificates are accepted`);
    return;
  }
  if (roots !== undefined) return;
  if (verifier === undefined) {
    throw refuse(
      'it needs "roots": whom to trust',
      "Pass RootCertStore.fromPem(pem), or await mozillaRoots() of the roots module.",
    );
  }
  if (revocation !== undefined) throw refuse('"revocation" needs "roots" beside it');
  if (dangerAcceptInvalidHostnames) {
    throw refuse('"dangerAcceptInvalidHostnames" needs "roots": a verifier alone decides about names, too');
  }
}

function checkEarlyData(
  option: boolean | undefined,
  { versions, sessions }: Pick<ClientConfig, "versions" | "sessions">,
): boolean {
  const enabled = checkFlag(CLIENT_CONFIG, "enableEarlyData", option, false);
  if (!enabled) return false;
  requireTls13(CLIENT_CONFIG, "enableEarlyData", versions);
  if (sessions !== false) return true;
  throw invalidOption(
    CLIENT_CONFIG,
    '"enableEarlyData" needs "sessions": early data is for a resumed session',
  );
}

function checkTicketRequest(request: TicketRequest, sessions: ClientSessionStore | false): TicketRequest {
  if (sessions === false) {
    throw invalidOption(CLIENT_CONFIG, '"ticketRequest" has no meaning beside "sessions: false"');
  }
  const { newSession, resumption, ...others }: Partial<TicketRequest> = Object(request);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw invalidOption(CLIENT_CONFIG, `"ticketRequest" has no option "${unknown}"`);
  }
  return Object.freeze({
    newSession: checkTickets("newSession", newSession),
    resumption: checkTickets("resumption", resumption),
  });
}

function checkTickets(option: keyof TicketRequest, count: unknown): number {
  if (Number.isInteger(count) && Number(count) >= 0 && Number(count) <= MAX_TICKETS_PER_CONNECTION) {
    return Number(count);
  }
  throw invalidOption(
    CLIENT_CONFIG,
    `"ticketRequest.${option}" is ${count}, not 0 to ${MAX_TICKETS_PER_CONNECTION}`,
  );
}

function checkSessions(sessions: ClientSessionStore | false): ClientSessionStore | false {
  if (sessions === false) return false;
  const { take, put }: Partial<ClientSessionStore> = Object(sessions);
  if (typeof take === "function" && typeof put === "function") return sessions;
  throw invalidOption(CLIENT_CONFIG, '"sessions" is neither a ClientSessionStore nor false');
}
