/**
 * The heads of responses as bytes, for `--include` and `--dump-header`: nothing in them is hidden.
 *
 * @module
 */

import type { FetchOptions } from "./command.ts";
import { CliError, ExitCode } from "./error.ts";
import { requireWritable } from "./file_output.ts";
import type { ByteSink, CliHost } from "./host.ts";
import { writeStandardOutput } from "./standard_output.ts";

/** The output of `--dump-header`. */
export interface HeadLog extends ByteSink {
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;
  /** Closes the file. */
  close(): void;
}

/**
 * Opens the file of `--dump-header`, for all URLs of an operation.
 *
 * @throws {CliError} `write`.
 */
export async function openHeadLog({ dumpHeader }: FetchOptions, host: CliHost): Promise<HeadLog | undefined> {
  if (dumpHeader === undefined) return undefined;
  if (dumpHeader === "-") {
    const { isTerminal } = host.stdout;
    return { isTerminal, write: (bytes) => writeStandardOutput(bytes, host), close() {} };
  }
  await requireWritable(dumpHeader, host);
  try {
    const { write, close } = await host.openFile(dumpHeader);
    return { isTerminal: false, write, close };
  } catch (cause) {
    throw new CliError(ExitCode.write, `Cannot write to "${dumpHeader}"`, { cause });
  }
}
