/**
 * Small responses of a server of HTTP: plain, over Deno's TLS, and with client certificates.
 *
 * Deno's TLS leaves Nagle's algorithm on, so a server that writes head and content apart waits for the client's
 * acknowledgement with each response of 1 KiB, and not with one of 10 bytes: both are measured. `Deno.serve` asks
 * clients for no certificate.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { serverRequests, type ServerWork } from "../work/server_requests.ts";

/** Requests of a round: a second or less for the fastest. */
const COUNT = 20_000;

/** Servers with small responses. */
export const SERVER_QUESTIONS: readonly Question[] = [
  question("http1-plain", "HTTP/1.1, 1 KiB", { protocol: "http/1.1", transport: "plain", path: "/small" }),
  question("http2-plain", "HTTP/2, 1 KiB", { protocol: "h2", transport: "plain", path: "/small" }),
  question("http1-tls-10", "HTTP/1.1 over Deno's TLS, 10 bytes", {
    protocol: "http/1.1",
    transport: "tls",
    path: "/ten",
  }),
  question("http2-tls-10", "HTTP/2 over Deno's TLS, 10 bytes", {
    protocol: "h2",
    transport: "tls",
    path: "/ten",
  }),
  question("http1-tls", "HTTP/1.1 over Deno's TLS, 1 KiB", {
    protocol: "http/1.1",
    transport: "tls",
    path: "/small",
    count: 4_000,
  }),
  question("http2-tls", "HTTP/2 over Deno's TLS, 1 KiB", {
    protocol: "h2",
    transport: "tls",
    path: "/small",
  }),
  question("http1-client-cert", "HTTP/1.1, 1 KiB, with client certificates", {
    protocol: "http/1.1",
    transport: "client-cert",
    path: "/small",
  }),
  question("http2-client-cert", "HTTP/2, 1 KiB, with client certificates", {
    protocol: "h2",
    transport: "client-cert",
    path: "/small",
  }),
  {
    ...question("fresh-client-cert", "a connection with a client certificate, and its request", {
      protocol: "http/1.1",
      transport: "client-cert",
      path: "/small",
      isFresh: true,
      count: 100,
    }),
    unit: "ms",
  },
];

function question(
  name: string,
  title: string,
  work: Omit<ServerWork, "count"> & { count?: number },
): Question {
  return {
    name: `server-${name}`,
    title: `Server, ${title}`,
    subject: "server",
    unit: "req/s",
    headline: true,
    rounds: 5,
    uncountedRounds: 2,
    contestants: (arena) => serverRequests(arena, { count: COUNT, ...work }),
  };
}
