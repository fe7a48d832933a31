/**
 * A process from nothing to its first response: what it costs to load a client.
 *
 * @module
 */

import { median } from "../figures.ts";
import type { Arena, Contestant, Role } from "../harness.ts";
import { expectSmall } from "../pattern.ts";
import type { Protocol } from "../servers/server.ts";
import type { StartFigures } from "../start/report.ts";

/** A script that makes one request. */
export interface StartScript {
  /** Its name in the tables. */
  readonly name: string;
  /** The role in the comparison. */
  readonly role: Role;
  /** The file in `bench/start/`. */
  readonly script: string;
  /** Says whether what the script imports can be had. */
  readonly prepare?: () => Promise<unknown>;
}

/** A script as a contestant; figures are milliseconds until its output is there. */
export function startOf(arena: Arena, protocol: Protocol, asked: StartScript): Contestant {
  const { name, role, script, prepare } = asked;
  const url = new URL(`../start/${script}`, import.meta.url).href;
  return {
    name,
    role,
    async enter() {
      await prepare?.();
      let all: StartFigures[] = [];
      const round = async () => {
        const { time, ...figures } = await start(url, arena, protocol);
        all.push(figures);
        return time;
      };
      return {
        async warmUp() {
          const figure = await round();
          all = [];
          return figure;
        },
        round,
        note: () => noteOf(all),
        close: () => {},
      };
    },
  };
}

function noteOf(all: readonly StartFigures[]): string | undefined {
  if (all.length === 0) return undefined;
  const request = `first request ${median(all.map(({ request }) => request)).toFixed(1)} ms`;
  const cpu = all.map(({ cpu }) => cpu).filter((cpu) => cpu !== null);
  return cpu.length === 0 ? request : `CPU ${median(cpu).toFixed(1)} ms, ${request}`;
}

async function start(
  script: string,
  { server }: Arena,
  protocol: Protocol,
): Promise<StartFigures & { readonly time: number }> {
  const begin = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    // All is allowed: asking for what is needed would be measured too, and differs.
    args: [
      "run",
      "--quiet",
      "--allow-all",
      script,
      `${server.origin(protocol)}/small`,
      server.caFile,
      protocol,
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = new Response(child.stderr).text();
  let text = "";
  let time = 0;
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += piece;
    time = performance.now() - begin; // the end of the process is not counted
  }
  const { code } = await child.status;
  if (code !== 0) throw new Error(`Cannot finish the first request: ${(await said).trim()}`);
  expectSmall(text);
  const figures: StartFigures = JSON.parse((await said).slice((await said).lastIndexOf("{")));
  return { ...figures, time };
}
