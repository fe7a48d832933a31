/**
 * One command, carried out: the request, the redirects, the body, and what is said about them.
 *
 * Redirects are followed here, one request at a time, so that each hop can be shown; what may follow what is the
 * client's own rule, {@linkcode redirect}.
 *
 * @module
 */

import { parseContentLength } from "../http/fields.ts";
import type { FetchCommand } from "./cli_arguments.ts";
import { CliError, ExitCode } from "./cli_error.ts";
import type { CliHost, HostClient } from "./cli_host.ts";
import { chooseOutput, type Output } from "./cli_output.ts";
import {
  connectionLines,
  duration,
  headBytes,
  informationalLines,
  paint,
  redirectLine,
  requestLines,
  responseLines,
  size,
  timingLine,
  trailerLines,
} from "./cli_print.ts";
import { Progress } from "./cli_progress.ts";
import { type Plan, planRequest } from "./cli_request.ts";
import { redirect } from "./redirect.ts";
import { outgoing, type PreparedRequest } from "./request.ts";
import type { ClientResponse } from "./response.ts";

/**
 * Fetches what `command` says.
 *
 * @throws {CliError} A failure that the command line found.
 * @throws {ClientError} Any other.
 */
export async function fetchCommand(command: FetchCommand, host: CliHost): Promise<void> {
  const plan = await planRequest(command, host);
  const output = await chooseOutput(command, plan.request.target, host);
  const interrupted = new AbortController();
  const stopListening = host.onInterrupt(() =>
    interrupted.abort(new CliError(ExitCode.interrupted, "Interrupted"))
  );
  const client = host.makeClient(plan.options);
  try {
    const exchange = new Exchange(command, plan, host, client, interrupted.signal);
    await deliver(command, await exchange.run(), output, host);
  } finally {
    stopListening();
    output.close();
    client.close();
  }
}

/** A request, and how it was answered. */
interface Hop {
  readonly request: PreparedRequest;
  readonly response: ClientResponse;
  /** What is to be said of the 1xx responses. */
  readonly informational: readonly string[];
}

/** The requests of one command. */
class Exchange {
  readonly #command: FetchCommand;
  readonly #plan: Plan;
  readonly #host: CliHost;
  readonly #client: HostClient;
  readonly #signal: AbortSignal;
  readonly #start: number;

  constructor(command: FetchCommand, plan: Plan, host: CliHost, client: HostClient, signal: AbortSignal) {
    this.#command = command;
    this.#plan = plan;
    this.#host = host;
    this.#client = client;
    this.#signal = signal;
    this.#start = host.now();
  }

  /** The final response; everything up to its head was said. */
  async run(): Promise<ClientResponse> {
    const { talk } = this.#command;
    for (let request = this.#plan.request;;) {
      const hop = await this.#send(request);
      const { response } = hop;
      let next: PreparedRequest | undefined;
      try {
        next = redirect(request, response.status, [...response.headers]);
      } catch (error) {
        await this.#say(hop);
        throw error;
      }
      if (next === undefined || talk === "verbose") await this.#say(hop);
      if (next === undefined) return response;
      if (talk !== "silent") this.#print([redirectLine(response.status, next.target)]);
      // Not waited for: the next server need not care how long this one takes over what nobody reads.
      void drain(response);
      request = next;
    }
  }

  /** Sends one request; where nothing comes back, what was sent is said at once. */
  async #send(request: PreparedRequest): Promise<Hop> {
    const { method, target, host, fields, body } = request;
    const informational: string[] = [];
    try {
      const response = await this.#client.fetch(target.href, {
        method,
        headers: fields.map(([name, value]): [string, string] => [name, value]),
        redirect: "manual",
        signal: this.#signal,
        timeouts: this.#timeLeft(),
        onInformational: (status, headers) => informational.push(...informationalLines(status, headers)),
        ...(host !== undefined && { host }),
        ...(body !== undefined && this.#plan.content !== undefined && { body: this.#plan.content }),
      });
      return { request, response, informational };
    } catch (error) {
      if (this.#command.talk === "verbose") {
        this.#print([...requestLines(await outgoing(request), undefined), ...informational]);
      }
      throw error;
    }
  }

  /** What is left of the time for everything. */
  #timeLeft(): { total?: number } {
    const { maxTime } = this.#command;
    if (!maxTime) return {};
    return { total: Math.max(1, Math.ceil(maxTime - (this.#host.now() - this.#start))) };
  }

  async #say({ request, response, informational }: Hop): Promise<void> {
    const { talk, include } = this.#command;
    if (talk === "silent") return;
    const lines = connectionLines(request.target, response.connection);
    if (talk === "verbose") {
      lines.push(...requestLines(await outgoing(request), response.httpVersion), ...informational);
    }
    // With --include the head is part of the output, where it need not be said again.
    if (talk === "verbose" || !include) lines.push(...responseLines(response));
    lines.push(timingLine(response.connection));
    this.#print(lines);
  }

  #print(lines: readonly string[]): void {
    say(this.#host, lines);
  }
}

function say({ stderr }: CliHost, lines: readonly string[]): void {
  if (lines.length > 0) stderr.write(paint(lines, stderr.color));
}

/** How much of a redirect's content is read for the sake of using its connection again. */
const DRAIN_LIMIT = 65_536;

/** Reads the little content that a redirect has, and gives up a lot of it. Never rejects. */
async function drain({ body }: ClientResponse): Promise<void> {
  let left = DRAIN_LIMIT;
  try {
    // Leaving the loop cancels the rest.
    for await (const chunk of body ?? []) {
      left -= chunk.length;
      if (left < 0) return;
    }
  } catch {
    // Nobody wants it, so nobody wants to hear that it was cut short.
  }
}

/** Passes the content on, and says what became of it. */
async function deliver(
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
    if (output.path !== undefined) {
      host.stderr.write(paint([partialLine(progress, output.path)], host.stderr.color));
    }
    throw error;
  }
  const elapsed = host.now() - start;
  const lines: string[] = [];
  if (talk === "verbose") lines.push(...trailerLines(await response.trailers));
  if (talk === "verbose" || (output.path !== undefined && talk === "normal")) {
    lines.push(completeLine(progress.bytes, elapsed, output.path));
  }
  say(host, lines);
}

/** How many bytes of content are to come, where that is known. */
function lengthOf({ headers, body }: ClientResponse): number | undefined {
  const declared = headers.get("content-length");
  return body === null || declared === null ? undefined : parseContentLength(declared);
}

/** How often the progress is drawn, in milliseconds. */
const FRAME = 100;

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
  const stop = host.every(FRAME, draw);
  return () => {
    stop();
    draw();
    stderr.write("\n");
  };
}

function completeLine(bytes: number, elapsed: number, path: string | undefined): string {
  const rate = elapsed > 0 ? `, ${size(bytes / elapsed * 1_000)}/s` : "";
  const where = path === undefined ? "Received" : `Wrote "${path}":`;
  return `* ${where} ${bytes} bytes in ${duration(elapsed)}${rate}`;
}

function partialLine({ bytes, total }: Progress, path: string): string {
  return `* "${path}" is incomplete: it has ${bytes} ${total === undefined ? "" : `of ${total} `}bytes`;
}
