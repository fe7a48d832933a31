/**
 * The client's second flight of TLS 1.2, as a server receives it: Certificate, ClientKeyExchange, CertificateVerify
 * (RFC 5246 §7.4.6 to §7.4.8).
 *
 * @module
 */

import type { KeyShare } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { Tls12Channel } from "../../record/channel_types.ts";
import { TLS12_RAW_PUBLIC_KEY_RULES } from "../../record/tls12_rules.ts";
import type { CertificateMessage, ClientKeyExchange } from "../../wire/messages.ts";
import { type PeerCredentials, publicKeyOf, readCredentials } from "../peer_credentials.ts";
import { requireValid } from "../peer_signature.ts";
import { checkTls12Signature } from "../tls12_signature.ts";
import { authenticated, type AuthenticatedClient, type RequestedCertificate } from "./authenticate_client.ts";
import type { ClientAuthentication, ServerContext } from "./context.ts";

/**
 * Receives the client's Certificate.
 *
 * @returns What is in it, read and not verified; `undefined`: it shows none.
 * @throws {TlsError} `certificate_required`, `certificate_too_large`, `certificate_invalid`.
 */
export function* receiveTls12Certificate(
  channel: Tls12Channel,
  context: ServerContext,
  { auth, type }: RequestedCertificate,
): Script<PeerCredentials | undefined> {
  if (type === "RawPublicKey") channel.expectRawPublicKey(TLS12_RAW_PUBLIC_KEY_RULES);
  const { entries }: CertificateMessage = yield* channel.expect("certificate");
  if (entries.length === 0) {
    if (!auth.required) return undefined;
    throw new TlsError("certificate_required", "Cannot accept the client: it shows no certificate");
  }
  const ders = entries.map(({ certificate }) => certificate);
  return yield* readCredentials(context.crypto, ders, type, "the client's Certificate");
}

/**
 * The premaster secret.
 *
 * @throws {TlsError} `invalid_key_share` when the client's public key is not valid.
 */
export function* agreeWithClient(share: KeyShare, { point }: ClientKeyExchange): Script<Uint8Array> {
  const secret = yield* settle(share.agree(point));
  if (secret !== null) return secret;
  throw new TlsError(
    "invalid_key_share",
    `Cannot accept ClientKeyExchange: its ${share.group} public key is not valid`,
  );
}

/**
 * Receives the client's CertificateVerify, which signs all messages before it, and verifies the signature first, then
 * the chain: a client without the certificate's key can make the server neither search for a certification path nor call
 * the application's verifier.
 *
 * @throws {TlsError} `bad_signature`, `certificate_*`, `unoffered_signature_scheme`...
 */
export function* authenticateTls12Client(
  channel: Tls12Channel,
  context: ServerContext,
  auth: ClientAuthentication,
  credentials: PeerCredentials,
): Script<AuthenticatedClient> {
  const content = channel.transcript.bytes();
  const check = checkTls12Signature(yield* channel.expect("certificate_verify"), {
    provider: context.crypto,
    signer: "client",
    message: "CertificateVerify",
    publicKey: publicKeyOf(credentials),
    offered: auth.certificateSchemes,
    content,
  });
  yield* requireValid(check, "client");
  yield* auth.verify(credentials, context.now());
  return { ...authenticated(credentials), scheme: check.scheme };
}
