/**
 * What the command line needs of the world around it, so that all of it but one file runs without a runtime.
 *
 * @module
 */

import type { Client } from "../client/client.ts";
import type { ClientOptions } from "../client/options.ts";

/** Where bytes go. */
export interface ByteSink {
  /** Takes all of `bytes`; rejects when the other end does not want them. */
  write(bytes: Uint8Array): Promise<void>;
}

/** A file that is being written. */
export interface OutputFile extends ByteSink {
  /** Closes it. */
  close(): void;
}

/** A file that grows line by line. */
export interface LogFile {
  /** Writes all of `text` before it returns; throws the runtime's error. */
  write(text: string): void;
  /** Closes it. */
  close(): void;
}

/** Standard output. */
export interface OutputStream extends ByteSink {
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
}

/** Standard error: what is said beside the body. */
export interface MessageStream {
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
  /** Whether that person likes colours. */
  readonly color: boolean;
  /** How many characters a line has. */
  columns(): number;
  /** Shows `text`. Never throws: a message that nobody can hear must not end a download. */
  write(text: string): void;
}

/** What the command line uses of a client. */
export type HostClient = Pick<Client, "fetch" | "close">;

/** The world around the command line. */
export interface CliHost {
  /** Where the body goes. */
  readonly stdout: OutputStream;
  /** Where everything else goes. */
  readonly stderr: MessageStream;
  /** Reads standard input to its end. */
  readInput(): Promise<Uint8Array>;
  /** Reads a whole file; rejects with the runtime's error. */
  readFile(path: string): Promise<Uint8Array>;
  /** Whether `path` may be written to; may ask the person, where `ask` is not `false`. */
  mayWrite(path: string, ask?: boolean): Promise<boolean>;
  /** Opens a file for writing, empty; rejects with the runtime's error. */
  openFile(path: string): Promise<OutputFile>;
  /** Opens a file to write at its end; rejects with the runtime's error. */
  openLog(path: string): Promise<LogFile>;
  /** A variable of the environment; `undefined` where there is none, or it may not be seen. Never asks. */
  env(name: string): Promise<string | undefined>;
  /** The time since some moment, in milliseconds. */
  now(): number;
  /** Calls `tick` again and again until the function that it returns is called. */
  every(milliseconds: number, tick: () => void): () => void;
  /** Calls `listener` when the person wants it to end, until the function that it returns is called. */
  onInterrupt(listener: () => void): () => void;
  /** Makes the client. */
  makeClient(options: ClientOptions): HostClient;
}
