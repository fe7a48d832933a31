/**
 * One small request after the other on one HTTP/1.1 connection: what the whole path of a request takes when nothing
 * overlaps. It is what a script feels that waits for each answer before it asks again.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { nativeClients } from "../native/native_peers.ts";
import { smallRequests } from "../work/small.ts";

/** HTTP/1.1, one at a time. */
export const http1Serial: Question = {
  name: "http1-serial",
  title: "HTTP/1.1 over TLS, 1 KiB, one at a time",
  unit: "req/s",
  headline: true,
  contestants: (arena) => [
    ...smallRequests(arena, { protocol: "http/1.1", ...WORK }),
    ...nativeClients(arena, "http/1.1", { kind: "small", ...WORK }),
  ],
};

const WORK = { width: 1, count: 2_000 } as const;
