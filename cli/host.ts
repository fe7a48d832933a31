/**
 * The process as the command line needs it, so that all of it but one file runs without a runtime.
 *
 * @module
 */

import type { Client } from "../client/client.ts";
import type { ClientOptions } from "../client/options.ts";

/** A destination of bytes. */
export interface ByteSink {
  /** Writes all of `bytes`; rejects when the other end is closed. */
  write(bytes: Uint8Array): Promise<void>;
}

/** A file that is being written. */
export interface OutputFile extends ByteSink {
  /** Closes the file. */
  close(): void;
}

/** The kind and size of a file. */
export interface FileStat {
  /** Whether it is a regular file. */
  readonly isFile: boolean;
  /** Whether it is a folder. */
  readonly isDirectory: boolean;
  /** The size in bytes. */
  readonly size: number;
}

/** A file that is appended to. */
export interface LogFile {
  /** Writes all of `text` before it returns; throws the runtime's error. */
  write(text: string): void;
  /** Closes the file. */
  close(): void;
}

/** Standard output. */
export interface OutputStream extends ByteSink {
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;
}

/** Standard error: everything but the body. */
export interface MessageStream {
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;
  /** Whether colours are wanted. */
  readonly color: boolean;
  /** The width of a line, in characters. */
  columns(): number;
  /** Writes `text`. Never throws: a closed standard error must not end a download. */
  write(text: string): void;
}

/** The part of a client that the command line uses. */
export type HostClient = Pick<Client, "fetch" | "webSocket" | "close">;

/** The process around the command line: streams, files, clock, signals. */
export interface CliHost {
  /** Standard output, for the body. */
  readonly stdout: OutputStream;
  /** Standard error, for everything else. */
  readonly stderr: MessageStream;
  /** Reads standard input to its end; the same bytes each time. */
  readInput(): Promise<Uint8Array>;
  /** Standard input as it comes; empty where it was taken so before. */
  inputChunks(): AsyncIterable<Uint8Array>;
  /** Reads a line of a terminal without showing it; `undefined` where standard input is none. */
  readSecret(prompt: string): Promise<string | undefined>;
  /** Reads a whole file; rejects with the runtime's error. */
  readFile(path: string): Promise<Uint8Array>;
  /** Reads a file piece by piece; throws the runtime's error. */
  fileChunks(path: string): AsyncIterable<Uint8Array>;
  /** The kind and size of a file; rejects with the runtime's error. */
  stat(path: string): Promise<FileStat>;
  /** Whether `path` may be written to; prompts for the permission, unless `ask` is `false`. */
  mayWrite(path: string, ask?: boolean): Promise<boolean>;
  /**
   * Opens a file for writing: empty, at its end, or only if there is none; rejects with the runtime's error.
   *
   * @param isPrivate Whether a file that is made now is for the user alone; default: false.
   */
  openFile(path: string, mode?: "empty" | "append" | "new", isPrivate?: boolean): Promise<OutputFile>;
  /** Makes a folder and those above it that are missing; rejects with the runtime's error. */
  makeFolder(path: string): Promise<void>;
  /** Removes a file; rejects with the runtime's error. */
  removeFile(path: string): Promise<void>;
  /** Opens a file to write at its end, one for the user alone if there is none; rejects with the runtime's error. */
  openLog(path: string): Promise<LogFile>;
  /** A variable of the environment; `undefined` where it is not set or not permitted. Never prompts. */
  env(name: string): Promise<string | undefined>;
  /** A monotonic clock, in milliseconds. */
  now(): number;
  /** Waits so long, or until the signal is aborted, and then rejects with its reason. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** The addresses of a name of one family; rejects with the runtime's error. */
  lookUp(hostname: string, family: 4 | 6): Promise<readonly string[]>;
  /** Calls `tick` at an interval; returns the function that stops it. */
  every(milliseconds: number, tick: () => void): () => void;
  /** Calls `listener` at Ctrl-C; returns the function that stops listening. */
  onInterrupt(listener: () => void): () => void;
  /** Loads a module that is no part of this package; rejects with the runtime's error. */
  loadModule(specifier: string): Promise<unknown>;
  /** Makes the client. */
  makeClient(options: ClientOptions): HostClient;
}
