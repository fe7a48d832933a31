/**
 * Checks that a certificate must pass by itself to be part of a certification path (RFC 5280 §6.1.3, §6.1.4).
 *
 * @module
 */

import { formatName } from "./names/distinguished_name.ts";
import { CertificateError, type CertificateErrorCode } from "./error.ts";
import { MAX_SHOWN_NAME_LENGTH } from "./limits.ts";
import { KeyUsage } from "./extensions.ts";
import { KeyPurposeOid } from "../der/oid.ts";
import { readCertificateKey } from "./public_key.ts";
import type { Certificate, KeyPurpose } from "./types.ts";

/** The time and the purpose for which every certificate of a path is checked. */
export interface CheckOptions {
  /** The time at which the certificate must be valid; fractions of a second are ignored, as certificates have none. */
  readonly time: Date;
  /** The purpose for which it must be good. */
  readonly purpose: KeyPurpose;
}

/**
 * Checks the certificate of an end entity: its dates, its purposes, its key, and that it is no authority's.
 *
 * @throws {CertificateError} `expired`, `not_yet_valid`, `unhandled_critical_extension`, `malformed_name`,
 * `ca_used_as_end_entity`, `digital_signature_not_allowed`, `empty_extended_key_usage`,
 * `required_extended_key_usage_missing`, `unsupported_public_key`, `weak_public_key` or `bad_der`.
 */
export function checkEndEntity(certificate: Certificate, options: CheckOptions): void {
  checkAny(certificate, options);
  const { basicConstraints } = certificate;
  // "If the subject field contains an empty sequence, then the issuing CA MUST include a subjectAltName extension
  // that is marked as critical." (RFC 5280 §4.2.1.6) Authorities leave out the mark, and other readers let that pass.
  if (!certificate.isNamed) {
    throw refusal(certificate, "malformed_name", "its subject is empty and it has no subjectAltName");
  }
  if (basicConstraints?.ca === true) {
    throw refusal(
      certificate,
      "ca_used_as_end_entity",
      "it is an authority's, which must not be a peer's own",
    );
  }
  // A key that may sign certificates (keyCertSign) is let pass, as by other readers: without cA it certifies nothing.
  checkSigningKey(certificate);
}

/**
 * Checks a certificate that is trusted as itself: its dates, its purposes and its key, but not whether it is an
 * authority's.
 *
 * @throws {CertificateError} as {@linkcode checkEndEntity}, except for what is about authorities.
 */
export function checkTrustedItself(certificate: Certificate, options: CheckOptions): void {
  checkAny(certificate, options);
  checkSigningKey(certificate);
}

/**
 * Checks the certificate of an authority between end entity and root.
 *
 * @throws {CertificateError} `expired`, `not_yet_valid`, `unhandled_critical_extension`, `end_entity_used_as_ca`,
 * `issuer_not_cert_signer`, `empty_extended_key_usage` or `required_extended_key_usage_missing`.
 */
export function checkIssuer(certificate: Certificate, options: CheckOptions): void {
  checkAny(certificate, options);
  const { basicConstraints, keyUsage } = certificate;
  // "verify that the basicConstraints extension is present and that cA is set to TRUE" (RFC 5280 §6.1.4 (k))
  if (basicConstraints?.ca !== true) {
    throw refusal(certificate, "end_entity_used_as_ca", "it has signed another one, but is no authority's");
  }
  // "If a key usage extension is present, verify that the keyCertSign bit is set." (RFC 5280 §6.1.4 (n))
  if (keyUsage !== undefined && (keyUsage & KeyUsage.keyCertSign) === 0) {
    throw refusal(
      certificate,
      "issuer_not_cert_signer",
      "it has signed another one, which its key may not do",
    );
  }
}

/** The error for one certificate of a path: it names the certificate. */
export function refusal(
  certificate: Pick<Certificate, "subject">,
  code: CertificateErrorCode,
  reason: string,
  hint?: string,
): CertificateError {
  const subject = textOf(certificate.subject);
  return new CertificateError(
    code,
    `Cannot accept certificate ${quoteName(certificate.subject)}: ${reason}`,
    {
      subject,
      ...(hint !== undefined && { hint }),
    },
  );
}

/**
 * As {@linkcode refusal}, for an error that does not know which certificate it is about.
 *
 * @param whose Goes before the error's reason.
 */
export function refusalFor(
  certificate: Pick<Certificate, "subject">,
  error: CertificateError,
  whose: string = "",
): CertificateError {
  const reason = whose + error.message.replace(/^Cannot [^:]*: /, "");
  return new CertificateError(
    error.code,
    `Cannot accept certificate ${quoteName(certificate.subject)}: ${reason}`,
    {
      subject: textOf(certificate.subject),
      cause: error,
    },
  );
}

/** A whole DER `Name` as text for an error, in quotation marks. */
export function quoteName(name: Uint8Array): string {
  const text = textOf(name);
  return text.length > MAX_SHOWN_NAME_LENGTH ? `"${text.slice(0, MAX_SHOWN_NAME_LENGTH)}"...` : `"${text}"`;
}

/**
 * Names as text, each made once: it takes milliseconds for the longest, and one certificate can be refused on each of a
 * thousand paths.
 */
const TEXTS = new WeakMap<Uint8Array, string>();

function textOf(name: Uint8Array): string {
  let text = TEXTS.get(name);
  if (text === undefined) TEXTS.set(name, text = formatName(name));
  return text;
}

function checkAny(certificate: Certificate, { time, purpose }: CheckOptions): void {
  const { validity, unhandledCritical } = certificate;
  const second = Math.floor(time.getTime() / 1000) * 1000;
  // "The validity period for a certificate is the period of time from notBefore through notAfter, inclusive."
  // (RFC 5280 §4.1.2.5)
  if (second < validity.notBefore.getTime()) {
    throw refusal(
      certificate,
      "not_yet_valid",
      `it is valid only from ${validity.notBefore.toISOString()} on`,
    );
  }
  if (second > validity.notAfter.getTime()) {
    throw refusal(certificate, "expired", `it expired on ${validity.notAfter.toISOString()}`);
  }
  if (unhandledCritical !== undefined) {
    throw refusal(
      certificate,
      "unhandled_critical_extension",
      `its critical extension ${unhandledCritical} is not understood`,
    );
  }
  checkPurpose(certificate, purpose);
}

const PURPOSES: Readonly<Record<KeyPurpose, { readonly oid: string; readonly words: string }>> = {
  server_auth: { oid: KeyPurposeOid.serverAuth, words: "servers (serverAuth)" },
  client_auth: { oid: KeyPurposeOid.clientAuth, words: "clients (clientAuth)" },
};

/**
 * An authority's extended key usage holds for what it signs as well: RFC 5280 does not say so, but browsers do. The
 * purpose has to be named: "Applications that require the presence of a particular purpose MAY reject certificates
 * that include the anyExtendedKeyUsage OID but not the particular OID expected for the application."
 * (RFC 5280 §4.2.1.12)
 */
function checkPurpose(certificate: Certificate, purpose: KeyPurpose): void {
  const { extendedKeyUsage } = certificate;
  if (extendedKeyUsage === undefined) return;
  if (extendedKeyUsage.length === 0) {
    throw refusal(certificate, "empty_extended_key_usage", "its list of purposes is empty");
  }
  const { oid, words } = PURPOSES[purpose];
  if (!extendedKeyUsage.includes(oid)) {
    throw refusal(certificate, "required_extended_key_usage_missing", `it is not for ${words}`);
  }
}

/** Checks that the key may sign handshakes, and is of a kind and strength that is accepted. */
function checkSigningKey(certificate: Certificate): void {
  const { keyUsage } = certificate;
  // "the digitalSignature bit MUST be set if the Key Usage extension is present" (RFC 9846 §4.5)
  if (keyUsage !== undefined && (keyUsage & KeyUsage.digitalSignature) === 0) {
    throw refusal(certificate, "digital_signature_not_allowed", "its key may not sign handshakes");
  }
  try {
    readCertificateKey(certificate.publicKey);
  } catch (error) {
    throw error instanceof CertificateError ? refusalFor(certificate, error) : error;
  }
}
