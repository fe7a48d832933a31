/**
 * Writing to standard output, which the reader of a pipe may have closed.
 *
 * @module
 */

import { CliError, ExitCode } from "./error.ts";
import type { CliHost } from "./host.ts";

/**
 * Writes bytes, or text as UTF-8.
 *
 * @throws {CliError} `write`.
 */
export async function writeStandardOutput(
  content: Uint8Array | string,
  { stdout }: Pick<CliHost, "stdout">,
): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  try {
    await stdout.write(bytes);
  } catch (cause) {
    throw new CliError(ExitCode.write, "Cannot write to standard output", { cause });
  }
}
