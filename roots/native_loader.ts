/**
 * Loads the roots of the operating system through a {@linkcode NativeHost}: the sources, their order, and the report of
 * those that could not be used.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";
import { CertificateError } from "../tls/x509/error.ts";
import { RootCertStore } from "../tls/x509/root_cert_store.ts";
import { parsePemCertificates } from "../io/pem.ts";
import { readExpiry } from "./expiry.ts";
import type { NativeHost, NativePermission } from "./native_host.ts";
import { NATIVE_PATHS } from "./native_paths.ts";

/** A place in which certificates were found. */
export interface NativeSource {
  /** The variable, the runtime, or one of the system's own files. */
  readonly kind: "environment" | "system" | "file" | "directory";
  /** The path, or `the system store`. */
  readonly name: string;
  /** Number of certificates in it, with those that an earlier source had and those that were left out. */
  readonly certificates: number;
}

/** A source that was skipped, and the flag that permits it. */
export interface MissingPermission {
  /** A flag of `deno run`, for instance `--allow-read=/etc/ssl`. */
  readonly flag: string;
  /** The source that the permission is for. */
  readonly purpose: string;
}

/** The roots of the operating system, as far as permissions reach. */
export interface NativeRoots {
  /** The authorities, each once. */
  readonly store: RootCertStore;
  /** The places in which they were found. */
  readonly sources: readonly NativeSource[];
  /** Sources and certificates that could not be used. */
  readonly errors: readonly Error[];
  /** Sources that were skipped for want of a permission. */
  readonly missingPermissions: readonly MissingPermission[];
}

/** The error of {@linkcode nativeRoots} where no root could be loaded. */
export class NativeRootsError extends Error {
  /** `NativeRootsError`. */
  override readonly name = "NativeRootsError";
  /** `permission_missing` when a flag would help; `no_roots_found` when no permission is missing. */
  readonly code: "permission_missing" | "no_roots_found";
  /** Sources that were skipped for want of a permission. */
  readonly missingPermissions: readonly MissingPermission[];
  /** Sources and certificates that could not be used. */
  readonly errors: readonly Error[];

  /** Makes the error out of what the sources reported. */
  constructor(message: string, found: Omit<NativeRoots, "store" | "sources">) {
    super(message);
    this.code = found.missingPermissions.length > 0 ? "permission_missing" : "no_roots_found";
    this.missingPermissions = found.missingPermissions;
    this.errors = found.errors;
  }
}

/** Options of {@linkcode loadNativeRoots}. */
export interface LoadOptions {
  /** Whether to prompt for missing permissions. */
  readonly prompt: boolean;
  /** The time at which certificates must be valid. */
  readonly time: Date;
}

/** {@linkcode nativeRoots} on any system. */
export async function loadNativeRoots(host: NativeHost, options: LoadOptions): Promise<NativeRoots> {
  const loader = new Loader(host, options);
  // A variable that is set overrides everything, whether or not what it names can be used.
  if (!await loader.fromEnvironment()) {
    // The files hold the same as the system's store: they are read only where that gave nothing.
    if (!await loader.fromSystem()) await loader.fromFiles();
  }
  return loader.finish();
}

/** One pass over the sources, with what it has found so far. */
class Loader {
  readonly #host: NativeHost;
  readonly #options: LoadOptions;
  readonly #store = RootCertStore.fromDer([]);
  readonly #seen = new Set<string>();
  readonly #sources: NativeSource[] = [];
  readonly #errors: Error[] = [];
  readonly #missing = new Map<string, MissingPermission>();

  constructor(host: NativeHost, options: LoadOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Reads the files that the two variables name; whether one of them is set. */
  async fromEnvironment(): Promise<boolean> {
    const file = await this.#variable("SSL_CERT_FILE");
    const directories = (await this.#variable("SSL_CERT_DIR"))
      .split(this.#host.os === "windows" ? ";" : ":").filter((path) => path !== "");
    if (file !== "" && await this.#file(file, "environment") === "absent") {
      this.#errors.push(
        new Error(`Cannot read ${JSON.stringify(file)} of SSL_CERT_FILE: there is no such file`),
      );
    }
    for (const path of directories) {
      if (await this.#directory(path, "environment") === "absent") {
        this.#errors.push(
          new Error(`Cannot read ${JSON.stringify(path)} of SSL_CERT_DIR: there is no such folder`),
        );
      }
    }
    return file !== "" || directories.length > 0;
  }

  /** Reads the system's store; whether it gave anything. */
  async fromSystem(): Promise<boolean> {
    if (!await this.#allowed({ name: "sys", kind: "ca" }, "the system store")) return false;
    try {
      const pems = this.#host.systemCertificates();
      if (pems.length === 0) return false;
      this.#take(pems.join("\n"), "system", "the system store");
      return true;
    } catch (error) {
      this.#errors.push(new Error("Cannot read the system store", { cause: error }));
      return false;
    }
  }

  /** Reads the first bundle that exists, and every folder. */
  async fromFiles(): Promise<void> {
    const { files, directories } = NATIVE_PATHS[this.#host.os] ?? { files: [], directories: [] };
    for (const path of files) {
      if (await this.#file(path, "file") === "read") break;
    }
    for (const path of directories) await this.#directory(path, "directory");
  }

  /** @throws {NativeRootsError} when nothing was found. */
  finish(): NativeRoots {
    const errors = this.#errors;
    const missingPermissions = [...this.#missing.values()];
    if (this.#store.size === 0) {
      throw new NativeRootsError(nothingFound(missingPermissions, errors), { errors, missingPermissions });
    }
    return { store: this.#store, sources: this.#sources, errors, missingPermissions };
  }

  /** The value of a variable; empty when it is not set, or not permitted. */
  async #variable(variable: "SSL_CERT_FILE" | "SSL_CERT_DIR"): Promise<string> {
    // Never prompted for: the variables are rarely set, and a user who sets them passes the flag.
    if (await this.#host.query({ name: "env", variable })) return this.#host.env(variable) ?? "";
    this.#missing.set("env", {
      flag: "--allow-env=SSL_CERT_FILE,SSL_CERT_DIR",
      purpose: "the variables that name other files",
    });
    return "";
  }

  async #allowed(permission: NativePermission, purpose: string): Promise<boolean> {
    if (await this.#host.query(permission)) return true;
    const flag = flagFor(permission);
    // Once refused, the prompt is not repeated for the next file of the same folder.
    if (this.#missing.has(flag)) return false;
    if (this.#options.prompt && await this.#host.request(widened(permission))) return true;
    this.#missing.set(flag, { flag, purpose });
    return false;
  }

  async #file(path: string, kind: NativeSource["kind"]): Promise<"read" | "absent" | "skipped"> {
    if (!await this.#allowed({ name: "read", path }, path)) return "skipped";
    try {
      const bytes = await this.#host.readFile(path);
      if (bytes === undefined) return "absent";
      this.#take(new TextDecoder().decode(bytes), kind, path);
      return "read";
    } catch (error) {
      this.#errors.push(new Error(`Cannot read ${JSON.stringify(path)}`, { cause: error }));
      return "skipped";
    }
  }

  async #directory(path: string, kind: NativeSource["kind"]): Promise<"read" | "absent" | "skipped"> {
    if (!await this.#allowed({ name: "read", path }, path)) return "skipped";
    try {
      const names = await this.#host.readDirectory(path);
      if (names === undefined) return "absent";
      let certificates = 0;
      // Sorted, so that the same folder gives the same store.
      for (const name of names.toSorted()) certificates += await this.#entry(`${path}/${name}`);
      this.#sources.push({ kind, name: path, certificates });
      return "read";
    } catch (error) {
      this.#errors.push(new Error(`Cannot read ${JSON.stringify(path)}`, { cause: error }));
      return "skipped";
    }
  }

  /** Reads one file of a folder; a broken link and a folder are passed over. */
  async #entry(path: string): Promise<number> {
    try {
      const bytes = await this.#host.readFile(path);
      return bytes === undefined ? 0 : this.#add(new TextDecoder().decode(bytes), path);
    } catch (error) {
      this.#errors.push(new Error(`Cannot read ${JSON.stringify(path)}`, { cause: error }));
      return 0;
    }
  }

  #take(pem: string, kind: NativeSource["kind"], name: string): void {
    this.#sources.push({ kind, name, certificates: this.#add(pem, name) });
  }

  /** Adds the valid certificates of a text; returns the number of all. */
  #add(pem: string, name: string): number {
    // Files without a certificate lie in such folders too: keys, README, lists of names.
    if (!pem.includes("-----BEGIN ")) return 0;
    let count = 0;
    for (const block of certificateBlocks(pem)) {
      count++;
      try {
        for (const der of parsePemCertificates(block)) this.#addOne(der);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        this.#errors.push(
          new Error(`Cannot use certificate ${count} of ${JSON.stringify(name)}: ${reason}`, { cause }),
        );
      }
    }
    return count;
  }

  /** Adds a certificate, unless an earlier source had it: bundles, files and links repeat each other. */
  #addOne(der: Uint8Array): void {
    const content = encodeBase64(der);
    if (this.#seen.has(content)) return;
    this.#seen.add(content);
    checkValidity(der, this.#options.time);
    this.#store.add(der, { authoritiesOnly: true });
  }
}

/** Each certificate with the text behind it, so that a broken one does not hide the next. */
function certificateBlocks(pem: string): string[] {
  return pem.split(/(?=-----BEGIN )/).filter((block) => block.startsWith("-----BEGIN CERTIFICATE-----"));
}

/** @throws {CertificateError} when it has expired; one that is not valid yet may become so while the process runs. */
function checkValidity(der: Uint8Array, time: Date): void {
  const expiry = readExpiry(der);
  if (expiry === undefined || expiry >= time) return; // the store refuses what is no certificate
  throw new CertificateError("expired", `It expired on ${expiry.toISOString()}`);
}

/** The flag of `deno run` that grants a permission; for a file, that of the folder of its trust store. */
function flagFor(permission: NativePermission): string {
  switch (permission.name) {
    case "env":
      return `--allow-env=${permission.variable}`;
    case "sys":
      return "--allow-sys";
    case "read":
      return `--allow-read=${trustFolder(permission.path)}`;
  }
}

/** The permission that is prompted for instead: one prompt for a folder rather than one for each file. */
function widened(permission: NativePermission): NativePermission {
  return permission.name === "read" ? { name: "read", path: trustFolder(permission.path) } : permission;
}

function trustFolder(path: string): string {
  return TRUST_FOLDERS.find((folder) => path.startsWith(`${folder}/`)) ?? path;
}

/** Folders for which one flag is named in place of one for each file; they hold public certificates. */
const TRUST_FOLDERS = ["/etc/ssl", "/etc/pki", "/etc/openssl/certs", "/usr/local/share/certs"];

function nothingFound(missing: readonly MissingPermission[], errors: readonly Error[]): string {
  const problems = errors.map((error) => error.message).slice(0, 3).join("; ");
  if (missing.length === 0) {
    return `Cannot load native roots: ${
      problems === "" ? "this system keeps none where they are looked for" : problems
    }`;
  }
  const flags = missing.map(({ flag, purpose }) => `${flag} (${purpose})`).join(", ");
  return `Cannot load native roots: nothing was permitted that has them; pass one of ${flags}` +
    (problems === "" ? "" : `; and ${problems}`);
}
