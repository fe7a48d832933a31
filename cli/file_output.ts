/**
 * A file as the output of a body.
 *
 * @module
 */

import type { FetchCommand } from "./command.ts";
import { CliError, ExitCode } from "./error.ts";
import type { ByteSink, CliHost, OutputFile } from "./host.ts";

/** An output for a body. */
export interface Output extends ByteSink {
  /** The file's name; absent for standard output. */
  readonly path?: string;
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;
  /** The bytes of the body that are there, with `--continue-at`. */
  readonly offset: number;
  /** Takes the name that the server gave the file, with `--remote-header-name`. */
  rename?(name: string | undefined): Promise<void>;
  /** Opens a file and empties it, though the body may be empty. */
  open(): Promise<void>;
  /** Closes a file. Closing again does nothing. */
  close(): void;
  /** Removes a file that was opened. */
  remove?(): Promise<void>;
}

/** Names that `--no-clobber` tries, as curl does. */
const MAX_TRIED_NAMES = 100;

/** A file that is opened when there is something to write. */
export class FileOutput implements Output {
  readonly isTerminal = false;
  readonly offset: number;
  readonly #command: FetchCommand;
  readonly #host: CliHost;
  #path: string;
  #isNew: boolean;
  #wasOpened = false;
  /** The name that the server gave. */
  #given: string | undefined;
  #file: OutputFile | undefined;

  /**
   * Opens nothing.
   *
   * @param path The name of the file.
   * @param offset The bytes that are there and stay.
   * @param command The flags about files.
   * @param host The process around it.
   */
  constructor(path: string, offset: number, command: FetchCommand, host: CliHost) {
    this.#path = path;
    this.offset = offset;
    this.#command = command;
    this.#host = host;
    this.#isNew = command.noClobber ?? false;
  }

  /** The name of the file. */
  get path(): string {
    return this.#path;
  }

  /**
   * Takes the name that the server gave, in the same folder. A file of this name stays as it is: the server could have
   * chosen the name to overwrite it. So it is with the other name of another attempt.
   *
   * @param name The name, without any folder; `undefined` leaves the name as it is.
   * @throws {CliError} `write`: the runtime does not allow it.
   */
  async rename(name: string | undefined): Promise<void> {
    if (name !== undefined && name !== this.#given) {
      this.#given = name;
      this.#path = joined(this.#command.outputDir, name);
      this.#isNew = true;
      this.#wasOpened = false;
    }
    await requireWritable(this.#path, this.#host);
  }

  /**
   * Opens the file, and makes its folder with `--create-dirs`.
   *
   * @throws {CliError} `write`.
   */
  async open(): Promise<void> {
    if (this.#file !== undefined) return;
    if (!this.#wasOpened && this.#command.createDirs) await this.#makeFolder();
    try {
      // What a first attempt has opened is this command's own.
      if (this.#isNew && !this.#wasOpened) await this.#openNew();
      else this.#file = await this.#host.openFile(this.#path, this.offset > 0 ? "append" : "empty");
      this.#wasOpened = true;
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  /**
   * Writes bytes.
   *
   * @throws {CliError} `write`.
   */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#file?.write(bytes);
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  /** Closes the file. Closing again does nothing. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** Removes the file, if it was opened. */
  async remove(): Promise<void> {
    this.close();
    if (this.#wasOpened) await this.#host.removeFile(this.#path);
  }

  async #openNew(): Promise<void> {
    const path = this.#path;
    for (let i = 0;; i++) {
      try {
        this.#path = i === 0 ? path : `${path}.${i}`;
        if (i > 0) await requireWritable(this.#path, this.#host);
        this.#file = await this.#host.openFile(this.#path, "new");
        return;
      } catch (error) {
        const exists = error instanceof Error && error.name === "AlreadyExists";
        if (!exists || !this.#command.noClobber || i === MAX_TRIED_NAMES) throw error;
      }
    }
  }

  async #makeFolder(): Promise<void> {
    const end = this.#path.lastIndexOf("/");
    if (end <= 0) return;
    const folder = this.#path.slice(0, end);
    await requireWritable(folder, this.#host);
    try {
      await this.#host.makeFolder(folder);
    } catch (cause) {
      throw new CliError(ExitCode.write, `Cannot make the folder "${folder}"`, { cause });
    }
  }

  #failed(cause: unknown): CliError {
    return cause instanceof CliError
      ? cause
      : new CliError(ExitCode.write, `Cannot write to "${this.#path}"`, { cause });
  }
}

/** The name of a file in a folder; an absolute name too is one in the folder, as in curl. */
export function joined(folder: string | undefined, path: string): string {
  return folder === undefined ? path : `${folder.replace(/\/$/, "")}/${path}`;
}

/**
 * Refuses a file that the runtime does not allow to write, which is known before anything is sent.
 *
 * @throws {CliError} `write`.
 */
export async function requireWritable(path: string, host: Pick<CliHost, "mayWrite">): Promise<void> {
  if (await host.mayWrite(path)) return;
  throw new CliError(ExitCode.write, `Cannot write to "${path}": the runtime does not allow it`, {
    hint: `Run with --allow-write=${path}.`,
  });
}
