/**
 * The choice of the client's identity, which a CertificateRequest asks for (RFC 9846 §4.4.2), and a later resumption of
 * its connection asks for again.
 *
 * @module
 */

import type { SigningKey } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import { SignatureScheme, type SignatureSchemeName } from "../../wire/numbers.ts";
import { orderIdentities } from "../identity_order.ts";
import type { ClientContext } from "./context.ts";

/** The criteria of a server for the client's certificate; nothing in it is a view into the message. */
export interface CertificateCriteria {
  /** The signature schemes that may sign the handshake, of those in the request. */
  readonly schemes: readonly number[];
  /** The names of the authorities, DER `Name`s; empty: any. */
  readonly authorities: readonly Uint8Array[];
  /** TLS 1.3: the algorithms by which the client's Certificate may be compressed (RFC 8879). */
  readonly compressions?: readonly number[];
}

/** An identity, and the scheme that it signs with. */
export interface ChosenIdentity {
  /** Certificates in DER, end entity first. */
  readonly chain: readonly Uint8Array[];
  readonly key: SigningKey;
  readonly scheme: SignatureSchemeName;
}

/**
 * Chooses the identity for a CertificateRequest of either version: the first of the config's, in their order for this
 * server, that signs with one of its schemes.
 *
 * @returns `undefined`: no certificate is shown.
 * @throws {TlsError} `no_shared_signature_scheme` when there are identities and none signs as the server asks. Without
 * the error here, the server would report that a certificate is missing.
 */
export function* chooseIdentity(
  context: ClientContext,
  { schemes, authorities }: CertificateCriteria,
): Script<ChosenIdentity | undefined> {
  const identities = yield* settle(context.credentials({
    // Copies: the application may keep or change them, and a later connection asks again.
    certificateAuthorities: authorities.map((name) => name.slice()),
    signatureSchemes: knownSchemes(schemes),
  }));
  const candidates = orderIdentities(identities, { certificateAuthorities: authorities });
  // "If the server requests certificate-based client authentication but no suitable certificate is available, the client
  // MUST send a Certificate message containing no certificates" (RFC 9846 §4.5.1)
  if (candidates.length === 0) return undefined;
  const unfit = new Set<SignatureSchemeName>();
  for (const identity of candidates) {
    const key = yield* settle(identity.key());
    const scheme = key.schemes.find((name) => schemes.includes(SignatureScheme[name]));
    if (scheme !== undefined) return { chain: identity.chain, key, scheme };
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
