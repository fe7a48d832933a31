/**
 * ServerHello of TLS 1.2, as a client receives it (RFC 5246 §7.4.1.3): whether it answers the ClientHello is checked
 * here, before any of it is used.
 *
 * @module
 */

import type { Tls12CipherSuite } from "../../crypto/tls12_suites.ts";
import { TlsError } from "../../error/tls_error.ts";
import type { ClientHello, ServerHello } from "../../wire/messages.ts";
import { ExtensionType, hexNumber } from "../../wire/numbers.ts";
import type { ClientContext } from "./context.ts";
import { refuseUnsolicited } from "./server_hello.ts";

/** What a ServerHello of TLS 1.2 chooses, once it was found to answer the offer. */
export interface AcceptedTls12Hello {
  readonly suite: Tls12CipherSuite;
  /** Whether the main secret is the extended one (RFC 7627). */
  readonly extendedMainSecret: boolean;
  /** Protocol that the server chose by ALPN. */
  readonly alpnProtocol: string | undefined;
  /** Whether a CertificateStatus may follow the Certificate (RFC 6066 §8). */
  readonly mayStaple: boolean;
  /** Whether a NewSessionTicket comes before the server's ChangeCipherSpec (RFC 5077 §3.2). */
  readonly sendsTicket: boolean;
}

/**
 * Checks a ServerHello of TLS 1.2 against the ClientHello.
 *
 * @throws {TlsError} `unoffered_cipher_suite`, `unsupported_extension`, `illegal_parameter`,
 * `unoffered_application_protocol`, `handshake_failed`...
 */
export function checkTls12ServerHello(
  hello: ServerHello,
  sent: ClientHello,
  context: ClientContext,
): AcceptedTls12Hello {
  if (hello.compressionMethod !== 0) throw illegal("it asks for compression");
  refuseUnsolicited(hello.extensionOrder, solicitedBy(sent), "ServerHello");
  const suite = context.tls12Suites?.find(({ id }) => id === hello.cipherSuite);
  if (suite === undefined) {
    throw new TlsError(
      "unoffered_cipher_suite",
      `Cannot accept ServerHello: the server chose cipher suite ${hexNumber(hello.cipherSuite)}, ` +
        "which was not offered for TLS 1.2",
    );
  }
  const { alpnProtocol, ecPointFormats, renegotiationInfo } = hello.tls12 ?? {};
  // "If the Supported Point Formats Extension is indeed sent, it MUST contain the value 0 (uncompressed)" (RFC 8422
  // §5.1).
  if (ecPointFormats !== undefined && !ecPointFormats.includes(0)) {
    throw illegal("its ec_point_formats has no uncompressed points");
  }
  // "The client MUST then verify that the length of the "renegotiated_connection" field is zero, and if it is not, MUST
  // abort the handshake (by sending a fatal handshake_failure alert)." (RFC 5746 §3.4) A server without the extension
  // is accepted: this client never renegotiates.
  if (renegotiationInfo !== undefined && renegotiationInfo.length > 0) {
    throw new TlsError("bad_renegotiation_info", "Cannot accept ServerHello: it claims to renegotiate");
  }
  if (alpnProtocol !== undefined && !sent.extensions.alpnProtocols?.includes(alpnProtocol)) {
    throw new TlsError(
      "unoffered_application_protocol",
      `Cannot accept ServerHello: the server chose protocol ${JSON.stringify(alpnProtocol)}, ` +
        "which was not offered",
    );
  }
  const has = (type: number) => hello.extensionOrder.includes(type);
  const extendedMainSecret = has(ExtensionType.extended_main_secret);
  requireEms(extendedMainSecret, context);
  return {
    suite,
    extendedMainSecret,
    alpnProtocol,
    mayStaple: has(ExtensionType.status_request),
    sendsTicket: has(ExtensionType.session_ticket),
  };
}

/** The extensions that a ServerHello of TLS 1.2 may answer. */
function solicitedBy({ extensions }: ClientHello): readonly number[] {
  return [
    ExtensionType.ec_point_formats,
    ExtensionType.extended_main_secret,
    ExtensionType.renegotiation_info,
    ExtensionType.status_request,
    ExtensionType.supported_groups, // some servers send it, where it says nothing
    ...(extensions.serverName !== undefined ? [ExtensionType.server_name] : []),
    ...(extensions.alpnProtocols !== undefined ? [ExtensionType.application_layer_protocol_negotiation] : []),
    ...(extensions.clientCertificateTypes !== undefined ? [ExtensionType.client_certificate_type] : []),
    ...(extensions.serverCertificateTypes !== undefined ? [ExtensionType.server_certificate_type] : []),
    ...(extensions.sessionTicket !== undefined ? [ExtensionType.session_ticket] : []),
  ];
}

function requireEms(has: boolean, { requireExtendedMainSecret = false }: ClientContext): void {
  if (has || !requireExtendedMainSecret) return;
  throw new TlsError(
    "no_extended_main_secret",
    "Cannot accept ServerHello: the server does not know the extended main secret",
    { hint: 'Leave out "requireExtendedMainSecret", or update the server.' },
  );
}

function illegal(reason: string): TlsError {
  return new TlsError("illegal_parameter", `Cannot accept ServerHello: ${reason}`);
}
