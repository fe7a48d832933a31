/**
 * Identities: reading a chain and its key, and loading the key.
 *
 * @module
 */

import { copyOf } from "../crypto/bytes.ts";
import { equals } from "@std/bytes/equals";
import { parsePemCertificates, pemHint } from "../../io/pem.ts";
import type { Identity, RawPublicKeyIdentity } from "./config_types.ts";
import { parsePrivateKeyPem, parsePublicKeyPem, publicKeyOf } from "../crypto/private_key.ts";
import type { CryptoProvider, SigningKey } from "../crypto/provider.ts";
import { readPublicKey } from "../crypto/public_key.ts";
import { TlsError } from "../error/tls_error.ts";
import { MAX_OCSP_RESPONSE_BYTES } from "../limits.ts";
import { type Eventual, ignoreRejection } from "../../io/script.ts";
import type { CertificateTypeName } from "../wire/numbers.ts";
import { type CertificateFields, readFields } from "../x509/certificate_fields.ts";
import { DerError, DerReader, DerTag } from "../der/der.ts";
import { CertificateError } from "../x509/error.ts";

/** An identity whose chain and key were read; the provider has not loaded the key yet. */
export interface ReadIdentity {
  /** Certificates (DER), end entity first; never empty. */
  readonly chain: readonly Uint8Array[];
  /** The fields of the end entity's certificate, which its peers judge: here only its key counts. */
  readonly certificate: CertificateFields;
  /** Private key: PKCS#8 DER, or a key that needs no loading. */
  readonly key: Uint8Array | SigningKey;
  /** OCSP response (DER) to staple. */
  readonly ocspResponse?: Uint8Array;
  /** Whether it is kept from peers that name no authority of its chain. */
  readonly mustMatchIssuer: boolean;
}

/**
 * Reads an identity. The result has copies of all bytes that were passed; only a `SigningKey` is kept as it is.
 *
 * @throws {TlsError} `bad_certificate_pem` for a chain that cannot be read, `bad_key_pem` for a key that cannot be read
 * or is seen not to fit, `invalid_option` for what is no identity at all.
 */
export function readIdentity(identity: Identity): ReadIdentity {
  checkShape(identity);
  const { ocspResponse, mustMatchIssuer = false } = identity;
  const chain = readChain(identity.chain);
  const certificate = readEndEntity(chain);
  const key = readKey(identity.key);
  checkFit(isBytes(key) ? publicKeyOf(key) : key.publicKey, certificate.publicKey);
  return {
    chain,
    certificate,
    key,
    mustMatchIssuer,
    ...(ocspResponse && { ocspResponse: copyOf(ocspResponse) }),
  };
}

/** An identity ready for use: its chain, and its key, loaded by the provider when it is first needed. */
export class LoadedIdentity {
  /** Certificates (DER), end entity first, or a raw public key alone; never empty. */
  readonly chain: readonly Uint8Array[];
  /** Whether `chain` has certificates or a raw public key. */
  readonly certificateType: CertificateTypeName;
  /** OCSP response (DER) to staple. */
  readonly ocspResponse?: Uint8Array;
  /** Whether it is kept from peers that name no authority of its chain. */
  readonly mustMatchIssuer: boolean;
  readonly #load: () => Eventual<SigningKey>;
  #key: Eventual<SigningKey> | undefined;

  /**
   * Reads an identity. A fault of the key that only the provider can find may be thrown only by
   * {@linkcode LoadedIdentity.key}.
   *
   * @throws {TlsError} as {@linkcode readIdentity}.
   */
  constructor(identity: Identity | RawPublicKeyIdentity, crypto: CryptoProvider) {
    const { chain, certificateType, publicKey, key, ocspResponse, mustMatchIssuer } = readAnyIdentity(
      identity,
    );
    this.chain = chain;
    this.certificateType = certificateType;
    this.mustMatchIssuer = mustMatchIssuer;
    if (ocspResponse !== undefined) this.ocspResponse = ocspResponse;
    this.#load = () => load({ key, publicKey, certificateType }, crypto);
    // Only loading shows whether such a key fits, which a synchronous provider does at once.
    if (isBytes(key) && publicKeyOf(key) === undefined) ignoreRejection(this.key());
    Object.freeze(this);
  }

  /**
   * The key, loaded when it is first asked for.
   *
   * @throws {TlsError} `bad_key_pem` (or a rejection with it) when the provider cannot use it or it does not fit.
   */
  key(): Eventual<SigningKey> {
    return this.#key ??= this.#load();
  }
}

/** An identity of either type that was read. */
export interface ReadAnyIdentity extends Omit<ReadIdentity, "certificate"> {
  /** The fields of the end entity's certificate, where there is one. */
  readonly certificate?: CertificateFields;
  readonly certificateType: CertificateTypeName;
  /** The public key that the identity shows. */
  readonly publicKey: Uint8Array;
}

/** Like {@linkcode readIdentity}, also for a raw public key, which stands in place of the chain. */
export function readAnyIdentity(identity: Identity | RawPublicKeyIdentity): ReadAnyIdentity {
  if (!isRaw(identity)) {
    const read = readIdentity(identity);
    return { ...read, certificateType: "X509", publicKey: read.certificate.publicKey };
  }
  const publicKey = readRawPublicKey(identity);
  const key = readKey(identity.key);
  checkFit(isBytes(key) ? publicKeyOf(key) : key.publicKey, publicKey, "RawPublicKey");
  return {
    chain: Object.freeze([publicKey]),
    certificateType: "RawPublicKey",
    publicKey,
    key,
    mustMatchIssuer: false,
  };
}

function isRaw(identity: Identity | RawPublicKeyIdentity): identity is RawPublicKeyIdentity {
  return typeof identity === "object" && identity !== null && "rawPublicKey" in identity;
}

function load(
  { key, publicKey, certificateType }: Pick<ReadAnyIdentity, "key" | "publicKey" | "certificateType">,
  crypto: CryptoProvider,
): Eventual<SigningKey> {
  if (!isBytes(key)) return key;
  const check = (loaded: SigningKey): SigningKey => {
    checkFit(loaded.publicKey, publicKey, certificateType);
    return loaded;
  };
  const loading = crypto.loadPrivateKey(key);
  return loading instanceof Promise ? loading.then(check) : check(loading);
}

function refuse(what: string, hint?: string): TlsError {
  return new TlsError(
    "invalid_option",
    `Cannot use the identity: ${what}`,
    hint === undefined ? {} : { hint },
  );
}

function checkKeyShape(key: unknown): void {
  if (typeof key === "string" || isBytes(key)) return;
  const { sign, schemes }: Partial<SigningKey> = Object(key);
  if (typeof sign === "function" && Array.isArray(schemes)) return;
  throw refuse('"key" is neither PEM text nor PKCS#8 DER nor a SigningKey');
}

/** An identity comes from the application, which may not be checked by a compiler. */
function checkShape(identity: Identity): void {
  const { chain, key, ocspResponse, mustMatchIssuer }: Identity = Object(identity);
  if (chain === undefined || key === undefined) {
    throw refuse(`it has no "${chain === undefined ? "chain" : "key"}"`, "An identity is { chain, key }.");
  }
  if (isBytes(chain)) {
    throw refuse('"chain" is bytes', "Pass PEM as text, as readTextFile() gives it, and DER as a list.");
  }
  if (typeof chain !== "string" && !(Array.isArray(chain) && chain.every(isBytes))) {
    throw refuse('"chain" is neither PEM text nor a list of DER certificates');
  }
  checkKeyShape(key);
  if (ocspResponse !== undefined) {
    if (!isBytes(ocspResponse)) throw refuse('"ocspResponse" is no Uint8Array');
    if (ocspResponse.length === 0 || ocspResponse.length > MAX_OCSP_RESPONSE_BYTES) {
      throw refuse(`"ocspResponse" has ${ocspResponse.length} bytes, not 1 to ${MAX_OCSP_RESPONSE_BYTES}`);
    }
  }
  if (mustMatchIssuer !== undefined && typeof mustMatchIssuer !== "boolean") {
    throw refuse('"mustMatchIssuer" is neither true nor false');
  }
}

/** The public key of an identity, DER, in memory of its own. */
function readRawPublicKey(identity: RawPublicKeyIdentity): Uint8Array {
  const others = Object.keys(identity).filter((name) => name !== "rawPublicKey" && name !== "key");
  if (others.length > 0) throw refuse(`"${others[0]}" has no meaning beside "rawPublicKey"`);
  const { rawPublicKey, key } = identity;
  if (key === undefined) throw refuse('it has no "key"', "An identity is { rawPublicKey, key }.");
  checkKeyShape(key);
  if (typeof rawPublicKey !== "string" && !isBytes(rawPublicKey)) {
    throw refuse('"rawPublicKey" is neither PEM text nor a DER SubjectPublicKeyInfo');
  }
  const der = typeof rawPublicKey === "string" ? parsePublicKeyPem(rawPublicKey) : copyOf(rawPublicKey);
  if (readPublicKey(der) !== null) return der;
  throw new TlsError(
    "bad_key_pem",
    "Cannot use the identity: its raw public key is of no kind that is known here",
  );
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function badChain(reason: string, cause?: unknown, hint: { readonly hint?: string } = {}): TlsError {
  return new TlsError("bad_certificate_pem", `Cannot use the identity's chain: ${reason}`, {
    cause,
    ...hint,
  });
}

function readChain(chain: Identity["chain"]): readonly Uint8Array[] {
  const certificates = typeof chain === "string" ? readPem(chain) : chain.map(copyOf);
  if (certificates.length === 0) throw badChain("it has no certificate");
  for (const [index, der] of certificates.entries()) checkElement(der, index);
  return Object.freeze(certificates);
}

function readPem(pem: string): Uint8Array[] {
  try {
    return parsePemCertificates(pem);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badChain(error.message.replace(/^[^:]*: /, ""), error, pemHint(pem));
  }
}

/** PEM begins with dashes, DER never does. */
const PEM_DASH = 0x2d;

/** Checks one certificate of the chain: above the end entity it need only be one DER element, as peers verify it. */
function checkElement(der: Uint8Array, index: number): void {
  try {
    const reader = new DerReader(der);
    reader.element(DerTag.SEQUENCE);
    reader.end("the certificate");
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    const hint = der[0] === PEM_DASH ? { hint: "Pass PEM as text, as readTextFile() gives it." } : {};
    throw badChain(
      `certificate ${index + 1} is not DER: ${error.message.replace(/^[^:]*: /, "")}`,
      error,
      hint,
    );
  }
}

function readEndEntity([der]: readonly Uint8Array[]): CertificateFields {
  try {
    return readFields(der ?? new Uint8Array(0));
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw badChain(error.message, error);
  }
}

/** A copy: the caller may wipe its own. */
function readKey(key: Identity["key"]): Uint8Array | SigningKey {
  if (typeof key === "string") return parsePrivateKeyPem(key);
  return isBytes(key) ? copyOf(key) : key;
}

/** @throws {TlsError} `bad_key_pem` when the key is known not to be the certificate's. */
function checkFit(
  publicKey: Uint8Array | undefined,
  shown: Uint8Array,
  type: CertificateTypeName = "X509",
): void {
  if (publicKey === undefined || equals(publicKey, shown) || sameKey(publicKey, shown)) return;
  const [what, hint] = type === "X509"
    ? ["certificate", { hint: "The first certificate of the chain must be the key's own." }] as const
    : ["raw public key", {}] as const;
  throw new TlsError("bad_key_pem", `Cannot use the identity: its key does not fit its ${what}`, hint);
}

/** The same key may be written in two ways: RSA-PSS with and without parameters. */
function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  const [one, other] = [readPublicKey(a), readPublicKey(b)];
  return one !== null && other !== null && one.kind === other.kind && equals(one.spki, other.spki);
}
