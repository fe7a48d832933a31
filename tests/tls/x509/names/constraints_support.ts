/**
 * Names of each kind, and `NameConstraints` of them (RFC 5280 §4.2.1.10).
 *
 * @module
 */

import { explicit, implicit, nothing, oid, sequence, value } from "../../../support/der.ts";
import { hex, octets } from "../certificate_parts.ts";

/** A directoryName. */
export const directory = (name: Uint8Array): Uint8Array<ArrayBuffer> => explicit(4, name);
/** An rfc822Name. */
export const email = (text: string): Uint8Array<ArrayBuffer> => implicit(1, octets(text));
/** A uniformResourceIdentifier. */
export const uri = (text: string): Uint8Array<ArrayBuffer> => implicit(6, octets(text));
/** An otherName. */
export const other: Uint8Array<ArrayBuffer> = value(0xa0, oid("1.2.3"), explicit(0, nothing()));
/** A registeredID. */
export const registered: Uint8Array<ArrayBuffer> = implicit(8, hex("2a03"));

/** `NameConstraints` of these names. */
export function constraints(
  permitted: readonly Uint8Array[],
  excluded: readonly Uint8Array[] = [],
): Uint8Array {
  return sequence(
    ...(permitted.length > 0 ? [value(0xa0, ...permitted.map((name) => sequence(name)))] : []),
    ...(excluded.length > 0 ? [value(0xa1, ...excluded.map((name) => sequence(name)))] : []),
  );
}
