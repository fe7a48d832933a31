/**
 * Certificates that sign themselves (RFC 5280), for servers that are known by their fingerprint: a new P-256 key each.
 *
 * @module
 */

import { DerTag } from "../der/der.ts";
import { derBitString, derInteger, derOctetString, derSequence, derValue } from "../der/der_writer.ts";
import { AttributeOid, ExtensionOid, KeyPurposeOid, SignatureOid } from "../der/oid.ts";
import { ecdsaSignatureToDer } from "../crypto/ecdsa_signature.ts";
import { encodePem } from "../../io/pem_writer.ts";
import { isHostName, withoutRootDot } from "../names/host_name.ts";
import { parseIpAddress } from "../names/ip_address.ts";

/** A certificate and its private key. */
export interface SelfSigned {
  /** Certificate, PEM. */
  readonly cert: string;
  /** Private key, PKCS#8, PEM. */
  readonly key: string;
  /** Public key, a DER SubjectPublicKeyInfo, of which key pins are made. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

/** What a certificate says. */
export interface SelfSignedFields {
  /** Host names and IP addresses, at least one. A host name may begin with `*.`. */
  readonly names: readonly string[];
  /** Start of validity. */
  readonly notBefore: Date;
  /** End of validity. */
  readonly notAfter: Date;
}

/**
 * Makes a key and a certificate that it signs.
 *
 * @throws {TypeError} when there is no name, or one is neither a host name nor an IP address.
 * @throws {RangeError} when the validity ends before it begins, or a date cannot be written.
 */
export async function selfSigned(fields: SelfSignedFields): Promise<SelfSigned> {
  const subjectAltName = derSequence(...generalNames(fields.names));
  const validity = derSequence(time(fields.notBefore), time(fields.notAfter));
  if (fields.notAfter < fields.notBefore) {
    throw new RangeError("Cannot make a certificate: its validity ends before it begins");
  }
  const pair = await crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const privateKey = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const name = commonName(fields.names[0] ?? "");
  const toBeSigned = derSequence(
    derValue(VERSION, Uint8Array.of(DerTag.INTEGER, 1, 2)), // v3
    derInteger(serialNumber()),
    ECDSA_WITH_SHA256,
    name,
    validity,
    name,
    publicKey,
    derValue(EXTENSIONS, derSequence(...extensions(subjectAltName))),
  );
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, toBeSigned);
  const certificate = derSequence(
    toBeSigned,
    ECDSA_WITH_SHA256,
    derBitString(ecdsaSignatureToDer(new Uint8Array(signature))),
  );
  return {
    cert: encodePem("CERTIFICATE", certificate),
    key: encodePem("PRIVATE KEY", privateKey),
    publicKey,
  };
}

/** The names as GeneralName: dNSName or iPAddress (RFC 5280 §4.2.1.6). */
function generalNames(names: readonly string[]): Uint8Array[] {
  if (names.length === 0) throw new TypeError("Cannot make a certificate: it has no name");
  return names.map((name) => {
    const address = parseIpAddress(name);
    if (address !== undefined) return derValue(IP_ADDRESS, address);
    const hostName = withoutRootDot(name);
    if (!isHostName(hostName.startsWith("*.") ? hostName.slice(2) : hostName)) {
      throw new TypeError(`Cannot make a certificate: "${name}" is neither a host name nor an IP address`);
    }
    return derValue(DNS_NAME, ENCODER.encode(hostName));
  });
}

/** What a server's certificate has, which is no authority's. */
function extensions(subjectAltName: Uint8Array): Uint8Array[] {
  return [
    extension(ExtensionOid.basicConstraints, derSequence(), CRITICAL),
    extension(ExtensionOid.keyUsage, DIGITAL_SIGNATURE, CRITICAL),
    extension(ExtensionOid.extKeyUsage, derSequence(oid(KeyPurposeOid.serverAuth))),
    extension(ExtensionOid.subjectAltName, subjectAltName),
  ];
}

function extension(id: string, value: Uint8Array, ...critical: readonly Uint8Array[]): Uint8Array {
  return derSequence(oid(id), ...critical, derOctetString(value));
}

/** A Name of one common name. */
function commonName(name: string): Uint8Array {
  const text = derValue(DerTag.UTF8_STRING, ENCODER.encode(name.slice(0, MAX_COMMON_NAME_CHARS)));
  return derSequence(derValue(DerTag.SET, derSequence(oid(AttributeOid.commonName), text)));
}

/**
 * "CAs conforming to this profile MUST always encode certificate validity dates through the year 2049 as UTCTime;
 * certificate validity dates in 2050 or later MUST be encoded as GeneralizedTime." (RFC 5280 §4.1.2.5)
 */
function time(date: Date): Uint8Array {
  const year = date.getUTCFullYear();
  if (!(year >= 1950 && year <= 9999)) {
    throw new RangeError("Cannot make a certificate: a date is not between the years 1950 and 9999");
  }
  const digits = date.toISOString().replace(/\.[0-9]+|[^0-9]/g, "") + "Z";
  return year < 2050
    ? derValue(DerTag.UTC_TIME, ENCODER.encode(digits.slice(2)))
    : derValue(DerTag.GENERALIZED_TIME, ENCODER.encode(digits));
}

/** Random and positive, with the same length each time. */
function serialNumber(): Uint8Array {
  const number = crypto.getRandomValues(new Uint8Array(SERIAL_NUMBER_LENGTH));
  number[0] = (number[0] ?? 0) & 0x3f | 0x40;
  return number;
}

/** OBJECT IDENTIFIER from its dotted form. */
function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return derValue(DerTag.OBJECT_IDENTIFIER, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** Seven bits a byte, all but the last with the top bit set. */
function base128(arc: number): number[] {
  return arc < 0x80 ? [arc] : [...base128(arc >> 7).map((byte) => byte | 0x80), arc & 0x7f];
}

const ENCODER = new TextEncoder();
const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;
const ECDSA_WITH_SHA256 = derSequence(oid(SignatureOid["ecdsa-with-SHA256"]));
/** The tags of `version [0]` and `extensions [3]`, EXPLICIT (RFC 5280 §4.1). */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
/** The tags of `dNSName [2]` and `iPAddress [7]`, IMPLICIT (RFC 5280 §4.2.1.6). */
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;
/** `critical` of an extension: BOOLEAN true. */
const CRITICAL = Uint8Array.of(DerTag.BOOLEAN, 1, 0xff);
/** KeyUsage with the bit digitalSignature alone: seven of its eight bits are unused (X.690 §11.2.2). */
const DIGITAL_SIGNATURE = Uint8Array.of(DerTag.BIT_STRING, 2, 7, 0x80);
/** "Conforming CAs MUST NOT use serialNumber values longer than 20 octets." (RFC 5280 §4.1.2.2) */
const SERIAL_NUMBER_LENGTH = 16;
/** `ub-common-name` (RFC 5280 §A.1). */
const MAX_COMMON_NAME_CHARS = 64;
