/**
 * The client's own certificate, where the server asks for one (RFC 9846 §4.5.1, §4.5.2).
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
import type { AcceptedIdentities } from "./server_parameters.ts";

/** Who this client is, and how it will prove it. */
export interface ChosenIdentity {
  /** DER, end entity first. */
  readonly chain: readonly Uint8Array[];
  readonly key: SigningKey;
  readonly scheme: SignatureSchemeName;
}

/**
 * The identity to show, if any.
 *
 * @throws {TlsError} `no_shared_signature_scheme` when there is an identity that cannot sign as the server wants:
 * said here and now, rather than that the server should complain of a certificate it did not get.
 */
export function* chooseIdentity(
  context: ClientContext,
  { schemes, authorities }: AcceptedIdentities,
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
 * Sends Certificate, and CertificateVerify where there is a certificate.
 *
 * "If ... no suitable certificate is available, the client MUST send a Certificate message containing no
 * certificates" (RFC 9846 §4.5.1).
 */
export function* sendIdentity(
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

/** What the request had, and therefore the answer. */
const NO_CONTEXT = new Uint8Array(0);
