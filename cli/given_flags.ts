/**
 * Splits arguments into flags and the rest, whatever they mean: `-sL`, `-XPUT`, `-X PUT`, `--request PUT`,
 * `--request=PUT`, and `--` before arguments that are no flags.
 *
 * @module
 */

import { type CliError, usageError } from "./error.ts";
import { type Flag, FLAGS } from "./flags.ts";

/** A flag that was given. */
export interface GivenFlag {
  /** The flag's entry in the table. */
  readonly flag: Flag;
  /** The value; empty where the flag takes none. */
  readonly value: string;
}

/** Arguments, sorted. */
export interface GivenArguments {
  /** The flags with their values, in order. */
  readonly flags: readonly GivenFlag[];
  /** The other arguments. */
  readonly positionals: readonly string[];
}

/**
 * Separates flags, their values and the other arguments.
 *
 * @throws {CliError} `usage`: an unknown flag, a missing value, or one too many.
 */
export function readFlags(args: readonly string[]): GivenArguments {
  const flags: GivenFlag[] = [];
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
      const flag = FLAGS.find(({ name }) => name === given);
      if (flag === undefined) throw unknownFlag(`--${given}`, given);
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
        const flag = FLAGS.find(({ short }) => short === letter);
        if (flag === undefined) throw unknownFlag(`-${letter}`, "");
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

function unknownFlag(shown: string, given: string): CliError {
  const near = FLAGS.find(({ name }) =>
    given.length >= MIN_SIMILAR_LETTERS && name.startsWith(given.slice(0, MIN_SIMILAR_LETTERS))
  );
  return usageError(
    `Cannot use ${shown}: there is no such flag`,
    near && `Did you mean --${near.name}? See --help.`,
  );
}

/** Letters at the beginning that make two names similar. */
const MIN_SIMILAR_LETTERS = 3;
