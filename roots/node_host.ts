/**
 * The operating system through Node's modules, for Node and Bun, where there are no permissions.
 *
 * @module
 */

import type { NativeHost, PathKind } from "./native_host.ts";

/** The part of `node:fs/promises` that is used. */
interface NodeFiles {
  stat(path: string): Promise<{ isFile(): boolean; isDirectory(): boolean }>;
  readFile(path: string): Promise<Uint8Array>;
  readdir(path: string): Promise<string[]>;
}

/** The part of `process` that is used. */
interface NodeProcess {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  getBuiltinModule(name: string): unknown;
}

/** The host of this process; `undefined` where the runtime does not have Node's modules. */
export function nodeHost(
  systemCertificates: NativeHost["systemCertificates"],
): NativeHost | undefined {
  const { process } = globalThis as { process?: Partial<NodeProcess> }; // each part is checked
  const { platform, env } = process ?? {};
  // Documented; asked for by name, so that no import is loaded in other runtimes.
  const files = process?.getBuiltinModule?.("node:fs/promises") as NodeFiles | undefined;
  if (files === undefined || platform === undefined || env === undefined) return undefined;
  return {
    os: platform === "win32" ? "windows" : platform,
    query: () => Promise.resolve(true),
    request: () => Promise.resolve(true),
    env: (variable) => env[variable],
    async kindOf(path): Promise<PathKind | undefined> {
      try {
        const found = await files.stat(path);
        return found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
    },
    readFile: (path) => files.readFile(path),
    readDirectory: (path) => files.readdir(path),
    systemCertificates,
  };
}
