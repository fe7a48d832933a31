/**
 * Files that are sent as they are read.
 *
 * @module
 */

import { CliError, ExitCode } from "../error.ts";
import { unreadable } from "../file.ts";
import type { CliHost } from "../host.ts";
import type { Content } from "./content.ts";

/**
 * The content of `--upload-file`.
 *
 * @param path The name of the file; `-` and `.` are standard input.
 * @throws {CliError} `read`: it cannot be read.
 */
export async function uploadedFile(path: string, host: CliHost): Promise<Content> {
  if (path === "-" || path === ".") {
    return { fields: [], length: undefined, isReplayable: false, open: () => host.inputChunks() };
  }
  const length = await fileLength(path, "the file to upload", host);
  return {
    fields: [],
    length,
    isReplayable: length !== undefined,
    open: () => readChunks(path, length, host),
  };
}

/**
 * The length of a file; `undefined` for what has none, such as a pipe.
 *
 * @param what The purpose of the file, in messages.
 * @throws {CliError} `read`: it cannot be read.
 */
export async function fileLength(path: string, what: string, host: CliHost): Promise<number | undefined> {
  let stat: Awaited<ReturnType<CliHost["stat"]>>;
  try {
    stat = await host.stat(path);
  } catch (cause) {
    throw unreadable(path, ExitCode.read, what, cause);
  }
  if (stat.isDirectory) {
    throw new CliError(ExitCode.read, `Cannot read ${what}: "${path}" is a folder`);
  }
  return stat.isFile ? stat.size : undefined;
}

/** The pieces of a file, `length` bytes where that is known: a file that grows meanwhile is sent as it was. */
export async function* readChunks(
  path: string,
  length: number | undefined,
  host: CliHost,
): AsyncGenerator<Uint8Array> {
  let left = length ?? Infinity;
  try {
    for await (const chunk of host.fileChunks(path)) {
      yield chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= chunk.length;
      if (left <= 0) return;
    }
  } catch (cause) {
    throw unreadable(path, ExitCode.read, "the file to send", cause);
  }
}
