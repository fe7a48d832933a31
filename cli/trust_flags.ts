/**
 * The flags about trust: what they may hold, and which of them exclude each other.
 *
 * @module
 */

import type { FetchCommand } from "./arguments.ts";
import { usageError } from "./error.ts";

/**
 * Refuses what cannot be honoured together: never silently less than what was asked for, and never silently more.
 *
 * @throws {CliError} `usage`.
 */
export function checkTrust(command: FetchCommand): void {
  const { tls, roots, caFile, pins, insecure, keyLogFile } = command;
  const flags = { "--roots": roots, "--cacert": caFile };
  if (insecure) {
    const [flag] = Object.entries(flags).find(([, value]) => value !== undefined) ?? [];
    if (flag !== undefined) {
      throw usageError(
        `Cannot use ${flag} with --insecure: nobody's word is asked for`,
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
    : roots !== undefined && roots !== "deno" && roots !== "native"
    ? "--roots"
    : undefined;
  if (beyond !== undefined) {
    throw usageError(`Cannot use ${beyond} with --tls deno: Deno's TLS cannot do this`, "Leave out --tls.");
  }
}

/**
 * Pins as curl has them, `sha256//BASE64`, several with semicolons between them; one slash will do. Files of keys are
 * not taken.
 *
 * @throws {CliError} `usage`.
 */
export function readPins(value: string): string[] {
  const each = value.split(";");
  if (each.every((pin) => /^sha256\/\/?[A-Za-z0-9+/]{43}=$/.test(pin))) return each;
  throw usageError(
    "Cannot use --pinnedpubkey: it is not sha256// and the base64 of 32 bytes",
    "--verbose shows the pin of each certificate that a server sends.",
  );
}
