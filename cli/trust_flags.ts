/**
 * The flags about trust: which of them exclude each other.
 *
 * @module
 */

import type { FetchCommand } from "./command.ts";
import { usageError } from "./error.ts";

/**
 * Refuses what cannot be honoured together: never silently less than what was asked for, and never silently more.
 *
 * @throws {CliError} `usage`.
 */
export function checkTrust(command: FetchCommand): void {
  const { tls, roots, caFile, pins, insecure, keyLogFile, explain } = command;
  const flags = { "--roots": roots, "--cacert": caFile };
  if (insecure) {
    const [flag] = Object.entries(flags).find(([, value]) => value !== undefined) ?? [];
    if (flag !== undefined) {
      throw usageError(
        `Cannot use ${flag} with --insecure: no certificate is verified`,
        "Leave out one of them.",
      );
    }
  }
  if (tls !== "deno") return;
  const beyond = insecure
    ? "--insecure"
    : pins !== undefined
    ? "--pinnedpubkey"
    : keyLogFile !== undefined
    ? "--key-log"
    : explain !== undefined
    ? "--explain"
    : roots !== undefined && roots !== "deno" && roots !== "native"
    ? "--roots"
    : undefined;
  if (beyond !== undefined) {
    throw usageError(`Cannot use ${beyond} with --tls deno: Deno's TLS cannot do this`, "Leave out --tls.");
  }
}
