/**
 * Programs that run beside a test and serve it.
 *
 * @module
 */

import { deadline } from "@std/async/deadline";

/** Options of {@linkcode Program.start}. */
export interface ProgramOptions {
  /** The program, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** The working directory. */
  readonly cwd: string;
  /** Variables on top of the current environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Looks at all that the program wrote so far; whether it is ready to serve. */
  readonly ready: (output: string) => boolean | Promise<boolean>;
}

/** Whether a program is on the PATH, for `ignore`. */
export function installed(program: string): boolean {
  // Servers are often installed where the PATH of an ordinary user does not lead.
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  return folders.some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}

/** Linux can end a program together with the one that started it, should the tests be killed. */
const DIES_WITH_US = Deno.build.os === "linux" && installed("setpriv");

/** Milliseconds until a program is ready, on a machine that is busy with other tests. */
const READY_TIMEOUT_MS = 30_000;
/** Milliseconds between two looks at whether a program is ready. */
const POLL_INTERVAL_MS = 10;
/** Characters of output that are kept for error messages. */
const MAX_OUTPUT_CHARS = 1 << 20;

/** A program that runs. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  #output = "";
  #ended = false;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = Promise.all([this.#collect(child.stdout), this.#collect(child.stderr)]);
    child.status.then(() => this.#ended = true);
  }

  /**
   * Starts a program, and waits until it is ready.
   *
   * @throws {Error} when it ends before it is ready, or takes too long; the message has what it wrote.
   */
  static async start(options: ProgramOptions): Promise<Program> {
    const { command, cwd, env, ready } = options;
    const [name, ...args] = DIES_WITH_US ? ["setpriv", "--pdeathsig", "KILL", "--", ...command] : command;
    const child = new Deno.Command(name, {
      args,
      cwd,
      env: { ...env, NO_COLOR: "1" },
      stdin: "piped", // openssl s_server ends a connection when its input ends
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const program = new Program(child);
    try {
      await deadline(program.#until(ready), READY_TIMEOUT_MS);
      return program;
    } catch (cause) {
      await program.stop("SIGKILL");
      throw new Error(`Cannot start "${command[0]}": ${program.output}`, { cause });
    }
  }

  /** What it wrote so far, to standard output and standard error alike. */
  get output(): string {
    return this.#output;
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Waits until it wrote something that `pattern` matches. */
  async untilOutput(pattern: RegExp): Promise<void> {
    await deadline(this.#until((output) => pattern.test(output)), READY_TIMEOUT_MS);
  }

  /** Writes to its standard input, which stays open. */
  async write(text: string): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    const written = writer.write(new TextEncoder().encode(text));
    writer.releaseLock(); // at once, for others to write after this
    await written;
  }

  /** Ends it, and waits until it has ended. Does nothing when it has ended already. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    this.#kill(signal);
    const insist = setTimeout(() => this.#kill("SIGKILL"), 2_000);
    await this.#child.status;
    clearTimeout(insist);
    await this.#reading;
    await this.#child.stdin.abort().catch(() => {}); // closed by the end of the process
  }

  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #kill(signal: "SIGTERM" | "SIGKILL"): void {
    if (this.#ended) return;
    try {
      this.#child.kill(signal);
    } catch (error) {
      // The runtime knows of the end before its promise has told `#ended` of it.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  async #until(ready: ProgramOptions["ready"]): Promise<void> {
    while (!await ready(this.#output)) {
      if (this.#ended) throw new Error("Cannot wait for the program: it has ended");
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
  }

  async #collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#output = (this.#output + text).slice(-MAX_OUTPUT_CHARS);
    }
  }
}
