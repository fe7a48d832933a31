/**
 * The part of a help that lists flags.
 *
 * @module
 */

import type { FlagForm } from "./given_flags.ts";

/** The lines of help about the flags of a command. */
export function flagLines(table: readonly FlagForm[]): string[] {
  return table.flatMap(({ name, short, takes, isOptional, help }) => {
    const left = `${short === undefined ? "   " : `-${short},`} --${name}${
      takes === undefined ? "" : isOptional ? `[=${takes}]` : ` ${takes}`
    }`;
    return help.map((line, i) => `  ${(i === 0 ? left : "").padEnd(FLAG_WIDTH)} ${line}`);
  });
}

const FLAG_WIDTH = 29;
