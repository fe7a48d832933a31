/**
 * What the native loader needs of the machine it runs on, so that it can be tried on machines that nobody has.
 *
 * @module
 */

/** What has to be allowed before something can be looked at. */
export type NativePermission =
  | { readonly name: "env"; readonly variable: "SSL_CERT_FILE" | "SSL_CERT_DIR" }
  | { readonly name: "read"; readonly path: string }
  | { readonly name: "sys"; readonly kind: "ca" };

/** The machine. No method asks anybody anything except `request`. */
export interface NativeHost {
  /** As `Deno.build.os` names it. */
  readonly os: string;
  /** Whether it is allowed already. */
  query(permission: NativePermission): Promise<boolean>;
  /** Asks the person at the terminal, if it is not allowed already. */
  request(permission: NativePermission): Promise<boolean>;
  /** The value of a variable of the environment; allowed. */
  env(variable: string): string | undefined;
  /** What a file holds; `undefined` when there is none, or it is not a file. Rejects when it cannot be read. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** The names in a folder; `undefined` when there is none. Rejects when it cannot be read. */
  readDirectory(path: string): Promise<string[] | undefined>;
  /** The PEM of each certificate in the operating system's own store; allowed. */
  systemCertificates(): readonly string[];
}
