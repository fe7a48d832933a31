/**
 * The certificate types of a connection, as a client negotiates them (RFC 7250 §4): what the server shows, and what the
 * client shows where it is asked.
 *
 * @module
 */

import { TlsError } from "../../error/tls_error.ts";
import type { ClientHelloExtensions, EncryptedExtensions } from "../../wire/messages.ts";
import { CertificateType, type CertificateTypeName } from "../../wire/numbers.ts";
import { DEFAULT_CERTIFICATE_TYPES } from "../peer_credentials.ts";
import type { ClientContext } from "./context.ts";

/** The types that the two ends have agreed on. */
export interface AgreedCertificateTypes {
  readonly server: CertificateTypeName;
  readonly client: CertificateTypeName;
}

/** The extensions that offer other types than the default; a list of the default alone "MUST" be left out (RFC 7250 §4.1). */
export function offeredCertificateTypes(
  context: ClientContext,
): Pick<ClientHelloExtensions, "clientCertificateTypes" | "serverCertificateTypes"> {
  const { clientCertificateTypes, serverCertificateTypes } = context;
  const isOther = (types: readonly CertificateTypeName[] = []) => types.some((type) => type !== "X509");
  const numbers = (types: readonly CertificateTypeName[] = []) => types.map((type) => CertificateType[type]);
  return {
    ...(isOther(clientCertificateTypes) && { clientCertificateTypes: numbers(clientCertificateTypes) }),
    ...(isOther(serverCertificateTypes) && { serverCertificateTypes: numbers(serverCertificateTypes) }),
  };
}

/** The answers of a server, in EncryptedExtensions or in the ServerHello of TLS 1.2. */
export type CertificateTypeAnswers = Pick<
  EncryptedExtensions,
  "clientCertificateType" | "serverCertificateType"
>;

/**
 * The types by the server's answers; without an answer it is X.509. That the client has no certificate to show is no
 * fault before it is asked for one.
 *
 * @throws {TlsError} `unsupported_certificate_type` for a type that was not offered.
 */
export function agreedCertificateTypes(
  answers: CertificateTypeAnswers,
  context: ClientContext,
): AgreedCertificateTypes {
  const { clientCertificateTypes = DEFAULT_CERTIFICATE_TYPES } = context;
  const { serverCertificateTypes = DEFAULT_CERTIFICATE_TYPES } = context;
  const { clientCertificateType, serverCertificateType = CertificateType.X509 } = answers;
  return {
    server: offered(serverCertificateType, serverCertificateTypes, "shows"),
    client: clientCertificateType === undefined
      ? "X509"
      : offered(clientCertificateType, clientCertificateTypes, "asks for"),
  };
}

function offered(answer: number, types: readonly CertificateTypeName[], does: string): CertificateTypeName {
  const type = types.find((name) => CertificateType[name] === answer);
  if (type !== undefined) return type;
  throw new TlsError(
    "unsupported_certificate_type",
    `Cannot go on: the server ${does} certificate type ${answer}, and this client offered ${
      types.join(", ")
    }`,
  );
}
