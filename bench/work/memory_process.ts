/**
 * The process that the memory question starts: `memory_process.ts CLIENT PROTOCOL ORIGIN CA_FILE`.
 *
 * @module
 */

import { CLIENTS } from "../clients/all.ts";
import { Absent } from "../harness.ts";
import { expectSmall, WrongAnswer } from "../pattern.ts";
import { ABSENT, type MemoryReport } from "./memory.ts";

/** Bytes between two looks at the memory. */
const STRIDE = 4 * 2 ** 20;

const [name, protocol, origin = "", caFile = ""] = Deno.args;
const kind = CLIENTS.find((client) => client.name === name);
if (kind === undefined || (protocol !== "h2" && protocol !== "http/1.1")) {
  throw new TypeError("Usage: memory_process.ts CLIENT PROTOCOL ORIGIN CA_FILE");
}

try {
  const client = await kind.open({ protocol, origin, width: 1, caCert: await Deno.readTextFile(caFile) });
  expectSmall(await client.text("/small"));
  const { rss: before } = Deno.memoryUsage();
  let peak = before;
  let length = 0;
  let next = STRIDE;
  for await (const piece of await client.stream("/zeros")) {
    if (piece[0] !== 0 || piece.at(-1) !== 0) {
      throw new WrongAnswer(`Cannot accept a piece after byte ${length}`);
    }
    length += piece.length;
    if (length < next) continue;
    next = length + STRIDE;
    peak = Math.max(peak, Deno.memoryUsage().rss);
  }
  await client.close();
  const report: MemoryReport = { length, before, peak: Math.max(peak, Deno.memoryUsage().rss) };
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report)));
} catch (error) {
  if (!(error instanceof Absent)) throw error;
  Deno.stderr.writeSync(new TextEncoder().encode(error.message));
  Deno.exit(ABSENT);
}
