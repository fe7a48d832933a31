/**
 * The {@linkcode ServerContext} of a {@linkcode ServerConfig}.
 *
 * @module
 */

import type { ClientVerifier } from "../../config/config_types.ts";
import { signatureSchemesOf } from "../../crypto/signature.ts";
import { TlsError } from "../../error/tls_error.ts";
import type { Script } from "../../../io/script.ts";
import type { ServerConfig } from "../../config/server_config.ts";
import { CertificateVerifier } from "../../x509/verifier.ts";
import { type PeerCredentials, requireAcceptedType } from "../peer_credentials.ts";
import { requireSigningKey } from "../key_usage.ts";
import { suitesOfConfig } from "../suites_of_config.ts";
import type { ClientAuthentication, Resumption, ServerContext } from "./context.ts";
import { callVerifier } from "../call_verifier.ts";

/** Made once for each config, which does not change and serves many connections. */
const CONTEXTS = new WeakMap<ServerConfig, ServerContext>();

/** The configuration of a server, as its handshake needs it. */
export function contextOfConfig(config: ServerConfig): ServerContext {
  let context = CONTEXTS.get(config);
  if (context === undefined) CONTEXTS.set(config, context = makeContext(config));
  return context;
}

function makeContext(config: ServerConfig): ServerContext {
  const clientAuth = clientAuthOf(config);
  const resumption = resumptionOf(config);
  const { keyLog, acceptEarlyData, echKeys } = config;
  return {
    crypto: config.crypto,
    ...suitesOfConfig(config),
    certificateCompression: config.certificateCompression,
    groups: config.groups,
    preferServerOrder: config.preferServerOrder,
    alpnProtocols: config.alpnProtocols,
    invalidSniPolicy: config.invalidSniPolicy,
    credentials: (hello) => config.identitiesFor(hello),
    sendTickets: config.sendTickets,
    maxTickets: config.maxTickets,
    maxEarlyDataSize: config.maxEarlyDataSize,
    sendHalfRttData: config.sendHalfRttData,
    now: config.now,
    ...(clientAuth !== undefined && { clientAuth }),
    ...(resumption !== undefined && { resumption }),
    ...(acceptEarlyData !== undefined && { acceptEarlyData }),
    ...(echKeys !== undefined && { echKeys }),
    ...(keyLog !== undefined && { keyLog }),
  };
}

function resumptionOf({ ticketer, sessions }: ServerConfig): Resumption | undefined {
  if (ticketer === undefined && sessions === false) return undefined;
  return { ...(ticketer !== undefined && { ticketer }), ...(sessions !== false && { store: sessions }) };
}

function clientAuthOf(config: ServerConfig): ClientAuthentication | undefined {
  const { clientAuth, crypto, signatureSchemes } = config;
  if (clientAuth === undefined) return undefined;
  const { certificateTypes, roots, verifier, optional, revocation, rootHintSubjects } = clientAuth;
  const certificates = roots === undefined
    ? undefined
    : new CertificateVerifier({ provider: crypto, roots, ...(revocation !== undefined && { revocation }) });
  const { handshake } = signatureSchemesOf(crypto);
  return {
    required: !optional,
    authorities: rootHintSubjects,
    handshakeSchemes: signatureSchemes.filter((scheme) => handshake.includes(scheme)),
    certificateSchemes: signatureSchemes,
    certificateTypes,
    *verify(client: PeerCredentials, time: Date): Script<void> {
      requireAcceptedType(client, certificateTypes);
      if ("rawPublicKey" in client) requireVerifier(verifier);
      else if (certificates === undefined) requireSigningKey(client.endEntity);
      else yield* certificates.verifyClient({ ...client, time });
      if (verifier === undefined) return;
      const chain = client.peerCertificates;
      const key = "rawPublicKey" in client ? { rawPublicKey: client.rawPublicKey.slice() } : {};
      yield* callVerifier("the client", () => verifier({ chain, ...key, time }));
    },
  };
}

/** Roots say nothing of a raw public key. @throws {TlsError} `certificate_rejected` where nothing else judges it. */
function requireVerifier(verifier: ClientVerifier | undefined): void {
  if (verifier !== undefined) return;
  throw new TlsError("certificate_rejected", "Cannot trust the client: nothing judges its raw public key");
}
