/**
 * Delivers a response's content to its output, with a progress bar on a terminal.
 *
 * @module
 */

import { parseContentLength } from "../http/fields.ts";
import type { FetchCommand } from "./command.ts";
import { CliError, ExitCode } from "./error.ts";
import type { CliHost } from "./host.ts";
import type { Output } from "./output.ts";
import { duration, headBytes, say, size, trailerLines } from "./print.ts";
import { Progress } from "./progress.ts";
import { printable } from "./text.ts";
import { ClientError, withoutWrapper } from "../client/error/client_error.ts";
import type { ClientResponse } from "../client/response/response.ts";

/**
 * Writes the content to the output, and prints how much it was.
 *
 * @throws {CliError} `http_status`, `truncated` or `write`.
 * @throws {ClientError} Any other failure to read the content.
 */
export async function deliver(
  command: FetchCommand,
  response: ClientResponse,
  output: Output,
  host: CliHost,
): Promise<void> {
  const { fail, include, talk } = command;
  if (fail && response.status >= 400) {
    await response.body?.cancel();
    throw new CliError(ExitCode.http_status, `Cannot fetch: the server answered with ${response.status}`);
  }
  await output.open();
  if (include) await output.write(headBytes(response, output.isTerminal));
  const start = host.now();
  const progress = new Progress(lengthOf(response), start);
  const stopDrawing = output.path !== undefined && talk !== "silent" ? drawing(progress, host) : undefined;
  try {
    for await (const chunk of response.body ?? []) {
      await output.write(chunk);
      progress.add(chunk.length);
    }
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
