/**
 * Pins: hashes of public keys, of which a server's certification path must have one.
 *
 * A pin is written as HPKP and curl write it, `sha256/` and the base64 of the SHA-256 of the DER
 * SubjectPublicKeyInfo (RFC 7469 §2.4); curl's second slash is taken too. Pins are in addition to what the library
 * or a verifier decides, and never instead of it.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { invalidOption } from "./option_checks.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { TlsError } from "../error/tls_error.ts";
import { type Script, settle } from "../../io/script.ts";

const HASH_LENGTH = 32;

/** A SHA-256 in base64 (RFC 4648 §4): 43 characters and one of padding. */
const PIN = /^sha256\/\/?([A-Za-z0-9+/]{43}=)$/;

/**
 * Parses pins.
 *
 * @param config What they are for, in messages.
 * @returns Hashes of 32 bytes, in the order of the pins.
 * @throws {TlsError} `invalid_option` for a malformed pin, and for an empty list.
 */
export function parsePins(config: string, pins: readonly string[]): readonly Uint8Array[] {
  if (!Array.isArray(pins)) throw invalidOption(config, '"pins" is no list');
  if (pins.length === 0) throw invalidOption(config, '"pins" is empty, which nothing would match');
  return pins.map((pin) => {
    const [, base64] = PIN.exec(pin) ?? [];
    const hash = base64 === undefined ? undefined : decodeBase64(base64);
    if (hash?.length === HASH_LENGTH) return hash;
    throw invalidOption(
      config,
      `"pins" has ${JSON.stringify(pin)}, which is not "sha256/" and the base64 of 32 bytes`,
      "Take the SHA-256 of the key: openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | " +
        "openssl dgst -sha256 -binary | base64",
    );
  });
}

/**
 * Checks that one key of a certification path is pinned.
 *
 * @param pins Hashes of {@linkcode parsePins}.
 * @param publicKeys DER SubjectPublicKeyInfos, the end entity's first: of the path that was verified, its anchor
 *   included; where none was verified, of the end entity alone, since the server could send any others.
 * @throws {TlsError} `pin_mismatch` when no key is pinned; the hint has the pin of the end entity's.
 */
export function* checkPins(
  crypto: CryptoProvider,
  pins: readonly Uint8Array[],
  publicKeys: readonly Uint8Array[],
): Script<void> {
  let first: Uint8Array | undefined;
  for (const publicKey of publicKeys) {
    const hash = yield* settle(crypto.digest("SHA-256", publicKey));
    if (pins.some((pin) => equals(pin, hash))) return;
    first ??= hash;
  }
  throw new TlsError(
    "pin_mismatch",
    "Cannot trust the server: none of its keys is pinned",
    first === undefined
      ? {}
      : { hint: `The key that the server shows has the pin sha256/${encodeBase64(first)}.` },
  );
}
