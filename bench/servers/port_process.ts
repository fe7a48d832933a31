/**
 * A program of the benches in a process of its own, so that it does not share an event loop with the contestants: it
 * prints the ports that it listens on, in one line, and ends with its standard input.
 *
 * @module
 */

/** A program that listens. */
export interface PortProcess {
  /** Its ports, at least one. */
  readonly ports: readonly [number, ...number[]];
  /** Its process. */
  readonly child: Deno.ChildProcess;
  /** Ends it, and waits for that. */
  end(): Promise<void>;
}

/**
 * Starts a program and waits until it listens. It ends when this end of its standard input closes, even if this process is
 * killed.
 *
 * @param script The name of a module in this folder.
 * @param args Its arguments.
 * @param flags The flags of `deno run`.
 */
export async function startPortProcess(
  script: string,
  args: readonly string[],
  flags: readonly string[] = ["--allow-all"],
): Promise<PortProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...flags, new URL(script, import.meta.url).href, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await output.read();
  const [first = 0, ...others] = value.trim().split(" ").map(Number);
  if (!(first > 0) || !others.every((port) => port > 0)) {
    throw new Error(`Cannot start ${script}: its process ended`);
  }
  return {
    ports: [first, ...others],
    child,
    async end() {
      await child.stdin.close().catch(() => {}); // it may have ended by itself
      await output.cancel();
      await child.status;
    },
  };
}
