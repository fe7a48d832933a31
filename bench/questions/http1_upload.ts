/**
 * 100 MiB uploaded over HTTP/1.1. Content of unknown length goes out chunked, and the pieces of 64 KiB
 * should leave without being copied into new ones.
 *
 * As a `ReadableStream` of 64 KiB pieces (or the stream of the client's own platform), which is the figure that
 * counts; and as one `Uint8Array`.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { uploads } from "../work/upload.ts";

/** In pieces. */
export const http1Upload: Question = {
  name: "http1-upload",
  title: "100 MiB upload, HTTP/1.1 over TLS",
  unit: "MB/s",
  headline: true,
  contestants: (arena) => uploads(arena, "http/1.1", "pieces"),
};

/** As a whole. */
export const http1UploadWhole: Question = {
  name: "http1-upload-whole",
  title: "100 MiB upload, HTTP/1.1 over TLS, one Uint8Array",
  unit: "MB/s",
  headline: false,
  contestants: (arena) => uploads(arena, "http/1.1", "whole"),
};
