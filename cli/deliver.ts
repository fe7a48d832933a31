/**
 * Delivers a response's content to its output, with a progress bar on a terminal.
 *
 * @module
 */

import { parseContentLength } from "../http/fields.ts";
import type { FetchCommand } from "./command.ts";
import { dispositionFileName } from "./content_disposition.ts";
import { CliError, ExitCode } from "./error.ts";
import type { CliHost } from "./host.ts";
import type { Output } from "./file_output.ts";
import { Pace } from "./pace.ts";
import { duration, say, size, trailerLines } from "./print.ts";
import { Progress } from "./progress.ts";
import type { TransferReport } from "./report.ts";
import { printable } from "./text.ts";
import { ClientError, withoutWrapper } from "../client/error/client_error.ts";
import type { ClientResponse } from "../client/response/response.ts";

/** What the content of a response goes through. */
export interface DeliveryContext {
  /** The process around it. */
  readonly host: CliHost;
  /** Ends the waiting for `--limit-rate`. */
  readonly signal: AbortSignal;
  /** The facts to fill in. */
  readonly report: TransferReport;
  /** The heads of `--include`; those that are written are taken out. */
  readonly heads: Uint8Array[];
}

/**
 * Writes the content to the output, and prints how much it was.
 *
 * @throws {CliError} `http_status`, `truncated`, `too_large`, `range` or `write`.
 * @throws {ClientError} Any other failure to read the content.
 */
export async function deliver(
  command: FetchCommand,
  response: ClientResponse,
  output: Output,
  context: DeliveryContext,
): Promise<void> {
  const { fail, talk, maxFileSize } = command;
  const { host, report, heads } = context;
  const isFailure = fail !== undefined && response.status >= 400;
  const length = lengthOf(response);
  if (!isFailure) await requireResumed(response, output);
  // There is nothing after the end of the file, which is no failure.
  const isComplete = output.offset > 0 && (response.status === 416 || isWhole(response, output, length));
  // The page of an error must not be appended to a file.
  if ((isFailure && (fail === "without_body" || output.offset > 0)) || isComplete) {
    await writeHeads(heads, output);
    await response.body?.cancel();
    if (isFailure) throw statusError(response);
    return;
  }
  if (maxFileSize && length !== undefined && length > maxFileSize) {
    await response.body?.cancel();
    throw tooLarge(maxFileSize);
  }
  await nameOutput(command, response, output);
  await output.open();
  if (output.path !== undefined) report.fileName = output.path;
  await writeHeads(heads, output);
  const start = host.now();
  const progress = new Progress(length, start);
  const stopDrawing = output.path !== undefined && talk !== "silent" ? drawing(progress, host) : undefined;
  try {
    await writeBody(command, response, output, progress, context);
    stopDrawing?.();
  } catch (error) {
    stopDrawing?.();
    if (output.path !== undefined) say(host.stderr, [partialLine(progress, output.path)]);
    throw brokenOff(error);
  }
  const elapsed = host.now() - start;
  const lines: string[] = [];
  if (talk === "verbose") lines.push(...trailerLines(await response.trailers));
  if (talk === "verbose" || (output.path !== undefined && talk === "normal")) {
    lines.push(completeLine(progress.bytes, elapsed, output.path));
  }
  say(host.stderr, lines);
  if (isFailure) throw statusError(response);
}

/**
 * Writes the heads, and takes them out of the list.
 *
 * @throws {CliError} `write`.
 */
export async function writeHeads(heads: Uint8Array[], output: Output): Promise<void> {
  for (const head of heads.splice(0)) await output.write(head);
}

/** Writes the body piece by piece, no faster and no more of it than the flags allow. */
async function writeBody(
  { limitRate, maxFileSize, maxTime }: FetchCommand,
  { body }: ClientResponse,
  output: Output,
  progress: Progress,
  { host, signal, report }: DeliveryContext,
): Promise<void> {
  const pace = new Pace(limitRate, host, signal, maxTime ? report.start + maxTime : undefined);
  for await (const chunk of body ?? []) {
    if (maxFileSize && progress.bytes + chunk.length > maxFileSize) throw tooLarge(maxFileSize);
    await output.write(chunk);
    progress.add(chunk.length);
    report.downloaded = progress.bytes;
    await pace.passed(chunk.length);
  }
}

function statusError({ status }: ClientResponse): CliError {
  return new CliError(ExitCode.http_status, `Cannot fetch: the server answered with ${status}`);
}

function tooLarge(maxFileSize: number): CliError {
  return new CliError(ExitCode.too_large, `Cannot fetch: the body is longer than ${maxFileSize} bytes`, {
    hint: "Allow more with --max-filesize.",
  });
}

/**
 * Refuses a response that does not continue at the offset: it would be appended where it does not belong.
 *
 * @throws {CliError} `range`.
 */
async function requireResumed(response: ClientResponse, output: Output): Promise<void> {
  const { status, headers } = response;
  if (output.offset === 0 || status === 416 || isWhole(response, output, lengthOf(response))) return;
  const [, first] = /^bytes (\d{1,15})-/.exec(headers.get("content-range") ?? "") ?? [];
  if (status === 206 && Number(first) === output.offset) return;
  await response.body?.cancel();
  throw new CliError(ExitCode.range, "Cannot continue: the server does not send the rest alone", {
    hint: "Leave out --continue-at to fetch everything.",
  });
}

/** Whether the response is of the whole content, all of which is there. */
function isWhole({ status }: ClientResponse, { offset }: Output, length: number | undefined): boolean {
  return status === 200 && length === offset;
}

/** Gives the output the name that the response has for it. */
async function nameOutput(
  { remoteName, remoteHeaderName }: FetchCommand,
  { headers }: ClientResponse,
  output: Output,
): Promise<void> {
  if (!remoteName || !remoteHeaderName) return;
  await output.rename?.(dispositionFileName(headers.get("content-disposition") ?? ""));
}

/** A connection that ends inside a body is not one that ends before an answer. */
function brokenOff(error: unknown): unknown {
  if (!(error instanceof ClientError) || error.code !== "connection_closed") return error;
  return new CliError(ExitCode.truncated, error.detail, { cause: withoutWrapper(error).cause });
}

/** The length of the content, where it is declared. */
function lengthOf({ headers, body }: ClientResponse): number | undefined {
  const declared = headers.get("content-length");
  return body === null || declared === null ? undefined : parseContentLength(declared);
}

/** Milliseconds between two drawings of the progress. */
const FRAME_MS = 100;

/** Draws the progress on a terminal until the function that it returns is called. */
function drawing(progress: Progress, host: CliHost): (() => void) | undefined {
  const { stderr } = host;
  if (!stderr.isTerminal) return undefined;
  const draw = (): void => {
    // The last column stays empty: some terminals begin a new line when it is filled.
    const columns = Math.max(0, stderr.columns() - 1);
    stderr.write(`\r${progress.draw(host.now(), columns).padEnd(columns)}`);
  };
  draw();
  const stop = host.every(FRAME_MS, draw);
  return () => {
    stop();
    draw();
    stderr.write("\n");
  };
}

function completeLine(bytes: number, elapsed: number, path: string | undefined): string {
  const rate = elapsed > 0 ? `, ${size(bytes / elapsed * 1_000)}/s` : "";
  const where = path === undefined ? "Received" : `Wrote "${printable(path)}":`;
  return `* ${where} ${bytes} bytes in ${duration(elapsed)}${rate}`;
}

function partialLine({ bytes, total }: Progress, path: string): string {
  return `* "${printable(path)}" is incomplete: it has ${bytes} ${
    total === undefined ? "" : `of ${total} `
  }bytes`;
}
