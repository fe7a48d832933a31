/**
 * The server's parameters, as a client receives them: EncryptedExtensions and CertificateRequest (RFC 9846 §4.4).
 *
 * @module
 */

import { handshakeAlgorithm } from "../../crypto/signature.ts";
import { TlsError } from "../../error/tls_error.ts";
import type { Script } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { ClientHello, EncryptedExtensions } from "../../wire/messages.ts";
import { type CertificateTypeName, ExtensionType, SignatureScheme } from "../../wire/numbers.ts";
import { type CertificateCriteria, knownSchemes } from "./choose_identity.ts";
import { refuseUnsolicited } from "./server_hello.ts";

/**
 * Receives EncryptedExtensions.
 *
 * @returns The message; without a protocol the server chose none by ALPN, which is allowed.
 * @throws {TlsError} `unsupported_extension` for an extension that was not sent, `unoffered_application_protocol`.
 */
export function* receiveEncryptedExtensions(
  channel: HandshakeChannel,
  { extensions }: ClientHello,
): Script<EncryptedExtensions> {
  const message = yield* channel.expect("encrypted_extensions");
  refuseUnsolicited(
    message.extensionOrder,
    [
      ExtensionType.supported_groups, // for a later connection; "Clients MUST NOT act upon" it now (RFC 9846 §4.3.7)
      ...(extensions.serverName !== undefined ? [ExtensionType.server_name] : []),
      ...(extensions.alpnProtocols !== undefined
        ? [ExtensionType.application_layer_protocol_negotiation]
        : []),
      ...(extensions.earlyData === true ? [ExtensionType.early_data] : []),
      // "If the server sent this extension in response to the inner variant, then the client MUST abort with an
      // "unsupported_extension" alert." (RFC 9849 §5)
      ...(extensions.encryptedClientHello?.type === "outer" ? [ExtensionType.encrypted_client_hello] : []),
      ...(extensions.ticketRequest !== undefined ? [ExtensionType.ticket_request] : []), // the number is a hint
      ...(extensions.clientCertificateTypes !== undefined ? [ExtensionType.client_certificate_type] : []),
      ...(extensions.serverCertificateTypes !== undefined ? [ExtensionType.server_certificate_type] : []),
    ],
    "EncryptedExtensions",
  );
  const { alpnProtocol } = message;
  if (alpnProtocol !== undefined && !extensions.alpnProtocols?.includes(alpnProtocol)) {
    throw new TlsError(
      "unoffered_application_protocol",
      `Cannot accept EncryptedExtensions: the server chose protocol ${JSON.stringify(alpnProtocol)}, ` +
        "which was not offered",
    );
  }
  return message;
}

/**
 * Receives a CertificateRequest; `undefined`: the server sends none.
 *
 * @param certificateType The type that the client is asked for.
 * @throws {TlsError} `decode_error` for one that has a context, `missing_extension` for one without schemes.
 */
export function* receiveCertificateRequest(
  channel: HandshakeChannel,
  certificateType: CertificateTypeName,
): Script<CertificateCriteria | undefined> {
  const message = yield* channel.maybe("certificate_request");
  if (message === undefined) return undefined;
  // "This field SHALL be zero length unless used for the post-handshake authentication exchanges" (RFC 9846 §4.4.2).
  if (message.context.length > 0) {
    throw new TlsError("decode_error", "Cannot accept CertificateRequest: it has a context");
  }
  // "The "signature_algorithms" extension MUST be specified" (RFC 9846 §4.4.2).
  const { signatureAlgorithms, certificateAuthorities = [], compressCertificate } = message;
  if (signatureAlgorithms === undefined) {
    throw new TlsError(
      "missing_extension",
      "Cannot accept CertificateRequest: it has no signature_algorithms",
    );
  }
  return {
    schemes: knownSchemes(signatureAlgorithms)
      .filter((scheme) => handshakeAlgorithm(scheme) !== undefined)
      .map((scheme) => SignatureScheme[scheme]),
    authorities: certificateAuthorities.map((name) => name.slice()),
    certificateType,
    ...(compressCertificate !== undefined && { compressions: compressCertificate }),
  };
}
