/**
 * Decides whether a peer's certificates are accepted: what a configuration trusts, in one value.
 *
 * @module
 */

import type { CryptoProvider, SignatureAlgorithm } from "../crypto/provider.ts";
import type { Script } from "../script.ts";
import { CertificateError } from "./error.ts";
import { type VerifiedPath, verifyPath } from "./path.ts";
import { refusedCertificate } from "./refused_certificate.ts";
import type { RevocationPolicy } from "./revocation.ts";
import type { RootCertStore } from "./root_cert_store.ts";
import { verifyServerName } from "./subject_names.ts";
import type { Certificate, KeyPurpose, ServerName } from "./types.ts";
import { VerifiedChainCache } from "./verified_chain_cache.ts";

/** What certificates are judged by. */
export interface CertificateVerifierOptions {
  /** Checks signatures. */
  readonly provider: CryptoProvider;
  /** What a chain may end in. They are frozen: what is trusted does not change behind a configuration's back. */
  readonly roots: RootCertStore;
  /** What was revoked; default: nothing is asked about. */
  readonly revocation?: RevocationPolicy;
  /** What certificates may be signed with; default: all that the provider knows. */
  readonly signatureAlgorithms?: readonly SignatureAlgorithm[];
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

  /** Takes what certificates are judged by, for good. */
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
    const { serverName } = server;
    const asked = this.#options.dangerAcceptInvalidHostnames === true
      ? undefined
      : `${serverName.kind} ${serverName.kind === "dns" ? serverName.name : serverName.text}`;
    return yield* this.#verify(server, "server_auth", `server_auth ${asked ?? ""}`, () => {
      if (asked !== undefined) verifyServerName(server.endEntity, serverName);
    });
  }

  /**
   * Verifies a client's certificates. Who the client is, the application tells from the names in them.
   *
   * @returns The path to the root.
   * @throws {TlsError} as {@linkcode verifyServer}, except for the name.
   */
  *verifyClient(client: PresentedChain): Script<VerifiedPath> {
    return yield* this.#verify(client, "client_auth", "client_auth", () => {});
  }

  *#verify(
    { endEntity, intermediates, time }: PresentedChain,
    purpose: KeyPurpose,
    asked: string,
    checkName: () => void,
  ): Script<VerifiedPath> {
    try {
      const key = yield* this.#cache.keyOf({ asked, certificates: [endEntity, ...intermediates] });
      const remembered = this.#cache.get(key, time);
      if (remembered !== undefined) return remembered;
      const { provider, roots, revocation, signatureAlgorithms } = this.#options;
      const path = yield* verifyPath(endEntity, intermediates, {
        provider,
        roots,
        purpose,
        time,
        ...(revocation !== undefined && { revocation }),
        ...(signatureAlgorithms !== undefined && { signatureAlgorithms }),
      });
      checkName();
      this.#cache.set(key, path);
      return path;
    } catch (error) {
      throw error instanceof CertificateError ? refusedCertificate(error) : error;
    }
  }
}
