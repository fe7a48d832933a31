/**
 * What the tests of the server begin with: an authority, an identity below it, and a config.
 *
 * @module
 */

import type { Identity } from "../../../../tls/config/config_types.ts";
import { nodeCrypto } from "../../../../tls/crypto/node.ts";
import type { CryptoProvider } from "../../../../tls/crypto/provider.ts";
import { TlsError } from "../../../../tls/error/tls_error.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../../tls/config/server_config.ts";
import { assertInstanceOf } from "@std/assert";
import { mintAuthority, mintCertificate, type Minted } from "../../../support/certificates.ts";

/** Synchronous. */
export const CRYPTO: CryptoProvider = nodeCrypto();

/** The authority above all certificates of a test file. */
export const AUTHORITY: Minted = await mintAuthority();

/** The server's certificate. */
export const SERVER: Minted = await mintCertificate(AUTHORITY, { names: ["example.com", "localhost"] });

/** A certificate as an identity. */
export function identityOf(minted: Minted, ocspResponse?: Uint8Array): Identity {
  return { chain: minted.chainPem, key: minted.keyPem, ...(ocspResponse && { ocspResponse }) };
}

/** A config with an identity. */
export function serverConfig(options: Partial<ServerConfigOptions> = {}): ServerConfig {
  return new ServerConfig({ crypto: CRYPTO, identity: identityOf(SERVER), ...options });
}

/** The code of a `TlsError`; anything else fails the test. */
export function codeOf(error: unknown): string {
  assertInstanceOf(error, TlsError);
  return error.code;
}

/** A record that is not protected. */
export function record(type: number, payload: Uint8Array): Uint8Array {
  return Uint8Array.of(type, 3, 3, payload.length >> 8, payload.length, ...payload);
}

/** An alert of level fatal as a record that is not protected. */
export function fatal(description: number): Uint8Array {
  return record(0x15, Uint8Array.of(2, description));
}
