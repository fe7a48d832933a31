/**
 * A process from nothing to its first response: what it costs to load a client.
 *
 * @module
 */

import type { Arena, Contestant, Role } from "../harness.ts";
import { expectSmall } from "../pattern.ts";

/** A script as a contestant; figures are milliseconds until its output is there. */
export function startOf(
  arena: Arena,
  name: string,
  role: Role,
  script: string,
  prepare?: () => Promise<unknown>,
): Contestant {
  const url = new URL(`../start/${script}`, import.meta.url).href;
  const round = () => start(url, arena);
  return {
    name,
    role,
    async enter() {
      await prepare?.(); // says whether what the script imports can be had
      return { warmUp: round, round, close: () => {} };
    },
  };
}

async function start(script: string, { server }: Arena): Promise<number> {
  const begin = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    // All is allowed: asking for what is needed would be measured too, and differs.
    args: ["run", "--quiet", "--allow-all", script, `${server.origin("h2")}/small`, server.caFile],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const complaint = new Response(child.stderr).text();
  let text = "";
  let time = 0;
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += piece;
    time = performance.now() - begin; // the end of the process is not counted
  }
  const { code } = await child.status;
  if (code !== 0) throw new Error(`Cannot finish the first request: ${(await complaint).trim()}`);
  await complaint;
  expectSmall(text);
  return time;
}
