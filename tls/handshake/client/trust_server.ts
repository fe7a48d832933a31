/**
 * Trust in a server: its chain against the roots, the verifier and the pins of a config.
 *
 * @module
 */

import type { ClientConfig } from "../../config/client_config.ts";
import type { ServerVerifier } from "../../config/config_types.ts";
import { TlsError } from "../../error/tls_error.ts";
import { checkPins } from "../../config/pins.ts";
import type { Script } from "../../../io/script.ts";
import type { VerifiedPath } from "../../x509/path/path.ts";
import { CertificateVerifier } from "../../x509/verifier.ts";
import type { CertificateChain } from "../certificate_chain.ts";
import { type PresentedRawPublicKey, requireAcceptedType } from "../peer_credentials.ts";
import type { PresentedServer, PresentedServerFacts } from "./context.ts";
import { requireSigningKey } from "../key_usage.ts";
import { callVerifier } from "../call_verifier.ts";

/**
 * Verifies a server by a config: by its roots where it has any, then by its verifier, then by its pins.
 *
 * @returns The certification path; `undefined` for a config without roots.
 * @throws {TlsError} `certificate_...`, with the reason; `pin_mismatch`.
 */
export function* trustServer(
  config: ClientConfig,
  server: PresentedServer,
): Script<VerifiedPath | undefined> {
  requireAcceptedType(server, config.serverCertificateTypes);
  const path = "rawPublicKey" in server ? undefined : yield* verifiedPath(config, server);
  const keys = "rawPublicKey" in server ? rawPublicKeys(config, server) : keysOf(path, server);
  if (config.verifier !== undefined) yield* askVerifier(config.verifier, server);
  if (config.pins !== undefined) yield* checkPins(config.crypto, config.pins, keys);
  return path;
}

/**
 * The raw public key, which is in no certification path: roots say nothing of it.
 *
 * @throws {TlsError} `certificate_rejected` where neither pins nor a verifier judge it.
 */
function rawPublicKeys(
  { pins, verifier, dangerAcceptInvalidCerts }: ClientConfig,
  { rawPublicKey }: PresentedRawPublicKey,
): readonly Uint8Array[] {
  if (pins !== undefined || verifier !== undefined || dangerAcceptInvalidCerts) return [rawPublicKey];
  throw new TlsError("certificate_rejected", "Cannot trust the server: nothing judges its raw public key");
}

/** The certification path; `undefined` without roots, where only the key that signs the handshake is looked at. */
function* verifiedPath(
  config: ClientConfig,
  { endEntity, intermediates, serverName, time }: CertificateChain & PresentedServerFacts,
): Script<VerifiedPath | undefined> {
  const verifier = verifierOf(config);
  if (verifier !== undefined) {
    return yield* verifier.verifyServer({ endEntity, intermediates, serverName, time });
  }
  if (!config.dangerAcceptInvalidCerts) requireSigningKey(endEntity);
  return undefined;
}

/** The public keys of the certification path; without one, only the key that signs the handshake. */
function keysOf(path: VerifiedPath | undefined, { endEntity }: CertificateChain): readonly Uint8Array[] {
  if (path === undefined) return [endEntity.publicKey];
  return [...path.chain.map(({ publicKey }) => publicKey), path.anchor.publicKey];
}

/** One verifier for each config, because it remembers verified chains. */
const VERIFIERS = new WeakMap<ClientConfig, CertificateVerifier>();

/** The verifier of a config that has roots. */
function verifierOf(config: ClientConfig): CertificateVerifier | undefined {
  const { crypto, roots, revocation, dangerAcceptInvalidHostnames } = config;
  if (roots === undefined) return undefined;
  let verifier = VERIFIERS.get(config);
  if (verifier === undefined) {
    verifier = new CertificateVerifier({
      provider: crypto,
      roots,
      dangerAcceptInvalidHostnames,
      ...(revocation !== undefined && { revocation }),
    });
    VERIFIERS.set(config, verifier);
  }
  return verifier;
}

/** Asks the application's verifier about a server. */
function* askVerifier(verifier: ServerVerifier, server: PresentedServer): Script<void> {
  const { peerCertificates, serverName, ocspResponse, time } = server;
  yield* callVerifier("the server", () =>
    verifier({
      chain: peerCertificates,
      ...("rawPublicKey" in server && { rawPublicKey: server.rawPublicKey.slice() }),
      serverName: serverName.kind === "dns" ? serverName.name : serverName.text,
      ...(ocspResponse !== undefined && { ocspResponse: ocspResponse.slice() }),
      time,
    }));
}
