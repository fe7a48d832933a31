/**
 * The choice of the client's identity, which a CertificateRequest asks for (RFC 9846 §4.4.2), and a later resumption of
 * its connection asks for again.
 *
 * @module
 */

import type { SigningKey } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import { type CertificateTypeName, SignatureScheme, type SignatureSchemeName } from "../../wire/numbers.ts";
import { orderIdentities } from "../identity_order.ts";
import type { ClientContext } from "./context.ts";

/** The criteria of a server for the client's certificate; nothing in it is a view into the message. */
export interface CertificateCriteria {
  /** The signature schemes that may sign the handshake, of those in the request. */
  readonly schemes: readonly number[];
  /** The names of the authorities, DER `Name`s; empty: any. */
  readonly authorities: readonly Uint8Array[];
  /** The type that was agreed on (RFC 7250). Default: X509. */
  readonly certificateType?: CertificateTypeName;
  /** TLS 1.3: the algorithms by which the client's Certificate may be compressed (RFC 8879). */
  readonly compressions?: readonly number[];
}

/** An identity, and the scheme that it signs with. */
export interface ChosenIdentity {
  /** Certificates in DER, end entity first, or a raw public key alone. */
  readonly chain: readonly Uint8Array[];
  readonly certificateType: CertificateTypeName;
  readonly key: SigningKey;
  readonly scheme: SignatureSchemeName;
}

/**
 * Chooses the identity for a CertificateRequest of either version: the first of the config's, in their order for this
 * server, that signs with one of its schemes.
 *
 * @returns `undefined`: no certificate is shown.
 * @throws {TlsError} `no_suitable_certificate` or `no_shared_signature_scheme` when there are identities and none signs as
 * the server asks. Without the error here, the server would report that a certificate is missing.
 */
export function* chooseIdentity(
  context: ClientContext,
  { schemes, authorities, certificateType = "X509" }: CertificateCriteria,
): Script<ChosenIdentity | undefined> {
  const identities = yield* settle(context.credentials({
    // Copies: the application may keep or change them, and a later connection asks again.
    certificateAuthorities: authorities.map((name) => name.slice()),
    signatureSchemes: knownSchemes(schemes),
    certificateType,
  }));
  const ofType = identities.filter((each) => (each.certificateType ?? "X509") === certificateType);
  if (ofType.length === 0 && identities.length > 0) {
    throw new TlsError(
      "no_suitable_certificate",
      `Cannot show the client's certificate: the server asks for one of the type ${certificateType}`,
    );
  }
  const candidates = orderIdentities(ofType, { certificateAuthorities: authorities });
  // "If the server requests certificate-based client authentication but no suitable certificate is available, the client
  // MUST send a Certificate message containing no certificates" (RFC 9846 §4.5.1)
  if (candidates.length === 0) return undefined;
  const unfit = new Set<SignatureSchemeName>();
  for (const identity of candidates) {
    const key = yield* settle(identity.key());
    const scheme = key.schemes.find((name) => schemes.includes(SignatureScheme[name]));
    if (scheme !== undefined) return { chain: identity.chain, certificateType, key, scheme };
    for (const name of key.schemes) unfit.add(name);
  }
  throw new TlsError(
    "no_shared_signature_scheme",
    `Cannot show the client's certificate: its key signs with ${[...unfit].join(", ")}, ` +
      `and the server accepts ${knownSchemes(schemes).join(", ") || "nothing that is known here"}`,
  );
}

/** The names of the signature schemes that are known here. */
export function knownSchemes(schemes: readonly number[]): SignatureSchemeName[] {
  return KNOWN_SCHEMES.filter((name) => schemes.includes(SignatureScheme[name]));
}

const KNOWN_SCHEMES = Object.keys(SignatureScheme) as SignatureSchemeName[]; // The object has exactly these keys.
