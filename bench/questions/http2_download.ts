/**
 * 100 MiB downloaded over HTTP/2. Frames of at most 16 KiB come in turn with window updates that must go out in time: a window that is too small, or
 * an update that waits, stops the server.
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
export const http2Download: Question = {
  name: "http2-download",
  title: "100 MiB download, HTTP/2",
  unit: "MB/s",
  headline: true,
  contestants: (arena) => [
    ...downloads(arena, "h2", "stream"),
    ...nativeClients(arena, "h2", { kind: "download" }),
  ],
};

/** As a whole. */
export const http2DownloadWhole: Question = {
  name: "http2-download-whole",
  title: "100 MiB download, HTTP/2, arrayBuffer()",
  unit: "MB/s",
  headline: false,
  contestants: (arena) => downloads(arena, "h2", "whole"),
};
