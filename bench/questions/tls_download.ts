/**
 * 100 MiB downloaded over one TLS connection: what it costs to open records. The suite is what both ends prefer,
 * which for Ductile in Deno is ChaCha20-Poly1305, as it is the quickest there.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { nativeTls } from "../native/native_peers.ts";
import { TLS_KINDS } from "../tls_clients/all.ts";
import { ductileAes } from "../tls_clients/ductile.ts";
import { tlsDownloads } from "../work/tls_bulk.ts";

/** Downloads. */
export const tlsDownload: Question = {
  name: "tls-download",
  title: "100 MiB download over TLS 1.3",
  subject: "tls",
  unit: "MB/s",
  headline: true,
  rounds: 7,
  uncountedRounds: 2,
  contestants: (arena) => [
    ...tlsDownloads(arena, [...TLS_KINDS, ductileAes]),
    ...nativeTls(arena, { kind: "download" }),
  ],
};
