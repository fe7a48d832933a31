/**
 * workerd, the runtime of Cloudflare's Workers, which serves a program instead of running it to its end.
 *
 * @module
 */

import { Program } from "../support/process.ts";
import { run } from "../support/run.ts";
import type { Outcome } from "./smoke.ts";

/** Runs `smoke()` of the module `FILE` in `folder`, in a worker. */
export async function outcomesInWorkerd(folder: string, file: string): Promise<Outcome[]> {
  const port = freePort();
  await Deno.writeTextFile(`${folder}/worker.js`, workerOf(file));
  await Deno.writeTextFile(`${folder}/workerd.capnp`, configOf(file, port));
  let found: Outcome[] | undefined;
  await using _worker = await Program.start({
    command: [await programOf(), "serve", `${folder}/workerd.capnp`],
    cwd: folder,
    async ready() {
      const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined); // it does not listen yet
      found = await response?.json();
      return found !== undefined;
    },
  });
  return found ?? [];
}

/** The program itself: npx, ended, would leave it running. */
async function programOf(): Promise<string> {
  const { stdout } = await run("npx", ["-y", "-p", WORKERD, "-c", "which workerd"]);
  return stdout.trim();
}

/** What npx takes. */
export const WORKERD = "workerd@1";

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function workerOf(file: string): string {
  return `import { smoke } from "./${file}";
export default { fetch: async () => Response.json(await smoke()) };
`;
}

function configOf(file: string, port: number): string {
  const modules = ["worker.js", file].map((name) => `(name = "${name}", esModule = embed "${name}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (modules = [${modules.join(", ")}], compatibilityDate = "2026-04-01");
`;
}
