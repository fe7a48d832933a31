/**
 * Parses arguments into a command. Nothing is looked up, read or connected here.
 *
 * @module
 */

import {
  type Command,
  type CommandDraft,
  emptyDraft,
  type FetchCommand,
  type ListRootsCommand,
} from "./command.ts";
import { usageError } from "./error.ts";
import { type Flag, FLAGS } from "./flags.ts";
import { type GivenFlag, readFlags } from "./given_flags.ts";
import { checkTrust } from "./trust_flags.ts";

/**
 * Parses the arguments.
 *
 * @param args The arguments after the program's name.
 * @throws {CliError} `usage`.
 */
export function parseArguments(args: readonly string[]): Command {
  const { flags, positionals } = readFlags(args, FLAGS);
  const actions = new Set(flags.map(({ flag }) => flag.action));
  if (actions.has("help")) return { action: "help" };
  if (actions.has("version")) return { action: "version" };
  const [url, ...more] = positionals;
  if (actions.has("list-roots")) return listRoots(flags, url);
  if (url === undefined) throw usageError("Cannot fetch: there is no URL");
  if (more.length > 0) {
    throw usageError("Cannot fetch more than one URL", "Put quotes around arguments with spaces.");
  }
  const command = applyFlags(flags, url);
  checkTrust(command);
  checkTogether(command);
  return command;
}

/** The command that the flags write, in their order. */
function applyFlags(flags: readonly GivenFlag<Flag>[], url: string): CommandDraft {
  const command = emptyDraft(url);
  for (const { flag, value } of flags) flag.read?.(value, command, flag.name);
  return command;
}

/** Refuses flags that cannot be honoured together. */
function checkTogether(command: FetchCommand): void {
  const { data, head, keyFile, certFile, output, version, url, explain } = command;
  if (head && data.length > 0) throw usageError("Cannot use --head with data: a HEAD request has no content");
  if (data.some(({ kind }) => kind === "json") && data.some(({ kind }) => kind !== "json")) {
    throw usageError("Cannot use --json beside another kind of data");
  }
  if (keyFile !== undefined && certFile === undefined) throw usageError("Cannot use --key without --cert");
  if (output === "") throw usageError("Cannot use --output: the name of the file is empty");
  if (explain !== undefined && /^http:/i.test(url)) {
    throw usageError("Cannot use --explain with an http: URL: there is no TLS to explain");
  }
  if (version === "http2" && /^http:/i.test(url)) {
    throw usageError(
      "Cannot use --http2 with an http: URL: there is no TLS to ask for it",
      "Use --http2-prior-knowledge if the server is known to speak HTTP/2, or an https: URL.",
    );
  }
}

/** `--list-roots`, which fetches nothing: only the flags that name roots may stand beside it. */
function listRoots(flags: readonly GivenFlag<Flag>[], url: string | undefined): ListRootsCommand {
  const beside = flags.find(({ flag }) => !["list-roots", "roots", "cacert"].includes(flag.name));
  if (url !== undefined || beside !== undefined) {
    const what = beside === undefined ? "a URL" : `--${beside.flag.name}`;
    throw usageError(`Cannot use --list-roots with ${what}: nothing is fetched`);
  }
  const { roots, caFile } = applyFlags(flags, "");
  return {
    action: "list-roots",
    ...(roots !== undefined && { roots }),
    ...(caFile !== undefined && { caFile }),
  };
}
