/**
 * The choice of the server's identity for a client (RFC 9846 §4.5.1.2).
 *
 * @module
 */

import type { ClientHelloInfo } from "../../config/config_types.ts";
import { TlsError, type TlsErrorCode } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import { DEFAULT_CERTIFICATE_TYPES } from "../peer_credentials.ts";
import { orderIdentities } from "../identity_order.ts";
import type { ServerContext, ServerCredentials } from "./context.ts";

/**
 * Chooses the identity for a client, also for one that resumes: the first of the config's, in their order for this
 * client, that can be used with it. Where none can, it is the first of all, whose refusal says why.
 *
 * @param use Tries to use an identity, and throws when the client and its key have nothing in common.
 * @throws {TlsError} `unrecognized_name`, `no_suitable_certificate`, `unsupported_certificate_type`.
 */
export function* chooseIdentity(
  context: ServerContext,
  info: ClientHelloInfo,
  use: (identity: ServerCredentials) => Script<unknown>,
): Script<ServerCredentials> {
  const identities = yield* settle(context.credentials(info));
  const { serverCertificateTypes = DEFAULT_CERTIFICATE_TYPES } = info;
  const ofType = identities.filter(({ certificateType = "X509" }) =>
    serverCertificateTypes.includes(certificateType)
  );
  if (ofType.length === 0 && identities.length > 0) throw noIdentityOf(info);
  const { certificateSignatureSchemes = info.signatureSchemes } = info;
  const certificateSchemes = certificateSignatureSchemes.length === 0
    ? undefined
    : certificateSignatureSchemes;
  const candidates = orderIdentities(ofType, { ...info, certificateSchemes });
  const [first] = candidates;
  if (first === undefined) throw identities.length === 0 ? noIdentity(info) : noMatchingIssuer();
  if (candidates.length === 1) return first;
  for (const candidate of candidates) {
    if (yield* succeeds(use(candidate))) return candidate;
  }
  return first;
}

/** Whether the client and an identity have what is needed in common. */
function* succeeds(use: Script<unknown>): Script<boolean> {
  try {
    yield* use;
    return true;
  } catch (error) {
    if (error instanceof TlsError && NOTHING_IN_COMMON.has(error.code)) return false;
    throw error;
  }
}

const NOTHING_IN_COMMON: ReadonlySet<TlsErrorCode> = new Set([
  "no_shared_cipher_suite",
  "no_shared_group",
  "no_shared_signature_scheme",
  "missing_extension",
]);

/**
 * For a client that sends its types, "the server terminates the session with a fatal alert of type
 * "unsupported_certificate"." (RFC 7250 §4.2)
 */
function noIdentityOf({ serverCertificateTypes: types }: ClientHelloInfo): TlsError {
  return new TlsError(
    types === undefined ? "no_suitable_certificate" : "unsupported_certificate_type",
    `Cannot accept ClientHello: there is no identity of the type ${
      (types ?? DEFAULT_CERTIFICATE_TYPES).join(" or ") || "that the client takes"
    }`,
  );
}

function noMatchingIssuer(): TlsError {
  return new TlsError(
    "no_suitable_certificate",
    "Cannot accept ClientHello: the client names no authority of an identity that is only for such clients",
  );
}

function noIdentity({ serverName }: ClientHelloInfo): TlsError {
  if (serverName !== undefined) {
    return new TlsError(
      "unrecognized_name",
      `Cannot accept ClientHello: there is no identity for the name "${serverName}"`,
    );
  }
  return new TlsError(
    "no_suitable_certificate",
    "Cannot accept ClientHello: there is no identity for a client that names no server",
  );
}
