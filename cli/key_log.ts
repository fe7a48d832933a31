/**
 * The key log: a file with the secrets of the connections, for Wireshark to decrypt what was recorded.
 *
 * `--key-log` or the variable SSLKEYLOGFILE asks for it, and a warning is always printed.
 *
 * @module
 */

import type { KeyLog } from "../tls/mod.ts";
import type { FetchOptions } from "./command.ts";
import { CliError, ExitCode } from "./error.ts";
import type { CliHost, LogFile } from "./host.ts";
import { say } from "./print.ts";
import { printable } from "./text.ts";
import type { ClientOptions } from "../client/options.ts";
import { chooseTls } from "../client/connect/tls_choice.ts";

/** A key log that is open. */
export interface OpenKeyLog {
  /** For the client. */
  readonly keyLog: KeyLog;
  /** Closes the file. */
  close(): void;
}

/**
 * Opens the key log, if there is to be one. The variable counts only where Ductile's TLS is used anyway: Deno's TLS
 * has no key log, and a forgotten variable must not change whose TLS is used.
 *
 * @param options What the client is to be made with.
 * @throws {CliError} `write`: the file of `--key-log` cannot be written to.
 */
export async function openKeyLog(
  command: FetchOptions,
  options: ClientOptions,
  host: CliHost,
): Promise<OpenKeyLog | undefined> {
  const { keyLogFile } = command;
  if (keyLogFile !== undefined) {
    if (!await host.mayWrite(keyLogFile)) throw notPermitted(keyLogFile);
    return await open(keyLogFile, host);
  }
  if (chooseTls(options).path !== "ductile") return undefined;
  const path = await host.env("SSLKEYLOGFILE");
  if (path === undefined || path === "") return undefined;
  if (await host.mayWrite(path, false)) return await open(path, host);
  say(host.stderr, [`* SSLKEYLOGFILE is ignored: it needs --allow-write=${printable(path)}`]);
  return undefined;
}

async function open(path: string, host: CliHost): Promise<OpenKeyLog> {
  const { keyLogWriter } = await import("../tls/mod.ts");
  let file: LogFile;
  try {
    file = await host.openLog(path);
  } catch (cause) {
    throw new CliError(ExitCode.write, `Cannot write to "${path}"`, { cause });
  }
  say(host.stderr, [
    `* WARNING: the secrets go to "${printable(path)}": anyone who has it can read the connections`,
  ]);
  let failed = false;
  const keyLog = keyLogWriter((line) => {
    if (failed) return;
    try {
      file.write(line);
    } catch (error) {
      // The key log is for looking at the connection, which must not fail without it.
      failed = true;
      say(host.stderr, [`* The key log is incomplete: ${printable(String(error))}`]);
    }
  });
  return { keyLog, close: () => file.close() };
}

function notPermitted(path: string): CliError {
  return new CliError(ExitCode.write, `Cannot write to "${path}": the runtime does not allow it`, {
    hint: `Run with --allow-write=${path}.`,
  });
}
