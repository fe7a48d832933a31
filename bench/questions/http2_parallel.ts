/**
 * Small requests on 32 streams of one HTTP/2 connection: header compression, frames, and how many of them share a
 * write. The connection is there before the clock starts; how many each client opened is noted beside its figures.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { nativeClients } from "../native/native_peers.ts";
import { smallRequests } from "../work/small.ts";

/** HTTP/2, 32 at once. */
export const http2Parallel: Question = {
  name: "http2-parallel",
  title: "HTTP/2, 1 KiB, 32 at once, one connection",
  unit: "req/s",
  headline: true,
  contestants: (arena) => [
    ...smallRequests(arena, { protocol: "h2", ...WORK }),
    ...nativeClients(arena, "h2", { kind: "small", ...WORK }),
  ],
};

const WORK = { width: 32, count: 6_400 } as const;
