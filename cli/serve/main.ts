/**
 * The command that serves a folder: `deno run -N -R jsr:@ductile/ductile/server [FLAG ...] [FOLDER]`.
 *
 * It uses nothing of the runtime: `cli.ts` binds it, and a test can play the process.
 *
 * @module
 */

import { VERSION } from "../../client/version.ts";
import { CliError, describeFailure, ExitCode, exitCodeFor } from "../error.ts";
import { printable } from "../text.ts";
import { parseServeArguments } from "./arguments.ts";
import type { ServeFolderCommand } from "./command.ts";
import { serveFolder } from "./folder/serve_folder.ts";
import { serveHelpText } from "./help.ts";
import type { RunningServer, ServeHost } from "./host.ts";
import { isKnownHost } from "./known_host.ts";
import { chooseIdentity, isAnyAddress, type ServedIdentity } from "./identity.ts";

/**
 * Does what the arguments say.
 *
 * @param args The arguments after the program's name.
 * @param host The process around it.
 * @returns The exit code, once the server has ended; a failure was printed. Never rejects.
 */
export async function serveMain(args: readonly string[], host: ServeHost): Promise<ExitCode> {
  try {
    const command = parseServeArguments(args);
    switch (command.action) {
      case "help":
        await print(host, serveHelpText());
        break;
      case "version":
        await print(host, `ductile ${VERSION}\n`);
        break;
      case "serve":
        await serveUntilInterrupted(command, host);
        break;
    }
    return ExitCode.ok;
  } catch (error) {
    host.stderr.write(describeFailure(error));
    return exitCodeFor(error);
  }
}

async function serveUntilInterrupted(command: ServeFolderCommand, host: ServeHost): Promise<void> {
  const root = await openFolder(command.folder, host);
  const identity = command.plain ? undefined : await chooseIdentity(command, host);
  const folder = { root, dotfiles: command.dotfiles, files: host.files };
  const server = listen(command, identity, host, async (request) => {
    const url = new URL(request.url);
    const isOurs = !command.plain || isKnownHost(command, url);
    const response = isOurs ? await serveFolder(folder, request) : misdirected();
    if (command.verbose) {
      const { pathname, search } = url;
      host.stderr.write(`${printable(`${request.method} ${pathname}${search} ${response.status}`)}\n`);
    }
    return response;
  });
  const stopListening = host.onInterrupt(() => server.shutdown());
  try {
    const url = urlOf(command, server.addr.port);
    await print(host, [`Serving ${printable(root)}`, `  ${url}`, ...identity?.lines ?? [], ""].join("\n"));
    await server.finished;
  } finally {
    stopListening();
    await server.shutdown();
  }
}

function misdirected(): Response {
  return new Response("This server does not answer for the host of the URL; --name lets it\n", {
    status: 421,
  });
}

/** The real path of the folder. */
async function openFolder(name: string, { files }: ServeHost): Promise<string> {
  const refuse = (reason: string, hint: string, cause?: unknown): CliError =>
    new CliError(ExitCode.read, `Cannot serve "${name}": ${reason}`, { cause, hint });
  try {
    const root = await files.realPath(name);
    if ((await files.stat(root)).isDirectory) return root;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw cause.name === "NotCapable"
      ? refuse("it may not be read", `Run with --allow-read=${name}.`, cause)
      : refuse("it cannot be read", "Check the name of the folder.", cause);
  }
  throw refuse("it is no folder", "Name the folder that it is in.");
}

function listen(
  { hostname, port, certFile }: ServeFolderCommand,
  identity: ServedIdentity | undefined,
  host: ServeHost,
  handler: (request: Request) => Promise<Response>,
): RunningServer {
  const onError = (error: unknown): Response => {
    host.stderr.write(`ductile: ${printable(String(error))}\n`);
    return new Response("Internal server error\n", { status: 500 });
  };
  const tls = identity && { cert: identity.cert, key: identity.key };
  try {
    return host.serve({ hostname, port, ...(tls && { tls }), onListen() {}, onError }, handler);
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : "";
    const [reason, hint] = LISTEN_FAILURES[name] ?? ["", ""];
    if (reason === "") {
      if (certFile === undefined) throw cause;
      throw new CliError(ExitCode.client_certificate, "Cannot listen with the certificate and the key", {
        cause,
        hint: "Check that the key is the certificate's, and not encrypted.",
      });
    }
    const address = `${authorityHost(hostname)}:${port}`;
    throw new CliError(ExitCode.connect, `Cannot listen on ${address}: ${reason}`, {
      cause,
      hint: hint.replace("ADDRESS", address),
    });
  }
}

/** Why an address cannot be listened on, by the name of the runtime's error. */
const LISTEN_FAILURES: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  AddrInUse: ["it is in use", "Choose another port with --port; 0 is any that is free."],
  AddrNotAvailable: ["this machine does not have it", "Name an address of this machine with --host."],
  NotCapable: ["it is not permitted", "Run with --allow-net=ADDRESS."],
  PermissionDenied: ["the system does not permit it", "Choose a port from 1024 on with --port."],
};

/** The URL for this machine, where it listens on every address. */
function urlOf({ hostname, plain }: ServeFolderCommand, port: number): string {
  const isLocal = hostname === "127.0.0.1" || isAnyAddress(hostname);
  return `${plain ? "http" : "https"}://${isLocal ? "localhost" : authorityHost(hostname)}:${port}/`;
}

function authorityHost(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

async function print(host: ServeHost, text: string): Promise<void> {
  await host.stdout.write(new TextEncoder().encode(text));
}
