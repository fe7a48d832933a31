/**
 * A process from nothing to its first response: what it costs to load a client.
 *
 * @module
 */

import { Absent, type Arena, type Contestant, type Role } from "../harness.ts";
import { expectSmall } from "../pattern.ts";

/** A script as a contestant; figures are milliseconds until its output is there. */
export function startOf(arena: Arena, name: string, role: Role, script: string): Contestant {
  const url = new URL(`../start/${script}`, import.meta.url).href;
  const round = () => start(url, arena);
  return { name, role, enter: () => Promise.resolve({ warmUp: round, round, close: () => {} }) };
}

/** What a script says on its standard error when the package that it needs is not at hand. */
const NOT_AT_HAND = /error: .*npm/i;

async function start(script: string, { server }: Arena): Promise<number> {
  const begin = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    // All is allowed: asking for what is needed would be measured too, and differs.
    args: ["run", "--quiet", "--allow-all", script, `${server.origin("h2")}/small`, server.caFile],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  let text = "";
  let time = 0;
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += piece;
    time = performance.now() - begin; // the end of the process is not counted
  }
  const { code } = await child.status;
  const complaint = (await errors).trim();
  if (code !== 0) {
    if (NOT_AT_HAND.test(complaint)) throw new Absent(complaint);
    throw new Error(`Cannot finish the first request: ${complaint}`);
  }
  expectSmall(text);
  return time;
}
