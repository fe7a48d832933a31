/**
 * From the start of a process to its first response over TLS: what loading a client costs, which a command-line tool
 * pays each time it runs. Modules are in Deno's cache, as they are from the second run on.
 *
 * The notes have the CPU of the process and the time from the end of its imports to the response. Where Deno's `fetch`
 * waits for a delayed acknowledgement in its handshake, 40 ms, that is in the times and not in the CPU.
 *
 * @module
 */

import { loadUndici } from "../clients/undici.ts";
import type { Arena, Contestant, Question } from "../harness.ts";
import type { Protocol } from "../servers/server.ts";
import { startOf } from "../work/start.ts";

/** Over HTTP/1.1. */
export const http1Start: Question = {
  name: "start-http1",
  title: "Process start to first response, HTTP/1.1",
  unit: "ms",
  headline: true,
  uncountedRounds: 0, // each round is a process of its own
  contestants: (arena) => [
    ...clients(arena, "http/1.1"),
    startOf(arena, "http/1.1", { name: "node:https", role: "peer", script: "node_https.ts" }),
    startOf(arena, "http/1.1", { name: "no request", role: "limit", script: "nothing.ts" }),
  ],
};

/** Over HTTP/2. */
export const http2Start: Question = {
  name: "start-http2",
  title: "Process start to first response, HTTP/2",
  unit: "ms",
  headline: true,
  uncountedRounds: 0,
  contestants: (arena) => [
    ...clients(arena, "h2"),
    startOf(arena, "h2", { name: "no request", role: "limit", script: "nothing.ts" }),
  ],
};

function clients(arena: Arena, protocol: Protocol): Contestant[] {
  return [
    startOf(arena, protocol, { name: "Ductile", role: "ductile", script: "ductile.ts" }),
    startOf(arena, protocol, { name: "Deno fetch", role: "deno", script: "deno_fetch.ts" }),
    startOf(arena, protocol, {
      name: "undici request",
      role: "peer",
      script: "undici.ts",
      prepare: loadUndici,
    }),
  ];
}
