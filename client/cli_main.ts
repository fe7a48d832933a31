/**
 * The command line: `deno run -N jsr:@ductile/ductile [FLAG ...] URL`.
 *
 * It touches nothing of the runtime: `cli.ts` binds it, and a test can be its world.
 *
 * @module
 */

import { parseArguments } from "./cli_arguments.ts";
import { describeFailure, ExitCode, exitCodeFor } from "./cli_error.ts";
import { fetchCommand } from "./cli_fetch.ts";
import { helpText } from "./cli_flags.ts";
import type { CliHost } from "./cli_host.ts";
import { VERSION } from "./version.ts";

/**
 * Does what the arguments say.
 *
 * @param args What stands after the program's name.
 * @param host The world around it.
 * @returns What to exit with; the failure, if there was one, was shown. Never rejects.
 */
export async function main(args: readonly string[], host: CliHost): Promise<ExitCode> {
  try {
    const command = parseArguments(args);
    switch (command.action) {
      case "help":
        await host.stdout.write(new TextEncoder().encode(helpText()));
        break;
      case "version":
        await host.stdout.write(new TextEncoder().encode(`ductile ${VERSION}\n`));
        break;
      case "fetch":
        await fetchCommand(command, host);
        break;
    }
    return ExitCode.ok;
  } catch (error) {
    host.stderr.write(describeFailure(error));
    return exitCodeFor(error);
  }
}
