/**
 * From the start of a process to its first response over TLS: what loading a client costs, which a command-line tool
 * pays each time it runs. Modules are in Deno's cache, as they are from the second run on. The protocol is what the
 * client and the server agree on.
 *
 * @module
 */

import { loadUndici } from "../clients/undici.ts";
import type { Question } from "../harness.ts";
import { startOf } from "../work/start.ts";

/** Process start. */
export const start: Question = {
  name: "start",
  title: "Process start to first response",
  unit: "ms",
  headline: true,
  uncountedRounds: 0, // each round is a process of its own
  contestants: (arena) => [
    startOf(arena, "Ductile", "ductile", "ductile.ts"),
    startOf(arena, "Deno fetch", "deno", "deno_fetch.ts"),
    startOf(arena, "undici request", "peer", "undici.ts", loadUndici),
    startOf(arena, "node:https", "peer", "node_https.ts"),
    startOf(arena, "no request", "limit", "nothing.ts"),
  ],
};
