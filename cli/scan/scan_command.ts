/**
 * `--scan` as a command, and the flags that may stand beside it.
 *
 * @module
 */

import type { FetchOptions, ScanCommand } from "../command.ts";
import { usageError } from "../error.ts";

/** The flags that have a meaning for a scan. */
const BESIDE: ReadonlySet<string> = new Set([
  ...["scan", "url", "expires-within", "roots", "cacert", "insecure"],
  ...["resolve", "connect-to", "connect-timeout", "ipv4", "ipv6", "silent"],
]);

/**
 * Makes the command.
 *
 * @param command What the flags have written.
 * @param names The names of the flags that were given.
 * @throws {CliError} `usage`.
 */
export function scanCommand(
  command: FetchOptions,
  names: readonly string[],
  hosts: readonly string[],
): ScanCommand {
  const beside = names.find((name) => !BESIDE.has(name));
  if (beside !== undefined) throw usageError(`Cannot use --scan with --${beside}: nothing is fetched`);
  if (hosts.length === 0) throw usageError("Cannot scan: there is no host");
  const { scan, expiresWithin, roots, caFile, insecure, resolve, connectTo, connectTimeout, family } =
    command;
  if (scan !== "" && scan !== "json") throw usageError("Cannot use --scan: its value can be json alone");
  return {
    action: "scan",
    hosts,
    json: scan === "json",
    ...(expiresWithin !== undefined && { expiresWithin }),
    ...(roots !== undefined && { roots }),
    ...(caFile !== undefined && { caFile }),
    ...(insecure !== undefined && { insecure }),
    ...(resolve !== undefined && { resolve }),
    ...(connectTo !== undefined && { connectTo }),
    ...(connectTimeout !== undefined && { connectTimeout }),
    ...(family !== undefined && { family }),
  };
}
