/**
 * Roots: Mozilla's, embedded, and the operating system's, as far as permissions reach.
 *
 * Both come as a `RootCertStore`, which a TLS connector or a client takes as `roots`.
 *
 * @example The roots of the system if they may be read, otherwise Mozilla's
 * ```ts
 * import { mozillaRoots, nativeRoots, NativeRootsError } from "@ductile/ductile/roots";
 * import { assert } from "@std/assert";
 *
 * const roots = await nativeRoots().then(({ store }) => store, (error) => {
 *   if (error instanceof NativeRootsError) return mozillaRoots();
 *   throw error;
 * });
 * assert(roots.size > 0);
 * ```
 *
 * @module
 */

export { parsePemCertificates } from "../io/pem.ts";
export { type AddedRoots, type AddRootOptions, RootCertStore } from "../tls/x509/root_cert_store.ts";
export type { TrustAnchor } from "../tls/x509/types.ts";
export { describeRoots, type RootDescription } from "./describe.ts";
export { mozillaRoots } from "./mozilla.ts";
export {
  type MissingPermission,
  type NativeRoots,
  nativeRoots,
  NativeRootsError,
  type NativeRootsOptions,
  type NativeSource,
} from "./native.ts";
