/**
 * The authorities that the operating system trusts.
 *
 * @module
 */

import type { NativeHost, NativePermission } from "./native_host.ts";
import { loadNativeRoots, type NativeRoots } from "./native_loader.ts";

/** What {@linkcode nativeRoots} takes. */
export interface NativeRootsOptions {
  /** Whether the person at the terminal may be asked for a permission that is missing; `false` by default. */
  readonly prompt?: boolean;
  /** When certificates must be valid; now, by default. */
  readonly time?: Date;
}

/**
 * Loads the authorities that the operating system trusts, as far as permissions reach.
 *
 * It looks at these sources, in this order:
 *
 * 1. `SSL_CERT_FILE` and `SSL_CERT_DIR`: if one of them is set, the files it names and nothing else. The folders in
 *    `SSL_CERT_DIR` stand between colons (semicolons on Windows).
 *    Flags: `--allow-env=SSL_CERT_FILE,SSL_CERT_DIR` and `--allow-read` of what they name.
 * 2. The store of the operating system, through the runtime; the only one on macOS and Windows. Flag: `--allow-sys`.
 * 3. The files in which this system's family keeps it. Flag: for instance `--allow-read=/etc/ssl`.
 *
 * **Nobody is asked for a permission** unless `prompt` is `true`: a source that is not permitted is skipped, and
 * named in `missingPermissions` with the flag that would open it.
 *
 * Certificates that cannot be read or whose time is over are left out and reported in `errors`; the others are kept.
 *
 * @throws {NativeRootsError} when there is not one root; it names the flags to pass, or what was wrong.
 * @throws {TypeError} when the runtime is not Deno.
 *
 * @example What a script was allowed to use
 * ```ts
 * import { nativeRoots, NativeRootsError } from "@ductile/ductile/roots";
 *
 * try {
 *   const { store, sources } = await nativeRoots();
 *   console.log(`${store.size} roots from ${sources.map((source) => source.name).join(", ")}`);
 * } catch (error) {
 *   if (!(error instanceof NativeRootsError)) throw error;
 *   console.log(error.message); // names the flags to pass
 * }
 * ```
 */
export async function nativeRoots(options: NativeRootsOptions = {}): Promise<NativeRoots> {
  return await loadNativeRoots(denoHost(), {
    prompt: options.prompt ?? false,
    time: options.time ?? new Date(),
  });
}

/** The machine that this runs on. */
export function denoHost(): NativeHost {
  if (typeof Deno === "undefined") throw new TypeError("Cannot load native roots: the runtime is not Deno");
  return {
    os: Deno.build.os,
    query: async (permission) => (await Deno.permissions.query(descriptor(permission))).state === "granted",
    request: async (permission) =>
      (await Deno.permissions.request(descriptor(permission))).state === "granted",
    env: (variable) => Deno.env.get(variable),
    readFile: (path) =>
      orUndefined(async () => (await Deno.stat(path)).isFile ? await Deno.readFile(path) : undefined),
    readDirectory: (path) =>
      orUndefined(async () => {
        if (!(await Deno.stat(path)).isDirectory) return undefined;
        return (await Array.fromAsync(Deno.readDir(path))).map((entry) => entry.name);
      }),
    systemCertificates,
  };
}

/** The descriptor as Deno has it; `ca` is a kind it asks for itself, but does not list in its types. */
function descriptor(permission: NativePermission): Deno.PermissionDescriptor {
  return permission as Deno.PermissionDescriptor;
}

async function orUndefined<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** What of `node:tls` is used; it has no types without `node:` ones. */
interface NodeTls {
  getCACertificates?(type: "system"): readonly string[];
}

function systemCertificates(): readonly string[] {
  // Through the process object, because an import of node:tls would be loaded with this module by everybody.
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const tls = process?.getBuiltinModule?.("node:tls") as NodeTls | undefined;
  return tls?.getCACertificates?.("system") ?? [];
}

export {
  type MissingPermission,
  type NativeRoots,
  NativeRootsError,
  type NativeSource,
} from "./native_loader.ts";
