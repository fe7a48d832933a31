/**
 * The help, written from the flags and the exit codes.
 *
 * @module
 */

import { EXIT_CODES } from "./error.ts";
import { flagLines } from "./flag_lines.ts";
import { FLAGS } from "./flags.ts";

/** The synopsis. */
export const USAGE = "deno run -N jsr:@ductile/ductile [FLAG ...] URL";

/** The text of `--help`. */
export function helpText(): string {
  const codes = EXIT_CODES.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`);
  return `Usage: ${USAGE}

Fetches URL. The body goes to standard output; the connection and the head of the response to standard
error. Credentials (authorization, cookies, userinfo) are not shown there. With a ws: or wss: URL, lines of
standard input go out as messages, and messages come out as lines.

Flags
${flagLines(FLAGS).join("\n")}

Short flags combine (-sL), values may be attached (-XPUT, --request=PUT), and -- ends the flags.
It needs --allow-net (-N) for the host, --allow-read (-R) to read a named file, --allow-write (-W) to write one.

Exit codes
${codes.join("\n")}
`;
}
