/**
 * `--config`: arguments in a file, in the syntax of curl's: a flag a line, with or without its dashes; its value behind
 * white space, `=` or `:`; quotes around a value with white space, in which `\\`, `\"`, `\t`, `\n`, `\r` and `\v` stand
 * for themselves; `#` before a comment.
 *
 * @module
 */

import { readArguments } from "./arguments.ts";
import { CliError, ExitCode, usageError } from "./error.ts";
import { readFile } from "./file.ts";
import { FLAGS } from "./flags.ts";
import type { CliHost } from "./host.ts";

/** Files that name further files: one that names itself would never end. */
const MAX_CONFIG_DEPTH = 10;

/**
 * The arguments with those of each `--config` file in its place.
 *
 * @throws {CliError} `usage`, or `read`: a file cannot be read.
 */
export async function expandConfigs(
  args: readonly string[],
  host: Pick<CliHost, "readFile" | "readInput">,
  depth = 0,
): Promise<readonly string[]> {
  const { flags, all } = readArguments(args);
  if (!flags.some(({ flag }) => flag.does === "config")) return args;
  if (depth === MAX_CONFIG_DEPTH) throw usageError("Cannot use --config: its files name each other");
  const expanded: string[] = [];
  for (const each of all) {
    if (typeof each === "string") expanded.push("--url", each);
    else if (each.flag.does !== "config") {
      const { name, takes, isOptional } = each.flag;
      if (takes === undefined || (isOptional && each.value === "")) expanded.push(`--${name}`);
      else expanded.push(`--${name}=${each.value}`);
    } else {
      const bytes = each.value === "-"
        ? await host.readInput()
        : await readFile(each.value, ExitCode.read, "the file of --config", host);
      expanded.push(
        ...await expandConfigs(configArguments(new TextDecoder().decode(bytes)), host, depth + 1),
      );
    }
  }
  return expanded;
}

/**
 * The arguments that a file's text stands for.
 *
 * @throws {CliError} `usage`; the message has the number of the line, not its text, which may be a credential.
 */
export function configArguments(text: string): string[] {
  return text.split("\n").flatMap((line, i) => {
    const trimmed = line.trim();
    return trimmed === "" || trimmed.startsWith("#") ? [] : lineArguments(trimmed, i + 1);
  });
}

function lineArguments(line: string, number: number): string[] {
  const end = line.search(/[\s=:]/);
  const given = end < 0 ? line : line.slice(0, end);
  const rest = end < 0 ? "" : line.slice(end).trimStart().replace(/^[=:]/, "").trimStart();
  const isShort = /^-[^-]$/.test(given);
  const name = given.replace(/^--/, "");
  const flag = FLAGS.find((flag) => isShort ? flag.short === given.slice(1) : flag.name === name);
  // An unknown name is refused with the rest of the arguments.
  if (flag === undefined) return [isShort ? given : `--${name}`];
  if (flag.takes === undefined) return [`--${flag.name}`];
  if (rest === "" && flag.isOptional) return [`--${flag.name}`];
  if (rest === "") throw usageError(`Cannot use line ${number} of the config: --${flag.name} needs a value`);
  return [`--${flag.name}=${rest.startsWith('"') ? unquoted(rest, number) : rest.split(/\s/, 1)[0]}`];
}

function unquoted(text: string, number: number): string {
  let value = "";
  for (let i = 1; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '"') return value;
    if (char !== "\\") value += char;
    else {
      const next = text.charAt(++i);
      value += ESCAPES[next] ?? next;
    }
  }
  throw new CliError(ExitCode.usage, `Cannot use line ${number} of the config: its quotes do not end`);
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", v: "\v" };
