/**
 * Small requests on 32 HTTP/1.1 connections at once: with the waiting overlapped, what remains is the work that a
 * request takes, and the pool that hands out connections.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { nativeClients } from "../native/native_peers.ts";
import { smallRequests } from "../work/small.ts";

/** HTTP/1.1, 32 at once. */
export const http1Parallel: Question = {
  name: "http1-parallel",
  title: "HTTP/1.1 over TLS, 1 KiB, 32 at once",
  unit: "req/s",
  headline: true,
  contestants: (arena) => [
    ...smallRequests(arena, { protocol: "http/1.1", ...WORK }),
    ...nativeClients(arena, "http/1.1", { kind: "small", ...WORK }),
  ],
};

const WORK = { width: 32, count: 6_400 } as const;
