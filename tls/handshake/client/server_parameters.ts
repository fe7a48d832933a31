/**
 * The server's parameters as a client accepts them: EncryptedExtensions and CertificateRequest (RFC 9846 §4.4).
 *
 * @module
 */

import { TlsError } from "../../error/tls_error.ts";
import type { CertificateRequest, ClientHello, EncryptedExtensions } from "../../wire/messages.ts";
import { ExtensionType } from "../../wire/numbers.ts";
import { refuseUnsolicited } from "./server_hello.ts";

/**
 * The protocol that the server chose by ALPN; `undefined` when it chose none, which it may.
 *
 * @throws {TlsError} `unsupported_extension` for an answer to what was not sent, `unoffered_application_protocol`.
 */
export function checkEncryptedExtensions(
  message: EncryptedExtensions,
  { extensions }: ClientHello,
): string | undefined {
  refuseUnsolicited(
    message.extensionOrder,
    [
      ExtensionType.supported_groups, // for a later connection; "Clients MUST NOT act upon" it now (RFC 9846 §4.3.7)
      ...(extensions.serverName !== undefined ? [ExtensionType.server_name] : []),
      ...(extensions.alpnProtocols !== undefined
        ? [ExtensionType.application_layer_protocol_negotiation]
        : []),
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
  return alpnProtocol;
}

/** What a server asks of a client's certificate; nothing in it is a view into the message. */
export interface AcceptedIdentities {
  /** The signature schemes, as they stood in the request. */
  readonly schemes: readonly number[];
  /** The names of the authorities, DER `Name`s; empty: any. */
  readonly authorities: readonly Uint8Array[];
}

/**
 * What a CertificateRequest of a handshake asks for.
 *
 * @throws {TlsError} `decode_error` for one that has a context, `missing_extension` for one without schemes.
 */
export function checkCertificateRequest(message: CertificateRequest): AcceptedIdentities {
  // "This field SHALL be zero length unless used for the post-handshake authentication exchanges" (RFC 9846 §4.4.2).
  if (message.context.length > 0) {
    throw new TlsError("decode_error", "Cannot accept CertificateRequest: it has a context");
  }
  // "The "signature_algorithms" extension MUST be specified" (RFC 9846 §4.4.2).
  const { signatureAlgorithms, certificateAuthorities = [] } = message;
  if (signatureAlgorithms === undefined) {
    throw new TlsError(
      "missing_extension",
      "Cannot accept CertificateRequest: it has no signature_algorithms",
    );
  }
  return { schemes: signatureAlgorithms, authorities: certificateAuthorities.map((name) => name.slice()) };
}
