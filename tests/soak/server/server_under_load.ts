/**
 * The server of a soak, in a process of its own.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { Held } from "./server_process.ts";
import type { Certificates, TransportName } from "./transports.ts";

/** The server's process. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;

  private constructor(
    child: Deno.ChildProcess,
    output: ReadableStreamDefaultReader<string>,
    port: number,
  ) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#output = output;
    this.port = port;
  }

  static async start(transport: TransportName, certificates: Certificates): Promise<ServerProcess> {
    const script = new URL("server_process.ts", import.meta.url).href;
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--allow-all",
        script,
        `${SERVER_TIMEOUT_MS}`,
        JSON.stringify(transport),
        JSON.stringify(certificates),
      ],
      stdin: "piped", // it ends with this process
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const port = Number((await output.read()).value);
    if (!(port > 0)) throw new Error("Cannot start the server: its process ended");
    return new ServerProcess(child, output, port);
  }

  /** What it holds when no connection is left. @throws when one stays. */
  async heldAlone(): Promise<Held> {
    for (const started = Date.now();; await delay(POLL_INTERVAL_MS)) {
      const held = await this.held();
      if (held.connections === 0) return held;
      if (Date.now() - started > 4 * SERVER_TIMEOUT_MS) {
        throw new Error(`The server has ${held.connections} connections that no client has`);
      }
    }
  }

  /** What it holds now. */
  async held(): Promise<Held> {
    await this.#input.write(new TextEncoder().encode("\n"));
    let text = "";
    while (!text.endsWith("\n")) {
      const { value } = await this.#output.read();
      if (value === undefined) throw new Error("The server's process has ended");
      text += value;
    }
    return JSON.parse(text) as Held; // what the other script writes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#output.cancel();
    await this.#child.status;
  }
}

/** The time limits of the server, in milliseconds: more than an honest client takes on a busy machine. */
const SERVER_TIMEOUT_MS = 3000;
const POLL_INTERVAL_MS = 100;
