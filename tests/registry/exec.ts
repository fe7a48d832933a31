/**
 * `deno task exec COMMAND ...`: runs a command with a JSR registry that answers. Every other task goes
 * through here.
 *
 * Where jsr.io answers, or where `JSR_URL` already names a registry, the command just runs. Otherwise the local
 * registry serves it, and the command gets a `DENO_DIR` of its own in `.cache/`, so that nothing from the local
 * registry ever mixes with what the user's own cache holds from jsr.io.
 *
 * There is no lock file in this repository for the same reason: it would record the hashes of jsr.io's packages,
 * and everything would fail against the local ones, or the other way round. The one download that stands
 * behind the local registry has its hash pinned in `deno_std.lock`.
 *
 * @module
 */

import { pathOf, ROOT } from "../support/checkout.ts";
import { passThrough } from "../support/run.ts";
import { startRegistry } from "./registry.ts";

/** Milliseconds that jsr.io may take to answer. */
const PROBE_TIMEOUT_MS = 1_500;
/** Tasks of one checkout that get a port which stays the same from run to run. */
const MAX_PORTS = 8;
/** Beside Deno's own files, which are named by hashes. */
const STAMP = "ductile_registry_stamp";

const code = await main(Deno.args);
Deno.exit(code);

async function main([command, ...args]: string[]): Promise<number> {
  if (command === undefined) {
    report("Usage: deno task exec COMMAND [ARGUMENT ...]");
    return 2;
  }
  const executable = command === "deno" ? Deno.execPath() : command;
  // A script that calls `deno` must get this one, also where npx is the only installation.
  const path = `${Deno.execPath().replace(/\/[^/]*$/, "")}:${Deno.env.get("PATH") ?? ""}`;
  if (Deno.env.has("JSR_URL") || await jsrAnswers()) return await start(executable, args, { PATH: path });

  const denoDir = pathOf(new URL(".cache/deno", ROOT));
  const ports = await preferredPorts();
  await using registry = await startRegistry({ denoDir, ports, onOwnPackage: () => forgetStamp(downloads) });
  const downloads = `${denoDir}/remote/http/127.0.0.1_PORT${registry.port}`;
  await dropStaleDownloads(downloads, registry.fingerprint);
  const env = { PATH: path, JSR_URL: registry.url, DENO_DIR: denoDir, ...aroundProxies() };
  return await start(executable, args, env);
}

async function jsrAnswers(): Promise<boolean> {
  try {
    const response = await fetch("https://jsr.io/@std/assert/meta.json", {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    const meta: unknown = await response.json();
    // A captive portal answers too, but not with this.
    return response.ok && meta !== null && typeof meta === "object" && "versions" in meta;
  } catch {
    return false;
  }
}

/**
 * A few ports that belong to this checkout. Deno's caches are keyed by URL, port included, so a registry that
 * came up on another port each time would have everything checked from scratch each time.
 * They lie below the ranges that systems hand out to outgoing connections.
 */
async function preferredPorts(): Promise<number[]> {
  const hash = new DataView(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(ROOT.href)));
  const first = 20_000 + hash.getUint16(0) % 10_000;
  return Array.from({ length: MAX_PORTS }, (_, i) => first + i);
}

/** Downloads from loopback must not be sent to a proxy, where one is configured. */
function aroundProxies(): Record<string, string> {
  const hosts = ["127.0.0.1", Deno.env.get("NO_PROXY") ?? Deno.env.get("no_proxy")].filter((each) => each);
  return { NO_PROXY: hosts.join(","), no_proxy: hosts.join(",") };
}

/** Runs the command to its end, and returns its exit code. */
async function start(command: string, args: readonly string[], env: Record<string, string>): Promise<number> {
  try {
    return await passThrough(command, args, { env });
  } catch (error) {
    report(`Cannot run "${command}": ${error instanceof Error ? error.message : error}`);
    return 127;
  }
}

/**
 * Deno never asks twice for a version it has. The local ones change under the same number, so what an earlier run
 * downloaded is kept only while a stamp in the folder says that it is what the registry serves now.
 */
async function dropStaleDownloads(downloads: string, fingerprint: string): Promise<void> {
  const stamp = await Deno.readTextFile(`${downloads}/${STAMP}`).catch(() => undefined);
  if (stamp === fingerprint) return;
  await Deno.remove(downloads, { recursive: true }).catch(ignoreNotFound);
  await Deno.mkdir(downloads, { recursive: true });
  await Deno.writeTextFile(`${downloads}/${STAMP}`, fingerprint);
}

/** This checkout's own package was downloaded: by the next run its files may have changed. */
async function forgetStamp(downloads: string): Promise<void> {
  await Deno.remove(`${downloads}/${STAMP}`).catch(ignoreNotFound);
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function report(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
