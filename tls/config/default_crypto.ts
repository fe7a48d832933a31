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
 * {@linkcode denoCrypto} where `node:crypto` is built in, else {@linkcode webCrypto}; made once.
 *
 * @throws {TypeError} where there is no WebCrypto.
 */
export function defaultCrypto(): CryptoProvider {
  return made ??= builtinNodeCrypto() === undefined ? webCrypto() : denoCrypto();
}
