/**
 * Stapled OCSP responses, in the two places where they stand.
 *
 * @module
 */

import type { FieldReader } from "./field_reader.ts";
import { lengthText } from "./visible_text.ts";

/** CertificateStatus of TLS 1.2, and the extension of TLS 1.3 (RFC 6066 §8), from the type on. */
export function dissectOcspResponse(reader: FieldReader): void {
  reader.opaque("OCSPResponse", 3, ({ length }) => `a stapled OCSP response of ${lengthText(length)}`);
}
