/**
 * The authorities that the operating system trusts.
 *
 * @module
 */

import { nodeHost } from "./node_host.ts";
import type { NativeHost, NativePermission, PathKind } from "./native_host.ts";
import { loadNativeRoots, type NativeRoots } from "./native_loader.ts";

/** Options of {@linkcode nativeRoots}. */
export interface NativeRootsOptions {
  /** Whether a missing permission may be prompted for on the terminal; `false` by default. */
  readonly prompt?: boolean;
  /** The time at which certificates must be valid; now, by default. */
  readonly time?: Date;
}

/**
 * Loads the authorities that the operating system trusts, as far as permissions reach.
 *
 * The sources, in order:
 *
 * 1. `SSL_CERT_FILE` and `SSL_CERT_DIR`: if one of them is set, the files it names and nothing else. The folders in
 *    `SSL_CERT_DIR` stand between colons (semicolons on Windows).
 *    Flags: `--allow-env=SSL_CERT_FILE,SSL_CERT_DIR` and `--allow-read` of what they name.
 * 2. The store of the operating system, through the runtime; the only one on macOS and Windows. Flag: `--allow-sys`.
 * 3. The files in which this system's family keeps it. Flag: for instance `--allow-read=/etc/ssl`.
 *
 * **No permission is prompted for** unless `prompt` is `true`: a source that is not permitted is skipped, and listed in
 * `missingPermissions` with the flag that permits it.
 *
 * Certificates that cannot be read or have expired are left out and reported in `errors`; the others are kept.
 *
 * In Node and Bun nothing is asked: the process may read what its user may.
 *
 * @throws {NativeRootsError} when no root was found; its message has the failures, and its hint says what helps.
 * @throws {TypeError} when the runtime is neither Deno nor has the modules of Node.
 *
 * @example Roots as far as the permissions of a script reach
 * ```ts
 * import { nativeRoots, NativeRootsError } from "@ductile/ductile/roots";
 *
 * try {
 *   const { store, sources } = await nativeRoots();
 *   console.log(`${store.size} roots from ${sources.map((source) => source.name).join(", ")}`);
 * } catch (error) {
 *   if (!(error instanceof NativeRootsError)) throw error;
 *   console.log(error.message, error.hint); // names the flags to pass
 * }
 * ```
 */
export async function nativeRoots(options: NativeRootsOptions = {}): Promise<NativeRoots> {
  return await loadNativeRoots(systemHost(), {
    prompt: options.prompt ?? false,
    time: options.time ?? new Date(),
  });
}

/** The operating system that this runs on, through Deno or the modules of Node. */
export function systemHost(): NativeHost {
  if (typeof Deno === "undefined") {
    const host = nodeHost(systemCertificates);
    if (host !== undefined) return host;
    throw new TypeError("Cannot load native roots: the runtime has no access to the operating system");
  }
  return {
    os: Deno.build.os,
    query: async (permission) => (await Deno.permissions.query(descriptor(permission))).state === "granted",
    request: async (permission) =>
      (await Deno.permissions.request(descriptor(permission))).state === "granted",
    env: (variable) => Deno.env.get(variable),
    kindOf,
    readFile: (path) => Deno.readFile(path),
    readDirectory: async (path) => (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name),
    systemCertificates,
  };
}

/** The descriptor as Deno has it; `ca` is a kind it asks for itself, but does not list in its types. */
function descriptor(permission: NativePermission): Deno.PermissionDescriptor {
  return permission as Deno.PermissionDescriptor;
}

async function kindOf(path: string): Promise<PathKind | undefined> {
  try {
    const { isFile, isDirectory } = await Deno.stat(path);
    return isFile ? "file" : isDirectory ? "folder" : "other";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The part of `node:tls` that is used, which has no types without the `node:` ones. */
interface NodeTls {
  getCACertificates?(type: "system"): readonly string[];
}

function systemCertificates(): readonly string[] | undefined {
  // Through the process object: an import of node:tls would be loaded with this module every time.
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const tls = process?.getBuiltinModule?.("node:tls") as NodeTls | undefined;
  return tls?.getCACertificates?.("system");
}

export { type MissingPermission, NativeRootsError } from "./native_failure.ts";
export type { NativeRoots, NativeSource } from "./native_loader.ts";
