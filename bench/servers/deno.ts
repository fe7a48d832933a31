/**
 * `Deno.serve` as the server, where nginx is not installed: in a process of its own, so that it does not share
 * an event loop with the contestants.
 *
 * It shows that everything works. What it measures is limited: over TLS, Deno 2.9.6 sends an answer in two writes and
 * lets the second wait until the first is acknowledged, so that a small request takes 44 ms with any client.
 *
 * @module
 */

import type { Server } from "./server.ts";
import { abandonSite, type Site } from "./site.ts";

/** Starts the process and waits until it listens. */
export async function startDenoServer(site: Site): Promise<Server> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all",
      new URL("./deno_process.ts", import.meta.url).href,
      site.folder,
    ],
    stdin: "piped", // it ends when this end of the pipe closes, even if this process is killed
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await output.read();
  const port = Number(value);
  if (!(port > 0)) throw new Error("Cannot start the server: its process ended");
  return {
    name: `Deno.serve ${Deno.version.deno} (its answers wait for acknowledgements)`,
    caCert: site.caCert,
    caFile: `${site.folder}/ca.pem`,
    bulkLength: site.bulkLength,
    zerosLength: site.zerosLength,
    origin: () => `https://127.0.0.1:${port}`, // ALPN chooses the protocol
    accepted: () => Promise.resolve(undefined),
    storedFile: (name) => `${site.folder}/store/${name}`,
    abandon() {
      abandonSite(site, child);
    },
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await output.cancel();
      await child.status;
      await Deno.remove(site.folder, { recursive: true });
    },
  };
}
