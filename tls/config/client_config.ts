/**
 * How a client does TLS.
 *
 * @module
 */

import { takeRoots } from "./config_roots.ts";
import {
  checkFlag,
  checkFunction,
  type CommonConfig,
  invalidOption,
  refuseUnknownOptions,
  resolveCommon,
} from "./common_config.ts";
import type {
  CertificateRequestInfo,
  ClientIdentityResolver,
  CommonConfigOptions,
  Identity,
  KeyLog,
  ServerVerifier,
} from "./config_types.ts";
import type { CipherSuite, CryptoProvider, KeyExchangeGroup } from "../crypto/provider.ts";
import { LoadedIdentity } from "./identity.ts";
import { IdentityCache } from "./identity_cache.ts";
import { parsePins } from "./pins.ts";
import type { Eventual } from "../../io/script.ts";
import { type ClientSessionStore, memorySessions } from "../session/session.ts";
import type { SignatureSchemeName } from "../wire/numbers.ts";
import { type RevocationOptions, RevocationPolicy } from "../x509/revocation/revocation.ts";
import type { RootCertStore } from "../x509/root_cert_store.ts";

/**
 * What a client can be told. It must be told whom to trust: `roots`, a `verifier`, or `dangerAcceptInvalidCerts`.
 *
 * With `roots` alone the library decides. With a `verifier` alone the verifier decides, and the library checks
 * nothing but that the server holds the key of its certificate. With both, a server must pass the library first
 * and the verifier then. `pins` come on top of any of them.
 */
export interface ClientConfigOptions extends CommonConfigOptions {
  /** The authorities that servers' certificates must come from. The store is frozen: add to a `copy()` of it. */
  readonly roots?: RootCertStore;
  /** Decides whether a server is trusted. */
  readonly verifier?: ServerVerifier;
  /**
   * Public keys of which a server's chain must have one: `sha256/` and the base64 of the SHA-256 of the DER
   * SubjectPublicKeyInfo. Looked for in the path that was verified, root included; where the library verified
   * none, only in the server's own certificate. Default: any key will do.
   */
  readonly pins?: readonly string[];
  /** Certificates that were taken back; needs `roots`. Default: not looked at. */
  readonly revocation?: RevocationOptions;
  /**
   * Whether to take any certificate from anybody: whoever is in between can then read and change everything.
   * Default: false.
   */
  readonly dangerAcceptInvalidCerts?: boolean;
  /**
   * Whether to take a certificate that is valid for another name: whoever has any certificate that a trusted
   * authority signed can then read and change everything. Default: false.
   */
  readonly dangerAcceptInvalidHostnames?: boolean;
  /** Who the client is, for servers that ask; or what chooses. Default: nobody. */
  readonly identity?: Identity | ClientIdentityResolver;
  /** Whether servers are told the name that is asked for (RFC 6066 §3); IP addresses never are. Default: true. */
  readonly enableSni?: boolean;
  /** Where sessions are kept, to resume them; `false`: none is. Default: up to 256, in the memory of this config. */
  readonly sessions?: ClientSessionStore | false;
}

const OWN_OPTIONS: readonly (keyof ClientConfigOptions)[] = [
  "roots",
  "verifier",
  "pins",
  "revocation",
  "dangerAcceptInvalidCerts",
  "dangerAcceptInvalidHostnames",
  "identity",
  "enableSni",
  "sessions",
];

const CLIENT_CONFIG = "ClientConfig";

/**
 * How a client does TLS: {@linkcode ClientConfigOptions}, checked and resolved. It does not change any more, and
 * one serves any number of connections.
 *
 * @example What cannot be meant is refused at once
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
 */
export class ClientConfig implements CommonConfig {
  /** Where cryptography comes from. */
  readonly crypto: CryptoProvider;
  /** What ALPN offers, best first; empty: nothing. */
  readonly alpnProtocols: readonly string[];
  /** Best first. */
  readonly cipherSuites: readonly CipherSuite[];
  /** Best first. */
  readonly groups: readonly KeyExchangeGroup[];
  /** What a server may sign with, best first. */
  readonly signatureSchemes: readonly SignatureSchemeName[];
  /** Protocol versions. */
  readonly versions: readonly "TLSv1.3"[];
  /** Is told every secret. */
  readonly keyLog?: KeyLog;
  /** The longest record that is sent, its header included, in bytes. */
  readonly maxFragmentSize: number;
  /** The clock. */
  readonly now: () => Date;

  /** The authorities that servers' certificates must come from. */
  readonly roots?: RootCertStore;
  /** Decides instead of the library, or after it where there are `roots`. */
  readonly verifier?: ServerVerifier;
  /** SHA-256 hashes of SubjectPublicKeyInfos. */
  readonly pins?: readonly Uint8Array[];
  /** Certificates that were taken back. */
  readonly revocation?: RevocationPolicy;
  /** Whether any certificate is taken. */
  readonly dangerAcceptInvalidCerts: boolean;
  /** Whether a certificate for another name is taken. */
  readonly dangerAcceptInvalidHostnames: boolean;
  /** Whether servers are told the name that is asked for. */
  readonly enableSni: boolean;
  /** Where sessions are kept, or `false`. */
  readonly sessions: ClientSessionStore | false;
  readonly #identity: LoadedIdentity | ClientIdentityResolver | undefined;
  readonly #resolved: IdentityCache;

  /**
   * Checks the options.
   *
   * @throws {TlsError} `invalid_option`, with the option's name, for what makes no sense alone or beside another;
   * `bad_certificate_pem` and `bad_key_pem` for an identity that cannot be used; `bad_revocation_list`.
   * @throws {TypeError} where the runtime has no WebCrypto, and no `crypto` was given.
   */
  constructor(options: ClientConfigOptions) {
    refuseUnknownOptions(CLIENT_CONFIG, options, OWN_OPTIONS);
    const common = resolveCommon(CLIENT_CONFIG, options);
    this.crypto = common.crypto;
    this.alpnProtocols = common.alpnProtocols;
    this.cipherSuites = common.cipherSuites;
    this.groups = common.groups;
    this.signatureSchemes = common.signatureSchemes;
    this.versions = common.versions;
    if (common.keyLog !== undefined) this.keyLog = common.keyLog;
    this.maxFragmentSize = common.maxFragmentSize;
    this.now = common.now;

    const { dangerAcceptInvalidCerts, dangerAcceptInvalidHostnames, enableSni } = checkFlags(options);
    this.dangerAcceptInvalidCerts = dangerAcceptInvalidCerts;
    this.dangerAcceptInvalidHostnames = dangerAcceptInvalidHostnames;
    this.enableSni = enableSni;
    checkTrust(options);
    if (options.roots !== undefined) this.roots = takeRoots(CLIENT_CONFIG, "roots", options.roots);
    if (options.verifier !== undefined) this.verifier = options.verifier;
    if (options.pins !== undefined) this.pins = parsePins(CLIENT_CONFIG, options.pins);
    if (options.revocation !== undefined) this.revocation = new RevocationPolicy(options.revocation);
    this.sessions = checkSessions(options.sessions ?? memorySessions());

    const { identity } = options;
    this.#identity = identity === undefined || typeof identity === "function"
      ? identity
      : new LoadedIdentity(identity, common.crypto);
    this.#resolved = new IdentityCache(common.crypto);
    Object.freeze(this);
  }

  /**
   * Who the client is towards a server that asks; `undefined`: nobody.
   *
   * @throws {TlsError} `bad_certificate_pem`, `bad_key_pem` (or a rejection) for an identity that cannot be used.
   * @throws what the resolver throws or rejects with.
   */
  identityFor(request: CertificateRequestInfo): Eventual<LoadedIdentity | undefined> {
    const identity = this.#identity;
    return typeof identity === "function" ? this.#resolved.load(identity(request)) : identity;
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

/** What was asked for must fit together: whom a client trusts must not depend on which option it looks at first. */
function checkTrust(options: ClientConfigOptions): void {
  const { roots, verifier, revocation, dangerAcceptInvalidCerts, dangerAcceptInvalidHostnames } = options;
  const refuse = (reason: string, hint?: string) => invalidOption(CLIENT_CONFIG, reason, hint);
  if (verifier !== undefined) checkFunction(CLIENT_CONFIG, "verifier", verifier);
  if (dangerAcceptInvalidCerts) {
    const [without] = Object.entries({ roots, verifier, revocation }).find(([, value]) =>
      value !== undefined
    ) ?? [];
    if (without !== undefined) throw refuse(`"${without}" has no meaning beside "dangerAcceptInvalidCerts"`);
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

function checkSessions(sessions: ClientSessionStore | false): ClientSessionStore | false {
  if (sessions === false) return false;
  const { take, put }: Partial<ClientSessionStore> = Object(sessions);
  if (typeof take === "function" && typeof put === "function") return sessions;
  throw invalidOption(CLIENT_CONFIG, '"sessions" is neither a ClientSessionStore nor false');
}
