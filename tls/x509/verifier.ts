/**
 * Decides whether a peer's certificates are accepted: what a configuration trusts, in one value.
 *
 * @module
 */

import type { Script } from "../../io/script.ts";
import type { ServerName } from "../names/server_name.ts";
import { CertificateError } from "./error.ts";
import { type PathOptions, type VerifiedPath, verifyPath } from "./path/path.ts";
import { refusedCertificate } from "./refused_certificate.ts";
import { verifyServerName } from "./names/subject_names.ts";
import type { Certificate, KeyPurpose } from "./types.ts";
import { VerifiedChainCache } from "./path/verified_chain_cache.ts";

/** What certificates are judged by. */
export interface CertificateVerifierOptions extends Omit<PathOptions, "purpose" | "time"> {
  /** Whether a server's certificate may be for any name; default: false. Dangerous. */
  readonly dangerAcceptInvalidHostnames?: boolean;
  /** How many chains that were found good are remembered; default: 64, 0: none. */
  readonly remember?: number;
}

/** Certificates that a peer has sent, and when they must be valid. */
export interface PresentedChain {
  readonly endEntity: Certificate;
  /** What else was sent, in any order. */
  readonly intermediates: readonly Certificate[];
  readonly time: Date;
}

/** Certificates of a server. */
export interface PresentedServerChain extends PresentedChain {
  /** Who it is to be. */
  readonly serverName: ServerName;
}

/** Verifies chains by one set of roots, and remembers which ones were good. */
export class CertificateVerifier {
  readonly #options: CertificateVerifierOptions;
  readonly #cache: VerifiedChainCache;

  /**
   * Takes what certificates are judged by, for good. The roots are frozen: what is trusted does not change behind a
   * configuration's back.
   */
  constructor(options: CertificateVerifierOptions) {
    options.roots.freeze();
    this.#options = { ...options };
    this.#cache = new VerifiedChainCache(options.provider, options.remember);
  }

  /** How many chains are remembered. */
  get remembered(): number {
    return this.#cache.size;
  }

  /**
   * Verifies a server's certificates, and that they are for the name that was asked for.
   *
   * @returns The path to the root, whose keys can be pinned.
   * @throws {TlsError} `certificate_expired`, `certificate_not_yet_valid`, `certificate_wrong_name`,
   * `certificate_unknown_issuer`, `certificate_revoked` or `certificate_invalid`, with the reason as its `certificate`.
   */
  *verifyServer(server: PresentedServerChain): Script<VerifiedPath> {
    const path = yield* this.#verify(server, "server_auth");
    // The name is asked for anew each time: it is no part of what is remembered.
    if (this.#options.dangerAcceptInvalidHostnames !== true) {
      refusing(() => verifyServerName(server.endEntity, server.serverName));
    }
    return path;
  }

  /**
   * Verifies a client's certificates. Who the client is, the application tells from the names in them.
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
      const path = yield* verifyPath(endEntity, intermediates, { ...this.#options, purpose, time });
      this.#cache.set(key, path);
      return path;
    } catch (error) {
      throw error instanceof CertificateError ? refusedCertificate(error) : error;
    }
  }
}

/** Runs a check; a certificate that it refuses is refused as a connection's. */
function refusing(check: () => void): void {
  try {
    check();
  } catch (error) {
    throw error instanceof CertificateError ? refusedCertificate(error) : error;
  }
}
