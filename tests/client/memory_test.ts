/**
 * Memory stays flat: over 100,000 requests and over a download of 1 GiB, in a process of its own, over HTTP/1.1 and
 * HTTP/2.
 */

import { assert, assertEquals } from "@std/assert";
import {
  BYTES_PER_LOOK,
  type MemoryReport,
  REQUESTS_PER_LOOK,
  ROUNDS,
  WARM_UP,
} from "../interop/memory/memory_process.ts";
import { pathOf } from "../support/checkout.ts";
import { startScript } from "../support/peers.ts";
import { run } from "../support/run.ts";

const MIB = 1024 * 1024;

/** 1 GiB. */
const LONG = 1024 * MIB;

/** Without TLS, since the server shares the process's machine, and Deno's TLS has memory of its own. */
const SERVER = `
const small = new Uint8Array(1024);
const piece = new Uint8Array(256 * 1024);
function stream(length) {
  return new Response(new ReadableStream({
    pull(controller) {
      if (length <= 0) return controller.close();
      length -= piece.length;
      controller.enqueue(piece.slice());
    },
  }));
}
Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT")) }, async (request) => {
  if (request.url.endsWith("/small")) {
    await request.body?.cancel();
    return new Response(small);
  }
  return stream(request.url.endsWith("/long") ? ${LONG} : 4 * piece.length);
});
`;

/**
 * How much the heap may grow over 100,000 requests: 10 bytes for each. What is kept for each request, be it one
 * entry of a map, is at least several times that.
 */
const MOST_HEAP = MIB;

/** How much more may be resident then: 42 bytes for each request, outside the heap. */
const MOST_RESIDENT = 4 * MIB;

/** How much more may be resident at the end of a download than at its beginning: a 64th of what passes. */
const MOST_DOWNLOADING = 16 * MIB;

/** The nursery of the heap is kept at one size: left to itself it grows by tens of MiB when there is much to do. */
const V8_FLAGS = "--expose-gc,--min-semi-space-size=1,--max-semi-space-size=1";

/** What is freed goes back to the system at once, where the C library is glibc; else tens of MiB come and go. */
const ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: "65536" };

for (const version of ["HTTP/1.1", "HTTP/2"] as const) {
  Deno.test(`${version}: memory stays flat over 100,000 requests`, async () => {
    const { heap, resident, received } = await look("requests", version);
    // Of a hundred, one is cancelled and one aborted.
    assertEquals(received, (WARM_UP + REQUESTS_PER_LOOK * ROUNDS) * 0.98 * 1024);
    assertGrowth("The heap", heap, MOST_HEAP);
    assertGrowth("The process", resident, MOST_RESIDENT);
  });

  Deno.test(`${version}: memory stays flat over a download of 1 GiB`, async () => {
    const { heap, resident, received } = await look("download", version);
    assertEquals([received, resident.length], [LONG, LONG / BYTES_PER_LOOK]);
    assertGrowth("The heap", heap, MOST_HEAP);
    assertGrowth("The process", resident, MOST_DOWNLOADING);
  });
}

/**
 * That memory does not grow from look to look. What grows does so all the time, but the compiler and the allocator
 * take and give back several MiB at once; so the middle of all growths between any two looks is what counts.
 */
function assertGrowth(what: string, looks: readonly number[], most: number): void {
  const growths = looks.flatMap((one, i) => looks.slice(i + 1).map((other, j) => (other - one) / (j + 1)));
  const middle = growths.sort((a, b) => a - b)[Math.floor(growths.length / 2)] ?? Infinity;
  const growth = middle * (looks.length - 1);
  const inMib = looks.map((each) => (each / MIB).toFixed(1)).join(", ");
  assert(growth <= most, `${what} grows by ${(growth / MIB).toFixed(1)} MiB: ${inMib}`);
}

async function look(what: "requests" | "download", version: string): Promise<MemoryReport> {
  await using server = await startScript("deno", SERVER);
  const script = pathOf(new URL("../interop/memory/memory_process.ts", import.meta.url));
  const origin = `http://127.0.0.1:${server.port}`;
  const args = ["run", "--quiet", "--allow-net", `--v8-flags=${V8_FLAGS}`, script, what, origin, version];
  const { code, stdout, stderr } = await run("deno", args, { env: ENVIRONMENT });
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}
