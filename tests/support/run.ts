/**
 * Runs commands to their end.
 *
 * Imports nothing: the local registry uses it before any dependency can be resolved.
 *
 * @module
 */

/** Options of {@linkcode run}. */
export interface RunOptions {
  /** The working directory; the current one by default. */
  readonly cwd?: string | URL;
  /** Variables on top of the current environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard input; empty by default. */
  readonly stdin?: string;
  /** Ends the command with SIGTERM. */
  readonly signal?: AbortSignal;
}

/** The result of a command. */
export interface RunResult {
  /** Its exit code; 0 is success. */
  readonly code: number;
  /** Its standard output. */
  readonly stdout: string;
  /** Its standard error. */
  readonly stderr: string;
}

/**
 * Runs `command` and waits for its end.
 *
 * `deno` is always the Deno that runs this: there need be none on the PATH. Colours are off.
 *
 * @throws {Deno.errors.NotFound} If there is no such program.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { stdin, env, ...rest } = options;
  const child = new Deno.Command(command === "deno" ? Deno.execPath() : command, {
    ...rest,
    args: [...args],
    env: { NO_COLOR: "1", ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  if (stdin !== undefined) await feed(child.stdin, stdin);
  const { code, stdout, stderr } = await output;
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/**
 * Runs `command` in place of this program: its input and output are this one's, and a SIGTERM is passed on.
 *
 * @returns Its exit code.
 * @throws {Deno.errors.NotFound} If there is no such program.
 */
export async function passThrough(
  command: string,
  args: readonly string[],
  options: Pick<RunOptions, "cwd" | "env"> = {},
): Promise<number> {
  const child = new Deno.Command(command === "deno" ? Deno.execPath() : command, {
    ...options,
    args: [...args],
  }).spawn();
  // Ctrl-C reaches the whole foreground group by itself; this process only has to outlive the command.
  const ignoreInterrupt = (): void => {};
  const passOn = (): void => child.kill("SIGTERM");
  Deno.addSignalListener("SIGINT", ignoreInterrupt);
  Deno.addSignalListener("SIGTERM", passOn);
  const { code } = await child.status;
  Deno.removeSignalListener("SIGINT", ignoreInterrupt);
  Deno.removeSignalListener("SIGTERM", passOn);
  return code;
}

/** A command may well end before it has read everything; its exit code says whether that was right. */
async function feed(stream: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
