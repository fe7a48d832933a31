/**
 * The server's first flight of TLS 1.2: ServerHello to ServerHelloDone (RFC 5246 §7.4.1.3 to §7.4.5).
 *
 * @module
 */

import type { Script } from "../../../io/script.ts";
import { concat } from "@std/bytes/concat";
import type { KeyShare } from "../../crypto/provider.ts";
import type { Tls12Channel } from "../../record/channel_types.ts";
import type { Randoms } from "../../schedule/tls12_secrets.ts";
import { RANDOM_LENGTH } from "../../wire/client_hello.ts";
import { ExtensionType, NamedGroup, ProtocolVersion, SignatureScheme } from "../../wire/numbers.ts";
import { encodeServerHello } from "../../wire/server_hello.ts";
import { encodeTls12Certificate } from "../../wire/tls12/certificate.ts";
import { encodeTls12CertificateRequest } from "../../wire/tls12/certificate_request.ts";
import { encodeCertificateStatus } from "../../wire/tls12/certificate_status.ts";
import { encodeEcdhParams, encodeServerKeyExchange } from "../../wire/tls12/key_exchange.ts";
import { signContent } from "../peer_signature.ts";
import { signedParameters } from "../tls12_signature.ts";
import type { ClientAuthentication, ServerContext } from "./context.ts";
import { fitsRequest } from "./authenticate_client.ts";
import type { CertificateTypeAnswers } from "./certificate_types.ts";
import { enabledVersions } from "./selected_version.ts";
import type { Signer } from "./send_certificate.ts";
import type { Tls12Acknowledgements } from "./tls12_negotiation.ts";

/** Last 8 bytes of the random of a server that knows TLS 1.3 and negotiates TLS 1.2 (RFC 9846 §4.2.3). */
const DOWNGRADE_TO_TLS12 = new TextEncoder().encode("DOWNGRD\x01");

/**
 * The random of a ServerHello of TLS 1.2: "TLS 1.3 servers which negotiate TLS 1.2 or below in response to a ClientHello
 * MUST set the last 8 bytes of their Random value specially in their ServerHello." (RFC 9846 §4.2.3)
 */
export function tls12ServerRandom(context: ServerContext): Uint8Array {
  const random = context.crypto.random(RANDOM_LENGTH);
  if (enabledVersions(context)[0] === "TLSv1.2") return random;
  return concat([random.subarray(0, RANDOM_LENGTH - DOWNGRADE_TO_TLS12.length), DOWNGRADE_TO_TLS12]);
}

/** What a ServerHello of TLS 1.2 says. */
export interface Tls12ServerHello {
  readonly randoms: Randoms;
  /** Empty: the session cannot be resumed by it. */
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly acknowledged: Tls12Acknowledgements;
  readonly alpnProtocol: string | undefined;
  /** Whether the client's server_name was used (RFC 6066 §3). */
  readonly acknowledgesName: boolean;
  /** The answers to the client's certificate types. */
  readonly certificateTypes: CertificateTypeAnswers;
  /** Whether a CertificateStatus follows. */
  readonly staple: boolean;
  /** Whether a NewSessionTicket follows. */
  readonly ticket: boolean;
}

/** Sends the ServerHello, with the extensions that the client knows and that say something. */
export function sendTls12ServerHello(channel: Tls12Channel, hello: Tls12ServerHello): void {
  const { randoms, sessionId, cipherSuite, acknowledged, alpnProtocol, certificateTypes } = hello;
  const extensions: readonly (readonly [number, boolean])[] = [
    [ExtensionType.renegotiation_info, acknowledged.renegotiationInfo],
    [ExtensionType.extended_main_secret, acknowledged.extendedMainSecret],
    [ExtensionType.ec_point_formats, acknowledged.ecPointFormats],
    [ExtensionType.server_name, hello.acknowledgesName],
    [ExtensionType.status_request, hello.staple],
    [ExtensionType.session_ticket, hello.ticket],
    [ExtensionType.application_layer_protocol_negotiation, alpnProtocol !== undefined],
  ];
  channel.send(encodeServerHello({
    type: "server_hello",
    legacyVersion: ProtocolVersion["TLSv1.2"],
    random: randoms.server,
    sessionId,
    cipherSuite,
    compressionMethod: 0,
    isHelloRetryRequest: false,
    tls12: {
      ecPointFormats: Uint8Array.of(0), // uncompressed(0)
      renegotiationInfo: new Uint8Array(0),
      ...(alpnProtocol !== undefined && { alpnProtocol }),
      ...certificateTypes,
    },
    extensionOrder: [
      ...extensions.flatMap(([type, isSent]) => isSent ? [type] : []),
      ...certificateTypes.extensionOrder,
    ],
  }));
}

/**
 * Sends Certificate, CertificateStatus where it is stapled, and the signed ServerKeyExchange.
 *
 * @throws {TlsError} `signing_failed`
 */
export function* sendTls12Identity(
  channel: Tls12Channel,
  { credentials, key, scheme, staple }: Signer,
  share: KeyShare,
  randoms: Randoms,
): Script<void> {
  channel.send(encodeTls12Certificate(credentials.chain, credentials.certificateType));
  if (staple && credentials.ocspResponse !== undefined) {
    channel.send(encodeCertificateStatus({
      type: "certificate_status",
      ocspResponse: credentials.ocspResponse,
    }));
  }
  const params = encodeEcdhParams(NamedGroup[share.group], share.publicKey);
  const signed = yield* signContent(key, scheme, "server", signedParameters(randoms, params));
  channel.send(encodeServerKeyExchange({ params, ...signed }));
}

/** `rsa_sign(1)` (RFC 5246 §7.4.4) and `ecdsa_sign(64)` (RFC 8422 §5.5), which is also for Ed25519. */
const CERTIFICATE_TYPES = Uint8Array.of(1, 64);

/** Sends the CertificateRequest with the criteria of the configuration. */
export function sendTls12CertificateRequest(channel: Tls12Channel, auth: ClientAuthentication): void {
  channel.send(encodeTls12CertificateRequest({
    type: "tls12_certificate_request",
    certificateTypes: CERTIFICATE_TYPES,
    signatureAlgorithms: auth.certificateSchemes.map((scheme) => SignatureScheme[scheme]),
    certificateAuthorities: fitsRequest(auth.authorities) ? auth.authorities : [],
  }));
}
