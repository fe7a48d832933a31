/**
 * Parses arguments into a command. Nothing is looked up, read or connected here.
 *
 * @module
 */

import { type Command, emptyDraft, type ListRootsCommand, type Operation } from "./command.ts";
import { usageError } from "./error.ts";
import { FLAGS } from "./flags.ts";
import type { Flag } from "./flags/flag.ts";
import { REFUSED_FLAGS } from "./flags/refused_flags.ts";
import { type GivenArguments, type GivenFlag, readFlags } from "./given_flags.ts";
import { scanCommand } from "./scan/scan_command.ts";
import { checkTrust } from "./trust_flags.ts";

/**
 * Parses the arguments. A file of `--config` has to be read before: see `expandConfigs`.
 *
 * @param args The arguments after the program's name.
 * @throws {CliError} `usage`.
 */
export function parseArguments(args: readonly string[]): Command {
  const { flags, positionals, all } = readArguments(args);
  const actions = new Set(flags.map(({ flag }) => flag.action));
  if (actions.has("help")) {
    const [category] = positionals;
    return { action: "help", ...(category !== undefined && { category }) };
  }
  if (actions.has("version")) return { action: "version" };
  if (actions.has("list-roots")) return listRoots(flags, positionals[0]);
  if (flags.some(({ flag }) => flag.name === "scan")) {
    const { urls, ...options } = applyArguments(all);
    return scanCommand(options, flags.map(({ flag }) => flag.name), urls);
  }
  const operations = splitAtNext(all).map(applyArguments);
  for (const operation of operations) {
    if (operation.urls.length === 0) throw usageError("Cannot fetch: there is no URL");
    checkTrust(operation);
    checkTogether(operation);
    checkContent(operation);
    checkOutput(operation);
  }
  return { action: "fetch", operations };
}

/**
 * Separates the flags of the command line, their values and the URLs.
 *
 * @throws {CliError} `usage`: an unknown flag, a missing value, or one too many.
 */
export function readArguments(args: readonly string[]): GivenArguments<Flag> {
  return readFlags(args, FLAGS, REFUSED_FLAGS);
}

/** The arguments between two `--next`. */
function splitAtNext(all: GivenArguments<Flag>["all"]): GivenArguments<Flag>["all"][] {
  const parts: (GivenFlag<Flag> | string)[][] = [[]];
  for (const each of all) {
    if (typeof each !== "string" && each.flag.does === "next") parts.push([]);
    else parts.at(-1)?.push(each);
  }
  // As in curl, a `--next` at the very beginning or end begins nothing.
  return parts.length === 1 ? parts : parts.filter((part) => part.length > 0);
}

/** The operation that the arguments write, in their order. */
function applyArguments(all: GivenArguments<Flag>["all"]): Operation {
  const draft = emptyDraft();
  for (const each of all) {
    if (typeof each === "string") draft.urls.push(each);
    else each.flag.read?.(each.value, draft, each.flag.name);
  }
  return draft;
}

/** Refuses flags about connections that cannot be honoured together. */
function checkTogether({ keyFile, certFile, version, urls, explain }: Operation): void {
  if (keyFile !== undefined && certFile === undefined) throw usageError("Cannot use --key without --cert");
  const isPlain = urls.every((url) => /^http:/i.test(url));
  if (explain !== undefined && isPlain) {
    throw usageError("Cannot use --explain with an http: URL: there is no TLS to explain");
  }
  if (version === "http2" && isPlain) {
    throw usageError(
      "Cannot use --http2 with an http: URL: there is no TLS to ask for it",
      "Use --http2-prior-knowledge if the server is known to speak HTTP/2, or an https: URL.",
    );
  }
}

/** Refuses flags about the content that cannot be honoured together. */
function checkContent({ data, form, uploads, head, get, user, bearer }: Operation): void {
  const kinds = [
    ...(data.length > 0 ? [get ? "--get" : "data"] : []),
    ...(form === undefined ? [] : ["--form"]),
    ...(uploads.length > 0 ? ["--upload-file"] : []),
    ...(head ? ["--head"] : []),
  ];
  const [first, second] = kinds;
  if (second === "--head" && first === "data") {
    throw usageError("Cannot use --head with data: a HEAD request has no content");
  }
  if (second !== undefined && first !== "--get") {
    throw usageError(`Cannot use ${first} with ${second}: a request has one content, or none`);
  }
  if (data.some(({ kind }) => kind === "json") && data.some(({ kind }) => kind !== "json")) {
    throw usageError("Cannot use --json beside another kind of data");
  }
  if (user !== undefined && bearer !== undefined) {
    throw usageError("Cannot use --user with --oauth2-bearer: a request has one authorization");
  }
}

/** Refuses flags about the output that cannot be honoured together. */
function checkOutput({ continueAt, range, uploads, remoteHeaderName, noClobber }: Operation): void {
  if (continueAt === undefined || continueAt === "0") return;
  const beside = range !== undefined
    ? "--range"
    : uploads.length > 0
    ? "--upload-file"
    : remoteHeaderName
    ? "--remote-header-name"
    : noClobber
    ? "--no-clobber"
    : undefined;
  if (beside !== undefined) throw usageError(`Cannot use --continue-at with ${beside}`);
}

/** `--list-roots`, which fetches nothing: only the flags that name roots may stand beside it. */
function listRoots(flags: readonly GivenFlag<Flag>[], url: string | undefined): ListRootsCommand {
  const beside = flags.find(({ flag }) => !["list-roots", "roots", "cacert"].includes(flag.name));
  if (url !== undefined || beside !== undefined) {
    const what = beside === undefined ? "a URL" : `--${beside.flag.name}`;
    throw usageError(`Cannot use --list-roots with ${what}: nothing is fetched`);
  }
  const { roots, caFile } = applyArguments(flags);
  return {
    action: "list-roots",
    ...(roots !== undefined && { roots }),
    ...(caFile !== undefined && { caFile }),
  };
}
