/**
 * A machine that a test plays for the loader of native roots: its files, its store, and what it permits.
 *
 * @module
 */

import type { NativeHost, NativePermission } from "../../roots/native_host.ts";
import { mintAuthority, type Minted } from "../support/certificates.ts";

/** The time of the tests. */
export const NOW: Date = new Date();

/** Authorities. */
export const A: Minted = await mintAuthority();
export const B: Minted = await mintAuthority();
export const C: Minted = await mintAuthority();
/** A time that is over, to the second. */
export const OVER: Date = new Date(Math.floor(NOW.getTime() / 1000 - 60) * 1000);
/** One that expired then. */
export const OLD: Minted = await mintAuthority({ notAfter: OVER });

/** What a machine has and allows. */
export interface Machine {
  readonly os?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Path to content; an error is what reading it throws, `null` a device. */
  readonly files?: Readonly<Record<string, string | Uint8Array | Error | null>>;
  /** The system's store: an error is what reading it throws, `null` is a runtime that cannot. */
  readonly system?: readonly Minted[] | Error | null;
  /** Flags as they would be passed; `--allow-read` is a prefix. */
  readonly flags?: readonly string[];
  /** What the person at the terminal answers. */
  readonly answer?: boolean;
}

/** The machine, and what it was asked. */
export function hostOf(machine: Machine): NativeHost & { readonly questions: NativePermission[] } {
  const { os = "linux", env = {}, files = {}, system = [], flags = [], answer = false } = machine;
  const questions: NativePermission[] = [];
  const namesIn = (folder: string): string[] =>
    Object.keys(files).filter((file) => file.startsWith(`${folder}/`)).map((file) =>
      file.slice(folder.length + 1)
    );
  const granted = (permission: NativePermission): boolean =>
    flags.some((flag) => {
      if (flag === "--allow-sys") return permission.name === "sys";
      if (flag === "--allow-env") return permission.name === "env";
      return permission.name === "read" && permission.path.startsWith(flag.replace("--allow-read=", ""));
    });
  const demand = (permission: NativePermission): void => {
    const asked = questions.some((question) => JSON.stringify(question) === JSON.stringify(permission)) ||
      permission.name === "read" &&
        questions.some((question) => question.name === "read" && permission.path.startsWith(question.path));
    if (!granted(permission) && !(answer && asked)) {
      throw new Error(`touched without permission: ${JSON.stringify(permission)}`);
    }
  };
  return {
    os,
    questions,
    query: (permission) => Promise.resolve(granted(permission)),
    request: (permission) => {
      if (granted(permission)) return Promise.resolve(true);
      questions.push(permission);
      return Promise.resolve(answer);
    },
    env: (variable) => {
      demand({ name: "env", variable: variable as "SSL_CERT_FILE" });
      return env[variable];
    },
    kindOf: (path) => {
      demand({ name: "read", path });
      const content = files[path];
      if (content === null) return Promise.resolve("other");
      if (content !== undefined) return Promise.resolve("file");
      return Promise.resolve(namesIn(path).length > 0 ? "folder" : undefined);
    },
    readFile: (path) => {
      demand({ name: "read", path });
      const content = files[path];
      if (content instanceof Error) return Promise.reject(content);
      return Promise.resolve(
        content instanceof Uint8Array ? content : new TextEncoder().encode(content ?? undefined),
      );
    },
    readDirectory: (path) => {
      demand({ name: "read", path });
      return Promise.resolve(namesIn(path));
    },
    systemCertificates: () => {
      demand({ name: "sys", kind: "ca" });
      if (system instanceof Error) throw system;
      return system?.map((each) => each.certPem);
    },
  };
}

/** The usual bundle on Linux. */
export const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
/** The flag that permits it. */
export const READ = "--allow-read=/etc/ssl";
/** The flag for the variables. */
export const ENV_FLAG = "--allow-env=SSL_CERT_FILE,SSL_CERT_DIR";
