/**
 * The client's Certificate and CertificateVerify, where the server asks for them (RFC 9846 §4.5.1, §4.5.2).
 *
 * @module
 */

import type { HashName, SigningKey } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { IdentityAnswer } from "../../session/session.ts";
import { encodeCertificate } from "../../wire/certificate.ts";
import { encodeCertificateVerify } from "../../wire/certificate_verify.ts";
import type { SignatureSchemeName } from "../../wire/numbers.ts";
import { chooseScheme, signTranscript } from "../certificate_verify.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import { askForIdentity, type CertificateCriteria, knownSchemes } from "./ask_for_identity.ts";
import type { ClientContext } from "./context.ts";

/**
 * Answers a CertificateRequest: chooses the identity, and sends Certificate, and CertificateVerify unless the Certificate
 * is empty.
 *
 * @throws {TlsError} `no_shared_signature_scheme` when the identity cannot sign as the server asks. Without the error
 * here, the server would report that a certificate is missing. `signing_failed`.
 */
export function* answerCertificateRequest(
  channel: HandshakeChannel,
  context: ClientContext,
  request: CertificateCriteria,
  hash: HashName,
): Script<IdentityAnswer> {
  const identity = yield* chooseIdentity(context, request, chooseScheme);
  yield* sendCertificate(channel, identity, hash);
  return { ...request, chain: identity?.chain ?? [] };
}

/** An identity, and the scheme that it signs with. */
export interface ChosenIdentity {
  /** Certificates in DER, end entity first. */
  readonly chain: readonly Uint8Array[];
  readonly key: SigningKey;
  readonly scheme: SignatureSchemeName;
}

/**
 * Chooses the identity for a CertificateRequest of either version.
 *
 * @param choose Chooses the scheme that a key signs with.
 * @returns `undefined`: no certificate is shown.
 * @throws {TlsError} `no_shared_signature_scheme` when the identity cannot sign as the server asks.
 */
export function* chooseIdentity(
  context: ClientContext,
  request: CertificateCriteria,
  choose: (key: SigningKey, accepted: readonly number[]) => SignatureSchemeName | undefined,
): Script<ChosenIdentity | undefined> {
  const identity = yield* askForIdentity(context, request);
  if (identity === undefined) return undefined;
  const key = yield* settle(identity.key());
  const { schemes } = request;
  const scheme = choose(key, schemes);
  if (scheme === undefined) {
    throw new TlsError(
      "no_shared_signature_scheme",
      `Cannot show the client's certificate: its key signs with ${key.schemes.join(", ")}, ` +
        `and the server accepts ${knownSchemes(schemes).join(", ") || "nothing that is known here"}`,
    );
  }
  return { chain: identity.chain, key, scheme };
}

/**
 * "If ... no suitable certificate is available, the client MUST send a Certificate message containing no
 * certificates" (RFC 9846 §4.5.1).
 */
function* sendCertificate(
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
