/**
 * The question for the client's identity, which a CertificateRequest asks (RFC 9846 §4.4.2), and a later resumption of
 * its connection asks again.
 *
 * @module
 */

import { type Script, settle } from "../../../io/script.ts";
import { SignatureScheme, type SignatureSchemeName } from "../../wire/numbers.ts";
import type { ClientContext, ClientCredentials } from "./context.ts";

/** The criteria of a server for the client's certificate; nothing in it is a view into the message. */
export interface CertificateCriteria {
  /** The signature schemes, as they stood in the request. */
  readonly schemes: readonly number[];
  /** The names of the authorities, DER `Name`s; empty: any. */
  readonly authorities: readonly Uint8Array[];
}

/** Asks the config for the identity that it shows to such a server; `undefined`: none. */
export function* askForIdentity(
  context: ClientContext,
  { schemes, authorities }: CertificateCriteria,
): Script<ClientCredentials | undefined> {
  return yield* settle(context.credentials({
    // Copies: the application may keep or change them, and a later connection asks again.
    certificateAuthorities: authorities.map((name) => name.slice()),
    signatureSchemes: knownSchemes(schemes),
  }));
}

/** The names of the signature schemes that are known here. */
export function knownSchemes(schemes: readonly number[]): SignatureSchemeName[] {
  return KNOWN_SCHEMES.filter((name) => schemes.includes(SignatureScheme[name]));
}

const KNOWN_SCHEMES = Object.keys(SignatureScheme) as SignatureSchemeName[]; // The object has exactly these keys.
