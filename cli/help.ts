/**
 * The help, written from the flags and the exit codes.
 *
 * @module
 */

import { EXIT_CODES, usageError } from "./error.ts";
import { flagLines } from "./flag_lines.ts";
import { FLAG_CATEGORIES, FLAGS } from "./flags.ts";

/** The synopsis. */
export const USAGE = "deno run -N jsr:@ductile/ductile [FLAG ...] URL ...";

/**
 * The text of `--help`.
 *
 * @param category The name of a category, or `all`; absent: the most used flags.
 * @throws {CliError} `usage`: there is no such category.
 */
export function helpText(category?: string): string {
  const names = ["all", ...FLAG_CATEGORIES.map(({ name }) => name)];
  if (category === undefined) {
    return `${INTRODUCTION}
Most used flags
${flagLines(FLAGS.filter(({ isCommon }) => isCommon)).join("\n")}

${CLOSING}
--help CATEGORY prints more: ${names.join(", ")}, codes (the exit codes).
`;
  }
  if (category === "codes") return codesText();
  const shown = FLAG_CATEGORIES.filter(({ name }) => category === "all" || category === name);
  if (shown.length === 0) {
    throw usageError(`Cannot help with "${category}"`, `The categories are ${names.join(", ")} and codes.`);
  }
  const sections = shown.map(({ name, title, flags }) =>
    `${title} (--help ${name})\n${flagLines(flags).join("\n")}\n`
  ).join("\n");
  return category === "all" ? `${INTRODUCTION}\n${sections}\n${CLOSING}\n${codesText()}` : sections;
}

const INTRODUCTION = `Usage: ${USAGE}

Fetches each URL; http:// goes before one without a scheme. The body goes to standard output; the connection
and the head of the response to standard error. Credentials (authorization, cookies, userinfo) are not shown
there. With a ws: or wss: URL, lines of standard input go out as messages, and messages come out as lines.
`;

const CLOSING =
  `Short flags combine (-sL), values may be attached (-XPUT, --request=PUT), and -- ends the flags.
It needs --allow-net (-N) for the host, --allow-read (-R) to read a named file, --allow-write (-W) to write one.
`;

function codesText(): string {
  return `Exit codes, as curl's
${EXIT_CODES.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`).join("\n")}
`;
}
