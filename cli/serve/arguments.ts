/**
 * Parses the arguments of the command that serves a folder. Nothing is looked up or read here.
 *
 * @module
 */

import { usageError } from "../error.ts";
import { readFlags } from "../given_flags.ts";
import { defaultPort, emptyServeDraft, type ServeCommand, type ServeFolderCommand } from "./command.ts";
import { SERVE_FLAGS } from "./flags.ts";

/**
 * Parses the arguments.
 *
 * @param args The arguments after the program's name.
 * @throws {CliError} `usage`.
 */
export function parseServeArguments(args: readonly string[]): ServeCommand {
  const { flags, positionals } = readFlags(args, SERVE_FLAGS);
  const actions = new Set(flags.map(({ flag }) => flag.action));
  if (actions.has("help")) return { action: "help" };
  if (actions.has("version")) return { action: "version" };
  const [folder = ".", ...more] = positionals;
  if (folder === "") throw usageError("Cannot serve a folder: its name is empty");
  if (more.length > 0) {
    throw usageError("Cannot serve more than one folder", "Put quotes around arguments with spaces.");
  }
  const command = emptyServeDraft(folder);
  for (const { flag, value } of flags) flag.read?.(value, command);
  checkTogether(command);
  return { ...command, port: Number.isNaN(command.port) ? defaultPort(command.plain) : command.port };
}

/** Refuses flags that cannot be honoured together. */
function checkTogether({ plain, certFile, keyFile, names }: ServeFolderCommand): void {
  if (keyFile !== undefined && certFile === undefined) throw usageError("Cannot use --key without --cert");
  if (plain && certFile !== undefined) throw usageError("Cannot use --cert with --plain: there is no TLS");
  if (certFile !== undefined && names.length > 0) {
    throw usageError("Cannot use --name with --cert: no certificate is made");
  }
}
