/**
 * The expiry date of a root.
 *
 * @module
 */

import { DerError, DerReader, DerTag } from "../tls/der/der.ts";
import { readTime } from "../tls/x509/time.ts";

/** The explicit tag of a certificate's version, which is absent in version 1. */
const VERSION = 0xa0;

/**
 * Reads `notAfter` (RFC 5280 §4.1.2.5) and nothing else: old roots break rules that bind newer certificates, a
 * serial number of 0 for one, and are trusted all the same.
 *
 * @returns `undefined` where `der` is no certificate.
 */
export function readExpiry(der: Uint8Array): Date | undefined {
  try {
    const tbs = new DerReader(der).read(DerTag.SEQUENCE).read(DerTag.SEQUENCE);
    if (tbs.peekTag() === VERSION) tbs.skip();
    tbs.skip(DerTag.INTEGER); // serialNumber
    tbs.skip(DerTag.SEQUENCE); // signature
    tbs.skip(DerTag.SEQUENCE); // issuer
    const validity = tbs.read(DerTag.SEQUENCE);
    readTime(validity); // notBefore
    return readTime(validity);
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}
