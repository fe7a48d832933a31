/**
 * The certificate types of a connection, as a server negotiates them (RFC 7250 §4.2).
 *
 * @module
 */

import { TlsError } from "../../error/tls_error.ts";
import type { ClientHello } from "../../wire/messages.ts";
import { CertificateType, type CertificateTypeName, ExtensionType } from "../../wire/numbers.ts";
import { DEFAULT_CERTIFICATE_TYPES } from "../peer_credentials.ts";
import type { ClientAuthentication } from "./context.ts";

/** The names of certificate types that are known here, in the order of a list; without one it is the default. */
export function namedCertificateTypes(
  numbers: readonly number[] | undefined,
): readonly CertificateTypeName[] {
  if (numbers === undefined) return DEFAULT_CERTIFICATE_TYPES;
  return numbers.flatMap((number) => NAMES.find((name) => CertificateType[name] === number) ?? []);
}

const NAMES = Object.keys(CertificateType) as CertificateTypeName[]; // The object has exactly these keys.

/**
 * The type that a client is asked for: the first of the server's that the client has.
 *
 * "The server supports the extension defined in this document, but it does not have any certificate type in common with
 * the client. Then, the server terminates the session with a fatal alert of type "unsupported_certificate"." (RFC 7250
 * §4.2)
 *
 * @throws {TlsError} `unsupported_certificate_type`
 */
export function requestedCertificateType(
  { extensions }: ClientHello,
  { certificateTypes = DEFAULT_CERTIFICATE_TYPES }: ClientAuthentication,
): CertificateTypeName {
  const offered = namedCertificateTypes(extensions.clientCertificateTypes);
  const type = certificateTypes.find((each) => offered.includes(each));
  if (type !== undefined) return type;
  throw new TlsError(
    "unsupported_certificate_type",
    `Cannot accept ClientHello: the client can show none of ${certificateTypes.join(", ")}`,
  );
}

/** The answers to the client's lists of types, where it sent them, and the order of their extensions. */
export interface CertificateTypeAnswers {
  readonly clientCertificateType?: number;
  readonly serverCertificateType?: number;
  readonly extensionOrder: readonly number[];
}

/**
 * Answers the client's lists of types.
 *
 * @param shown The type of the server's own identity; `undefined`: X509.
 * @param requested The type that the client is asked for. "If the server does not send a certificate_request payload [...]
 * then the client_certificate_type payload in the server hello MUST be omitted." (RFC 7250 §4.2)
 */
export function answerCertificateTypes(
  { extensions: { clientCertificateTypes, serverCertificateTypes } }: ClientHello,
  shown: CertificateTypeName | undefined,
  requested?: CertificateTypeName,
): CertificateTypeAnswers {
  const client = clientCertificateTypes === undefined ? undefined : requested;
  const server = serverCertificateTypes === undefined ? undefined : shown ?? "X509";
  return {
    ...(client !== undefined && { clientCertificateType: CertificateType[client] }),
    ...(server !== undefined && { serverCertificateType: CertificateType[server] }),
    extensionOrder: [
      ...(client !== undefined ? [ExtensionType.client_certificate_type] : []),
      ...(server !== undefined ? [ExtensionType.server_certificate_type] : []),
    ],
  };
}
