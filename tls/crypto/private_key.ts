/**
 * Private keys in PEM, in the three forms that are in use.
 *
 * Errors name the fault and its position, never a part of the key.
 *
 * @module
 */

import { decodePemBlock, type PemBlock, pemHint, readPemBlocks } from "../../io/pem.ts";
import { TlsError } from "../error/tls_error.ts";
import { readPrivateKey, wrapPkcs1, wrapSec1 } from "./pkcs8.ts";

/**
 * Reads the private key of a PEM text, which may also have certificates and parameters.
 *
 * @param pem A text with exactly one block that is a private key: `PRIVATE KEY` (PKCS#8, RFC 5958), `RSA PRIVATE KEY`
 *   (PKCS#1, RFC 8017) or `EC PRIVATE KEY` (SEC1, RFC 5915).
 * @returns PKCS#8 in DER. A provider that cannot use the key refuses it in `loadPrivateKey`.
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
      pemHint(pem, "PRIVATE KEY"),
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
 * Reads the public key of a PEM text.
 *
 * @param pem A text with exactly one `PUBLIC KEY` block (RFC 7468 §13).
 * @returns A DER SubjectPublicKeyInfo, not parsed.
 * @throws {TlsError} `bad_key_pem` when there is none or more than one, or when it is malformed.
 */
export function parsePublicKeyPem(pem: string): Uint8Array<ArrayBuffer> {
  const all = reading(() => readPemBlocks(pem));
  const [block, ...more] = all.filter(({ label }) => label === "PUBLIC KEY");
  if (block !== undefined && more.length === 0) return reading(() => decodePemBlock(block));
  const what = block === undefined ? 'no "PUBLIC KEY" block' : `${more.length + 1} "PUBLIC KEY" blocks`;
  throw new TlsError("bad_key_pem", `Cannot read the public key: the PEM text has ${what}`, {
    hint: "Take it of the private key: openssl pkey -in key.pem -pubout",
  });
}

/**
 * The public key of a private key, where the structure has it: in RSA keys, and in EC and Ed25519 keys that were
 * encoded with it. It can be compared with that of a certificate without a provider.
 *
 * @param pkcs8 PKCS#8, DER.
 * @returns A DER SubjectPublicKeyInfo, or `undefined`.
 * @throws {TlsError} `bad_key_pem` when it is malformed, or neither RSA nor EC (P-256, P-384, P-521) nor Ed25519.
 */
export function publicKeyOf(pkcs8: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  return readPrivateKey(pkcs8).publicKey;
}

/** Conversion to PKCS#8 by the label of a block. */
const WRAPPERS: Readonly<
  Record<string, ((der: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) | undefined>
> = {
  "PRIVATE KEY": (der) => der,
  "RSA PRIVATE KEY": wrapPkcs1,
  "EC PRIVATE KEY": wrapSec1,
};

/** Whether a key is encrypted: PKCS#8 has it in the label, the older forms have a header (RFC 1421 §4.6.1.1). */
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
