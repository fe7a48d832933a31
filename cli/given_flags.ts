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
}

/**
 * Separates flags, their values and the other arguments.
 *
 * @param table The flags of the command.
 * @throws {CliError} `usage`: an unknown flag, a missing value, or one too many.
 */
export function readFlags<Flag extends FlagForm>(
  args: readonly string[],
  table: readonly Flag[],
): GivenArguments<Flag> {
  const flags: GivenFlag<Flag>[] = [];
  const positionals: string[] = [];
  const rest = [...args];
  const take = (shown: string, takes: string): string => {
    const value = rest.shift();
    if (value === undefined) throw usageError(`Cannot use ${shown}: it needs a value, ${takes}`);
    return value;
  };
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") return { flags, positionals: [...positionals, ...rest] };
    if (arg.startsWith("--")) {
      const equals = arg.indexOf("=");
      const given = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
      const flag = table.find(({ name }) => name === given);
      if (flag === undefined) throw unknownFlag(table, `--${given}`, given);
      const attached = equals < 0 ? undefined : arg.slice(equals + 1);
      if (flag.takes === undefined && attached !== undefined) {
        throw usageError(`Cannot use --${given} with a value: it takes none`);
      }
      if (attached === "" && flag.isOptional) {
        throw usageError(`Cannot use --${given}: there is nothing behind the equals sign`);
      }
      const needsNone = flag.takes === undefined || flag.isOptional === true;
      const value = attached ?? (needsNone ? "" : take(`--${given}`, flag.takes ?? ""));
      flags.push({ flag, value });
    } else if (arg.startsWith("-") && arg !== "-") {
      for (let i = 1; i < arg.length; i++) {
        const letter = arg.charAt(i);
        const flag = table.find(({ short }) => short === letter);
        if (flag === undefined) throw unknownFlag(table, `-${letter}`, "");
        if (flag.takes === undefined) {
          flags.push({ flag, value: "" });
          continue;
        }
        const attached = arg.slice(i + 1);
        flags.push({ flag, value: attached === "" ? take(`-${letter}`, flag.takes) : attached });
        break;
      }
    } else {
      positionals.push(arg);
    }
  }
  return { flags, positionals };
}

function unknownFlag(table: readonly FlagForm[], shown: string, given: string): CliError {
  const near = table.find(({ name }) =>
    given.length >= MIN_SIMILAR_LETTERS && name.startsWith(given.slice(0, MIN_SIMILAR_LETTERS))
  );
  return usageError(
    `Cannot use ${shown}: there is no such flag`,
    near && `Did you mean --${near.name}? See --help.`,
  );
}

/** Letters at the beginning that make two names similar. */
const MIN_SIMILAR_LETTERS = 3;
