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
import { type MissingPermission, nothingFound, reasonOf, whyNoCertificate } from "./native_failure.ts";
import type { NativeHost, NativePermission, PathKind } from "./native_host.ts";
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
  readonly #empty: string[] = [];
  #fromVariables = false;

  constructor(host: NativeHost, options: LoadOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Reads the files that the two variables name; whether one of them is set. */
  async fromEnvironment(): Promise<boolean> {
    const file = await this.#variable("SSL_CERT_FILE");
    const directories = (await this.#variable("SSL_CERT_DIR"))
      .split(this.#host.os === "windows" ? ";" : ":").filter((path) => path !== "");
    if (file !== "") await this.#file(file, "SSL_CERT_FILE");
    for (const path of directories) await this.#directory(path, "SSL_CERT_DIR");
    this.#fromVariables = file !== "" || directories.length > 0;
    return this.#fromVariables;
  }

  /** Reads the system's store; whether it gave anything. */
  async fromSystem(): Promise<boolean> {
    if (!await this.#allowed({ name: "sys", kind: "ca" }, SYSTEM_STORE)) return false;
    try {
      const pems = this.#host.systemCertificates();
      if (pems === undefined) throw new TypeError("the runtime is too old for it");
      if (this.#take(pems.join("\n"), "system", SYSTEM_STORE) > 0) return true;
    } catch (cause) {
      // The runtime looks where the variables say, which this process may not be allowed to see.
      const variables = this.#missing.has("env") ? ", perhaps where SSL_CERT_FILE or SSL_CERT_DIR says" : "";
      this.#errors.push(new Error(`Cannot read ${SYSTEM_STORE}: ${reasonOf(cause)}${variables}`, { cause }));
    }
    return false;
  }

  /** Reads the first bundle that has a certificate, and every folder. */
  async fromFiles(): Promise<void> {
    const { files, directories } = NATIVE_PATHS[this.#host.os] ?? { files: [], directories: [] };
    for (const path of files) {
      if (await this.#file(path) > 0) break;
    }
    for (const path of directories) await this.#directory(path);
  }

  /** @throws {NativeRootsError} when nothing was found. */
  finish(): NativeRoots {
    const errors = this.#errors;
    const missingPermissions = [...this.#missing.values()];
    if (this.#store.size === 0) {
      const fromVariables = this.#fromVariables;
      throw nothingFound({
        os: this.#host.os,
        fromVariables,
        errors,
        missingPermissions,
        empty: this.#empty,
      });
    }
    return { store: this.#store, sources: this.#sources, errors, missingPermissions };
  }

  /** The value of a variable; empty when it is not set, or not permitted. */
  async #variable(variable: Variable): Promise<string> {
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

  /**
   * Reads a bundle; the number of its certificates.
   *
   * @param variable The variable that names it; a file of the system's without.
   */
  async #file(path: string, variable?: Variable): Promise<number> {
    return await this.#source(path, variable, "file", async () => {
      const bytes = await this.#host.readFile(path);
      const text = new TextDecoder().decode(bytes);
      const count = this.#take(text, variable === undefined ? "file" : "environment", path);
      if (count === 0 && variable !== undefined) {
        this.#unusable(path, variable, whyNoCertificate(bytes, text));
      }
      return count;
    });
  }

  /** Reads a folder, likewise. */
  async #directory(path: string, variable?: Variable): Promise<number> {
    return await this.#source(path, variable, "folder", async () => {
      let count = 0;
      // Sorted, so that the same folder gives the same store.
      for (const name of (await this.#host.readDirectory(path)).toSorted()) {
        count += await this.#entry(`${path}/${name}`);
      }
      this.#found(variable === undefined ? "directory" : "environment", path, count);
      if (count === 0 && variable !== undefined) {
        this.#unusable(path, variable, 'no file in it has a "CERTIFICATE" block');
      }
      return count;
    });
  }

  /** Reads what is at a path, if that is permitted and of the right kind; the number of its certificates. */
  async #source(
    path: string,
    variable: Variable | undefined,
    wanted: "file" | "folder",
    read: () => Promise<number>,
  ): Promise<number> {
    if (!await this.#allowed({ name: "read", path }, path)) return 0;
    try {
      const kind = await this.#host.kindOf(path);
      if (kind === wanted) return await read();
      if (variable !== undefined) this.#unusable(path, variable, otherKind(kind, wanted));
    } catch (cause) {
      this.#unreadable(path, variable, cause);
    }
    return 0;
  }

  #unusable(path: string, variable: Variable, reason: string): void {
    this.#errors.push(new Error(`Cannot use ${JSON.stringify(path)} of ${variable}: ${reason}`));
  }

  #unreadable(path: string, variable: Variable | undefined, cause: unknown): void {
    const of = variable === undefined ? "" : ` of ${variable}`;
    this.#errors.push(new Error(`Cannot read ${JSON.stringify(path)}${of}: ${reasonOf(cause)}`, { cause }));
  }

  /** Reads one file of a folder; a broken link and a folder are passed over. */
  async #entry(path: string): Promise<number> {
    try {
      if (await this.#host.kindOf(path) !== "file") return 0;
      return this.#add(new TextDecoder().decode(await this.#host.readFile(path)), path);
    } catch (cause) {
      this.#unreadable(path, undefined, cause);
      return 0;
    }
  }

  /** Adds the certificates of a source, and takes note of it; the number of all. */
  #take(pem: string, kind: NativeSource["kind"], name: string): number {
    const certificates = this.#add(pem, name);
    this.#found(kind, name, certificates);
    return certificates;
  }

  #found(kind: NativeSource["kind"], name: string, certificates: number): void {
    if (certificates > 0) this.#sources.push({ kind, name, certificates });
    else if (kind !== "environment") this.#empty.push(name === SYSTEM_STORE ? name : JSON.stringify(name));
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
        const reason = reasonOf(cause).replace(/^cannot [^:]*: /, "");
        const where = name === SYSTEM_STORE ? name : JSON.stringify(name);
        this.#errors.push(new Error(`Cannot use certificate ${count} of ${where}: ${reason}`, { cause }));
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

function otherKind(kind: PathKind | undefined, wanted: "file" | "folder"): string {
  switch (kind) {
    case undefined:
      return `there is no such ${wanted}`;
    case "file":
      return "it is a file, and not a folder";
    case "folder":
      return "it is a folder, and not a file";
    case "other":
      return `it is neither a file nor a folder`;
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
  throw new CertificateError("expired", `it expired on ${expiry.toISOString()}`);
}

/** The flag of `deno run` that grants a permission; for a file, that of the folder of its trust store. */
function flagFor(permission: NativePermission): string {
  switch (permission.name) {
    case "env":
      return `--allow-env=${permission.variable}`;
    case "sys":
      return "--allow-sys";
    case "read":
      return `--allow-read=${trustFolder(permission.path).replaceAll(",", ",,")}`; // as the flag wants a comma
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

/** The variables that name other files, as in OpenSSL. */
type Variable = "SSL_CERT_FILE" | "SSL_CERT_DIR";

const SYSTEM_STORE = "the system store";
