/**
 * `Deno.serve` as the server, where nginx is not installed: in a process of its own, so that it does not share
 * an event loop with the contestants.
 *
 * It shows that everything works. What it measures is limited: over TLS, Deno 2.9.6 sends an answer in two writes and
 * lets the second wait until the first is acknowledged, so that a small request takes 44 ms with any client.
 *
 * @module
 */

import { startPortProcess } from "./port_process.ts";
import type { Server } from "./server.ts";
import { abandonSite, type Site } from "./site.ts";

/** Starts the process and waits until it listens. */
export async function startDenoServer(site: Site): Promise<Server> {
  const { ports: [port], child, end } = await startPortProcess("deno_process.ts", [site.folder]);
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
      await end();
      await Deno.remove(site.folder, { recursive: true });
    },
  };
}
