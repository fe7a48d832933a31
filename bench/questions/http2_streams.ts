/**
 * A thousand streams of one HTTP/2 connection at once: does the cost of a stream stay the same when there are many?
 * Every table that is walked, and every queue that is not one, shows here.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { nativeClients } from "../native/native_peers.ts";
import { smallRequests } from "../work/small.ts";

/** HTTP/2, 1,000 at once. */
export const http2Streams: Question = {
  name: "http2-streams",
  title: "HTTP/2, 1 KiB, 1,000 at once, one connection",
  unit: "req/s",
  headline: true,
  contestants: (arena) => [
    ...smallRequests(arena, { protocol: "h2", ...WORK }),
    ...nativeClients(arena, "h2", { kind: "small", ...WORK }),
  ],
};

const WORK = { width: 1_000, count: 10_000 } as const;
