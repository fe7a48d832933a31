/**
 * The help of the command that serves a folder, written from its flags.
 *
 * @module
 */

import { ExitCode } from "../error.ts";
import { flagLines } from "../flag_lines.ts";
import { SERVE_FLAGS } from "./flags.ts";

/** The text of `--help`. */
export function serveHelpText(): string {
  const codes = CODES.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`);
  return `Usage: deno run -N -R jsr:@ductile/ductile/server [FLAG ...] [FOLDER]

Serves FOLDER, the current one by default, over HTTPS: HTTP/2 and HTTP/1.1, with ranges and conditional requests.
A folder is its index.html, or a list of what is in it. Links out of the folder are not followed.

Without --cert, a key and a certificate are made that live as long as the process, and are written nowhere. Clients
know the certificate by its fingerprint, by the pin of its key (-k --pinnedpubkey PIN), or by the line for caCerts.

Flags
${flagLines(SERVE_FLAGS).join("\n")}

Short flags combine (-vp 8000), values may be attached (-p8000, --port=8000), and -- ends the flags.
It needs --allow-net (-N) for the address, and --allow-read (-R) for the folder and named files. Ctrl-C ends it: what
is in flight is finished first, unless it comes twice.

Exit codes
${codes.join("\n")}
`;
}

const CODES: readonly (readonly [code: ExitCode, meaning: string])[] = [
  [ExitCode.ok, "ended with Ctrl-C"],
  [ExitCode.usage, "the arguments are wrong, or ask for what cannot be done"],
  [ExitCode.connect, "the address cannot be listened on"],
  [ExitCode.read, "the folder cannot be read"],
  [ExitCode.unexpected, "something else, which is a bug"],
  [ExitCode.client_certificate, "--cert or --key cannot be used"],
  [ExitCode.interrupted, "ended with Ctrl-C twice"],
];
