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
  /** The content of a file; `undefined` when there is none, or it is not a file. Rejects when it cannot be read. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** The names in a folder; `undefined` when there is none. Rejects when it cannot be read. */
  readDirectory(path: string): Promise<string[] | undefined>;
  /** The PEM of each certificate in the operating system's store, for which the permission is granted. */
  systemCertificates(): readonly string[];
}
