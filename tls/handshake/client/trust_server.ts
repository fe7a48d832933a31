/**
 * Whether a server is trusted: what the config says about it, in one place.
 *
 * @module
 */

import type { ClientConfig } from "../../config/client_config.ts";
import type { ServerVerifier } from "../../config/config_types.ts";
import { TlsError } from "../../error/tls_error.ts";
import { checkPins } from "../../config/pins.ts";
import type { Script } from "../../../io/script.ts";
import { CertificateVerifier } from "../../x509/verifier.ts";
import type { PresentedServer } from "./context.ts";
import { requireSigningKey } from "../key_usage.ts";
import { hearVerdict } from "../verdict.ts";

/**
 * Judges a server by a config: its roots where it has any, then its verifier, then its pins.
 *
 * @throws {TlsError} `certificate_...`, with the reason.
 */
export function* trustServer(config: ClientConfig, server: PresentedServer): Script<void> {
  const keys = yield* verifiedKeys(config, server);
  if (config.verifier !== undefined) yield* ask(config.verifier, server);
  if (config.pins !== undefined) yield* checkPins(config.crypto, config.pins, keys);
}

/** The public keys of the path that was verified; where none was, only the one that signs the handshake counts. */
function* verifiedKeys(
  config: ClientConfig,
  { endEntity, intermediates, serverName, time }: PresentedServer,
): Script<readonly Uint8Array[]> {
  const verifier = verifierOf(config);
  if (verifier === undefined) {
    if (!config.dangerAcceptInvalidCerts) requireSigningKey(endEntity);
    return [endEntity.publicKey];
  }
  const path = yield* verifier.verifyServer({ endEntity, intermediates, serverName, time });
  return [...path.chain.map(({ publicKey }) => publicKey), path.anchor.publicKey];
}

/** One for each config, because it remembers which chains were good. */
const VERIFIERS = new WeakMap<ClientConfig, CertificateVerifier>();

/** What judges certificates, where the config has roots to judge them by. */
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

/** The application's own word; whatever it throws refuses the server. */
function* ask(verifier: ServerVerifier, server: PresentedServer): Script<void> {
  const { peerCertificates, serverName, ocspResponse, time } = server;
  try {
    yield* hearVerdict(verifier({
      chain: peerCertificates,
      serverName: serverName.kind === "dns" ? serverName.name : serverName.text,
      ...(ocspResponse !== undefined && { ocspResponse }),
      time,
    }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TlsError(
      "certificate_rejected",
      `Cannot trust the server: the verifier refused it: ${reason}`,
      {
        cause,
      },
    );
  }
}
