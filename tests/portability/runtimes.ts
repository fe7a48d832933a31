/**
 * The runtimes that the README names, and running a bundled program in each: Node, Bun and workerd come from npm, Chromium
 * from the system.
 *
 * @module
 */

import { writeAll } from "../../io/duplex.ts";
import { startOrigin } from "../support/origin.ts";
import { installed, Program } from "../support/process.ts";
import { run } from "../support/run.ts";
import type { Outcome } from "./smoke.ts";
import { outcomesInWorkerd, WORKERD } from "./workerd.ts";

/** A runtime. */
export interface Runtime {
  /** Its name, and where it comes from. */
  readonly name: string;
  /** Whether it can be run here. */
  readonly installed: boolean;
  /** The programs for it: what each is about, and its file. */
  readonly programs: readonly (readonly [what: string, file: string])[];
  /** Runs `smoke()` of the module `FILE` in `folder`. */
  outcomes(folder: string, file: string): Promise<Outcome[]>;
}

/** All runtimes. */
export async function runtimes(): Promise<Runtime[]> {
  return await Promise.all([
    npmRuntime("node@22"),
    npmRuntime("node@24"),
    npmRuntime("bun@1"),
    chromium(),
    workerd(),
  ]);
}

/** Whether `npx` finds a program: the first call downloads it; where there is no registry, it is missing. */
export async function isOnNpm(...program: string[]): Promise<boolean> {
  return installed("npx") && (await run("npx", ["-y", ...program, "--version"])).code === 0;
}

async function npmRuntime(specifier: string): Promise<Runtime> {
  const isThere = await isOnNpm(specifier);
  return {
    name: `${specifier} (npx)`,
    installed: isThere,
    programs: [["protocols", "smoke.js"], ["client", "client.js"]],
    async outcomes(folder, file): Promise<Outcome[]> {
      const program = `${folder}/run_${file.replace(/js$/, "mjs")}`;
      await Deno.writeTextFile(
        program,
        `import { smoke } from "./${file}";\nconsole.log(JSON.stringify(await smoke()));\n`,
      );
      const signal = AbortSignal.timeout(RUN_TIMEOUT_MS);
      const { code, stdout, stderr } = await run("npx", ["-y", specifier, program], { signal });
      if (code !== 0) throw new Error(`Cannot run ${file} in ${specifier}: exit code ${code}\n${stderr}`);
      return JSON.parse(stdout);
    },
  };
}

/** Enough for all checks on a machine that is busy with other tests. */
const RUN_TIMEOUT_MS = 60_000;

/** Headless, with nothing of its own on the network. */
const CHROMIUM_FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function chromium(): Promise<Runtime> {
  return Promise.resolve({
    name: "chromium",
    installed: installed("chromium"),
    programs: [["protocols", "smoke.js"], ["TLS over a WebSocket", "relay.js"]],
    outcomes: outcomesInChromium,
  });
}

async function workerd(): Promise<Runtime> {
  return {
    name: `${WORKERD} (npx)`,
    installed: await isOnNpm(WORKERD),
    programs: [["protocols", "smoke.js"]],
    outcomes: outcomesInWorkerd,
  };
}

async function outcomesInChromium(folder: string, file: string): Promise<Outcome[]> {
  let found: Outcome[] | undefined;
  // WebCrypto is for secure contexts, of which localhost is one.
  await using site = await startOrigin();
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/outcomes") found = await request.json();
    if (pathname === "/authority") return new Response(site.caPem);
    if (pathname === "/relay") return relayTo(site.port, request);
    const [type, body] = pathname === `/${file}`
      ? ["text/javascript", await Deno.readTextFile(`${folder}/${file}`)]
      : ["text/html", pageOf(file)];
    return new Response(body, { headers: { "content-type": type } });
  });
  await using _browser = await Program.start({
    command: [
      "chromium",
      ...CHROMIUM_FLAGS,
      `--user-data-dir=${folder}/profile`,
      `http://localhost:${server.addr.port}/`,
    ],
    cwd: folder,
    ready: () => found !== undefined,
  });
  return found ?? [];
}

/** Relays the messages of a WebSocket to a port, and what that sends back. */
function relayTo(port: number, request: Request): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = (): void => void pump(socket, port).catch(() => {}); // the page tells of what it misses
  return response;
}

async function pump(socket: WebSocket, port: number): Promise<void> {
  using far = await Deno.connect({ port });
  let written = Promise.resolve();
  socket.onmessage = ({ data }): void => {
    written = written.then(() => writeAll(far, new Uint8Array(data))).catch(() => {});
  };
  const left = new Promise<null>((resolve) => socket.onclose = () => resolve(null));
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const reading = far.read(buffer);
    reading.catch(() => {}); // the page has left, and the connection is closed
    const count = await Promise.race([reading, left]);
    if (count === null) return socket.close();
    socket.send(buffer.slice(0, count));
  }
}

function pageOf(file: string): string {
  return `<!doctype html><title>smoke</title><script type="module">
const failed = (error) => [{ name: "the program loads", failure: String(error.stack ?? error) }];
const outcomes = await import("/${file}").then(({ smoke }) => smoke()).catch(failed);
await fetch("/outcomes", { method: "POST", body: JSON.stringify(outcomes) });
</script>`;
}
