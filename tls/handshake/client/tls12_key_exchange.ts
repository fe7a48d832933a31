/**
 * The server's identity and the key exchange of TLS 1.2, as a client sees them: Certificate, CertificateStatus and
 * ServerKeyExchange (RFC 5246 §7.4.2, RFC 6066 §8, RFC 8422 §5.4).
 *
 * @module
 */

import { isTls12Group, type Tls12CipherSuite } from "../../crypto/tls12_suites.ts";
import type { KeyExchangeGroup } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { Randoms } from "../../schedule/tls12_secrets.ts";
import type { CertificateMessage, ServerKeyExchange } from "../../wire/messages.ts";
import { type CertificateTypeName, hexNumber } from "../../wire/numbers.ts";
import { publicKeyOf } from "../peer_credentials.ts";
import { keyOf, requireValid } from "../peer_signature.ts";
import { checkTls12Signature, signedParameters } from "../tls12_signature.ts";
import {
  authenticated,
  type AuthenticatedServer,
  presentedServer,
  verifyChain,
} from "./authenticate_server.ts";
import type { ClientContext, PresentedServer } from "./context.ts";

/** The messages by which a server of TLS 1.2 proves its identity. */
export interface Tls12ServerProof {
  readonly suite: Tls12CipherSuite;
  readonly randoms: Randoms;
  readonly certificate: CertificateMessage;
  /** The type of that which was agreed on. */
  readonly type: CertificateTypeName;
  /** The stapled OCSP response, DER. */
  readonly ocspResponse: Uint8Array | undefined;
  readonly exchange: ServerKeyExchange;
}

/**
 * Verifies the server's chain and its signature of the key exchange, at the same time where the provider answers with
 * promises.
 *
 * @throws {TlsError} `no_certificate`, `certificate_...`, `unoffered_signature_scheme`, `bad_signature`...
 */
export function* authenticateTls12Server(
  context: ClientContext,
  { suite, randoms, certificate, type, ocspResponse, exchange }: Tls12ServerProof,
): Script<AuthenticatedServer> {
  const server = yield* presentedServer(context, { entries: certificate.entries, type, ocspResponse });
  requireKeyOfSuite(server, suite);
  const signature = checkTls12Signature(exchange, {
    provider: context.crypto,
    signer: "server",
    message: "ServerKeyExchange",
    publicKey: publicKeyOf(server),
    offered: context.signatureSchemes,
    content: signedParameters(randoms, exchange.params),
  });
  yield* verifyChain(context, server, signature);
  yield* requireValid(signature, "server", "ServerKeyExchange");
  return authenticated(server, signature);
}

/** The suite says which kind of key the certificate has: ECDSA, which includes Ed25519, or RSA (RFC 8422 §2.1, §2.2). */
function requireKeyOfSuite(server: PresentedServer, suite: Tls12CipherSuite): void {
  const { kind } = keyOf(publicKeyOf(server));
  if ((kind === "rsa" || kind === "rsa_pss" ? "rsa" : "ecdsa") === suite.keyKind) return;
  throw new TlsError(
    "illegal_parameter",
    `Cannot accept Certificate: its key is not of the kind that ${suite.name} is for`,
  );
}

/** The client's half of a key exchange. */
export interface Tls12Agreement {
  readonly group: KeyExchangeGroup;
  /** The client's public key. */
  readonly publicKey: Uint8Array;
  /** The premaster secret. */
  readonly secret: Uint8Array;
}

/**
 * The group that the server chose, which must be one that was offered and that TLS 1.2 has.
 *
 * @throws {TlsError} `unoffered_group`
 */
export function chosenGroup({ groups }: ClientContext, { group: id }: ServerKeyExchange): KeyExchangeGroup {
  const group = groups.find((each) => each.id === id && isTls12Group(each));
  if (group !== undefined) return group;
  throw new TlsError(
    "unoffered_group",
    `Cannot accept ServerKeyExchange: the server chose group ${
      hexNumber(id)
    }, which was not offered for TLS 1.2`,
  );
}

/**
 * Makes the client's key pair, and the secret that both ends share.
 *
 * @throws {TlsError} `invalid_key_share` when the server's public key is not valid.
 */
export function* agreeInTls12(group: KeyExchangeGroup, { point }: ServerKeyExchange): Script<Tls12Agreement> {
  const agreed = yield* settle(group.respond(point));
  if (agreed !== null) return { group, ...agreed };
  throw new TlsError(
    "invalid_key_share",
    `Cannot accept ServerKeyExchange: its ${group.name} public key is not valid`,
  );
}
