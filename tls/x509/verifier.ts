/**
 * Verifies a peer's certificates by the roots and options of one configuration.
 *
 * @module
 */

import type { Script } from "../../io/script.ts";
import type { ServerName } from "../names/server_name.ts";
import { readTrustedItself } from "./certificate.ts";
import { CertificateError } from "./error.ts";
import { type PathOptions, type VerifiedPath, verifyPath } from "./path/path.ts";
import { refusedCertificate } from "./refused_certificate.ts";
import { verifyServerName } from "./names/subject_names.ts";
import type { Certificate, KeyPurpose } from "./types.ts";
import { VerifiedChainCache } from "./path/verified_chain_cache.ts";
import type { PresentedCertificate } from "./presented_certificate.ts";

/** The roots, the crypto provider and the options with which certificates are verified. */
export interface CertificateVerifierOptions extends Omit<PathOptions, "purpose" | "time"> {
  /** Whether a server's certificate is accepted for any name; default: false. Dangerous. */
  readonly dangerAcceptInvalidHostnames?: boolean;
  /** The number of verified chains that are remembered; default: 64, 0: none. */
  readonly remember?: number;
}

/** The certificates that a peer has sent, and the time at which they must be valid. */
export interface PresentedChain {
  readonly endEntity: PresentedCertificate;
  /** The other certificates, in any order. */
  readonly intermediates: readonly PresentedCertificate[];
  readonly time: Date;
}

/** The certificates of a server, and its name. */
export interface PresentedServerChain extends PresentedChain {
  /** The name that the certificate must have. */
  readonly serverName: ServerName;
}

/** Verifies chains by one set of roots, and remembers those that are valid. */
export class CertificateVerifier {
  readonly #options: CertificateVerifierOptions;
  readonly #cache: VerifiedChainCache;

  /**
   * Takes the options, which must not change. The roots are frozen, so that all connections of a configuration trust
   * the same.
   */
  constructor(options: CertificateVerifierOptions) {
    options.roots.freeze();
    this.#options = { ...options };
    this.#cache = new VerifiedChainCache(options.provider, options.remember);
  }

  /** The number of chains that are remembered. */
  get remembered(): number {
    return this.#cache.size;
  }

  /**
   * Verifies a server's certificates, and that the first is for the name that was asked for.
   *
   * @returns The path to the root, whose keys can be pinned.
   * @throws {TlsError} `certificate_expired`, `certificate_not_yet_valid`, `certificate_wrong_name`,
   * `certificate_unknown_issuer`, `certificate_revoked` or `certificate_invalid`, with the reason as its `certificate`.
   */
  *verifyServer(server: PresentedServerChain): Script<VerifiedPath> {
    const path = yield* this.#verify(server, "server_auth");
    const [endEntity] = path.chain;
    // The name is no part of what is remembered, so it is checked each time.
    if (endEntity !== undefined && this.#options.dangerAcceptInvalidHostnames !== true) {
      asTlsError(() => verifyServerName(endEntity, server.serverName));
    }
    return path;
  }

  /**
   * Verifies a client's certificates. The application reads from the names in them who the client is.
   *
   * @returns The path to the root.
   * @throws {TlsError} as {@linkcode verifyServer}, except for the name.
   */
  *verifyClient(client: PresentedChain): Script<VerifiedPath> {
    return yield* this.#verify(client, "client_auth");
  }

  *#verify(
    { endEntity, intermediates, time }: PresentedChain,
    purpose: KeyPurpose,
  ): Script<VerifiedPath> {
    const key = yield* this.#cache.keyOf(purpose, [endEntity, ...intermediates]);
    const remembered = this.#cache.get(key, time);
    if (remembered !== undefined) return remembered;
    try {
      const certificate = this.#judge(endEntity);
      const path = yield* verifyPath(certificate, intermediates, { ...this.#options, purpose, time });
      this.#cache.set(key, path);
      return path;
    } catch (error) {
      throw error instanceof CertificateError ? refusedCertificate(error) : error;
    }
  }

  /** The end entity's certificate, by the rules for all certificates, or by fewer where it is trusted as itself. */
  #judge(presented: PresentedCertificate): Certificate {
    if (!("fault" in presented)) return presented;
    if (this.#options.roots.anchorOf(presented.der) === undefined) throw presented.fault;
    return readTrustedItself(presented.der);
  }
}

/** Runs a check, and turns its {@linkcode CertificateError} into the error of a connection. */
function asTlsError(check: () => void): void {
  try {
    check();
  } catch (error) {
    throw error instanceof CertificateError ? refusedCertificate(error) : error;
  }
}
