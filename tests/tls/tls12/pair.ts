/**
 * Two ends that shake hands by TLS 1.2 in memory, and what they are made of.
 *
 * @module
 */

import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { Identity } from "../../../tls/config/config_types.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { CryptoProvider } from "../../../tls/crypto/provider.ts";
import { tls12SuitesOf } from "../../../tls/crypto/tls12_suites.ts";
import type { ClientContext } from "../../../tls/handshake/client/context.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import {
  type CertificateOptions,
  mintAuthority,
  mintCertificate,
  type Minted,
} from "../../support/certificates.ts";
import type { KeyType } from "../../support/keys.ts";
import { type Cut, type End, endOf, talk } from "../connection/connection_pair.ts";
import { clientContext as anyClientContext } from "../handshake/client/client_support.ts";

/** Synchronous. */
export const CRYPTO: CryptoProvider = nodeCrypto();

const authority = await mintAuthority();

/** The authority as roots. */
export const ROOTS: RootCertStore = RootCertStore.fromPem(authority.certPem);

const IDENTITIES = new Map<string, Promise<Minted>>();

/** An identity with a key of that kind, for `server.example`. */
export async function identity(
  keyType: KeyType = "p256",
  options: CertificateOptions = {},
): Promise<Identity> {
  const known = JSON.stringify([keyType, options]);
  let minted = IDENTITIES.get(known);
  if (minted === undefined) {
    minted = mintCertificate(authority, { names: ["server.example"], keyType, ...options });
    IDENTITIES.set(known, minted);
  }
  const { chainPem, keyPem } = await minted;
  return { chain: chainPem, key: keyPem };
}

/** A client that knows TLS 1.2 alone. */
export function clientConfig(options: Partial<ClientConfigOptions> = {}): ClientConfig {
  return new ClientConfig({ crypto: CRYPTO, roots: ROOTS, versions: ["TLSv1.2"], ...options });
}

/** A server that knows TLS 1.2 alone. */
export async function serverConfig(options: Partial<ServerConfigOptions> = {}): Promise<ServerConfig> {
  return new ServerConfig({ crypto: CRYPTO, versions: ["TLSv1.2"], identity: await identity(), ...options });
}

/** Shakes hands, until both ends are silent. */
export async function shakeHands(
  client: ClientConfig,
  server: ServerConfig,
  cut?: Cut,
): Promise<{ readonly client: End; readonly server: End }> {
  const ends = {
    client: endOf(new ClientConnection(client, "server.example")),
    server: endOf(new ServerConnection(server)),
  };
  await talk(ends.client, ends.server, cut);
  return ends;
}

/** The context of a client's handshake by TLS 1.2 alone that trusts every server. */
export function clientContext(): ClientContext {
  const { groups, signatureSchemes } = clientConfig();
  return anyClientContext({
    crypto: CRYPTO,
    suites: [],
    tls12Suites: tls12SuitesOf(CRYPTO.cipherSuites),
    groups,
    signatureSchemes,
  });
}
