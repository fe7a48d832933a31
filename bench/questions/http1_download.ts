/**
 * 100 MiB downloaded over HTTP/1.1. The head once, then bytes: what is measured is how often they are copied on their way, and how large the reads are.
 *
 * Consumed as a stream, with `for await`, which is the figure that counts; and as a whole, with `arrayBuffer()`,
 * which asks for one more copy and a large allocation.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { nativeClients } from "../native/native_peers.ts";
import { downloads } from "../work/download.ts";

/** As a stream. */
export const http1Download: Question = {
  name: "http1-download",
  title: "100 MiB download, HTTP/1.1 over TLS",
  unit: "MB/s",
  headline: true,
  contestants: (arena) => [
    ...downloads(arena, "http/1.1", "stream"),
    ...nativeClients(arena, "http/1.1", { kind: "download" }),
  ],
};

/** As a whole. */
export const http1DownloadWhole: Question = {
  name: "http1-download-whole",
  title: "100 MiB download, HTTP/1.1 over TLS, arrayBuffer()",
  unit: "MB/s",
  headline: false,
  contestants: (arena) => downloads(arena, "http/1.1", "whole"),
};
