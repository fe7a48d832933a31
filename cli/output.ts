/**
 * Outputs for a body: standard output, or a file that is opened when there is something to write.
 *
 * @module
 */

import type { FetchCommand } from "./command.ts";
import { CliError, ExitCode } from "./error.ts";
import type { ByteSink, CliHost, OutputFile } from "./host.ts";
import type { Target } from "../client/request/target.ts";

/** An output for a body. */
export interface Output extends ByteSink {
  /** The file's name; absent for standard output. */
  readonly path?: string;
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;
  /** Opens a file and empties it, though the body may be empty. */
  open(): Promise<void>;
  /** Closes a file. Closing again does nothing. */
  close(): void;
}

/**
 * The output that the command names. A file is not touched before `open()`, so that a failed request leaves it as it
 * was. The permission to write it is checked now, before anything is sent.
 *
 * @throws {CliError} `usage` or `write`.
 */
export async function chooseOutput(command: FetchCommand, target: Target, host: CliHost): Promise<Output> {
  const path = command.remoteName ? remoteName(target) : command.output;
  if (path === undefined || path === "-") return standardOutput(host, path === "-");
  if (!await host.mayWrite(path)) {
    throw new CliError(ExitCode.write, `Cannot write to "${path}": the runtime does not allow it`, {
      hint: `Run with --allow-write=${path}.`,
    });
  }
  return new FileOutput(path, host);
}

/** The last part of the path. The URL parser has resolved `.` and `..`, escaped or not, and has no backslashes. */
function remoteName(target: Target): string {
  const name = target.path.replace(/[?].*/s, "").split("/").at(-1) ?? "";
  if (name === "") {
    throw new CliError(ExitCode.usage, "Cannot use --remote-name: the URL's path does not end with a name", {
      hint: "Name the file: --output FILE.",
    });
  }
  return name;
}

function standardOutput(host: CliHost, forced: boolean): Output {
  let first = true;
  return {
    isTerminal: host.stdout.isTerminal,
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

class FileOutput implements Output {
  readonly path: string;
  readonly isTerminal = false;
  readonly #host: CliHost;
  #file: OutputFile | undefined;

  constructor(path: string, host: CliHost) {
    this.path = path;
    this.#host = host;
  }

  async open(): Promise<void> {
    try {
      this.#file ??= await this.#host.openFile(this.path);
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#file?.write(bytes);
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #failed(cause: unknown): CliError {
    return new CliError(ExitCode.write, `Cannot write to "${this.path}"`, { cause });
  }
}
