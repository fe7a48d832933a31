/**
 * TLS, loaded when the first `https:` connection needs it: code, roots, and what they are made into.
 *
 * Each is loaded once, for all connections that wait for it. A failure is not kept: the next connection tries anew,
 * for a file may be there by then, or a permission granted.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";
import type { NativeRootsError } from "../../roots/mod.ts";
import type { DenoTls, RootCertStore, TlsConnector } from "../../tls/mod.ts";
import { ClientError } from "../error/client_error.ts";
import { isConnector, type TlsChoice, type TlsOptions } from "./tls_choice.ts";

/** Who does TLS, to be loaded. */
export type TlsPaths =
  /** Deno's own, which dials for itself, and takes nothing but TCP connections. */
  | { readonly path: "deno"; readonly deno: () => Promise<DenoTls> }
  /** The state machine, which takes any transport; Deno's own is ruled out by these options. */
  | {
    readonly path: "machine";
    readonly machine: () => Promise<TlsConnector>;
    readonly because: readonly string[];
  }
  /** Deno's own over TCP connections, the state machine over other transports. */
  | {
    readonly path: "transport";
    readonly deno: () => Promise<DenoTls>;
    readonly machine: () => Promise<TlsConnector>;
    readonly because: readonly string[];
  };

/** Who was chosen; `undefined`: nobody. Nothing is loaded before it is called for. */
export function tlsPaths(choice: TlsChoice, options: TlsOptions): TlsPaths | undefined {
  const told = { ...options }; // what is changed afterwards was not checked
  const deno = once(() => loadDenoTls(told));
  const machine = once(() => loadConnector(told));
  switch (choice.path) {
    case "none":
      return undefined;
    case "deno":
      return { path: "deno", deno };
    case "machine":
      return { path: "machine", machine, because: choice.because };
    case "transport":
      return { path: "transport", deno, machine, because: ["dial"] };
    case "given": {
      const { tls } = choice;
      return isConnector(tls)
        ? { path: "machine", machine: () => Promise.resolve(tls), because: ["tls"] }
        : { path: "deno", deno: () => Promise.resolve(tls) };
    }
  }
}

/** Calls `load` for all who ask before it has failed. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () =>
    loading ??= load().catch((error) => {
      loading = undefined;
      throw error;
    });
}

async function loadDenoTls(options: TlsOptions): Promise<DenoTls> {
  const { roots, cert, key } = options;
  // Deno can only add to what it trusts.
  const added = roots === "native" ? (await loadNative()).certificates().map(toPem) : [];
  const caCerts = [...[options.caCerts ?? []].flat(), ...added];
  const { DenoTls } = await import("../../tls/deno/deno_tls.ts");
  return new DenoTls({
    ...(caCerts.length > 0 && { caCerts }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
}

async function loadConnector(options: TlsOptions): Promise<TlsConnector> {
  const { cert, key, verifier, pins, keyLog, dangerAcceptInvalidHostnames } = options;
  const { TlsConnector } = await import("../../tls/mod.ts");
  // A verifier alone decides alone; beside roots it has the second word.
  const alone = verifier !== undefined && options.roots === undefined && options.caCerts === undefined;
  return new TlsConnector({
    ...(options.dangerAcceptInvalidCerts
      ? { dangerAcceptInvalidCerts: true }
      : !alone && { roots: await loadRoots(options) }),
    ...(dangerAcceptInvalidHostnames && { dangerAcceptInvalidHostnames }),
    ...(verifier !== undefined && { verifier }),
    ...(pins !== undefined && { pins }),
    ...(keyLog !== undefined && { keyLog }),
    ...(cert !== undefined && key !== undefined && { identity: { chain: cert, key } }),
  });
}

async function loadRoots({ roots = "deno", caCerts = [] }: TlsOptions): Promise<RootCertStore> {
  const store = await loadStore(roots);
  const pems = [caCerts].flat();
  if (pems.length === 0) return store;
  const { RootCertStore } = await import("../../tls/mod.ts");
  const both = store.copy();
  both.addAnchors(RootCertStore.fromPem(pems));
  return both;
}

async function loadStore(roots: NonNullable<TlsOptions["roots"]>): Promise<RootCertStore> {
  if (typeof roots === "object") return roots;
  if (roots === "native") return await loadNative();
  try {
    if (typeof roots === "function") return await roots();
    // Deno's own are Mozilla's, unless the process was told otherwise, which nobody can find out.
    return await (await import("../../roots/mod.ts")).mozillaRoots();
  } catch (cause) {
    throw unavailable(cause);
  }
}

async function loadNative(): Promise<RootCertStore> {
  try {
    return (await (await import("../../roots/mod.ts")).nativeRoots()).store;
  } catch (cause) {
    throw unavailable(cause);
  }
}

function unavailable(cause: unknown): ClientError {
  const flags = missingFlags(cause);
  return new ClientError(
    flags.length > 0 ? "permission_denied" : "roots_unavailable",
    "Cannot connect: the roots to trust could not be loaded",
    { cause, ...(flags.length > 0 && { hint: `Run with ${flags.join(" or ")}.` }) },
  );
}

/** The flags of `deno run`, any of which would let native roots be loaded. */
export function missingFlags(cause: unknown): string[] {
  // Told by its name: to load the class would be to load what reads roots.
  if (!(cause instanceof Error) || cause.name !== "NativeRootsError") return [];
  const { missingPermissions } = cause as Error & Pick<NativeRootsError, "missingPermissions">;
  // Variables only say where roots are.
  return missingPermissions.map(({ flag }) => flag).filter((flag) => !flag.startsWith("--allow-env"));
}

function toPem(der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${encodeBase64(der)}\n-----END CERTIFICATE-----\n`;
}
