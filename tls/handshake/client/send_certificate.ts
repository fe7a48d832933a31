/**
 * The client's Certificate and CertificateVerify, where the server asks for them (RFC 9846 §4.5.1, §4.5.2).
 *
 * @module
 */

import type { HashName, SigningKey } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import { encodeCertificate } from "../../wire/certificate.ts";
import { encodeCertificateVerify } from "../../wire/certificate_verify.ts";
import { SignatureScheme, type SignatureSchemeName } from "../../wire/numbers.ts";
import { chooseScheme, signTranscript } from "../certificate_verify.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ClientContext } from "./context.ts";
import type { CertificateCriteria } from "./server_parameters.ts";

/** An identity, and the scheme that it signs with. */
export interface ChosenIdentity {
  /** Certificates in DER, end entity first. */
  readonly chain: readonly Uint8Array[];
  readonly key: SigningKey;
  readonly scheme: SignatureSchemeName;
}

/**
 * Chooses the identity for a CertificateRequest; `undefined`: none.
 *
 * @throws {TlsError} `no_shared_signature_scheme` when the identity cannot sign as the server asks. Without the error
 * here, the server would report that a certificate is missing.
 */
export function* chooseIdentity(
  context: ClientContext,
  { schemes, authorities }: CertificateCriteria,
): Script<ChosenIdentity | undefined> {
  const known = KNOWN_SCHEMES.filter((name) => schemes.includes(SignatureScheme[name]));
  const identity = yield* settle(context.credentials({
    certificateAuthorities: authorities,
    signatureSchemes: known,
  }));
  if (identity === undefined) return undefined;
  const key = yield* settle(identity.key());
  const scheme = chooseScheme(key, schemes);
  if (scheme === undefined) {
    throw new TlsError(
      "no_shared_signature_scheme",
      `Cannot show the client's certificate: its key signs with ${key.schemes.join(", ")}, ` +
        `and the server accepts ${known.join(", ") || "nothing that is known here"}`,
    );
  }
  return { chain: identity.chain, key, scheme };
}

const KNOWN_SCHEMES = Object.keys(SignatureScheme) as SignatureSchemeName[]; // The object has exactly these keys.

/**
 * Sends Certificate, and CertificateVerify unless the Certificate is empty.
 *
 * "If ... no suitable certificate is available, the client MUST send a Certificate message containing no
 * certificates" (RFC 9846 §4.5.1).
 */
export function* sendCertificate(
  channel: HandshakeChannel,
  identity: ChosenIdentity | undefined,
  hash: HashName,
): Script<void> {
  const entries = (identity?.chain ?? []).map((certificate) => ({ certificate, extensionOrder: [] }));
  channel.send(encodeCertificate({ type: "certificate", context: NO_CONTEXT, entries }));
  if (identity === undefined) return;
  const transcriptHash = yield* channel.transcript.hash(hash);
  const { key, scheme } = identity;
  channel.send(encodeCertificateVerify(yield* signTranscript(key, scheme, "client", transcriptHash)));
}

/** The context of the request, which the answer repeats. */
const NO_CONTEXT = new Uint8Array(0);
