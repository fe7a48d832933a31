/**
 * Two ends with Encrypted ClientHello, back to back, and what they are made of.
 *
 * @module
 */

import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { Identity } from "../../../tls/config/config_types.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { EchKey } from "../../../tls/ech/ech_keys.ts";
import { type GeneratedEchKey, generateEchKey } from "../../../tls/ech/generate_ech_key.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { mintAuthority, mintCertificate, type Minted } from "../../support/certificates.ts";
import { type Cut, type End, endOf, talk } from "../connection/connection_pair.ts";

const authority = await mintAuthority();

/** The authority as roots. */
export const ROOTS: RootCertStore = RootCertStore.fromPem(authority.certPem);

/** The name that is encrypted, and the one that is not. */
export const SECRET_NAME = "secret.example";
export const PUBLIC_NAME = "public.example";

/** The key of the server, and one that it does not have; both have the same identifier. */
export const KEY: GeneratedEchKey = await generateEchKey(PUBLIC_NAME, {
  configId: 7,
  maximumNameLength: 32,
});
export const OTHER_KEY: GeneratedEchKey = await generateEchKey(PUBLIC_NAME, { configId: 7 });

/** Identities by their names. */
export const IDENTITIES: Readonly<Record<string, Identity>> = {
  [SECRET_NAME]: identityOf(await mintCertificate(authority, { names: [SECRET_NAME] })),
  [PUBLIC_NAME]: identityOf(await mintCertificate(authority, { names: [PUBLIC_NAME] })),
};

function identityOf({ chainPem, keyPem }: Minted): Identity {
  return { chain: chainPem, key: keyPem };
}

/** An identity for a client. */
export const CLIENT_IDENTITY: Identity = identityOf(
  await mintCertificate(authority, { names: ["client.example"] }),
);

/** Synchronous. */
const CRYPTO = nodeCrypto();

/** Options, `undefined` for those that the default leaves out. */
type Changes<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

function withChanges<T extends object>(options: T, changes: Changes<T>): T {
  const merged = Object.entries({ ...options, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(merged) as Partial<T> as T; // the options that are needed are never left out
}

/** A client that has the server's key. */
export function clientConfig(changes: Changes<ClientConfigOptions> = {}): ClientConfig {
  const options: ClientConfigOptions = { crypto: CRYPTO, roots: ROOTS, ech: { configs: KEY.configList } };
  return new ClientConfig(withChanges(options, changes));
}

/** A server of both names. */
export function serverConfig(changes: Changes<ServerConfigOptions> = {}): ServerConfig {
  const options: ServerConfigOptions = {
    crypto: CRYPTO,
    echKeys: [keyOf(KEY)],
    identity: ({ serverName = PUBLIC_NAME }) => IDENTITIES[serverName],
  };
  return new ServerConfig(withChanges(options, changes));
}

/** The part of a generated key that a server has. */
export function keyOf({ config, privateKey }: GeneratedEchKey, isRetryConfig = true): EchKey {
  return { config, privateKey, isRetryConfig };
}

/** Two ends that have talked. */
export interface Ends {
  readonly client: End;
  readonly server: End;
}

/** Shakes hands, until both ends are silent. */
export async function shakeHands(
  client: ClientConfig,
  server: ServerConfig,
  { name = SECRET_NAME, cut }: { readonly name?: string; readonly cut?: Cut } = {},
): Promise<Ends> {
  const ends = {
    client: endOf(new ClientConnection(client, name)),
    server: endOf(new ServerConnection(server)),
  };
  await talk(ends.client, ends.server, cut);
  return ends;
}
