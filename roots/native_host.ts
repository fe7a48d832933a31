/**
 * The operating system as the native loader needs it, so that a test can play any system.
 *
 * @module
 */

/** A permission that a source needs. */
export type NativePermission =
  | { readonly name: "env"; readonly variable: "SSL_CERT_FILE" | "SSL_CERT_DIR" }
  | { readonly name: "read"; readonly path: string }
  | { readonly name: "sys"; readonly kind: "ca" };

/** What there can be at a path: a regular file, a folder, or a device, pipe or socket. */
export type PathKind = "file" | "folder" | "other";

/** The operating system and the permissions. Only `request` prompts. */
export interface NativeHost {
  /** The name of the system, as in `Deno.build.os`. */
  readonly os: string;
  /** Whether `permission` is granted already. */
  query(permission: NativePermission): Promise<boolean>;
  /** Prompts for `permission` on the terminal, unless it is granted already; whether it is granted then. */
  request(permission: NativePermission): Promise<boolean>;
  /** The value of a variable of the environment, for which the permission is granted. */
  env(variable: string): string | undefined;
  /** What there is at a path, links followed; `undefined` when there is nothing. Rejects when that cannot be seen. */
  kindOf(path: string): Promise<PathKind | undefined>;
  /** The content of a file. Rejects when it cannot be read. */
  readFile(path: string): Promise<Uint8Array>;
  /** The names in a folder. Rejects when it cannot be read. */
  readDirectory(path: string): Promise<string[]>;
  /**
   * The PEM of each certificate in the operating system's store, for which the permission is granted; `undefined` where
   * the runtime has no access to it.
   */
  systemCertificates(): readonly string[] | undefined;
}
