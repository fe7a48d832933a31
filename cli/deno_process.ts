/**
 * The process of Deno: its streams and its Ctrl-C, none of which needs a permission.
 *
 * @module
 */

import type { MessageStream, OutputStream } from "./host.ts";

/** Standard output. */
export function standardOutput(): OutputStream {
  return {
    isTerminal: Deno.stdout.isTerminal(),
    write: (bytes) => writeAll(Deno.stdout, bytes),
  };
}

/** Standard error. */
export function standardError(): MessageStream {
  const isTerminal = Deno.stderr.isTerminal();
  return {
    isTerminal,
    color: isTerminal && !Deno.noColor,
    columns() {
      try {
        // Zero where the terminal does not know its size.
        return Deno.consoleSize().columns || DEFAULT_COLUMNS;
      } catch {
        return DEFAULT_COLUMNS;
      }
    },
    write(text) {
      try {
        writeAllSync(Deno.stderr, ENCODER.encode(text));
      } catch {
        // Standard error is closed.
      }
    },
  };
}

const ENCODER = new TextEncoder();
const DEFAULT_COLUMNS = 80;

/** Exit code of a process that SIGINT has ended, as in shells. */
const INTERRUPTED = 130;

/** Calls `listener` at the first Ctrl-C; the second ends the process. */
export function onInterrupt(listener: () => void): () => void {
  let asked = false;
  const onSignal = (): void => {
    if (asked) Deno.exit(INTERRUPTED);
    asked = true;
    listener();
  };
  Deno.addSignalListener("SIGINT", onSignal);
  return () => Deno.removeSignalListener("SIGINT", onSignal);
}

/** Reads a line of a terminal without showing it; `undefined` where standard input is no terminal. */
export async function readSecret(prompt: string): Promise<string | undefined> {
  if (!Deno.stdin.isTerminal()) return undefined;
  standardError().write(prompt);
  const restore = (): void => {
    Deno.stdin.setRaw(false);
    standardError().write("\n");
  };
  // A process that is killed here would leave the terminal without its echo.
  const onSignal = (): void => {
    restore();
    Deno.exit(INTERRUPTED);
  };
  Deno.addSignalListener("SIGINT", onSignal);
  Deno.stdin.setRaw(true, { cbreak: true });
  try {
    return await readLine();
  } finally {
    Deno.removeSignalListener("SIGINT", onSignal);
    restore();
  }
}

/** Reads up to the line feed; backspace takes back a character, as where a terminal edits the line. */
async function readLine(): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1_024);
  let line: string[] = [];
  for (;;) {
    const count = await Deno.stdin.read(buffer);
    if (count === null) return line.join("");
    for (const char of decoder.decode(buffer.subarray(0, count), { stream: true })) {
      if (char === "\n" || char === "\r" || char === "\x04") return line.join("");
      if (char === "\x7f" || char === "\b") line.pop();
      else if (char === "\x15") line = [];
      else line.push(char);
    }
  }
}

/** Writes all of `bytes`. */
export async function writeAll(
  writer: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await writer.write(rest));
}

/** Writes all of `bytes` before it returns. */
export function writeAllSync(writer: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(writer.writeSync(rest));
}
