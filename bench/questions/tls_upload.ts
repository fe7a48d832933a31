/**
 * 100 MiB uploaded over one TLS connection in pieces of 64 KiB: what it costs to seal records.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { TLS_KINDS } from "../tls_clients/all.ts";
import { ductileAes } from "../tls_clients/ductile.ts";
import { tlsUploads } from "../work/tls_bulk.ts";

/** Uploads. */
export const tlsUpload: Question = {
  name: "tls-upload",
  title: "100 MiB upload over TLS 1.3",
  subject: "tls",
  unit: "MB/s",
  headline: true,
  rounds: 7,
  uncountedRounds: 2,
  contestants: (arena) => tlsUploads(arena, [...TLS_KINDS, ductileAes]),
};
