/**
 * The three cipher suites of TLS 1.3, without their AEADs (RFC 9846 Appendix B.4).
 *
 * @module
 */

import type { Eventual } from "../../io/script.ts";
import { MAX_AES_GCM_RECORDS } from "../limits.ts";
import { CipherSuiteId, type CipherSuiteName } from "../wire/numbers.ts";
import type { AeadKey, CipherSuite, HashName } from "./provider.ts";

/** Length of a nonce, in bytes, of all three AEADs (RFC 5116 §5.1, RFC 8439 §2.8). */
export const NONCE_LENGTH = 12;
/** Length of a tag, in bytes, of all three AEADs. */
export const TAG_LENGTH = 16;

interface SuiteFacts {
  readonly hash: HashName;
  readonly keyLength: number;
  readonly recordLimit: number;
}

/** A cipher suite of TLS 1.3 by its RFC name. */
export type Tls13SuiteName = Extract<CipherSuiteName, `TLS_${"AES" | "CHACHA20"}_${string}`>;

const FACTS: Readonly<Record<Tls13SuiteName, SuiteFacts>> = {
  TLS_AES_128_GCM_SHA256: { hash: "SHA-256", keyLength: 16, recordLimit: MAX_AES_GCM_RECORDS },
  TLS_AES_256_GCM_SHA384: { hash: "SHA-384", keyLength: 32, recordLimit: MAX_AES_GCM_RECORDS },
  TLS_CHACHA20_POLY1305_SHA256: { hash: "SHA-256", keyLength: 32, recordLimit: Number.MAX_SAFE_INTEGER },
};

/** The cipher suites of TLS 1.3. */
export const TLS13_SUITES: readonly Tls13SuiteName[] = Object.keys(FACTS) as Tls13SuiteName[]; // It has no other keys.

/** Makes a cipher suite. @param importKey Imports a key; its argument is a copy of a key of the right length. */
export function cipherSuite(
  name: Tls13SuiteName,
  importKey: (key: Uint8Array<ArrayBuffer>) => Eventual<AeadKey>,
): CipherSuite {
  const facts = FACTS[name];
  return {
    name,
    id: CipherSuiteId[name],
    ...facts,
    importKey(key): Eventual<AeadKey> {
      if (key.length !== facts.keyLength) {
        throw new RangeError(
          `Cannot import a key of ${key.length} bytes: ${name} has keys of ${facts.keyLength} bytes`,
        );
      }
      return importKey(new Uint8Array(key));
    },
  };
}
