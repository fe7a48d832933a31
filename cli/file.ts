/**
 * Files that the command line reads.
 *
 * @module
 */

import { parsePemCertificates, readPemBlocks } from "../io/pem.ts";
import { CliError, type ExitCode } from "./error.ts";
import type { CliHost } from "./host.ts";

/**
 * Reads a file.
 *
 * @param path The name of the file.
 * @param code The exit code of a failure.
 * @param what The purpose of the file, in messages.
 * @throws {CliError} with that code.
 */
export async function readFile(
  path: string,
  code: ExitCode,
  what: string,
  host: Pick<CliHost, "readFile">,
): Promise<Uint8Array> {
  try {
    return await host.readFile(path);
  } catch (cause) {
    throw unreadable(path, code, what, cause);
  }
}

/**
 * The error of a file that cannot be read.
 *
 * @param path The name of the file.
 * @param code The exit code.
 * @param what The purpose of the file.
 * @param cause The runtime's error.
 */
export function unreadable(path: string, code: ExitCode, what: string, cause: unknown): CliError {
  const denied = cause instanceof Error && cause.name === "NotCapable";
  return new CliError(code, `Cannot read ${what}: "${path}" cannot be read`, {
    cause,
    hint: denied ? `Run with --allow-read=${path}.` : "Check the name of the file.",
  });
}

/**
 * Reads a file of PEM. Its errors name the file, which the readers of PEM do not know.
 *
 * @param kind The kind of block that it must hold.
 * @throws {CliError} with the code.
 */
export async function readPemFile(
  path: string,
  kind: "certificate" | "private key",
  code: ExitCode,
  what: string,
  host: Pick<CliHost, "readFile">,
): Promise<string> {
  const text = new TextDecoder().decode(await readFile(path, code, what, host));
  requirePem(text, kind, path, code);
  return text;
}

/**
 * Refuses a text that does not hold what it should.
 *
 * @throws {CliError} with the code.
 */
export function requirePem(
  text: string,
  kind: "certificate" | "private key",
  path: string,
  code: ExitCode,
): void {
  try {
    if (kind === "certificate") parsePemCertificates(text);
    else if (!readPemBlocks(text).some(({ label }) => label.endsWith("PRIVATE KEY"))) {
      throw new SyntaxError('Cannot read PEM: it has no "PRIVATE KEY" block');
    }
  } catch (cause) {
    throw new CliError(code, `Cannot use "${path}": it holds no ${kind} in PEM`, { cause });
  }
}
