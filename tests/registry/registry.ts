/**
 * A small JSR registry on loopback, for machines that cannot reach jsr.io, and for trying this package as its
 * users get it. Deno is pointed at it by `JSR_URL`.
 *
 * @module
 */

import { readConfig, ROOT } from "../support/checkout.ts";
import { loadOwnPackage } from "./own.ts";
import { type Documents, documentsOf } from "./package.ts";
import { loadStdPackages } from "./std.ts";

/** Options of {@linkcode startRegistry}. */
export interface RegistryOptions {
  /** The `DENO_DIR` for reading the package in `root`, whose dependencies come from this registry. */
  readonly denoDir: string;
  /** Folder of the package to serve as its own, ending in a slash; this checkout by default. */
  readonly root?: URL;
  /** Ports to try in turn before any free one; none by default. */
  readonly ports?: readonly number[];
  /** Told once, before the first answer about the package in `root`. */
  readonly onOwnPackage?: () => Promise<void>;
}

/** A running registry. */
export interface Registry extends AsyncDisposable {
  /** For `JSR_URL`: the base URL, with a slash at the end. */
  readonly url: string;
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** Changes whenever something about `@std/*` does. */
  readonly fingerprint: string;
}

/**
 * Starts a registry that serves `@std/*` and the package in `root`, which is read when it is first asked for.
 *
 * @throws {Error} If `@std/*` can be got neither from the cache nor from npm.
 */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const { denoDir, root = ROOT, ports = [], onOwnPackage } = options;
  const { name: ownName } = await readConfig(root);
  const std = await Promise.all((await loadStdPackages()).map(documentsOf));
  const documents = new Map(std.flatMap((each) => [...each]));
  const loadOwn = async () => {
    await onOwnPackage?.();
    return await documentsOf(await loadOwnPackage(root, { JSR_URL: url, DENO_DIR: denoDir }));
  };
  let own: Promise<Documents> | undefined;
  const server = listen(ports, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(`/${ownName}/`)) {
      own ??= loadOwn();
      return answer(pathname, await own);
    }
    return answer(pathname, documents);
  });
  const { port } = server.addr;
  const url = `http://127.0.0.1:${port}/`;
  const fingerprint = await fingerprintOf(documents);
  return { url, port, fingerprint, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** The version documents hold the hash of every file, so they stand for everything. */
async function fingerprintOf(documents: Documents): Promise<string> {
  const metas = [...documents].filter(([path]) => path.endsWith("_meta.json")).map(([, body]) => body);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(metas.sort().join("\n")));
  return new Uint8Array(digest).toHex();
}

/** Serves on the first port that is free. */
function listen(ports: readonly number[], handler: Deno.ServeHandler): Deno.HttpServer<Deno.NetAddr> {
  for (const port of [...ports, 0]) {
    try {
      return Deno.serve({ hostname: "127.0.0.1", port, onListen() {}, onError }, handler);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error("Cannot start the local registry: no port is free");
}

/** Deno shows only the status of a failed download, so the reason is shown here. */
function onError(error: unknown): Response {
  Deno.stderr.writeSync(new TextEncoder().encode(`Local registry: ${error}\n`));
  return new Response(String(error), { status: 500 });
}

function answer(path: string, documents: Documents): Response {
  const body = documents.get(path);
  if (body === undefined) return new Response(`Cannot find ${path}\n`, { status: 404 });
  const extension = path.slice(path.lastIndexOf(".") + 1);
  return new Response(body, { headers: { "content-type": CONTENT_TYPES[extension] ?? "text/plain" } });
}

const CONTENT_TYPES: Record<string, string> = {
  js: "text/javascript",
  json: "application/json",
  ts: "text/typescript",
};
