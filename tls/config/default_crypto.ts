/**
 * The provider of cryptography of a config that names none.
 *
 * @module
 */

import { denoCrypto } from "../crypto/deno.ts";
import { builtinNodeCrypto } from "../crypto/node.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { webCrypto } from "../crypto/web.ts";

let made: CryptoProvider | undefined;

/**
 * {@linkcode denoCrypto} where `node:crypto` is built in and has what a handshake needs, else {@linkcode webCrypto};
 * made once.
 *
 * @throws {TypeError} where there is no WebCrypto.
 */
export function defaultCrypto(): CryptoProvider {
  return made ??= mixedCrypto() ?? webCrypto();
}

/** `undefined` where `node:crypto` is missing, or is there in name only. */
function mixedCrypto(): CryptoProvider | undefined {
  if (builtinNodeCrypto() === undefined) return undefined;
  const mixed = denoCrypto();
  return mixed.cipherSuites.length > 0 && mixed.groups.length > 0 ? mixed : undefined;
}
