/**
 * What a handshake can offer and choose: of what is enabled, that which the platform has.
 *
 * @module
 */

import { type Script, settle } from "../../io/script.ts";
import type { CipherSuite, CryptoProvider, KeyExchangeGroup } from "../crypto/provider.ts";
import { SIGNATURE_ALGORITHMS, signatureSchemesOf } from "../crypto/signature.ts";
import type { Tls12CipherSuite } from "../crypto/tls12_suites.ts";
import { TlsError } from "../error/tls_error.ts";
import type { SignatureSchemeName } from "../wire/numbers.ts";

/** The lists of a context of either role. */
interface Negotiable {
  readonly crypto: CryptoProvider;
  readonly suites: readonly CipherSuite[];
  readonly tls12Suites?: readonly Tls12CipherSuite[];
  readonly groups: readonly KeyExchangeGroup[];
  readonly signatureSchemes?: readonly SignatureSchemeName[];
  readonly clientAuth?: {
    readonly handshakeSchemes: readonly SignatureSchemeName[];
    readonly certificateSchemes: readonly SignatureSchemeName[];
  };
}

/**
 * The context without what its provider says is unavailable; the context itself where that is nothing.
 *
 * @throws {TlsError} `unsupported_option` when nothing is left of a list.
 */
export function* withoutUnavailable<Context extends Negotiable>(context: Context): Script<Context> {
  const { crypto, groups, signatureSchemes, clientAuth } = context;
  const unavailable = yield* settle(crypto.unavailable?.() ?? NOTHING);
  if (unavailable.size === 0) return context;
  const available = <T extends { readonly name: string }>(all: readonly T[]): readonly T[] =>
    nonEmpty(crypto, all.filter(({ name }) => !unavailable.has(name)), all.map(({ name }) => name));
  const verified = signatureSchemesOf({
    signatureAlgorithms: SIGNATURE_ALGORITHMS.filter((algorithm) => !unavailable.has(algorithm)),
  }).certificate;
  const schemes = (all: readonly SignatureSchemeName[]): readonly SignatureSchemeName[] =>
    nonEmpty(crypto, all.filter((scheme) => verified.includes(scheme)), all);
  return {
    ...context,
    ...suitesWithout(unavailable, context),
    groups: available(groups),
    ...(signatureSchemes !== undefined && { signatureSchemes: schemes(signatureSchemes) }),
    ...(clientAuth !== undefined && {
      clientAuth: {
        ...clientAuth,
        handshakeSchemes: schemes(clientAuth.handshakeSchemes),
        certificateSchemes: schemes(clientAuth.certificateSchemes),
      },
    }),
  };
}

const NOTHING: ReadonlySet<string> = new Set();

/** The suites of both versions that are left; a version of which none is left is not offered. */
function suitesWithout(
  unavailable: ReadonlySet<string>,
  { crypto, suites, tls12Suites = [] }: Negotiable,
): Pick<Negotiable, "suites" | "tls12Suites"> {
  const left = suites.filter(({ name }) => !unavailable.has(name));
  const tls12Left = tls12Suites.filter(({ base }) => !unavailable.has(base));
  nonEmpty(crypto, [...left, ...tls12Left], [...suites, ...tls12Suites].map(({ name }) => name));
  return { suites: left, tls12Suites: tls12Left };
}

function nonEmpty<T>({ name }: CryptoProvider, left: readonly T[], enabled: readonly string[]): readonly T[] {
  if (left.length > 0) return left;
  throw new TlsError(
    "unsupported_option",
    `Cannot begin a handshake: this platform has none of ${enabled.join(", ")} for the provider "${name}"`,
  );
}
