/**
 * Certificate revocation lists minted on the spot (RFC 5280 §5).
 *
 * @module
 */

import type { ExtensionOptions, Minted } from "./certificates.ts";
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
  Tag,
  time,
  value,
} from "./der.ts";
import { encodePem } from "../../io/pem_writer.ts";

/** A certificate on a list. */
export interface RevokedOptions {
  /** As it stands in the certificate: the content of the INTEGER. */
  readonly serialNumber: Uint8Array;
  /** When it was taken back. Default: an hour ago. */
  readonly date?: Date;
  /** The number of the reason (RFC 5280 §5.3.1). Default: none is given. */
  readonly reason?: number;
  /** More extensions of the entry. */
  readonly extensions?: readonly ExtensionOptions[];
}

/** The fields of a list. */
export interface CrlOptions {
  readonly revoked?: readonly RevokedOptions[];
  /** Default: 1. `null`: it has none. */
  readonly number?: number | null;
  /** Default: an hour ago. */
  readonly thisUpdate?: Date;
  /** Default: in 23 hours. `null`: it does not say. */
  readonly nextUpdate?: Date | null;
  /** The value of its issuingDistributionPoint, see {@linkcode distributionPoint}. Default: it has none. */
  readonly scope?: Uint8Array;
  /** More extensions, after the others. */
  readonly extensions?: readonly ExtensionOptions[];
  /** The version's number. Default: 1, which is version 2; `null`: it is left out. */
  readonly version?: number | null;
  /** The AlgorithmIdentifier outside of what is signed. Default: the issuer's, as inside. */
  readonly outerAlgorithm?: Uint8Array;
  /** Whether to flip a bit of the signature. Default: false. */
  readonly corruptSignature?: boolean;
}

const HOUR = 3_600_000;

/** Mints a list in the name of an authority, signed with its key. */
export async function mintCrl(issuer: Minted, options: CrlOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { revoked = [], number = 1, scope, version = 1 } = options;
  const { thisUpdate = new Date(Date.now() - HOUR), nextUpdate = new Date(Date.now() + 23 * HOUR) } = options;
  const extensions: ExtensionOptions[] = [
    ...(number === null ? [] : [{ oid: "2.5.29.20", value: integer(number) }]),
    ...(scope === undefined ? [] : [{ oid: "2.5.29.28", critical: true, value: scope }]),
    ...options.extensions ?? [],
  ];
  const toBeSigned = sequence(
    ...(version === null ? [] : [integer(version)]),
    issuer.key.signatureAlgorithm,
    issuer.subject,
    time(thisUpdate),
    ...(nextUpdate === null ? [] : [time(nextUpdate)]),
    ...(revoked.length === 0 ? [] : [sequence(...revoked.map(encodeRevoked))]),
    ...(extensions.length === 0 ? [] : [explicit(0, sequence(...extensions.map(encodeExtension)))]),
  );
  const signature = await issuer.key.sign(toBeSigned);
  if (options.corruptSignature) {
    const last = signature.length - 1;
    signature[last] = (signature[last] ?? 0) ^ 1;
  }
  return sequence(toBeSigned, options.outerAlgorithm ?? issuer.key.signatureAlgorithm, bitString(signature));
}

/** A list as PEM. */
export function crlPem(crl: Uint8Array<ArrayBuffer>): string {
  return encodePem("X509 CRL", crl);
}

/** Options of {@linkcode distributionPoint}. */
export interface ScopeOptions {
  /** The places that it is had from, as URIs. */
  readonly uris?: readonly string[];
  readonly onlyUserCerts?: boolean;
  readonly onlyCaCerts?: boolean;
  /** The content of the BIT STRING of reasons. */
  readonly reasons?: Uint8Array;
  readonly indirect?: boolean;
  readonly onlyAttributeCerts?: boolean;
}

/** The value of an issuingDistributionPoint extension (RFC 5280 §5.2.5). */
export function distributionPoint(options: ScopeOptions): Uint8Array<ArrayBuffer> {
  const { uris, onlyUserCerts, onlyCaCerts, reasons, indirect, onlyAttributeCerts } = options;
  const flag = (number: number) => implicit(number, Uint8Array.of(0xff));
  return sequence(
    ...(uris === undefined ? [] : [explicit(0, pointName(uris))]),
    ...(onlyUserCerts === true ? [flag(1)] : []),
    ...(onlyCaCerts === true ? [flag(2)] : []),
    ...(reasons === undefined ? [] : [implicit(3, reasons)]),
    ...(indirect === true ? [flag(4)] : []),
    ...(onlyAttributeCerts === true ? [flag(5)] : []),
  );
}

/** The cRLDistributionPoints extension of a certificate, one point for each list of URIs (RFC 5280 §4.2.1.13). */
export function distributionPoints(...points: readonly (readonly string[])[]): ExtensionOptions {
  return {
    oid: "2.5.29.31",
    value: sequence(...points.map((uris) => sequence(explicit(0, pointName(uris))))),
  };
}

/** `fullName [0] GeneralNames`, of uniformResourceIdentifier [6]. */
function pointName(uris: readonly string[]): Uint8Array<ArrayBuffer> {
  return explicit(0, ...uris.map((uri) => implicit(6, new TextEncoder().encode(uri))));
}

function encodeRevoked(
  { serialNumber, date, reason, extensions = [] }: RevokedOptions,
): Uint8Array<ArrayBuffer> {
  const all: ExtensionOptions[] = [
    ...(reason === undefined ? [] : [{ oid: "2.5.29.21", value: value(0x0a, Uint8Array.of(reason)) }]),
    ...extensions,
  ];
  return sequence(
    value(Tag.integer, serialNumber),
    time(date ?? new Date(Date.now() - HOUR)),
    ...(all.length === 0 ? [] : [sequence(...all.map(encodeExtension))]),
  );
}

function encodeExtension(extension: ExtensionOptions): Uint8Array<ArrayBuffer> {
  return sequence(
    oid(extension.oid),
    ...(extension.critical ? [boolean(true)] : []),
    octetString(extension.value),
  );
}
