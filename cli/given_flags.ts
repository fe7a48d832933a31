/**
 * Splits arguments into flags and the rest, whatever they mean: `-sL`, `-XPUT`, `-X PUT`, `--request PUT`,
 * `--request=PUT`, and `--` before arguments that are no flags.
 *
 * @module
 */

import { type CliError, usageError } from "./error.ts";

/** The form of a flag: an entry of a command's table has this and what the flag does. */
export interface FlagForm {
  /** The long name, without its dashes. */
  readonly name: string;
  /** The letter of the short form. */
  readonly short?: string;
  /** The kind of value, as in the help; absent where the flag takes none. */
  readonly takes?: string;
  /** Whether the value can be left out; one that is given is attached: `--name=VALUE`. Default: it cannot. */
  readonly isOptional?: boolean;
  /** The lines of help. */
  readonly help: readonly string[];
}

/** Flags that a command knows and refuses: the long name without its dashes, or the letter, and the reason. */
export type RefusedFlags = Readonly<Record<string, string>>;

/** A flag that was given. */
export interface GivenFlag<Flag extends FlagForm> {
  /** The flag's entry in the table. */
  readonly flag: Flag;
  /** The value; empty where the flag takes none. */
  readonly value: string;
}

/** Arguments, sorted. */
export interface GivenArguments<Flag extends FlagForm> {
  /** The flags with their values, in order. */
  readonly flags: readonly GivenFlag<Flag>[];
  /** The other arguments. */
  readonly positionals: readonly string[];
  /** Both, in order: a string is an argument that is no flag. */
  readonly all: readonly (GivenFlag<Flag> | string)[];
}

/**
 * Separates flags, their values and the other arguments.
 *
 * @param table The flags of the command.
 * @param refused The flags that are refused with a reason of their own.
 * @throws {CliError} `usage`: an unknown flag, a missing value, or one too many.
 */
export function readFlags<Flag extends FlagForm>(
  args: readonly string[],
  table: readonly Flag[],
  refused: RefusedFlags = {},
): GivenArguments<Flag> {
  const all: (GivenFlag<Flag> | string)[] = [];
  // Reversed: taking the last of many is cheap, the first is not.
  const rest = args.toReversed();
  const take = (shown: string, takes: string): string => {
    const value = rest.pop();
    if (value === undefined) throw usageError(`Cannot use ${shown}: it needs a value, ${takes}`);
    return value;
  };
  for (let arg = rest.pop(); arg !== undefined; arg = rest.pop()) {
    if (arg === "--") {
      all.push(...rest.toReversed());
      break;
    }
    if (arg.startsWith("--")) {
      const equals = arg.indexOf("=");
      const given = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
      const flag = table.find(({ name }) => name === given);
      if (flag === undefined) throw unknownFlag(table, refused, `--${given}`, given);
      const attached = equals < 0 ? undefined : arg.slice(equals + 1);
      if (flag.takes === undefined && attached !== undefined) {
        throw usageError(`Cannot use --${given} with a value: it takes none`);
      }
      if (attached === "" && flag.isOptional) {
        throw usageError(`Cannot use --${given}: there is nothing behind the equals sign`);
      }
      const needsNone = flag.takes === undefined || flag.isOptional === true;
      const value = attached ?? (needsNone ? "" : take(`--${given}`, flag.takes ?? ""));
      all.push({ flag, value });
    } else if (arg.startsWith("-") && arg !== "-") {
      for (let i = 1; i < arg.length; i++) {
        const letter = arg.charAt(i);
        const flag = table.find(({ short }) => short === letter);
        if (flag === undefined) throw unknownFlag(table, refused, `-${letter}`, letter);
        if (flag.takes === undefined) {
          all.push({ flag, value: "" });
          continue;
        }
        const attached = arg.slice(i + 1);
        all.push({ flag, value: attached === "" ? take(`-${letter}`, flag.takes) : attached });
        break;
      }
    } else {
      all.push(arg);
    }
  }
  return {
    flags: all.filter((each) => typeof each !== "string"),
    positionals: all.filter((each) => typeof each === "string"),
    all,
  };
}

function unknownFlag(
  table: readonly FlagForm[],
  refused: RefusedFlags,
  shown: string,
  given: string,
): CliError {
  const reason = Object.hasOwn(refused, given) ? refused[given] : undefined;
  if (reason !== undefined) return usageError(`Cannot use ${shown}: ${reason}`);
  const near = given.length < MIN_SIMILAR_CHARS ? undefined : nearest(given, table);
  return usageError(
    `Cannot use ${shown}: there is no such flag`,
    near && `Did you mean --${near}? See --help.`,
  );
}

/** Characters of the shortest name that another can be similar to. */
const MIN_SIMILAR_CHARS = 3;
/** Characters of the longest name that is compared: the comparison is quadratic. */
const MAX_SIMILAR_CHARS = 40;

/** The name that begins as `given` does, or differs from it in a third of its characters at most. */
function nearest(given: string, table: readonly FlagForm[]): string | undefined {
  if (given.length > MAX_SIMILAR_CHARS) return undefined;
  const begins = table.find(({ name }) => name.startsWith(given));
  if (begins !== undefined) return begins.name;
  const rows = table.map(({ name }) => ({ name, edits: distance(given, name) }))
    .sort((one, other) => one.edits - other.edits);
  const [best] = rows;
  if (best !== undefined && best.edits <= given.length / 3) return best.name;
  return table.find(({ name }) => name.startsWith(given.slice(0, MIN_SIMILAR_CHARS)))?.name;
}

/** The number of characters to insert, delete or replace that make `to` of `from` (Levenshtein). */
function distance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[to.length] ?? 0;
}
