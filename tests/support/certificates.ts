/**
 * Certificates minted on the spot (RFC 5280), so that none is ever stored and none ever expires in a repository.
 *
 * An authority signs certificates; a chain is an authority that was itself signed by one. What a test wants
 * wrong it asks for: dates in the past, a signature that does not verify, extensions of its own making.
 *
 * @module
 */

import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
  set,
  Tag,
  time,
  utf8String,
  value,
} from "./der.ts";
import { type KeyType, type MintedKey, mintKey } from "./keys.ts";
import { encodePem } from "../../io/pem_writer.ts";
import { ipBytes } from "./ip.ts";

/** The fields of a certificate. */
export interface CertificateOptions {
  /** The subject's common name. Default: the first of `names`, or `Ductile test`. */
  readonly commonName?: string;
  /** DNS names for the subjectAltName extension. Default: none. */
  readonly names?: readonly string[];
  /** IP addresses for the subjectAltName extension, in text. Default: none. */
  readonly ips?: readonly string[];
  /** Start of validity. Default: an hour ago. */
  readonly notBefore?: Date;
  /** End of validity. Default: in 23 hours; more than a day ahead is refused. */
  readonly notAfter?: Date;
  /** Kind of key. Default: `p256`. */
  readonly keyType?: KeyType;
  /** Whether it may sign certificates. Default: true for an authority, false otherwise. */
  readonly isCa?: boolean;
  /** The path length constraint. Default: none. */
  readonly pathLength?: number;
  /**
   * The key usage; empty: there is no such extension. Default: `keyCertSign` and `cRLSign` for an
   * authority, `digitalSignature` otherwise.
   */
  readonly keyUsage?: readonly KeyUsage[];
  /** A key pair that there is already: a second certificate of an authority. Default: a new one. */
  readonly key?: MintedKey;
  /** Extended key usages. Default: none for an authority, `["serverAuth", "clientAuth"]` otherwise. */
  readonly eku?: readonly KeyPurpose[];
  /** More extensions, after the others. */
  readonly extensions?: readonly ExtensionOptions[];
  /** Whether to flip a bit of the signature. Default: false. */
  readonly corruptSignature?: boolean;
  /** The number of the version, which is one less than its name. Default: 2; below it there are no extensions. */
  readonly version?: number;
  /** The content of the serial number's INTEGER. Default: 17 octets, positive. */
  readonly serialNumber?: Uint8Array;
  /** Whether it has the extension basicConstraints. Default: true. */
  readonly basicConstraints?: boolean;
  /** The subject, a whole Name. Default: that of `commonName`. */
  readonly subject?: Uint8Array<ArrayBuffer>;
  /** The issuer's name, a whole Name. Default: the issuer's subject. */
  readonly issuerName?: Uint8Array<ArrayBuffer>;
  /** The two times, as whole values. Default: those of `notBefore` and `notAfter`. */
  readonly times?: readonly Uint8Array[];
  /** The AlgorithmIdentifier outside of what is signed. Default: the signer's, as inside. */
  readonly outerAlgorithm?: Uint8Array;
}

/** One extension (RFC 5280 §4.2). */
export interface ExtensionOptions {
  /** Its object identifier, dotted. */
  readonly oid: string;
  /** Whether a reader that does not know it must refuse the certificate. Default: false. */
  readonly critical?: boolean;
  /** The DER of its value. */
  readonly value: Uint8Array;
}

/** Key usages (RFC 5280 §4.2.1.3), each with the number of its bit. */
const KEY_USAGES = {
  digitalSignature: 0,
  keyEncipherment: 2,
  keyCertSign: 5,
  cRLSign: 6,
} as const;

/** A key usage (RFC 5280 §4.2.1.3). */
export type KeyUsage = keyof typeof KEY_USAGES;

/** An extended key usage (RFC 5280 §4.2.1.12). */
export type KeyPurpose = keyof typeof KEY_PURPOSES;

const KEY_PURPOSES = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  anyExtendedKeyUsage: "2.5.29.37.0",
} as const;

/** A certificate with its key. */
export interface Minted {
  /** The certificate, DER. */
  readonly certDer: Uint8Array<ArrayBuffer>;
  /** The certificate, PEM. */
  readonly certPem: string;
  /** The certificate and the intermediate authorities above it, without the root: what a server sends. */
  readonly chainPem: string;
  /** The private key, PKCS #8, PEM. */
  readonly keyPem: string;
  /** The key pair. */
  readonly key: MintedKey;
  /** The subject's Name, DER. */
  readonly subject: Uint8Array<ArrayBuffer>;
  /** Whether it signed itself. */
  readonly selfSigned: boolean;
}

/** The fields of an authority's certificate. */
export interface AuthorityOptions extends CertificateOptions {
  /** The authority above it. Default: none; it is a root, and signs itself. */
  readonly issuer?: Minted;
}

/** Mints an authority. Its name is its own: authorities that share one are mistaken for each other. */
export function mintAuthority(options: AuthorityOptions = {}): Promise<Minted> {
  const { issuer, ...certificate } = options;
  const commonName = `Ductile test authority ${crypto.randomUUID()}`;
  return mint({ commonName, isCa: true, eku: [], ...certificate }, issuer);
}

/** Mints a certificate signed by `issuer`. */
export function mintCertificate(issuer: Minted, options: CertificateOptions = {}): Promise<Minted> {
  return mint(options, issuer);
}

/** Mints a certificate that signed itself and is no authority: what a device on a local network shows. */
export function mintSelfSigned(options: CertificateOptions = {}): Promise<Minted> {
  return mint(options, undefined);
}

const HOUR = 3_600_000;
/** A test certificate that leaks is worth nothing after this. */
const MAX_FUTURE_MS = 24 * HOUR;

async function mint(options: CertificateOptions, issuer: Minted | undefined): Promise<Minted> {
  const now = Date.now();
  const notBefore = options.notBefore ?? new Date(now - HOUR);
  const notAfter = options.notAfter ?? new Date(now + 23 * HOUR);
  if (notAfter.getTime() > now + MAX_FUTURE_MS) {
    throw new RangeError("Cannot mint a certificate: it would outlive the day");
  }
  const key = options.key ?? await mintKey(options.keyType ?? "p256");
  const subject = options.subject ??
    distinguishedName(options.commonName ?? options.names?.[0] ?? "Ductile test");
  const signer = issuer?.key ?? key;
  const { version = 2, times = [time(notBefore), time(notAfter)] } = options;
  const serialNumber = options.serialNumber ??
    Uint8Array.of(0x40, ...crypto.getRandomValues(new Uint8Array(16))); // positive and of one length
  const extensions = version < 2 ? [] : await extensionsFor(options, key, signer);
  // TBSCertificate (RFC 5280 §4.1)
  const toBeSigned = sequence(
    ...(version === 0 ? [] : [explicit(0, integer(version))]),
    value(Tag.integer, serialNumber),
    signer.signatureAlgorithm,
    options.issuerName ?? issuer?.subject ?? subject,
    sequence(...times),
    subject,
    key.spki,
    ...(version < 2 ? [] : [explicit(3, sequence(...extensions.map(encodeExtension)))]),
  );
  const signature = await signer.sign(toBeSigned);
  if (options.corruptSignature) flipLastBit(signature);
  const outerAlgorithm = options.outerAlgorithm ?? signer.signatureAlgorithm;
  const certDer = sequence(toBeSigned, outerAlgorithm, bitString(signature));
  const certPem = encodePem("CERTIFICATE", certDer);
  const above = issuer === undefined || issuer.selfSigned ? "" : issuer.chainPem;
  return {
    certDer,
    certPem,
    chainPem: certPem + above,
    keyPem: key.keyPem,
    key,
    subject,
    selfSigned: issuer === undefined,
  };
}

async function extensionsFor(
  options: CertificateOptions,
  key: MintedKey,
  signer: MintedKey,
): Promise<ExtensionOptions[]> {
  const { names = [], ips = [], isCa = false, pathLength, eku = ["serverAuth", "clientAuth"] } = options;
  const keyUsage = options.keyUsage ??
    (isCa ? ["keyCertSign", "cRLSign"] as const : ["digitalSignature"] as const);
  const extensions: ExtensionOptions[] = [
    ...(options.basicConstraints === false ? [] : [{ // DER leaves out what is its default, cA FALSE
      oid: "2.5.29.19",
      critical: true,
      value: sequence(
        ...(isCa ? [boolean(true)] : []),
        ...(isCa && pathLength !== undefined ? [integer(pathLength)] : []),
      ),
    }]),
    ...(keyUsage.length === 0 ? [] : [{ oid: "2.5.29.15", critical: true, value: namedBits(keyUsage) }]),
    { oid: "2.5.29.14", value: octetString(await keyIdentifier(key)) }, // subjectKeyIdentifier
    { oid: "2.5.29.35", value: sequence(implicit(0, await keyIdentifier(signer))) }, // authorityKeyIdentifier
  ];
  if (names.length + ips.length > 0) {
    extensions.push({ // subjectAltName: dNSName [2], iPAddress [7]
      oid: "2.5.29.17",
      value: sequence(
        ...names.map((name) => implicit(2, new TextEncoder().encode(name))),
        ...ips.map((ip) => implicit(7, ipBytes(ip))),
      ),
    });
  }
  if (eku.length > 0) {
    extensions.push({
      oid: "2.5.29.37",
      value: sequence(...eku.map((purpose) => oid(KEY_PURPOSES[purpose]))),
    });
  }
  return [...extensions, ...options.extensions ?? []];
}

function encodeExtension(extension: ExtensionOptions): Uint8Array<ArrayBuffer> {
  return sequence(
    oid(extension.oid),
    ...(extension.critical ? [boolean(true)] : []),
    octetString(extension.value),
  );
}

/** A BIT STRING whose bits have names: zeros at the end are left out (X.690 §11.2.2). */
function namedBits(usages: readonly KeyUsage[]): Uint8Array<ArrayBuffer> {
  const numbers = usages.map((usage) => KEY_USAGES[usage]);
  const octet = numbers.reduce<number>((bits, number) => bits | 0x80 >> number, 0);
  return bitString(Uint8Array.of(octet), 7 - Math.max(...numbers));
}

/** A Name of one common name, 2.5.4.3. */
function distinguishedName(commonName: string): Uint8Array<ArrayBuffer> {
  return sequence(set(sequence(oid("2.5.4.3"), utf8String(commonName))));
}

/** The leftmost 160 bits of the SHA-256 of the key (RFC 7093 §2, method 1, over the whole SPKI). */
async function keyIdentifier(key: MintedKey): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", key.spki)).subarray(0, 20);
}

function flipLastBit(bytes: Uint8Array): void {
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
}
