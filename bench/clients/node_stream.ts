/**
 * What the two clients of Node have in common: its streams.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import type { UploadBody } from "./client.ts";

/** Reads a stream to its end as text. */
export function readText(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    stream.setEncoding("utf8");
    stream.on("data", (piece: string) => text += piece);
    stream.on("end", () => resolve(text));
    stream.on("error", reject);
  });
}

/** Reads a stream to its end. */
export function readWhole(stream: Readable): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = [];
    stream.on("data", (piece: Uint8Array) => pieces.push(piece));
    stream.on("end", () => resolve(Buffer.concat(pieces)));
    stream.on("error", reject);
  });
}

/** Writes a body to its end, waiting whenever the stream has had enough. */
export async function writeBody(stream: Writable, body: UploadBody): Promise<void> {
  if (body.form === "whole") {
    stream.end(body.bytes);
    return;
  }
  for (const piece of body.pieces) {
    if (!stream.write(piece)) await once(stream, "drain");
  }
  stream.end();
}
