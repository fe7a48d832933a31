/**
 * The client's Certificate and CertificateVerify of TLS 1.2 (RFC 5246 §7.4.4, §7.4.6, §7.4.8).
 *
 * @module
 */

import type { AlertName } from "../../error/alert_description.ts";
import { TlsError } from "../../error/tls_error.ts";
import type { Script } from "../../../io/script.ts";
import type { Tls12Channel } from "../../record/channel_types.ts";
import { encodeCertificateVerify } from "../../wire/certificate_verify.ts";
import type { Tls12CertificateRequest } from "../../wire/messages.ts";
import { SignatureScheme } from "../../wire/numbers.ts";
import { signContent } from "../peer_signature.ts";
import { keyKindOf } from "../tls12_signature.ts";
import { type CertificateCriteria, type ChosenIdentity, knownSchemes } from "./choose_identity.ts";

/** `rsa_sign(1)` (RFC 5246 §7.4.4) and `ecdsa_sign(64)` (RFC 8422 §5.5), which is also for Ed25519. */
const CERTIFICATE_TYPES = { rsa: 1, ecdsa: 64 } as const;

/**
 * The criteria of a CertificateRequest; nothing in it is a view into the message.
 *
 * "Any certificates provided by the client MUST be signed using a hash/signature algorithm pair found in
 * supported_signature_algorithms" and have a key of one of the types (RFC 5246 §7.4.4): schemes of another kind of key
 * are left out.
 */
export function tls12CriteriaOf(request: Tls12CertificateRequest): CertificateCriteria {
  const { certificateTypes, signatureAlgorithms, certificateAuthorities } = request;
  const types = new Set(certificateTypes);
  return {
    schemes: knownSchemes(signatureAlgorithms)
      .filter((scheme) => types.has(CERTIFICATE_TYPES[keyKindOf(scheme)]))
      .map((scheme) => SignatureScheme[scheme]),
    authorities: certificateAuthorities.map((name) => name.slice()),
  };
}

/** Sends the CertificateVerify, which signs all messages so far, whole (RFC 5246 §7.4.8). */
export function* sendTls12CertificateVerify(
  channel: Tls12Channel,
  { key, scheme }: ChosenIdentity,
): Script<void> {
  const signed = yield* signContent(key, scheme, "client", channel.transcript.bytes());
  channel.send(encodeCertificateVerify({ type: "certificate_verify", ...signed }));
}

/** The alerts for a certificate that is required and was not shown: TLS 1.2 has none of its own. GnuTLS sends the latter. */
const WANTS_CERTIFICATE: ReadonlySet<AlertName | undefined> = new Set(["handshake_failure", "decode_error"]);

/**
 * Runs what follows the answer to a CertificateRequest; an alert that may be about the certificate gets a hint.
 *
 * @throws {TlsError} what the script throws.
 */
export function* hintAtCertificate<T>(script: Script<T>, wasShown: boolean): Script<T> {
  try {
    return yield* script;
  } catch (error) {
    if (!(error instanceof TlsError) || !WANTS_CERTIFICATE.has(error.alert)) throw error;
    const { code, message, alert } = error;
    const hint = `The server asked for a client certificate, and was shown ${wasShown ? "one" : "none"}.`;
    throw new TlsError(code, message, { cause: error, ...(alert && { alert }), hint });
  }
}
