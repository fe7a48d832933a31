/**
 * The authorities that Mozilla trusts for websites.
 *
 * @module
 */

import { decodeBase64 } from "@std/encoding/base64";
import { RootCertStore } from "../tls/x509/root_cert_store.ts";
import type { TrustAnchor } from "../tls/x509/types.ts";
import type { MozillaRoot } from "./mozilla_data.ts";

let loaded: Promise<RootCertStore> | undefined;

/**
 * The authorities that Mozilla trusts for websites, embedded in this package.
 *
 * The data is loaded and decoded at the first call; it needs no permission. The store has Mozilla's restrictions: some
 * roots are trusted only for certificates issued before a date, others only for names under a domain.
 *
 * The data is as old as this release. A program that runs for years without an update should use the roots of its
 * system: {@linkcode nativeRoots}.
 *
 * @returns The same store at every call; it is frozen.
 *
 * @example Trusting Mozilla's roots, whatever the system trusts
 * ```ts
 * import { mozillaRoots } from "@ductile/ductile/roots";
 * import { TlsConnector } from "@ductile/ductile/tls";
 * import { assert } from "@std/assert";
 *
 * const roots = await mozillaRoots();
 * assert(roots.size > 100);
 * const connector = new TlsConnector({ roots });
 * ```
 */
export function mozillaRoots(): Promise<RootCertStore> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<RootCertStore> {
  // By dynamic import: 100 KiB that most programs never need.
  const { MOZILLA_ROOTS } = await import("./mozilla_data.ts");
  return RootCertStore.fromAnchors(MOZILLA_ROOTS.map(toAnchor)).freeze();
}

function toAnchor(root: MozillaRoot): TrustAnchor {
  const { nameConstraints, pathLength, distrustAfter } = root;
  return {
    subject: decodeBase64(root.subject),
    publicKey: decodeBase64(root.publicKey),
    ...(nameConstraints === undefined ? {} : { nameConstraints: decodeBase64(nameConstraints) }),
    ...(pathLength === undefined ? {} : { pathLength }),
    ...(distrustAfter === undefined ? {} : { distrustAfter: new Date(distrustAfter) }),
  };
}
