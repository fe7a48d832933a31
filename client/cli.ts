/**
 * The command line, bound to Deno. Only what a flag asks for needs a permission beside net: none of the terminal's
 * properties does, nor does Ctrl-C.
 *
 * @module
 */

import type { CliHost, MessageStream, OutputFile, OutputStream } from "./cli_host.ts";
import { main } from "./cli_main.ts";
import { Client } from "./client.ts";

/** Runs the command line with the process's arguments, and ends the process. */
export async function run(): Promise<never> {
  Deno.exit(await main(Deno.args, denoHost()));
}

/** The process as the command line sees it. */
export function denoHost(): CliHost {
  return {
    stdout: standardOutput(),
    stderr: standardError(),
    async readInput() {
      return new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
    },
    readFile: (path) => Deno.readFile(path),
    async mayWrite(path) {
      // Asks on a terminal, and is refused at once elsewhere.
      return (await Deno.permissions.request({ name: "write", path })).state === "granted";
    },
    async openFile(path): Promise<OutputFile> {
      const file = await Deno.open(path, { write: true, create: true, truncate: true });
      return { write: (bytes) => writeAll(file, bytes), close: () => file.close() };
    },
    now: () => performance.now(),
    every(milliseconds, tick) {
      const timer = setInterval(tick, milliseconds);
      return () => clearInterval(timer);
    },
    onInterrupt,
    makeClient: (options) => new Client(options),
  };
}

function standardOutput(): OutputStream {
  return {
    isTerminal: Deno.stdout.isTerminal(),
    write: (bytes) => writeAll(Deno.stdout, bytes),
  };
}

function standardError(): MessageStream {
  const isTerminal = Deno.stderr.isTerminal();
  return {
    isTerminal,
    color: isTerminal && !Deno.noColor,
    columns() {
      try {
        // A terminal that nobody has told its size has none.
        return Deno.consoleSize().columns || FALLBACK_COLUMNS;
      } catch {
        return FALLBACK_COLUMNS;
      }
    },
    write(text) {
      try {
        let rest: Uint8Array = ENCODER.encode(text);
        while (rest.length > 0) rest = rest.subarray(Deno.stderr.writeSync(rest));
      } catch {
        // Nobody listens.
      }
    },
  };
}

const ENCODER = new TextEncoder();
const FALLBACK_COLUMNS = 80;

/** What a process exits with that ends by SIGINT, as shells have it. */
const INTERRUPTED = 130;

/** The first Ctrl-C asks for an end, the second one does not ask. */
function onInterrupt(listener: () => void): () => void {
  let asked = false;
  const onSignal = (): void => {
    if (asked) Deno.exit(INTERRUPTED);
    asked = true;
    listener();
  };
  Deno.addSignalListener("SIGINT", onSignal);
  return () => Deno.removeSignalListener("SIGINT", onSignal);
}

async function writeAll(
  writer: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await writer.write(rest));
}
