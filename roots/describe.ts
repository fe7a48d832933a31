/**
 * Descriptions of roots, for people: names, keys and restrictions.
 *
 * @module
 */

import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { encodeHex } from "@std/encoding/hex";
import { parseTrustAnchor } from "../tls/x509/trust_anchor.ts";
import { formatName } from "../tls/x509/names/distinguished_name.ts";
import { octetsToText } from "../tls/x509/names/general_name.ts";
import { formatIpAddress } from "../tls/names/ip_address.ts";
import { parseNameConstraints } from "../tls/x509/names/name_constraints.ts";
import type { RootCertStore } from "../tls/x509/root_cert_store.ts";
import type { GeneralName, TrustAnchor } from "../tls/x509/types.ts";

/** The description of one root. */
export interface RootDescription {
  /** The subject as text (RFC 4514). */
  readonly subject: string;
  /** The key as a pin: `sha256/` and the base64 of the SHA-256 of its SubjectPublicKeyInfo. */
  readonly pin: string;
  /**
   * SHA-256 of the certificate, in lower-case hexadecimal. For an anchor, which is a name and a key, that of the
   * certificate that Mozilla has for these; absent where it has none.
   */
  readonly fingerprint?: string;
  /** The date after which certificates that it issues are not trusted; absent where there is none. */
  readonly distrustAfter?: Date;
  /** The names for which it may issue certificates: `.example`, `10.0.0.0/255.0.0.0`; empty where any will do. */
  readonly permittedNames: readonly string[];
  /** The names for which it may not issue certificates. */
  readonly excludedNames: readonly string[];
}

/**
 * Describes the roots of a store.
 *
 * @returns One description each, sorted by subject.
 *
 * @example The roots that are trusted only in part
 * ```ts
 * import { describeRoots, mozillaRoots } from "@ductile/ductile/roots";
 * import { assert } from "@std/assert";
 *
 * const roots = await describeRoots(await mozillaRoots());
 * for (const { subject, distrustAfter, permittedNames } of roots) {
 *   if (distrustAfter ?? permittedNames[0]) console.log(subject, distrustAfter, permittedNames);
 * }
 * assert(roots.length > 100);
 * ```
 */
export async function describeRoots(store: RootCertStore): Promise<RootDescription[]> {
  const fingerprints = await fingerprintsOf(store);
  const described = await Promise.all(Array.from(store, (anchor) => describe(anchor, fingerprints)));
  return described.sort((a, b) => a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0);
}

/** Fingerprints by name and key. */
async function fingerprintsOf(store: RootCertStore): Promise<Map<string, string>> {
  const fingerprints = new Map<string, string>();
  const ders = store.certificates();
  if (ders.length < store.size) {
    const { MOZILLA_ROOTS } = await import("./mozilla_data.ts");
    for (const { subject, publicKey, sha256 } of MOZILLA_ROOTS) {
      fingerprints.set(keyOf(decodeBase64(subject), decodeBase64(publicKey)), sha256);
    }
  }
  for (const der of ders) {
    const { subject, publicKey } = parseTrustAnchor(der);
    fingerprints.set(keyOf(subject, publicKey), encodeHex(await sha256(der)));
  }
  return fingerprints;
}

async function describe(
  { subject, publicKey, distrustAfter, nameConstraints }: TrustAnchor,
  fingerprints: ReadonlyMap<string, string>,
): Promise<RootDescription> {
  const fingerprint = fingerprints.get(keyOf(subject, publicKey));
  const { permitted, excluded } = nameConstraints === undefined
    ? { permitted: [], excluded: [] }
    : parseNameConstraints(nameConstraints); // readable: the store has read it
  return {
    subject: formatName(subject),
    pin: `sha256/${encodeBase64(await sha256(publicKey))}`,
    ...(fingerprint !== undefined && { fingerprint }),
    ...(distrustAfter !== undefined && { distrustAfter }),
    permittedNames: permitted.map(formatSubtree),
    excludedNames: excluded.map(formatSubtree),
  };
}

/** A key for a map. DER has its own length, so that no two pairs give the same one. */
function keyOf(subject: Uint8Array, publicKey: Uint8Array): string {
  return octetsToText(subject) + octetsToText(publicKey);
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice()));
}

function formatSubtree(name: GeneralName): string {
  switch (name.kind) {
    case "dns":
      return name.name;
    case "ip": {
      const middle = name.address.length / 2; // an address and its mask
      return `${formatIpAddress(name.address.subarray(0, middle))}/${
        formatIpAddress(name.address.subarray(middle))
      }`;
    }
    case "directory":
      return formatName(name.name);
    case "uri":
    case "email":
      return octetsToText(name.value);
    case "other":
      return `#${encodeHex(name.value)}`;
  }
}
