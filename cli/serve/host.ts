/**
 * The process as the command that serves a folder needs it, so that all of it but one file runs without a runtime.
 *
 * @module
 */

import type { CliHost, MessageStream, OutputStream } from "../host.ts";
import type { Files } from "./folder/files.ts";

/** Options of a server, those that the command uses. */
export interface ListenOptions {
  /** The address to listen on. */
  readonly hostname: string;
  /** The port; 0 is any that is free. */
  readonly port: number;
  /** Certificate and private key, PEM; absent: no TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Called once it listens. */
  readonly onListen: () => void;
  /** Makes the response where the handler failed. */
  readonly onError: (error: unknown) => Response;
}

/** A server that runs. */
export interface RunningServer {
  /** The address that it listens on. */
  readonly addr: { readonly port: number };
  /** Resolves when it has ended. */
  readonly finished: Promise<void>;
  /** Ends it: what is in flight is finished first. */
  shutdown(): Promise<void>;
}

/** The process around the command. */
export interface ServeHost extends Pick<CliHost, "readFile" | "onInterrupt"> {
  /** Standard output: where the server is, and how it is known. */
  readonly stdout: OutputStream;
  /** Standard error: requests and failures. */
  readonly stderr: MessageStream;
  /** The files. */
  readonly files: Files;
  /** The present time, in milliseconds since 1970. */
  now(): number;
  /** Starts a server; throws the runtime's errors. */
  serve(options: ListenOptions, handler: (request: Request) => Promise<Response>): RunningServer;
}
