/**
 * Private keys as they are handed in: as PEM, in any of the three forms that are in use.
 *
 * Errors say what is wrong and where, never what the key is.
 *
 * @module
 */

import { decodePemBlock, type PemBlock, pemHint, readPemBlocks } from "../../io/pem.ts";
import { TlsError } from "../error/tls_error.ts";
import { readPrivateKey, wrapPkcs1, wrapSec1 } from "./pkcs8.ts";

/**
 * The private key of a PEM text, which may hold certificates and parameters beside it.
 *
 * @param pem With exactly one block that is a private key: `PRIVATE KEY` (PKCS#8, RFC 5958), `RSA PRIVATE KEY`
 *   (PKCS#1, RFC 8017) or `EC PRIVATE KEY` (SEC1, RFC 5915).
 * @returns PKCS#8, DER. Whether a provider can use the key, its `loadPrivateKey` says.
 * @throws {TlsError} `bad_key_pem` when there is none or more than one, when it is malformed, encrypted or of
 *   another kind.
 */
export function parsePrivateKeyPem(pem: string): Uint8Array<ArrayBuffer> {
  const all = reading(() => readPemBlocks(pem));
  const blocks = all.filter(({ label }) => label.endsWith("PRIVATE KEY"));
  const [block] = blocks;
  if (block === undefined) {
    const instead = all[0] === undefined ? "" : `, but a "${all[0].label}" block`;
    throw new TlsError(
      "bad_key_pem",
      `Cannot read the private key: the PEM text has no "PRIVATE KEY" block${instead}`,
      pemHint(pem),
    );
  }
  if (blocks.length > 1) {
    throw new TlsError(
      "bad_key_pem",
      `Cannot read the private key: the PEM text has ${blocks.length} of them`,
    );
  }
  if (isEncrypted(block)) {
    throw new TlsError("bad_key_pem", "Cannot read the private key: it is encrypted", {
      hint: "Decrypt it first: openssl pkey -in encrypted.pem -out key.pem",
    });
  }
  const wrap = WRAPPERS[block.label];
  if (wrap === undefined) {
    throw new TlsError(
      "bad_key_pem",
      `Cannot read the private key: "${block.label}" is of a kind not known here`,
      {
        hint: "Convert it to PKCS#8: openssl pkey -in other.pem -out key.pem",
      },
    );
  }
  return wrap(reading(() => decodePemBlock(block)));
}

/**
 * The public half of a private key, where the structure has it: in RSA keys, and in EC and Ed25519 keys that were
 * written with it. For comparison with a certificate's, without a provider.
 *
 * @param pkcs8 PKCS#8, DER.
 * @returns A DER SubjectPublicKeyInfo, or `undefined`.
 * @throws {TlsError} `bad_key_pem` when it is malformed, or neither RSA nor EC (P-256, P-384, P-521) nor Ed25519.
 */
export function publicKeyOf(pkcs8: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  return readPrivateKey(pkcs8).publicKey;
}

/** What makes PKCS#8 of each kind of block. */
const WRAPPERS: Readonly<
  Record<string, ((der: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) | undefined>
> = {
  "PRIVATE KEY": (der) => der,
  "RSA PRIVATE KEY": wrapPkcs1,
  "EC PRIVATE KEY": wrapSec1,
};

/** PKCS#8 says so in its label, the older forms in a header (RFC 1421 §4.6.1.1). */
function isEncrypted({ label, lines }: PemBlock): boolean {
  return label.startsWith("ENCRYPTED ") || lines.some((line) => /^(?:Proc-Type|DEK-Info):/i.test(line));
}

function reading<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new TlsError("bad_key_pem", error.message, { cause: error });
  }
}
