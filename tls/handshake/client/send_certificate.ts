/**
 * The client's Certificate and CertificateVerify, where the server asks for them (RFC 9846 §4.5.1, §4.5.2).
 *
 * @module
 */

import type { HashName } from "../../crypto/provider.ts";
import type { Script } from "../../../io/script.ts";
import type { IdentityAnswer } from "../../session/session_facts.ts";
import { encodeCertificateVerify } from "../../wire/certificate_verify.ts";
import type { CertificateMessage } from "../../wire/messages.ts";
import { signTranscript } from "../certificate_verify.ts";
import { encodeForPeer } from "../compressed_certificate.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import { type CertificateCriteria, chooseIdentity, type ChosenIdentity } from "./choose_identity.ts";
import type { ClientContext } from "./context.ts";

/**
 * Answers a CertificateRequest: chooses the identity, and sends Certificate, and CertificateVerify unless the Certificate
 * is empty.
 *
 * @throws {TlsError} `no_shared_signature_scheme`, `signing_failed`.
 */
export function* answerCertificateRequest(
  channel: HandshakeChannel,
  context: ClientContext,
  request: CertificateCriteria,
  hash: HashName,
): Script<IdentityAnswer> {
  const identity = yield* chooseIdentity(context, request);
  yield* sendCertificate(channel, context, request, identity, hash);
  return { ...request, chain: identity?.chain ?? [] };
}

/** Sends Certificate, which is empty without an identity, and CertificateVerify with one. */
function* sendCertificate(
  channel: HandshakeChannel,
  { certificateCompression }: ClientContext,
  { compressions }: CertificateCriteria,
  identity: ChosenIdentity | undefined,
  hash: HashName,
): Script<void> {
  const entries = (identity?.chain ?? []).map((certificate) => ({ certificate, extensionOrder: [] }));
  const message: CertificateMessage = { type: "certificate", context: NO_CONTEXT, entries };
  channel.send(yield* encodeForPeer(message, certificateCompression, compressions));
  if (identity === undefined) return;
  const transcriptHash = yield* channel.transcript.hash(hash);
  const { key, scheme } = identity;
  channel.send(encodeCertificateVerify(yield* signTranscript(key, scheme, "client", transcriptHash)));
}

/** The context of the request, which the answer repeats. */
const NO_CONTEXT = new Uint8Array(0);
