/**
 * The flags about trust: which of them exclude each other.
 *
 * @module
 */

import type { FetchOptions } from "./command.ts";
import { usageError } from "./error.ts";

/**
 * Refuses what cannot be honoured together: never silently less than what was asked for, and never silently more.
 *
 * @throws {CliError} `usage`.
 */
export function checkTrust(command: FetchOptions): void {
  const { tls, roots, caFile, pins, insecure, keyLogFile, explain, minTls, maxTls } = command;
  if (minTls === "TLSv1.3" && maxTls === "TLSv1.2") {
    throw usageError("Cannot use --tlsv1.3 with --tls-max 1.2: no version is left");
  }
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
    : minTls === "TLSv1.3"
    ? "--tlsv1.3"
    : maxTls === "TLSv1.2"
    ? "--tls-max 1.2"
    : roots !== undefined && roots !== "deno" && roots !== "native"
    ? "--roots"
    : undefined;
  if (beyond !== undefined) {
    throw usageError(`Cannot use ${beyond} with --tls deno: Deno's TLS cannot do this`, "Leave out --tls.");
  }
}
