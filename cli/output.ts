/**
 * Outputs for a body: standard output, or a file that is opened when there is something to write.
 *
 * @module
 */

import type { FetchCommand } from "./command.ts";
import { CliError, ExitCode } from "./error.ts";
import { FileOutput, joined, type Output, requireWritable } from "./file_output.ts";
import type { CliHost } from "./host.ts";
import type { Target } from "../client/request/target.ts";

/**
 * The output that the command names. A file is not touched before `open()`, so that a failed request leaves it as it
 * was. The permission to write it is checked now, before anything is sent.
 *
 * @throws {CliError} `usage`, `write` or `resume`.
 */
export async function chooseOutput(command: FetchCommand, target: Target, host: CliHost): Promise<Output> {
  const { continueAt, outputDir } = command;
  const path = command.remoteName ? remoteName(target) : command.output;
  // Of a URL whose path ends with it, a hyphen is a name like any other.
  if (path === undefined || (path === "-" && !command.remoteName)) {
    const offset = continueAt === undefined || continueAt === "-" ? 0 : Number(continueAt);
    return standardOutput(host, path === "-", offset);
  }
  // No permission is needed for what is thrown away.
  if (path === "/dev/null") return discarding();
  const file = joined(outputDir, path);
  if (command.remoteName && command.remoteHeaderName) return new FileOutput(file, 0, command, host);
  await requireWritable(file, host);
  return new FileOutput(file, await offsetOf(file, continueAt, host), command, host);
}

/** The last part of the path. The URL parser has resolved `.` and `..`, escaped or not, and has no backslashes. */
function remoteName(target: Target): string {
  const name = target.path.replace(/[?].*/s, "").split("/").at(-1) ?? "";
  if (name === "") {
    throw new CliError(ExitCode.write, "Cannot use --remote-name: the URL's path does not end with a name", {
      hint: "Name the file: --output FILE.",
    });
  }
  return name;
}

/** The bytes that a file has, or those that the flag names. */
async function offsetOf(path: string, continueAt: string | undefined, host: CliHost): Promise<number> {
  if (continueAt === undefined) return 0;
  if (continueAt !== "-") return Number(continueAt);
  try {
    return (await host.stat(path)).size;
  } catch (cause) {
    if (cause instanceof Error && cause.name === "NotFound") return 0;
    throw new CliError(ExitCode.resume, `Cannot continue "${path}": its size is not known`, {
      cause,
      hint: `Run with --allow-read=${path}.`,
    });
  }
}

function discarding(): Output {
  return {
    path: "/dev/null",
    isTerminal: false,
    offset: 0,
    open: () => Promise.resolve(),
    write: () => Promise.resolve(),
    close() {},
  };
}

function standardOutput(host: CliHost, forced: boolean, offset: number): Output {
  let first = true;
  return {
    isTerminal: host.stdout.isTerminal,
    offset,
    open: () => Promise.resolve(),
    close() {},
    async write(bytes) {
      if (first && host.stdout.isTerminal && !forced && isBinary(bytes)) {
        throw new CliError(ExitCode.write, "Cannot write the body to the terminal: it is binary", {
          hint: 'Write it to a file with "--output FILE", or insist with "--output -".',
        });
      }
      first = false;
      try {
        await host.stdout.write(bytes);
      } catch (cause) {
        throw new CliError(ExitCode.write, "Cannot write the body to standard output", { cause });
      }
    },
  };
}

/** Bytes of a body in which control characters are searched for. */
const MAX_SEARCHED_BYTES = 2_000;

/**
 * Whether bytes have control characters that text has not; BEL to CR and ESC are usual in text for terminals. Every
 * compressed format begins with such a character.
 */
function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, MAX_SEARCHED_BYTES).some((byte) =>
    byte < 0x07 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b)
  );
}
