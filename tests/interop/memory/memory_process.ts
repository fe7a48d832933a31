/**
 * The process whose memory is looked at: `memory_process.ts requests|download ORIGIN HTTP/1.1|HTTP/2`. It prints a
 * {@linkcode MemoryReport}.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { Client } from "../../../mod.ts";

/** How much memory was in use, one time after another. */
export interface MemoryReport {
  /** Bytes of the process that were resident. */
  readonly resident: number[];
  /** Bytes of the JavaScript heap that were in use. */
  readonly heap: number[];
  /** Bytes that came. */
  readonly received: number;
}

/** How many requests are made before the first look: until then the compiler is at work, which takes its room. */
export const WARM_UP = 40_000;

/** How many requests are made between two looks, and how many times. */
export const REQUESTS_PER_LOOK = 20_000;
export const ROUNDS = 5;

/** How many requests are under way at a time. */
const WIDTH = 50;

/** How many bytes pass between two looks. */
export const BYTES_PER_LOOK = 134_217_728;

if (import.meta.main) {
  const [what, origin = "", version] = Deno.args;
  using client = new Client({ http2PriorKnowledge: version === "HTTP/2" });
  const report = what === "requests" ? await makeRequests(client, origin) : await download(client, origin);
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report)));
}

/** Makes requests of all kinds, and looks after each round. */
async function makeRequests(client: Client, origin: string): Promise<MemoryReport> {
  const report: MemoryReport = { resident: [], heap: [], received: 0 };
  let received = 0;
  for (const count of [WARM_UP, ...Array<number>(ROUNDS).fill(REQUESTS_PER_LOOK)]) {
    let left = count;
    await Promise.all(Array.from({ length: WIDTH }, async () => {
      while (left-- > 0) {
        const length = await request(client, origin, left);
        received += length;
      }
    }));
    await lookInto(report);
  }
  return { ...report, received };
}

/** One request; now and then one whose response is cancelled, aborted or not looked at, for those leak first. */
async function request(client: Client, origin: string, number: number): Promise<number> {
  switch (number % 100) {
    case 1: {
      const { body } = await client.get(`${origin}/stream`);
      await body?.cancel();
      return 0;
    }
    case 2: {
      const controller = new AbortController();
      const asking = client.get(`${origin}/small`, { signal: controller.signal });
      controller.abort();
      await asking.catch(() => {});
      return 0;
    }
    case 3: {
      const response = await client.post(`${origin}/small`, {
        body: "a few bytes",
        timeouts: { total: 60_000 },
      });
      return (await response.bytes()).length;
    }
    default:
      return (await (await client.get(`${origin}/small`)).bytes()).length;
  }
}

/** Reads a long response, and looks now and then, without waiting for the garbage collector to have been there. */
async function download(client: Client, origin: string): Promise<MemoryReport> {
  const report: MemoryReport = { resident: [], heap: [], received: 0 };
  const { body } = await client.get(`${origin}/long`);
  let received = 0;
  for await (const piece of body ?? []) {
    if (Math.floor((received + piece.length) / BYTES_PER_LOOK) > Math.floor(received / BYTES_PER_LOOK)) {
      await lookInto(report);
    }
    received += piece.length;
  }
  return { ...report, received };
}

/** What was given up is let go by the runtime in a while, and what is garbage is taken away, before it looks. */
async function lookInto(report: MemoryReport): Promise<void> {
  const { gc } = globalThis as { gc?: () => void }; // there with --expose-gc
  for (let round = 0; round < 4; round++) {
    await delay(50);
    gc?.();
  }
  const { rss, heapUsed } = Deno.memoryUsage();
  report.resident.push(rss);
  report.heap.push(heapUsed);
}
