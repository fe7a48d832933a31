/**
 * TLS, loaded when the first `https:` connection needs it: the code, the roots, and the connector made of both.
 *
 * Each is loaded once, for all connections that wait for it. A failure is not kept: the next connection tries again,
 * since a file may be there by then, or a permission granted.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";
import type { NativeRootsError } from "../../roots/mod.ts";
import type { Duplex } from "../../io/duplex.ts";
import type { DenoTls, DenoTlsConnectOptions, RootCertStore, TlsConnector } from "../../tls/mod.ts";
import type { TlsInfo } from "../connection_info.ts";
import { ClientError } from "../error/client_error.ts";
import { IS_DENO } from "../runtime.ts";
import { isConnector, isStore, type TlsChoice, type TlsOptions } from "./tls_choice.ts";

/** The platform's TLS: a `DenoTls`, or in Node and Bun a `NodeTls`. */
export interface PlatformTls {
  /** Adds TLS to a TCP connection. */
  connect(serverName: string, io: Duplex, options: DenoTlsConnectOptions): Promise<PlatformTlsStream>;
  /** Dials, and shakes hands; absent where the platform's TLS does not dial for itself. */
  readonly dial?: DenoTls["dial"];
}

/** A connection of the platform's TLS. */
export interface PlatformTlsStream extends Duplex {
  /** The facts; `implementation` is absent with Deno's TLS. */
  readonly connection: Omit<TlsInfo, "implementation"> & Partial<Pick<TlsInfo, "implementation">>;
}

/** The TLS of a client, to be loaded on demand. */
export type TlsPaths =
  /** The platform's TLS, which takes only TCP connections; Deno's dials for itself. */
  | { readonly path: "deno"; readonly deno: () => Promise<PlatformTls> }
  /** Ductile's TLS, which takes any transport. */
  | {
    readonly path: "ductile";
    readonly ductile: () => Promise<TlsConnector>;
  }
  /** The platform's TLS over TCP connections, Ductile's TLS over other transports. */
  | {
    readonly path: "transport";
    readonly deno: () => Promise<PlatformTls>;
    readonly ductile: () => Promise<TlsConnector>;
  };

/** The TLS that was chosen; `undefined` for none. Nothing is loaded yet. */
export function tlsPaths(choice: TlsChoice, options: TlsOptions): TlsPaths | undefined {
  // Later changes were not checked.
  const checked: TlsOptions = {
    ...options,
    ...(options.pins !== undefined && { pins: [...options.pins] }),
    ...(typeof options.caCerts === "object" && { caCerts: [...options.caCerts] }),
  };
  const deno = once(() => loadPlatformTls(checked));
  const ductile = once(() => loadTlsConnector(checked));
  switch (choice.path) {
    case "none":
      return undefined;
    case "deno":
      return { path: "deno", deno };
    case "ductile":
      return { path: "ductile", ductile };
    case "transport":
      return { path: "transport", deno, ductile };
    case "given": {
      const { tls } = choice;
      return isConnector(tls)
        ? { path: "ductile", ductile: () => Promise.resolve(tls) }
        : { path: "deno", deno: () => Promise.resolve(tls) };
    }
  }
}

/** Calls `load` once for all callers; again only after it has failed. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () =>
    loading ??= load().catch((error) => {
      loading = undefined;
      throw error;
    });
}

async function loadPlatformTls(options: TlsOptions): Promise<PlatformTls> {
  const { roots, cert, key } = options;
  // The platform's TLS can only add roots to its own.
  const added = roots === "native" ? (await loadNative()).certificates().map(toPem) : [];
  const caCerts = [...[options.caCerts ?? []].flat(), ...added];
  const resolved = {
    ...(caCerts.length > 0 && { caCerts }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  if (!IS_DENO) return new (await import("../../tls/node/node_tls.ts")).NodeTls(resolved);
  return new (await import("../../tls/deno/deno_tls.ts")).DenoTls(resolved);
}

/**
 * Loads Ductile's TLS, the roots and the connector of these options.
 *
 * @param versions The versions of TLS; by default both.
 */
export async function loadTlsConnector(
  options: TlsOptions,
  versions?: readonly ("TLSv1.2" | "TLSv1.3")[],
): Promise<TlsConnector> {
  const { cert, key, verifier, pins, keyLog, dangerAcceptInvalidHostnames, dangerEarlyData } = options;
  const { TlsConnector } = await import("../../tls/connector.ts");
  // A verifier alone decides instead of the library; beside roots it decides after it.
  const alone = verifier !== undefined && options.roots === undefined && options.caCerts === undefined;
  return new TlsConnector({
    ...(options.dangerAcceptInvalidCerts
      ? { dangerAcceptInvalidCerts: true }
      : !alone && { roots: await loadRoots(options) }),
    ...(dangerAcceptInvalidHostnames && { dangerAcceptInvalidHostnames }),
    ...(dangerEarlyData && { enableEarlyData: true }),
    ...(versions !== undefined && { versions }),
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
  const { RootCertStore } = await import("../../tls/x509/root_cert_store.ts");
  const both = store.copy();
  both.addAnchors(RootCertStore.fromPem(pems));
  return both;
}

async function loadStore(roots: NonNullable<TlsOptions["roots"]>): Promise<RootCertStore> {
  if (typeof roots === "object") return roots;
  if (roots === "native") return await loadNative();
  if (typeof roots === "function") return await askForRoots(roots);
  try {
    // Deno trusts Mozilla's roots unless the process is told otherwise, which a program cannot find out.
    return await (await import("../../roots/mozilla.ts")).mozillaRoots();
  } catch (cause) {
    throw unavailable("Mozilla's roots could not be loaded", cause);
  }
}

/** The store that the caller's function returns: its own code may return anything. */
async function askForRoots(roots: () => Promise<RootCertStore>): Promise<RootCertStore> {
  let store: RootCertStore;
  try {
    store = await roots();
  } catch (cause) {
    throw unavailable('the function in "roots" has failed', cause);
  }
  const refused = (reason: string): ClientError =>
    new ClientError("unsupported_option", `Cannot connect: the function in "roots" ${reason}`);
  if (!isStore(store)) throw refused("returned no RootCertStore");
  if (store.size === 0) throw refused("returned an empty store: no server would be trusted");
  return store;
}

async function loadNative(): Promise<RootCertStore> {
  try {
    return (await (await import("../../roots/native.ts")).nativeRoots()).store;
  } catch (cause) {
    throw unavailable("the system's roots could not be loaded", cause);
  }
}

/** The reason of the system's roots goes into the message; any other cause is the caller's or the runtime's to show. */
function unavailable(failure: string, cause: unknown): ClientError {
  // Known by its name: importing the class would load the code that reads roots.
  const isNative = cause instanceof Error && cause.name === "NativeRootsError";
  const { code, message = "", hint } = (isNative ? cause : {}) as Partial<NativeRootsError>;
  return new ClientError(
    code === "permission_missing" ? "permission_denied" : "roots_unavailable",
    `Cannot connect: ${failure}${reasonIn(message)}`,
    { cause, ...(hint !== undefined && { hint }) },
  );
}

/** The reason in a message of the form "Cannot do x: reason", with the colon before it. */
function reasonIn(message: string): string {
  return message.replace(/^[^:]*/, "");
}

function toPem(der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${encodeBase64(der)}\n-----END CERTIFICATE-----\n`;
}
