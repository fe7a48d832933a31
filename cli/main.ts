/**
 * The command line: `deno run -N jsr:@ductile/ductile [FLAG ...] URL`.
 *
 * It uses nothing of the runtime: `cli.ts` binds it, and a test can play the process.
 *
 * @module
 */

import { ClientError, withoutWrapper } from "../client/error/client_error.ts";
import { parseArguments } from "./arguments.ts";
import type { FetchCommand } from "./command.ts";
import { deliver } from "./deliver.ts";
import { CliError, describeFailure, ExitCode, exitCodeFor } from "./error.ts";
import { Exchange } from "./exchange.ts";
import { explainConnections, type Explaining } from "./explain.ts";
import { type HarFile, recordHar } from "./har.ts";
import { helpText } from "./help.ts";
import type { CliHost, HostClient } from "./host.ts";
import { type OpenKeyLog, openKeyLog } from "./key_log.ts";
import { chooseOutput } from "./output.ts";
import { say } from "./print.ts";
import { planRequest } from "./request.ts";
import { listRoots } from "./roots.ts";
import { isWebSocket, talkWebSocket } from "./web_socket.ts";
import { VERSION } from "../client/version.ts";

/**
 * Does what the arguments say.
 *
 * @param args The arguments after the program's name.
 * @param host The process around it.
 * @returns The exit code; a failure was printed. Never rejects.
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
      case "list-roots":
        await listRoots(command, host);
        break;
      case "fetch":
        if (isWebSocket(command)) await talkWebSocket(command, host);
        else await fetchAndDeliver(command, host);
        break;
    }
    return ExitCode.ok;
  } catch (error) {
    const failure = error instanceof ClientError ? withoutWrapper(error) : error;
    host.stderr.write(describeFailure(failure));
    return exitCodeFor(failure);
  }
}

async function fetchAndDeliver(command: FetchCommand, host: CliHost): Promise<void> {
  const plan = await planRequest(command, host);
  const output = await chooseOutput(command, plan.request.target, host);
  const interrupted = new AbortController();
  const stopListening = host.onInterrupt(() =>
    interrupted.abort(new CliError(ExitCode.interrupted, "Interrupted"))
  );
  let keyLog: OpenKeyLog | undefined;
  let explaining: Explaining | undefined;
  let har: HarFile | undefined;
  let client: HostClient | undefined;
  try {
    if (command.insecure && command.talk !== "silent") say(host.stderr, [INSECURE]);
    keyLog = await openKeyLog(command, plan.options, host);
    har = await recordHar(command, host);
    const options = {
      ...plan.options,
      ...(keyLog && { keyLog: keyLog.keyLog }),
      ...(har && { on: har.on }),
    };
    explaining = await explainConnections(command, options, plan.request.target, host);
    client = host.makeClient(explaining?.options ?? options);
    const exchange = new Exchange(command, plan, host, client, interrupted.signal);
    const response = await exchange.run();
    await explaining?.write();
    await deliver(command, response, output, host);
    await har?.write();
  } catch (error) {
    await har?.write().catch((reason) => host.stderr.write(describeFailure(reason)));
    await explaining?.write().catch((reason) => host.stderr.write(describeFailure(reason)));
    throw error;
  } finally {
    stopListening();
    output.close();
    client?.close();
    keyLog?.close();
  }
}

const INSECURE =
  "* WARNING: --insecure: no certificate is verified; an attacker in between can read and change everything";
