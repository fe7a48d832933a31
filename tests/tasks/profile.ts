/**
 * The coverage profile that a run of all tests leaves, and whether it is one of the checkout as it is now: the gate
 * may take it in place of running the tests again, so it must never take one of other files, or of tests that failed.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { ROOT } from "../support/checkout.ts";

/** The folder of the profile, from the root. */
export const PROFILE = "coverage/profile";

/** The arguments of `deno` that run all tests and write the profile. */
export const TEST_WITH_COVERAGE: readonly string[] = [
  "test",
  "-A",
  `--coverage=${PROFILE}`,
  "--coverage-raw-data-only",
  "--clean",
  "tests",
];

/** Written when all tests have passed: the fingerprint of the files that they ran on. */
const STAMP = "coverage/passed";

/** Folders that are no part of the checkout. */
const LEFT_OUT: ReadonlySet<string> = new Set([".git", ".cache", "coverage", "node_modules"]);

/** Runs `test` with the profile's stamp taken away, and puts it back if it returns 0; returns what `test` does. */
export async function stampIfPassed(test: () => Promise<number>, root: URL = ROOT): Promise<number> {
  const stamp = new URL(STAMP, root);
  await Deno.remove(stamp).catch(ignoreNotFound);
  // Of before: if a file changes while the tests run, the profile is not one of what is there afterwards.
  const before = await fingerprint(root);
  const code = await test();
  if (code === 0) await Deno.writeTextFile(stamp, before);
  return code;
}

/** The reason for which the profile must not stand for a run of the tests; `undefined` where it may. */
export async function whyNotUsable(root: URL = ROOT): Promise<string | undefined> {
  const stamp = await Deno.readTextFile(new URL(STAMP, root)).catch(ignoreNotFound);
  if (stamp === undefined) return "there is none of a run in which all tests passed";
  if (stamp !== await fingerprint(root)) return "files have changed since the tests ran";
  return await hasFiles(new URL(`${PROFILE}/`, root)) ? undefined : "it is empty";
}

async function hasFiles(folder: URL): Promise<boolean> {
  try {
    for await (const { isFile } of Deno.readDir(folder)) if (isFile) return true;
  } catch (error) {
    ignoreNotFound(error);
  }
  return false;
}

/** A hash of every file of the checkout, with its path. */
async function fingerprint(root: URL): Promise<string> {
  const rows: string[] = [];
  for await (const path of filesBelow(root, "")) {
    const hash = await crypto.subtle.digest("SHA-256", await Deno.readFile(new URL(path, root)));
    rows.push(`${path} ${encodeHex(hash)}\n`);
  }
  const all = new TextEncoder().encode(rows.sort().join(""));
  return encodeHex(await crypto.subtle.digest("SHA-256", all));
}

async function* filesBelow(root: URL, folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(new URL(folder, root))) {
    if (folder === "" && LEFT_OUT.has(name)) continue;
    if (isDirectory) yield* filesBelow(root, `${folder}${name}/`);
    else if (isFile) yield `${folder}${name}`;
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
