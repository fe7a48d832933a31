/**
 * Programs that are clients of Ductile's server, and the folders they run in.
 *
 * @module
 */

import { WITHIN } from "./tls_client.ts";
import { AUTHORITY } from "./tls_identities.ts";

/** What a program did. */
export interface Run {
  /** Its exit code. */
  readonly code: number;
  /** What it wrote to standard output, and then what it wrote to standard error. */
  readonly output: string;
}

/** Runs a program to its end; it is handed a text, and then the end of its input, or none while it runs. */
export async function runProgram(
  command: readonly [string, ...string[]],
  options: {
    readonly cwd: string;
    readonly input?: string;
    readonly end?: boolean;
    readonly signal?: AbortSignal;
  },
): Promise<Run> {
  const { cwd, input = "", end = false, signal = AbortSignal.timeout(WITHIN) } = options;
  const [name, ...args] = command;
  const child = new Deno.Command(name, {
    args,
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
    signal,
  }).spawn();
  const writer = child.stdin.getWriter();
  // A peer that fails early does not listen.
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  if (end) await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  if (!end) await writer.close().catch(() => {});
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** A folder of its own with the authority in `ca.pem` and other files. */
export async function folderWith(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "ductile_" });
  for (const [name, content] of Object.entries({ "ca.pem": AUTHORITY.certPem, ...files })) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${path}/${name}`, bytes);
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** The command of an `openssl s_client` that verifies Ductile's server, and stays until the server ends. */
export function sClient(port: number, ...more: string[]): [string, ...string[]] {
  const name = more.includes("-noservername") ? [] : ["-servername", "localhost"];
  return [
    ...["openssl", "s_client", "-connect", `127.0.0.1:${port}`, ...name] as const,
    ...["-CAfile", "ca.pem", "-verify_return_error", "-verify_hostname", "localhost", "-ign_eof", ...more],
  ];
}
