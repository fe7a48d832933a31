/**
 * The command line: `deno run -N jsr:@ductile/ductile [FLAG ...] URL ...`.
 *
 * It uses nothing of the runtime: `cli.ts` binds it, and a test can play the process.
 *
 * @module
 */

import { ClientError, withoutWrapper } from "../client/error/client_error.ts";
import { parseArguments } from "./arguments.ts";
import type { Operation } from "./command.ts";
import { expandConfigs } from "./config_file.ts";
import { describeFailure, ExitCode, exitCodeFor } from "./error.ts";
import { helpText } from "./help.ts";
import type { CliHost } from "./host.ts";
import { listRoots } from "./roots.ts";
import { Session } from "./session.ts";
import { writeStandardOutput } from "./standard_output.ts";
import { interruption, transfer } from "./transfer.ts";
import { transfersOf } from "./transfers.ts";
import { isWebSocket, talkWebSocket } from "./web_socket.ts";
import { VERSION } from "../client/version.ts";

/**
 * Does what the arguments say.
 *
 * @param args The arguments after the program's name.
 * @param host The process around it.
 * @returns The exit code, that of the last URL where there are several; failures were printed. Never rejects.
 */
export async function main(args: readonly string[], host: CliHost): Promise<ExitCode> {
  try {
    const command = parseArguments(await expandConfigs(args, host));
    switch (command.action) {
      case "help":
        await writeStandardOutput(helpText(command.category), host);
        break;
      case "version":
        await writeStandardOutput(`ductile ${VERSION}\n`, host);
        break;
      case "list-roots":
        await listRoots(command, host);
        break;
      case "scan":
        return await (await import("./scan/scan.ts")).scan(command, host);
      case "fetch":
        return await fetchAll(command.operations, host);
    }
    return ExitCode.ok;
  } catch (error) {
    return printed(error, host);
  }
}

/** Fetches the URLs of all operations, one after the other. */
async function fetchAll(operations: readonly Operation[], host: CliHost): Promise<ExitCode> {
  let last: ExitCode = ExitCode.ok;
  let index = 0;
  for (const operation of operations) {
    const result = await fetchOperation(operation, index, host);
    last = result.exitCode;
    index = result.next;
    const isEarlyEnd = operation.failEarly && last !== ExitCode.ok;
    if (isEarlyEnd || last === ExitCode.interrupted) break;
  }
  return last;
}

/** Fetches the URLs of an operation; stops at the first failure with `--fail-early`, and at Ctrl-C. */
async function fetchOperation(
  operation: Operation,
  first: number,
  host: CliHost,
): Promise<{ readonly exitCode: ExitCode; readonly next: number }> {
  const interrupted = new AbortController();
  let exitCode: ExitCode = ExitCode.ok;
  let next = first;
  let stopListening: (() => void) | undefined;
  let session: Session | undefined;
  try {
    session = await Session.open(operation, host);
    for (const command of transfersOf(operation, first)) {
      next = command.index + 1;
      if (isWebSocket(command)) {
        await talkWebSocket(command, host);
        continue;
      }
      stopListening ??= host.onInterrupt(() => interrupted.abort(interruption()));
      exitCode = await transfer(command, session, host, interrupted.signal);
      const isEarlyEnd = operation.failEarly && exitCode !== ExitCode.ok;
      if (isEarlyEnd || interrupted.signal.aborted) break;
    }
    await session.save();
  } catch (error) {
    exitCode = printed(error, host);
  } finally {
    stopListening?.();
    session?.close();
  }
  return { exitCode, next };
}

/** Prints a failure. */
function printed(error: unknown, host: CliHost): ExitCode {
  const failure = error instanceof ClientError ? withoutWrapper(error) : error;
  host.stderr.write(describeFailure(failure));
  return exitCodeFor(failure);
}
