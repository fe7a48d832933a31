/**
 * One transfer: a URL is fetched, as often as `--retry` says, and its body delivered.
 *
 * @module
 */

import { ClientError, withoutWrapper } from "../client/error/client_error.ts";
import type { FetchCommand } from "./command.ts";
import { deliver, writeHeads } from "./deliver.ts";
import { CliError, describeFailure, ExitCode, exitCodeFor } from "./error.ts";
import { Exchange } from "./exchange.ts";
import type { CliHost } from "./host.ts";
import type { Output } from "./file_output.ts";
import { chooseOutput } from "./output.ts";
import { duration, say } from "./print.ts";
import { beginReport, type TransferReport } from "./report.ts";
import { type Plan, planRequest } from "./request.ts";
import { type Attempt, retryDelay } from "./retry.ts";
import type { Session } from "./session.ts";
import { writeOut } from "./write_out/write_out.ts";

/**
 * Fetches the URL and writes what `--write-out` asks for. A failure is printed.
 *
 * @param command The transfer.
 * @param session What it shares with others.
 * @param host The process around it.
 * @param signal Ends it.
 * @returns The exit code. Never rejects.
 */
export async function transfer(
  command: FetchCommand,
  session: Session,
  host: CliHost,
  signal: AbortSignal,
): Promise<ExitCode> {
  let report = beginReport(host.now(), 0);
  let failure: unknown;
  try {
    const plan = await planRequest(command, host);
    const output = await chooseOutput(command, plan.request.target, host);
    const first = host.now();
    for (let retries = 0;; retries++) {
      report = beginReport(host.now(), retries);
      const running = { command, session, host, signal, report, output, plan: resumed(plan, output) };
      const end = await attempt(running, (ended) => retryDelay(command, ended, retries, host.now() - first));
      failure = end.failure;
      if (end.delay === undefined) break;
      sayRetry(command, failure, report, end.delay, host);
      await host.sleep(end.delay, signal);
    }
  } catch (error) {
    failure = error;
  }
  return await conclude(command, failure, report, session, host);
}

/** What an attempt works with. */
interface Running {
  readonly command: FetchCommand;
  readonly plan: Plan;
  readonly output: Output;
  readonly session: Session;
  readonly host: CliHost;
  readonly signal: AbortSignal;
  readonly report: TransferReport;
}

/** Sends the request and delivers the body, unless the response is one after which it is sent again. */
async function attempt(
  { command, plan, output, session, host, signal, report }: Running,
  delayAfter: (attempt: Attempt) => number | undefined,
): Promise<{ readonly failure?: unknown; readonly delay?: number }> {
  let exchange: Exchange | undefined;
  const mayRepeat = (): boolean => {
    // What was written to standard output, or behind the rest of a file, cannot be taken back.
    const isFinal = report.downloaded > 0 && (output.path === undefined || output.offset > 0);
    return !isFinal && (plan.content?.isReplayable ?? true);
  };
  try {
    const client = await session.client(plan.request.target);
    exchange = new Exchange(command, plan, {
      host,
      client,
      signal,
      report,
      cookies: session.cookies,
      headLog: session.headLog,
      isTerminal: output.isTerminal,
    });
    const response = await exchange.run();
    await session.explain();
    const ended: Attempt = {
      exitCode: ExitCode.ok,
      status: response.status,
      isRefused: false,
      retryAfter: response.headers.get("retry-after"),
    };
    const delay = mayRepeat() ? delayAfter(ended) : undefined;
    if (delay !== undefined) {
      await response.body?.cancel();
      return { delay };
    }
    await deliver(command, response, output, { host, signal, report, heads: exchange.heads });
    return {};
  } catch (error) {
    await session.explain().catch((reason) => host.stderr.write(describeFailure(reason)));
    const failure = signal.aborted ? signal.reason : unwrapped(error);
    const exitCode = exitCodeFor(failure);
    const delay = mayRepeat()
      ? delayAfter({
        exitCode,
        status: exitCode === ExitCode.http_status ? report.status : 0,
        isRefused: failure instanceof ClientError && failure.code === "connection_refused",
        retryAfter: report.headers?.get("retry-after") ?? null,
      })
      : undefined;
    if (delay === undefined) await leaveOutput(command, exchange, output, report);
    return { failure, ...(delay !== undefined && { delay }) };
  } finally {
    output.close();
  }
}

/** Writes the heads of a chain of responses that came to no end, or removes the file, as the flags say. */
async function leaveOutput(
  { include, removeOnError }: FetchCommand,
  exchange: Exchange | undefined,
  output: Output,
  { downloaded, fileName }: TransferReport,
): Promise<void> {
  const isUntouched = downloaded === 0 && fileName === undefined;
  if (include && isUntouched && output.path === undefined && exchange !== undefined) {
    await writeHeads(exchange.heads, output).catch(() => {}); // the failure that came first counts
  }
  if (removeOnError) await output.remove?.();
}

/** The plan with the range that `--continue-at` asks for. */
function resumed(plan: Plan, { offset }: Output): Plan {
  if (offset === 0) return plan;
  const { fields } = plan.request;
  return { ...plan, request: { ...plan.request, fields: [...fields, ["range", `bytes=${offset}-`]] } };
}

function sayRetry(
  { talk }: FetchCommand,
  failure: unknown,
  { status }: TransferReport,
  delay: number,
  { stderr }: CliHost,
): void {
  if (failure !== undefined && talk !== "silent") stderr.write(describeFailure(failure));
  const reason = failure === undefined ? `the status is ${status}` : "this may pass";
  if (talk !== "silent") say(stderr, [`* Trying again in ${duration(delay)}: ${reason}`]);
}

/** Prints the failure, and what `--write-out` asks for. */
async function conclude(
  command: FetchCommand,
  failure: unknown,
  report: TransferReport,
  { format }: Session,
  host: CliHost,
): Promise<ExitCode> {
  const error = unwrapped(failure);
  const exitCode = error === undefined ? ExitCode.ok : exitCodeFor(error);
  const description = error === undefined ? undefined : describeFailure(error);
  if (description !== undefined) host.stderr.write(description);
  if (format === undefined) return exitCode;
  try {
    const [message] = description?.split("\n") ?? [];
    await writeOut(format, {
      command,
      report,
      end: host.now(),
      exitCode,
      ...(message !== undefined && { error: message }),
    }, host);
  } catch (reason) {
    host.stderr.write(describeFailure(reason));
    return exitCode === ExitCode.ok ? exitCodeFor(reason) : exitCode;
  }
  return exitCode;
}

function unwrapped(error: unknown): unknown {
  return error instanceof ClientError ? withoutWrapper(error) : error;
}

/** The failure of a command that Ctrl-C has ended. */
export function interruption(): CliError {
  return new CliError(ExitCode.interrupted, "Interrupted");
}
