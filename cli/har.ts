/**
 * The recording of `--har`: a HAR file of all requests of the command, without credentials and without content.
 *
 * @module
 */

import type { ClientHooks } from "../client/hooks/client_hooks.ts";
import type { FetchOptions } from "./command.ts";
import { CliError, ExitCode } from "./error.ts";
import type { CliHost } from "./host.ts";

/** A recording under way. */
export interface HarFile {
  /** For the client. */
  readonly on: ClientHooks;
  /** Writes the file, also where the request has failed. */
  write(): Promise<void>;
}

/**
 * Starts the recording, if there is to be one.
 *
 * @throws {CliError} `write`: the file cannot be written to. So does {@linkcode HarFile.write}.
 */
export async function recordHar(
  { harFile: path }: FetchOptions,
  host: CliHost,
): Promise<HarFile | undefined> {
  if (path === undefined) return undefined;
  if (!await host.mayWrite(path)) {
    throw new CliError(ExitCode.write, `Cannot write to "${path}": the runtime does not allow it`, {
      hint: `Run with --allow-write=${path}.`,
    });
  }
  const { harRecorder } = await import("../har/mod.ts");
  const recorder = harRecorder();
  return {
    on: recorder.on,
    async write() {
      const bytes = new TextEncoder().encode(`${JSON.stringify(recorder.har(), undefined, 2)}\n`);
      try {
        const file = await host.openFile(path);
        try {
          await file.write(bytes);
        } finally {
          file.close();
        }
      } catch (cause) {
        throw new CliError(ExitCode.write, `Cannot write to "${path}"`, { cause });
      }
    },
  };
}
