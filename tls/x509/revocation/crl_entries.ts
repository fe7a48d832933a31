/**
 * The certificates on a revocation list (RFC 5280 §5.1.2.6, §5.3).
 *
 * @module
 */

import { DerError, DerReader, DerTag } from "../../der/der.ts";
import { readExtensionList } from "../extensions.ts";
import { octetsToText } from "../names/general_name.ts";
import { CrlExtensionOid } from "../../der/oid.ts";
import { readTime } from "../time.ts";

/** The date and the reason of a revocation. */
export interface Revocation {
  readonly date: Date;
  /** A name of RFC 5280 §5.3.1, where the list gives one. */
  readonly reason?: string;
}

/**
 * The certificates on a list, by serial number: where each entry begins.
 *
 * Every entry is read once at the start, so that a list with an error in it is refused before it is relied upon. An
 * entry is read again when it is found: hardly any ever is, and there are lists of a million.
 */
export class RevocationEntries {
  readonly #content: Uint8Array;
  readonly #starts = new Map<string, number>();

  /**
   * Reads all entries.
   *
   * @param content `SEQUENCE OF SEQUENCE { userCertificate, revocationDate, crlEntryExtensions OPTIONAL }`, inside.
   * @throws {DerError} when one is malformed or of a kind that is not supported.
   * @throws {CertificateError} for its extensions.
   */
  constructor(content: Uint8Array) {
    this.#content = content;
    const reader = new DerReader(content);
    while (reader.left > 0) {
      const start = content.length - reader.left;
      const { serialNumber } = readEntry(reader);
      this.#starts.set(octetsToText(serialNumber), start);
    }
  }

  /** The number of certificates. */
  get size(): number {
    return this.#starts.size;
  }

  /** Looks for a certificate, in constant time. */
  find(serialNumber: Uint8Array): Revocation | undefined {
    const start = this.#starts.get(octetsToText(serialNumber));
    if (start === undefined) return undefined;
    const { date, reason } = readEntry(new DerReader(this.#content, start));
    return reason === undefined ? { date } : { date, reason };
  }
}

function readEntry(reader: DerReader): Revocation & { readonly serialNumber: Uint8Array } {
  const entry = reader.read(DerTag.SEQUENCE);
  const serialNumber = readSerialNumber(entry);
  const date = readTime(entry);
  if (entry.left === 0) return { serialNumber, date };
  let reason: string | undefined;
  for (const { oid, critical, value } of readExtensionList(entry)) {
    if (oid === CrlExtensionOid.reasonCode) reason = readReason(value);
    else if (oid === CrlExtensionOid.certificateIssuer) {
      throw new DerError("it is about certificates of other authorities than its issuer");
    } // "If a CRL contains a critical CRL entry extension that the application cannot process, then the application MUST
    // NOT use that CRL to determine the status of any certificates." (RFC 5280 §5.3)
    else if (critical) throw new DerError(`the critical extension ${oid} of an entry is not understood`);
  }
  return reason === undefined ? { serialNumber, date } : { serialNumber, date, reason };
}

/** The number in its one form, which is that of certificates too: another would not be found. */
function readSerialNumber(entry: DerReader): Uint8Array {
  const serial = entry.content(DerTag.INTEGER);
  const [first, second] = serial;
  const isLonger = second !== undefined &&
    ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (first === undefined || isLonger) throw new DerError("a serial number on it is no INTEGER");
  return serial;
}

/** RFC 5280 §5.3.1; 7 is not used. */
const REASONS: readonly (string | undefined)[] = [
  "unspecified",
  "keyCompromise",
  "cACompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "certificateHold",
  undefined,
  "removeFromCRL",
  "privilegeWithdrawn",
  "aACompromise",
];

function readReason(value: Uint8Array): string {
  const reader = new DerReader(value);
  const content = reader.content(DerTag.ENUMERATED);
  reader.end("a reason");
  const reason = content.length === 1 ? REASONS[content[0] ?? 7] : undefined;
  if (reason === undefined) throw new DerError("the reason of an entry is not known");
  return reason;
}
