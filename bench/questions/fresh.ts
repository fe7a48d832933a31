/**
 * A new client, a new connection, one request, and everything closed again: what a short script pays, and what the
 * first request to every host pays. Nothing is resumed. The raw socket shows what TCP and TLS take of it.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { nativeClients } from "../native/native_peers.ts";
import { FRESH_COUNT, freshConnections } from "../work/fresh.ts";

/** Over HTTP/1.1. */
export const http1Fresh: Question = {
  name: "http1-fresh",
  title: "Fresh connection and request, HTTP/1.1 over TLS",
  unit: "ms",
  headline: true,
  contestants: (arena) => [
    ...freshConnections(arena, "http/1.1"),
    ...nativeClients(arena, "http/1.1", { kind: "fresh", count: FRESH_COUNT }),
  ],
};

/** Over HTTP/2. */
export const http2Fresh: Question = {
  name: "http2-fresh",
  title: "Fresh connection and request, HTTP/2",
  unit: "ms",
  headline: true,
  contestants: (arena) => [
    ...freshConnections(arena, "h2"),
    ...nativeClients(arena, "h2", { kind: "fresh", count: FRESH_COUNT }),
  ],
};
