/**
 * A command whose URL is of a WebSocket: lines of standard input go out as messages, and messages come out as lines.
 *
 * The end of standard input closes the WebSocket; what the server has sent before its own Close frame still comes out.
 *
 * @module
 */

import type { FetchCommand } from "./command.ts";
import { MAX_TIMER_MS } from "../io/attempt.ts";
import { CliError, ExitCode, usageError } from "./error.ts";
import type { CliHost, HostClient } from "./host.ts";
import { say } from "./print.ts";
import { clientOptions } from "./client_options.ts";
import { planRequest } from "./request.ts";
import { limitVersions } from "./explain.ts";
import { printable } from "./text.ts";
import type { OpenedWebSocket, WebSocketMessage, WebSocketStream } from "../websocket/mod.ts";

/** Whether the URL of a command is one of a WebSocket. */
export function isWebSocket({ url }: FetchCommand): boolean {
  return /^wss?:/i.test(url);
}

/**
 * Opens the WebSocket, and carries lines and messages until it is closed.
 *
 * @throws {CliError} `usage` for flags about requests and bodies.
 * @throws {ClientError} The WebSocket could not be opened.
 * @throws {WebSocketError} The handshake was malformed, or the end was not clean.
 */
export async function talkWebSocket(command: FetchCommand, host: CliHost): Promise<void> {
  refuseFlags(command);
  const url = command.url.replace(/^ws/i, "http");
  const { request } = await planRequest({ ...command, url, compressed: false }, host);
  const options = await limitVersions(command, await clientOptions({ ...command, compressed: false }, host));
  const stopped = new AbortController();
  const stopListening = host.onInterrupt(() =>
    stopped.abort(new CliError(ExitCode.interrupted, "Interrupted"))
  );
  const timer = command.maxTime
    ? setTimeout(() => stopped.abort(tooLong(command.maxTime)), Math.min(command.maxTime, MAX_TIMER_MS))
    : undefined;
  let client: HostClient | undefined;
  try {
    client = host.makeClient(options);
    const socket = await client.webSocket(request.target.href, {
      headers: request.fields.map(([name, value]): [string, string] => [name, value]),
      signal: stopped.signal,
      permessageDeflate: command.compressed ?? false,
      ...(request.host !== undefined && { host: request.host }),
    });
    const opened = await socket.opened;
    if (command.talk !== "silent") {
      const { protocol, extensions } = opened;
      const facts = [protocol && `subprotocol ${printable(protocol)}`, extensions && printable(extensions)];
      say(host.stderr, [["* WebSocket open", ...facts.filter((fact) => fact !== "")].join(", ")]);
    }
    stopped.signal.addEventListener("abort", () => socket.abort());
    void sendLines(socket, opened, host);
    for await (const message of opened.readable) await writeMessage(message, host);
    const { closeCode, reason } = await socket.closed;
    if (command.talk !== "silent") {
      say(host.stderr, [`* Closed with ${closeCode} ${printable(reason)}`.trimEnd()]);
    }
  } catch (error) {
    stopped.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    stopListening();
    client?.close();
  }
}

function tooLong(milliseconds: number | undefined): CliError {
  return new CliError(ExitCode.timeout, `Cannot go on: the WebSocket took over ${milliseconds} ms`, {
    hint: "Allow more time with --max-time.",
  });
}

/** Sends each line of standard input as a message, and closes at its end. */
async function sendLines(
  socket: WebSocketStream,
  { writable }: OpenedWebSocket,
  host: CliHost,
): Promise<void> {
  const writer = writable.getWriter();
  try {
    for await (const line of linesOf(host.inputChunks())) await writer.write(line);
    socket.close({ closeCode: 1000 });
  } catch {
    // The WebSocket has ended, which its reader tells; or standard input cannot be read, as if it were empty.
    socket.close({ closeCode: 1000 });
  }
}

/** The lines of a text, without their ends. The last needs none. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  for await (const chunk of chunks) {
    const [first = "", ...more] = decoder.decode(chunk, { stream: true }).split("\n");
    parts.push(first);
    for (const next of more) {
      yield withoutReturn(parts.join(""));
      parts = [next];
    }
  }
  const last = parts.join("") + decoder.decode();
  if (last !== "") yield withoutReturn(last);
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** Writes a message and a line feed. A terminal gets no control characters, and the size of what is binary. */
async function writeMessage(message: WebSocketMessage, { stdout, stderr }: CliHost): Promise<void> {
  if (stdout.isTerminal && typeof message !== "string") {
    return say(stderr, [`* A binary message of ${message.length} bytes`]);
  }
  const bytes = typeof message !== "string"
    ? message
    : ENCODER.encode(stdout.isTerminal ? printable(message) : message);
  const line = new Uint8Array(bytes.length + 1);
  line.set(bytes);
  line[bytes.length] = 0x0a;
  try {
    await stdout.write(line);
  } catch (cause) {
    throw new CliError(ExitCode.write, "Cannot write a message: standard output takes no more", { cause });
  }
}

/** Refuses flags that mean nothing here. */
function refuseFlags(command: FetchCommand): void {
  const { data, head, method, include, output, remoteName, fail, explain, harFile, keyLogFile } = command;
  const { form, upload, range, continueAt, dumpHeader, writeOut, retries } = command;
  const given: readonly (readonly [name: string, isGiven: boolean])[] = [
    ["data", data.length > 0],
    ["--form", form !== undefined],
    ["--upload-file", upload !== undefined],
    ["--range", range !== undefined],
    ["--continue-at", continueAt !== undefined],
    ["--dump-header", dumpHeader !== undefined],
    ["--write-out", writeOut !== undefined],
    ["--retry", retries !== undefined],
    ["--cookie-jar", command.cookieJar !== undefined],
    ["--head", head === true],
    ["--request", method !== undefined],
    ["--include", include === true],
    ["--output", output !== undefined],
    ["--remote-name", remoteName === true],
    ["--fail", fail !== undefined],
    ["--explain", explain !== undefined],
    ["--har", harFile !== undefined],
    ["--key-log", keyLogFile !== undefined],
  ];
  const refused = given.find(([, isGiven]) => isGiven)?.[0];
  if (refused !== undefined) throw usageError(`Cannot use ${refused} with the URL of a WebSocket`);
}

const ENCODER = new TextEncoder();
