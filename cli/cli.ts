/**
 * The command line, bound to Deno. Only what a flag asks for needs a permission beside net: none of the terminal's
 * properties does, nor does Ctrl-C.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import {
  onInterrupt,
  readSecret,
  standardError,
  standardOutput,
  writeAll,
  writeAllSync,
} from "./deno_process.ts";
import type { CliHost, LogFile, OutputFile } from "./host.ts";
import { main } from "./main.ts";
import { Client } from "../client/client.ts";
import { lookUp } from "../client/runtime.ts";

/** Runs the command line with the process's arguments, and ends the process. */
export async function run(): Promise<never> {
  Deno.exit(await main(Deno.args, denoHost()));
}

/** The process as the command line sees it. */
export function denoHost(): CliHost {
  let input: Promise<Uint8Array> | undefined;
  return {
    stdout: standardOutput(),
    stderr: standardError(),
    readInput: () => input ??= new Response(Deno.stdin.readable).bytes(),
    async *inputChunks() {
      if (input !== undefined) yield await input;
      else {
        // What is asked for after this is empty.
        input = Promise.resolve(new Uint8Array());
        yield* Deno.stdin.readable;
      }
    },
    readSecret,
    readFile: (path) => Deno.readFile(path),
    async *fileChunks(path) {
      yield* (await Deno.open(path)).readable;
    },
    stat: (path) => Deno.stat(path),
    async mayWrite(path, ask = true) {
      const write = { name: "write", path } as const;
      // A request asks on a terminal, and is refused at once elsewhere.
      const { state } = await (ask ? Deno.permissions.request(write) : Deno.permissions.query(write));
      return state === "granted";
    },
    async openFile(path, mode = "empty", isPrivate = false): Promise<OutputFile> {
      const file = await Deno.open(path, {
        write: true,
        create: mode !== "new",
        createNew: mode === "new",
        truncate: mode === "empty",
        append: mode === "append",
        ...(isPrivate && { mode: USER_ALONE }),
      });
      return { write: (bytes) => writeAll(file, bytes), close: () => file.close() };
    },
    makeFolder: (path) => Deno.mkdir(path, { recursive: true }),
    removeFile: (path) => Deno.remove(path),
    async openLog(path): Promise<LogFile> {
      const file = await Deno.open(path, { append: true, create: true, mode: USER_ALONE });
      return {
        write: (text) => writeAllSync(file, new TextEncoder().encode(text)),
        close: () => file.close(),
      };
    },
    async env(variable) {
      const { state } = await Deno.permissions.query({ name: "env", variable });
      return state === "granted" ? Deno.env.get(variable) : undefined;
    },
    now: () => performance.now(),
    sleep: (milliseconds, signal) => delay(milliseconds, { signal }),
    lookUp,
    every(milliseconds, tick) {
      const timer = setInterval(tick, milliseconds);
      return () => clearInterval(timer);
    },
    onInterrupt,
    loadModule: (specifier) => import(specifier),
    makeClient: (options) => new Client(options),
  };
}

/** The mode of a file that its owner alone can read and write. */
const USER_ALONE = 0o600;
