/**
 * Starts the server that all contestants meet.
 *
 * @module
 */

import { startDenoServer } from "./deno.ts";
import { nginxVersion, startNginx } from "./nginx.ts";
import type { Server, ServerOptions } from "./server.ts";
import { prepareSite } from "./site.ts";

/** Starts the server; disposing of it ends the process and removes its folder. */
export async function startServer({ program, ...options }: ServerOptions): Promise<Server> {
  const site = await prepareSite(options);
  try {
    const version = program === "deno" ? undefined : await nginxVersion();
    if (program === "nginx" && version === undefined) {
      throw new Error("Cannot start the server: nginx is not installed");
    }
    return version === undefined ? await startDenoServer(site) : await startNginx(site, version);
  } catch (error) {
    await Deno.remove(site.folder, { recursive: true });
    throw error;
  }
}
