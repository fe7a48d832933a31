/**
 * Negotiation of TLS 1.2: what a ClientHello must have, and the suite, the group and the identity of both ends (RFC 5246
 * §7.4.1, RFC 8422 §5.1).
 *
 * @module
 */

import { isTls12Group, type Tls12CipherSuite } from "../../crypto/tls12_suites.ts";
import type { CurveName } from "../../crypto/signature.ts";
import type { KeyExchangeGroup, SigningKey } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import type { ClientHello } from "../../wire/messages.ts";
import { NamedGroup, type NamedGroupName, type SignatureSchemeName } from "../../wire/numbers.ts";
import { curveOf } from "../identity_order.ts";
import { chooseTls12Scheme, keyKindOf } from "../tls12_signature.ts";
import type { ServerContext, ServerCredentials } from "./context.ts";
import { chooseSuiteOf } from "./negotiation.ts";
import type { Signer } from "./send_certificate.ts";

/** `TLS_EMPTY_RENEGOTIATION_INFO_SCSV`, which stands for an empty renegotiation_info (RFC 5746 §3.3). */
const RENEGOTIATION_SCSV = 0x00ff;

/** What a client of TLS 1.2 said of the extensions that are only acknowledged. */
export interface Tls12Acknowledgements {
  /** Whether it knows secure renegotiation (RFC 5746). */
  readonly renegotiationInfo: boolean;
  readonly extendedMainSecret: boolean;
  readonly ecPointFormats: boolean;
}

/**
 * Checks a ClientHello by the rules of TLS 1.2.
 *
 * @throws {TlsError} `illegal_parameter`, `bad_renegotiation_info`, `no_extended_main_secret`.
 */
export function checkTls12ClientHello(hello: ClientHello, context: ServerContext): Tls12Acknowledgements {
  const { renegotiationInfo, extendedMainSecret = false, ecPointFormats } = hello.extensions;
  // "This vector MUST contain, and all implementations MUST support, CompressionMethod.null." (RFC 5246 §7.4.1.2)
  if (!hello.compressionMethods.includes(0)) {
    throw new TlsError("illegal_parameter", "Cannot accept ClientHello: it asks for compression");
  }
  // "The server MUST then verify that the length of the "renegotiated_connection" field is zero, and if it is not, MUST
  // abort the handshake." (RFC 5746 §3.6)
  if (renegotiationInfo !== undefined && renegotiationInfo.length > 0) {
    throw new TlsError("bad_renegotiation_info", "Cannot accept ClientHello: it claims to renegotiate");
  }
  // A client that sends the extension has to read uncompressed points, which are all that is sent (RFC 8422 §5.1.2).
  if (ecPointFormats !== undefined && !ecPointFormats.includes(0)) {
    throw new TlsError("illegal_parameter", "Cannot accept ClientHello: it reads no uncompressed points");
  }
  if (!extendedMainSecret && context.requireExtendedMainSecret === true) {
    throw new TlsError(
      "no_extended_main_secret",
      "Cannot accept ClientHello: the client does not know the extended main secret",
    );
  }
  return {
    renegotiationInfo: renegotiationInfo !== undefined || hello.cipherSuites.includes(RENEGOTIATION_SCSV),
    extendedMainSecret,
    ecPointFormats: ecPointFormats !== undefined,
  };
}

/** The choices of a full handshake. */
export interface Tls12Choice {
  readonly suite: Tls12CipherSuite;
  readonly group: KeyExchangeGroup;
  readonly signer: Signer;
}

/**
 * Chooses suite, group and scheme for an identity, whose key decides which suites there are.
 *
 * @throws {TlsError} `no_shared_cipher_suite`, `no_shared_group`, `no_shared_signature_scheme`.
 */
export function* chooseTls12(
  credentials: ServerCredentials,
  hello: ClientHello,
  context: ServerContext,
): Script<Tls12Choice> {
  const key = yield* settle(credentials.key());
  const kinds = new Set(key.schemes.map(keyKindOf));
  const suites = (context.tls12Suites ?? []).filter(({ keyKind }) => kinds.has(keyKind));
  const suite = chooseSuiteOf(suites, hello, context);
  requireCurve(credentials, hello);
  const group = chooseTls12Group(hello, context);
  const { statusRequest = false } = hello.extensions;
  const staple = statusRequest && credentials.ocspResponse !== undefined;
  return { suite, group, signer: { credentials, key, scheme: schemeFor(key, hello), staple } };
}

/**
 * The first group in the server's order that both ends have. A client without supported_groups may have any (RFC 8422
 * §4).
 */
function chooseTls12Group(hello: ClientHello, { groups }: ServerContext): KeyExchangeGroup {
  const { supportedGroups } = hello.extensions;
  const ours = groups.filter(isTls12Group);
  const group = ours.find(({ id }) => supportedGroups === undefined || supportedGroups.includes(id));
  if (group !== undefined) return group;
  throw new TlsError(
    "no_shared_group",
    `Cannot accept ClientHello: the client supports none of ${ours.map(({ name }) => name).join(", ")}`,
  );
}

/**
 * "when a client uses these extensions, servers MUST NOT negotiate the use of an ECC cipher suite unless they can complete
 * the handshake while respecting the choice of curves specified by the client. This eliminates the possibility that a
 * negotiated ECC handshake will be subsequently aborted due to a client's inability to deal with the server's EC key."
 * (RFC 8422 §4)
 */
function requireCurve(credentials: ServerCredentials, { extensions }: ClientHello): void {
  const curve = curveOf(credentials);
  const { supportedGroups } = extensions;
  if (curve === undefined || supportedGroups === undefined) return;
  if (supportedGroups.includes(NamedGroup[GROUP_OF_CURVE[curve]])) return;
  throw new TlsError(
    "no_shared_group",
    `Cannot accept ClientHello: the client does not support the curve of the certificate, ${curve}`,
  );
}

const GROUP_OF_CURVE: Readonly<Record<CurveName, NamedGroupName>> = {
  "P-256": "secp256r1",
  "P-384": "secp384r1",
  "P-521": "secp521r1",
};

/**
 * The scheme that the key signs with. A client without signature_algorithms means SHA-1 (RFC 5246 §7.4.1.4.1), with
 * which nothing is signed here.
 */
function schemeFor(key: SigningKey, { extensions }: ClientHello): SignatureSchemeName {
  const scheme = chooseTls12Scheme(key, extensions.signatureAlgorithms ?? []);
  if (scheme !== undefined) return scheme;
  throw new TlsError(
    "no_shared_signature_scheme",
    `Cannot accept ClientHello: the client accepts none of ${key.schemes.join(", ")}`,
  );
}
