/**
 * TLS 1.3 from the server's side, with `Deno.startTls` as the client: a handshake and 1 KiB, and 100 MiB sent.
 *
 * The client's first choice is AES-256-GCM. Ductile prefers its own order, which begins with ChaCha20-Poly1305, as
 * `node:crypto` is quicker at it in Deno; the client's order shows what AES-GCM costs.
 *
 * Most of what Deno's own server takes for a handshake is waiting: it leaves Nagle's algorithm on, and some of its
 * writes wait until the client has acknowledged the last one.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { FRESH } from "../work/tls_fresh.ts";
import { type TlsServerContestant, tlsServerDownloads, tlsServerHandshakes } from "../work/tls_server.ts";

const SERVERS: readonly TlsServerContestant[] = [
  { name: "Ductile TlsAcceptor", role: "ductile", kind: "ductile" },
  { name: "Deno.listenTls", role: "deno", kind: "deno" },
  { name: "Ductile, nodeCrypto", role: "variant", kind: "ductile-node" },
  { name: "Ductile, webCrypto", role: "variant", kind: "ductile-web" },
  { name: "Ductile, client's order", role: "variant", kind: "ductile-client-order" },
  { name: "node:tls", role: "limit", kind: "node" },
];

/** Handshakes. */
export const tlsServerHandshake: Question = {
  name: "tls-server-handshake",
  title: "TLS 1.3 server, handshake and 1 KiB",
  subject: "tls",
  unit: "ms",
  headline: true,
  ...FRESH,
  contestants: (arena) => tlsServerHandshakes(arena, SERVERS),
};

/** Bulk. */
export const tlsServerDownload: Question = {
  name: "tls-server-download",
  title: "TLS 1.3 server, 100 MiB sent",
  subject: "tls",
  unit: "MB/s",
  headline: true,
  rounds: 7,
  uncountedRounds: 2,
  contestants: (arena) => tlsServerDownloads(arena, SERVERS),
};
