/**
 * `h2load` of nghttp2, a load generator in C: what the server can give.
 *
 * It is a process of its own, so its start is not in the figure, which is the one that it prints itself.
 *
 * @module
 */

import { Absent, type Contestant } from "../harness.ts";
import { SMALL, WrongAnswer } from "../pattern.ts";
import type { Protocol } from "../servers/server.ts";

/** Options of h2load. */
export interface Load {
  /** The URL. */
  readonly url: string;
  /** The protocol. */
  readonly protocol: Protocol;
  /** Requests altogether. */
  readonly count: number;
  /** Requests at once: on as many connections in HTTP/1.1, on one in HTTP/2. */
  readonly width: number;
  /** Bytes of each answer. Default: those of the small one. */
  readonly length?: number;
}

/** h2load as a contestant; its figures are requests per second. */
export function h2load(load: Load): Contestant {
  return {
    name: "h2load (C)",
    role: "limit",
    enter: () =>
      Promise.resolve({ warmUp: () => runH2load(load), round: () => runH2load(load), close: () => {} }),
  };
}

/** Runs h2load once. Returns requests per second; throws `Absent` where it is not installed. */
export async function runH2load(
  { url, protocol, count, width, length = SMALL.length }: Load,
): Promise<number> {
  const width1 = protocol === "h2"
    ? ["--clients=1", `--max-concurrent-streams=${width}`]
    : [`--clients=${width}`, "--h1"];
  const text = await output("h2load", [`--requests=${count}`, ...width1, url]);
  // Of the content it only tells the length.
  const content = Number(/\((\d+)\) data$/m.exec(text)?.[1]);
  if (!text.includes(` ${count} succeeded, 0 failed`) || content !== count * length) {
    throw new WrongAnswer("Cannot accept what h2load did: not every response was complete");
  }
  return Number(/([\d.]+) req\/s/.exec(text)?.[1]);
}

async function output(program: string, args: string[]): Promise<string> {
  try {
    const { stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
    return new TextDecoder().decode(stdout);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Absent(`${program} is not installed`);
    throw error;
  }
}
