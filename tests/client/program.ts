/**
 * Runs a program of a user's in a process of its own.
 *
 * @module
 */

import { pathOf } from "../support/checkout.ts";

/**
 * Runs a program that may use the network and read files, and can collect garbage (`gc()`).
 *
 * @param url Its constant `url`.
 * @param program Its text; `mod` is the address of the package's main module.
 * @returns What it prints, trimmed.
 */
export async function outputOf(url: string, program: string): Promise<string> {
  const { href } = new URL("../../mod.ts", import.meta.url);
  const config = pathOf(new URL("../../deno.json", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        "--quiet",
        "--no-lock",
        "--no-check",
        "--allow-net",
        "--allow-read",
        `--config=${config}`,
      ] as const,
      ...["--v8-flags=--expose-gc", "-"],
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  const constants = `const mod = ${JSON.stringify(href)};\nconst url = ${JSON.stringify(url)};\n`;
  await writer.write(new TextEncoder().encode(constants + program));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout).trim();
}
