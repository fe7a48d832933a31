/**
 * The command line of the benches.
 *
 * @module
 */

import type { Question } from "./harness.ts";

/** The arguments. */
export interface Arguments {
  /** JSON on standard output instead of text. */
  readonly json: boolean;
  /** Small numbers: does everything work? */
  readonly quick: boolean;
  /** Only the names of the questions. */
  readonly list: boolean;
  /** Only how to call it. */
  readonly help: boolean;
  /** Rounds that are counted. */
  readonly rounds?: number;
  /** Which server. */
  readonly program?: "nginx" | "deno";
  /** Names of questions, or what they begin with; none means all. */
  readonly names: readonly string[];
}

/** The synopsis. */
export const USAGE = `Usage: deno task bench [OPTION ...] [NAME ...]

Asks the questions whose names begin with one of the NAMEs; all of them when there is none.

  --json            print the run as JSON; progress still goes to standard error
  --quick           small numbers and one round: shows that everything works, and no figure that counts
  --rounds=N        count N rounds instead of each question's own number
  --server=PROGRAM  nginx, or deno for Deno.serve; nginx where it is installed
  --list            print the names of the questions
  --help            print this
`;

/** Reads the arguments. Throws a `TypeError` for what it does not know. */
export function parseArguments(args: readonly string[]): Arguments {
  const flags = { json: false, quick: false, list: false, help: false };
  const settings: { rounds?: number; program?: "nginx" | "deno" } = {};
  const names: string[] = [];
  for (const arg of args) {
    const [flag = "", value = ""] = arg.split("=", 2);
    switch (flag) {
      case "--json":
      case "--quick":
      case "--list":
      case "--help":
        if (arg !== flag) throw new TypeError(`Cannot read "${arg}": it takes no value`);
        flags[
          flag === "--json" ? "json" : flag === "--quick" ? "quick" : flag === "--list" ? "list" : "help"
        ] = true;
        break;
      case "--rounds":
        if (!/^[1-9]\d{0,5}$/.test(value)) {
          throw new TypeError(`Cannot read "${arg}": N must be a whole number from 1`);
        }
        settings.rounds = Number(value);
        break;
      case "--server":
        if (value !== "nginx" && value !== "deno") throw new TypeError(`Cannot read "${arg}": nginx or deno`);
        settings.program = value;
        break;
      default:
        if (arg.startsWith("-")) throw new TypeError(`Cannot read "${arg}": there is no such option`);
        names.push(arg);
    }
  }
  return { ...flags, ...settings, names };
}

/** The questions that are asked for. Throws a `TypeError` for a name that no question begins with. */
export function choose(questions: readonly Question[], names: readonly string[]): readonly Question[] {
  const lost = names.find((name) => !questions.some((question) => question.name.startsWith(name)));
  if (lost !== undefined) throw new TypeError(`Cannot find the question "${lost}": see --list`);
  return names.length === 0
    ? questions
    : questions.filter((question) => names.some((name) => question.name.startsWith(name)));
}
