/**
 * A relay and an HTTP proxy in front of a server, in a process of their own.
 *
 * @module
 */

/** A relay that runs. */
export interface Relay extends AsyncDisposable {
  /** The port that leads to the server. */
  readonly port: number;
  /** The port of the HTTP proxy. */
  readonly proxyPort: number;
}

/** Starts the process, and waits until it listens. */
export async function startRelay(port: number): Promise<Relay> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-config",
      "--allow-net",
      new URL("./relay_process.ts", import.meta.url).href,
      `${port}`,
    ],
    stdin: "piped", // it ends when this end of the pipe closes, even if this process is killed
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await output.read();
  const [plain = 0, proxy = 0] = value.trim().split(" ").map(Number);
  if (!(proxy > 0)) throw new Error("Cannot start the relay: its process ended");
  return {
    port: plain,
    proxyPort: proxy,
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await output.cancel();
      await child.status;
    },
  };
}
