/**
 * Certificate extensions (RFC 5280 §4.2).
 *
 * Extensions that are known here are read; a critical one that is not is noted, so that path validation refuses the
 * certificate ("A certificate-using system MUST reject the certificate if it encounters a critical
 * extension it does not recognize or a critical extension that contains information that it cannot process").
 * Of three extensions only the form is checked: the key identifiers and authorityInfoAccess, which
 * "Conforming CAs MUST mark [...] as non-critical"; one that is critical all the same counts as not understood.
 *
 * @module
 */

import { DerError, DerReader, DerTag } from "../der/der.ts";
import { CertificateError } from "./error.ts";
import { readGeneralName, readGeneralNames } from "./names/general_name.ts";
import { readNameConstraints } from "./names/name_constraints.ts";
import { ExtensionOid } from "../der/oid.ts";
import type { BasicConstraints, Certificate } from "./types.ts";

/** An extension whose value has not been read. */
export interface Extension {
  /** Object identifier, dotted. */
  readonly oid: string;
  /** Whether a reader that does not know it must refuse the certificate. */
  readonly critical: boolean;
  /** The content of `extnValue`: a view. */
  readonly value: Uint8Array;
}

/** The fields of a certificate that come from its extensions. */
export type Extensions = Partial<
  Pick<
    Certificate,
    | "basicConstraints"
    | "keyUsage"
    | "extendedKeyUsage"
    | "subjectAltNames"
    | "nameConstraints"
    | "crlDistributionPoints"
    | "unhandledCritical"
  >
>;

/** Bits of keyUsage (RFC 5280 §4.2.1.3). */
export const KeyUsage = {
  /** Bit 0. */
  digitalSignature: 0x01,
  /** Bit 5. */
  keyCertSign: 0x20,
  /** Bit 6. */
  cRLSign: 0x40,
} as const;

/**
 * Reads the list: `Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension`. The certificate's size bounds its length.
 *
 * @param reader Stands at the list, and at nothing else.
 * @throws {DerError} when it is no such list.
 * @throws {CertificateError} `malformed_extensions` when it is empty, `duplicate_extension`.
 */
export function readExtensionList(reader: DerReader): Extension[] {
  const list = reader.read(DerTag.SEQUENCE);
  reader.end("the extensions' tag");
  if (list.left === 0) {
    throw new CertificateError(
      "malformed_extensions",
      "Cannot read the certificate: its list of extensions is empty",
    );
  }
  const extensions: Extension[] = [];
  const seen = new Set<string>();
  while (list.left > 0) {
    const extension = list.read(DerTag.SEQUENCE);
    const oid = extension.oid();
    // "A certificate MUST NOT include more than one instance of a particular extension." (RFC 5280 §4.2)
    if (seen.has(oid)) {
      throw new CertificateError(
        "duplicate_extension",
        `Cannot read the certificate: extension ${oid} is there twice`,
      );
    }
    seen.add(oid);
    const critical = readCritical(extension);
    const value = extension.octetString();
    extension.end(`extension ${oid}`);
    extensions.push({ oid, critical, value });
  }
  return extensions;
}

/**
 * Reads the values of the extensions that are known here.
 *
 * @throws {DerError} when one is not of its type.
 * @throws {CertificateError} `malformed_name_constraint`.
 */
export function readExtensions(list: readonly Extension[]): Extensions {
  const read: Writable = {};
  for (const { oid, critical, value } of list) {
    const known = KNOWN.get(oid);
    if (known !== undefined) {
      const reader = new DerReader(value);
      known.read(reader, read);
      reader.end(`the value of extension ${oid}`);
    }
    if (critical && known?.understood !== true) read.unhandledCritical ??= oid;
  }
  return read;
}

type Writable = { -readonly [Key in keyof Extensions]: Extensions[Key] };

/**
 * `critical BOOLEAN DEFAULT FALSE`; DER leaves out a value that is the default (X.690 §11.5), but authorities spell it
 * out, and all readers let that pass.
 */
function readCritical(extension: DerReader): boolean {
  return extension.peekTag() === DerTag.BOOLEAN && extension.boolean();
}

/** An extension that is known here. Bytes that its reader leaves over are refused. */
interface Known {
  readonly understood: boolean;
  readonly read: (value: DerReader, extensions: Writable) => void;
}

const KNOWN: ReadonlyMap<string, Known> = new Map<string, Known>([
  [ExtensionOid.basicConstraints, {
    understood: true,
    read: (value, extensions) => extensions.basicConstraints = readBasicConstraints(value),
  }],
  [ExtensionOid.keyUsage, {
    understood: true,
    read: (value, extensions) => extensions.keyUsage = value.namedBits(),
  }],
  [ExtensionOid.extKeyUsage, {
    understood: true,
    read: (value, extensions) => extensions.extendedKeyUsage = readKeyPurposes(value),
  }],
  [ExtensionOid.subjectAltName, {
    understood: true,
    read: (value, extensions) => extensions.subjectAltNames = readGeneralNames(value),
  }],
  [ExtensionOid.nameConstraints, {
    understood: true,
    read: (value, extensions) => extensions.nameConstraints = readNameConstraints(value),
  }],
  [ExtensionOid.cRLDistributionPoints, {
    understood: true,
    read: (value, extensions) => extensions.crlDistributionPoints = value.element(DerTag.SEQUENCE),
  }],
  [ExtensionOid.subjectKeyIdentifier, {
    understood: false,
    read: (value) => value.skip(DerTag.OCTET_STRING),
  }],
  [ExtensionOid.authorityKeyIdentifier, { understood: false, read: checkAuthorityKeyIdentifier }],
  [ExtensionOid.authorityInfoAccess, { understood: false, read: checkAuthorityInfoAccess }],
]);

/**
 * ```
 * BasicConstraints ::= SEQUENCE {
 *      cA                      BOOLEAN DEFAULT FALSE,
 *      pathLenConstraint       INTEGER (0..MAX) OPTIONAL }
 * ```
 * (RFC 5280 §4.2.1.9), with a cA FALSE that is spelt out let pass, since authorities have written it for decades.
 */
function readBasicConstraints(value: DerReader): BasicConstraints {
  const constraints = value.read(DerTag.SEQUENCE);
  const ca = constraints.peekTag() === DerTag.BOOLEAN && constraints.boolean();
  if (constraints.left === 0) return { ca };
  const pathLength = constraints.smallInteger();
  constraints.end("basicConstraints");
  return { ca, pathLength };
}

/** `ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId`; path validation refuses an empty list. */
function readKeyPurposes(value: DerReader): string[] {
  const list = value.read(DerTag.SEQUENCE);
  const purposes: string[] = [];
  while (list.left > 0) purposes.push(list.oid());
  return purposes;
}

/**
 * ```
 * AuthorityKeyIdentifier ::= SEQUENCE {
 *      keyIdentifier             [0] KeyIdentifier           OPTIONAL,
 *      authorityCertIssuer       [1] GeneralNames            OPTIONAL,
 *      authorityCertSerialNumber [2] CertificateSerialNumber OPTIONAL  }
 * ```
 * (RFC 5280 §4.2.1.1)
 */
function checkAuthorityKeyIdentifier(value: DerReader): void {
  const identifier = value.read(DerTag.SEQUENCE);
  if (identifier.peekTag() === 0x80) identifier.skip();
  const issuer = identifier.optional(0xa1);
  while (issuer !== undefined && issuer.left > 0) readGeneralName(issuer);
  if (identifier.peekTag() === 0x82) identifier.skip();
  identifier.end("authorityKeyIdentifier");
}

/**
 * ```
 * AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX) OF AccessDescription
 * AccessDescription ::= SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }
 * ```
 * (RFC 5280 §4.2.2.1)
 */
function checkAuthorityInfoAccess(value: DerReader): void {
  const list = value.read(DerTag.SEQUENCE);
  if (list.left === 0) throw new DerError("authorityInfoAccess is empty");
  while (list.left > 0) {
    const description = list.read(DerTag.SEQUENCE);
    description.skip(DerTag.OBJECT_IDENTIFIER);
    readGeneralName(description);
    description.end("an AccessDescription");
  }
}
