/**
 * The order in which an end tries its identities for a peer, by what the peer says of certificates (RFC 9846 §4.5.1.2).
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { readPublicKey } from "../crypto/public_key.ts";
import type { CurveName } from "../crypto/signature.ts";
import { readTrustedItself } from "../x509/certificate.ts";
import { readFields } from "../x509/certificate_fields.ts";
import { CertificateError } from "../x509/error.ts";
import { signatureSchemesFor } from "../x509/signature_algorithm.ts";
import type { SignatureSchemeName } from "../wire/numbers.ts";
import { isForServer, type NamedCertificate } from "../x509/names/subject_names.ts";
import { parseServerName } from "../names/server_name.ts";

/** An identity, as far as its place in the order depends on it. */
export interface OrderedIdentity {
  /** Certificates in DER, end entity first; never empty. */
  readonly chain: readonly Uint8Array[];
  /** Whether it is kept from peers that name no authority of its chain. */
  readonly mustMatchIssuer?: boolean;
}

/** What a peer says of the certificate that it would like. */
export interface IdentityWishes {
  /** Names of the authorities that it accepts, DER `Name`s; empty: any. */
  readonly certificateAuthorities: readonly Uint8Array[];
  /** Name that it asks for. */
  readonly serverName?: string;
  /** Schemes that may sign the certificates of a chain. Default: any. */
  readonly certificateSchemes?: readonly SignatureSchemeName[] | undefined;
}

/**
 * The identities that a peer may get, in the order in which they are tried.
 *
 * First those for the name that it asks for, because "The "server_name" [RFC6066] extension is used to guide certificate
 * selection." (RFC 9846 §4.5.1.2)
 *
 * Among them first those whose chain was signed with its schemes: "All certificates provided by the sender MUST be signed
 * by a signature algorithm advertised by the peer, if it is able to provide such a chain (see Section 4.3.3)." (RFC 9846
 * §4.5.1.2)
 *
 * Among these first those under one of its authorities: "If the peer sent a "certificate_authorities" extension, at least
 * one of the certificates in the certificate chain SHOULD be issued by one of the listed CAs." (RFC 9846 §4.5.1.2)
 * Otherwise their own order holds.
 */
export function orderIdentities<Each extends OrderedIdentity>(
  identities: readonly Each[],
  { certificateAuthorities, serverName, certificateSchemes }: IdentityWishes,
): readonly Each[] {
  const allowed = identities.filter(({ chain, mustMatchIssuer = false }) =>
    !mustMatchIssuer || isUnder(chain, certificateAuthorities)
  );
  if (allowed.length < 2) return allowed;
  const rank = ({ chain }: Each): number =>
    (serverName === undefined || isForName(chain, serverName) ? 0 : 4) +
    (certificateSchemes === undefined || isSignedWith(chain, certificateSchemes) ? 0 : 2) +
    (certificateAuthorities.length === 0 || isUnder(chain, certificateAuthorities) ? 0 : 1);
  const ranked = allowed.map((identity) => ({ identity, rank: rank(identity) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ identity }) => identity);
}

/** The curve of an identity's key; `undefined` where it has none. */
export function curveOf({ chain }: OrderedIdentity): CurveName | undefined {
  return factsOf(chain).curve;
}

/** The parts of a chain that matter when one is chosen. */
interface ChainFacts {
  /** The issuers of all its certificates, DER `Name`s. */
  readonly issuers: readonly Uint8Array[];
  /** Its names; `undefined`: a raw public key has none, and is for any name. */
  readonly names: NamedCertificate | undefined;
  readonly curve: CurveName | undefined;
  /** The schemes that the signature of each certificate may be of; a certificate that signs itself is left out. */
  readonly signatures: readonly (readonly SignatureSchemeName[])[];
}

/** Facts of chains, for as long as an identity has them. */
const FACTS = new WeakMap<readonly Uint8Array[], ChainFacts>();

function factsOf(chain: readonly Uint8Array[]): ChainFacts {
  let facts = FACTS.get(chain);
  if (facts === undefined) FACTS.set(chain, facts = readFacts(chain));
  return facts;
}

function readFacts(chain: readonly Uint8Array[]): ChainFacts {
  const [endEntity = new Uint8Array(0)] = chain;
  // A raw public key stands alone, in place of a certificate.
  const rawPublicKey = readPublicKey(endEntity);
  const key = rawPublicKey ?? orUndefined(() => readPublicKey(readFields(endEntity).publicKey));
  return {
    issuers: chain.flatMap((der) => orUndefined(() => readFields(der).issuer) ?? []),
    names: rawPublicKey !== null
      ? undefined
      : orUndefined(() => readTrustedItself(endEntity)) ?? { subject: new Uint8Array(0) },
    curve: key?.kind === "ec" ? key.curve : undefined,
    signatures: rawPublicKey !== null ? [] : chain.flatMap(readSignature),
  };
}

/**
 * "Certificates that are self-signed or certificates that are expected to be trust anchors are not validated as part of
 * the chain and therefore MAY be signed with any algorithm." (RFC 9846 §4.5.1.2)
 */
function readSignature(der: Uint8Array): SignatureSchemeName[][] {
  const fields = orUndefined(() => readFields(der));
  if (fields === undefined) return [[]];
  if (equals(fields.issuer, fields.subject)) return [];
  return [orUndefined(() => signatureSchemesFor(fields.innerAlgorithm)) ?? []];
}

/** What cannot be read matches nothing: peers judge the certificates of an identity. */
function orUndefined<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CertificateError) return undefined;
    throw error;
  }
}

function isUnder(chain: readonly Uint8Array[], authorities: readonly Uint8Array[]): boolean {
  const { issuers } = factsOf(chain);
  return authorities.some((authority) => issuers.some((issuer) => equals(issuer, authority)));
}

function isSignedWith(chain: readonly Uint8Array[], schemes: readonly SignatureSchemeName[]): boolean {
  return factsOf(chain).signatures.every((each) => each.some((scheme) => schemes.includes(scheme)));
}

function isForName(chain: readonly Uint8Array[], serverName: string): boolean {
  const { names } = factsOf(chain);
  return names === undefined || isForServer(names, parseServerName(serverName));
}
