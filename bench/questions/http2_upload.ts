/**
 * 100 MiB uploaded over HTTP/2. The server opens its window only as it reads, so the client must cut
 * the content to what is open and go on the moment that there is more.
 *
 * As a `ReadableStream` of 64 KiB pieces (or the stream of the client's own platform), which is the figure that
 * counts; and as one `Uint8Array`.
 *
 * @module
 */

import type { Question } from "../harness.ts";
import { uploads } from "../work/upload.ts";

/** In pieces. */
export const http2Upload: Question = {
  name: "http2-upload",
  title: "100 MiB upload, HTTP/2",
  unit: "MB/s",
  headline: true,
  contestants: (arena) => uploads(arena, "h2", "pieces"),
};

/** As a whole. */
export const http2UploadWhole: Question = {
  name: "http2-upload-whole",
  title: "100 MiB upload, HTTP/2, one Uint8Array",
  unit: "MB/s",
  headline: false,
  contestants: (arena) => uploads(arena, "h2", "whole"),
};
