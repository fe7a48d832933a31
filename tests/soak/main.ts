/**
 * `deno task soak [COUNT [SEED]]`: holds so many conversations of Ductile's TLS with itself, and measures whether memory is
 * where it was: what is in use after a tenth of them, when every store and cache is full, is compared with what is in use
 * at the end.
 *
 * The exit code is 1 when a conversation failed whose transport did not die, when memory grew, or when a socket was left.
 *
 * @module
 */

import { pooledMap } from "@std/async/pool";
import { heapInUse } from "../fuzz/support/heap.ts";
import { Random } from "../http2/hpack/octets.ts";
import { type Couple, makeCouples, type Outcome } from "./tls_conversations.ts";

/** Conversations beside each other. */
const AT_ONCE = 8;
/** What is in use may be more by so much: what the compiler and the collector keep differs by less. */
const MAX_GROWTH_BYTES = 4 << 20;

if (import.meta.main) {
  const [count = 20_000, seed = 1] = Deno.args.map(Number);
  Deno.exit(await soak(count, seed) ? 0 : 1);
}

/** What the process holds between conversations. */
interface Held {
  readonly bytes: number;
  readonly sockets: number;
}

/** Holds so many conversations. @returns Whether memory and sockets are where they were. */
async function soak(count: number, seed: number): Promise<boolean> {
  const couples = await makeCouples();
  let made = 0;
  const tenth = async (): Promise<Held> => {
    const tally = new Map<string, number>();
    const numbers = Array.from({ length: Math.ceil(count / 10) }, () => ++made);
    for await (const outcome of pooledMap(AT_ONCE, numbers, (number) => converse(couples, seed + number))) {
      const kind = kindOf(outcome);
      tally.set(kind, (tally.get(kind) ?? 0) + 1);
    }
    const inUse = await heapInUse();
    const kinds = [...tally].sort().map(([kind, times]) => `${kind} ${times}`).join(", ");
    // deno-lint-ignore no-console -- a program
    console.log(
      `${made}: ${mebibytes(inUse)} in use, ${mebibytes(Deno.memoryUsage().rss)} resident; ${kinds}`,
    );
    return { bytes: inUse, sockets: openSockets() };
  };
  const before = await tenth();
  let after = before;
  for (let tenths = 1; tenths < 10; tenths++) after = await tenth();
  for (const couple of couples) await couple[Symbol.asyncDispose]();
  const growth = after.bytes - before.bytes;
  const left = after.sockets - before.sockets;
  // deno-lint-ignore no-console -- a program
  console.log(`memory grew by ${mebibytes(growth)}; ${left} sockets are left open`);
  return growth <= MAX_GROWTH_BYTES && left <= 0;
}

async function converse(couples: readonly Couple[], seed: number): Promise<Outcome> {
  const random = new Random(seed);
  const couple = random.pick(couples);
  try {
    return await couple.converse(random);
  } catch (cause) {
    throw new Error(`Conversation ${seed} failed (${couple.name})`, { cause });
  }
}

function kindOf({ protocolVersion = "no handshake", resumed, died }: Outcome): string {
  return `${protocolVersion}${resumed ? " resumed" : ""}${died ? " died" : ""}`;
}

/** Sockets that this process has open; 0 where that is not to be seen. */
function openSockets(): number {
  const folder = "/proc/self/fd";
  try {
    return [...Deno.readDirSync(folder)].filter(({ name }) => isSocket(`${folder}/${name}`)).length;
  } catch {
    return 0;
  }
}

function isSocket(path: string): boolean {
  try {
    return Deno.readLinkSync(path).startsWith("socket:");
  } catch {
    return false; // the folder that was listed
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
