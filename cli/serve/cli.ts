/**
 * The command that serves a folder, bound to Deno.
 *
 * @module
 */

import { serve } from "../../server/serve.ts";
import { onInterrupt, standardError, standardOutput } from "../deno_process.ts";
import type { Files, OpenFile } from "./folder/files.ts";
import type { ServeHost } from "./host.ts";
import { serveMain } from "./main.ts";

/** Runs the command with the process's arguments, and ends the process. */
export async function run(): Promise<never> {
  Deno.exit(await serveMain(Deno.args, denoServeHost()));
}

/** The process as the command sees it. */
export function denoServeHost(): ServeHost {
  return {
    stdout: standardOutput(),
    stderr: standardError(),
    files: denoFiles(),
    readFile: (path) => Deno.readFile(path),
    now: () => Date.now(),
    onInterrupt,
    serve,
  };
}

/** The files that the process may read. */
export function denoFiles(): Files {
  return {
    separator: Deno.build.os === "windows" ? "\\" : "/",
    realPath: (path) => Deno.realPath(path),
    stat: (path) => Deno.stat(path),
    async open(path): Promise<OpenFile> {
      const file = await Deno.open(path);
      return {
        stat: () => file.stat(),
        seek: async (position) => void await file.seek(position, Deno.SeekMode.Start),
        read: (into) => file.read(into),
        close: () => file.close(),
      };
    },
    readDir: (path) => Deno.readDir(path),
  };
}
