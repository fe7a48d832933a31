/**
 * What WebCrypto turns out not to have. It has no list of its algorithms: one that it lacks is known by a rejection.
 *
 * @module
 */

import type { Eventual } from "../../io/script.ts";
import { NONCE_LENGTH } from "./cipher_suites.ts";
import type { CipherSuite, CryptoProvider } from "./provider.ts";
import { webVerifies } from "./web_signature.ts";

/** The lists of a provider, or a part of them. */
export type Offer = Pick<
  CryptoProvider,
  "cipherSuites" | "groups" | "signatureAlgorithms" | "digest" | "hmac"
>;

/** Makes a {@linkcode CryptoProvider.unavailable} that tries everything once, when it is first asked. */
export function triedOnce(offer: Offer): () => Eventual<ReadonlySet<string>> {
  let result: ReadonlySet<string> | undefined;
  let trying: Promise<ReadonlySet<string>> | undefined;
  return () => result ?? (trying ??= tryAll(offer).then((found) => result = found));
}

async function tryAll(offer: Offer): Promise<ReadonlySet<string>> {
  const { cipherSuites, groups, signatureAlgorithms } = offer;
  const tried = await Promise.all([
    ...cipherSuites.map((suite) => tryOne(suite.name, () => trySuite(suite, offer))),
    ...groups.map((group) => tryOne(group.name, () => group.start())),
    ...signatureAlgorithms.map((algorithm) => tryOne(algorithm, () => webVerifies(algorithm))),
  ]);
  return new Set(tried.filter(({ works }) => !works).map(({ name }) => name));
}

async function tryOne<Name>(
  name: Name,
  attempt: () => Eventual<unknown>,
): Promise<{ readonly name: Name; readonly works: boolean }> {
  try {
    await attempt();
    return { name, works: true };
  } catch {
    return { name, works: false };
  }
}

async function trySuite(suite: CipherSuite, { digest, hmac }: Offer): Promise<void> {
  const [nonce, nothing] = [new Uint8Array(NONCE_LENGTH), new Uint8Array(0)];
  await Promise.all([digest(suite.hash, nothing), hmac(suite.hash, nothing, nothing)]);
  const key = await suite.importKey(new Uint8Array(suite.keyLength));
  if (await key.open(nonce, nothing, await key.seal(nonce, nothing, nothing)) === null) {
    throw new TypeError(`Cannot use ${suite.name}: what was sealed does not open`);
  }
}
