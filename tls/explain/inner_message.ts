/**
 * Messages inside others: the Certificate that was compressed, the ClientHello that was encrypted.
 *
 * @module
 */

import type { LoggedConclusion } from "./connection_log.ts";
import { dissectCertificateBody, dissectHandshake } from "./dissect_message.ts";
import type { ExplainedInner } from "./explained_step.ts";

/** The message that a conclusion is about; `undefined` for a conclusion of another kind. */
export function innerOf(conclusion: LoggedConclusion): ExplainedInner | undefined {
  switch (conclusion.about) {
    case "compressed_certificate":
    case "decompressed_certificate": {
      const bytes = conclusion.certificate;
      return { bytes, ...dissectCertificateBody(bytes) };
    }
    case "sent_inner_hello":
    case "received_inner_hello": {
      const bytes = conclusion.message;
      return { bytes, ...dissectHandshake(bytes, "TLSv1.3") };
    }
    default:
      return undefined;
  }
}
