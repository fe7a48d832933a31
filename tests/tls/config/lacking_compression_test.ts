/** Runtimes whose streams know fewer formats, in both directions or one: an algorithm is there where both are. */

import { assertEquals } from "@std/assert";
import { findCompressions } from "../../../tls/config/platform_compression.ts";

/** A class that knows no format. */
class Unknowing {
  constructor(format: string) {
    throw new TypeError(`Unsupported format: ${format}`);
  }
}

const LACKING: readonly (readonly [name: string, lacking: Readonly<Record<string, unknown>>])[] = [
  ["neither class", { CompressionStream: undefined, DecompressionStream: undefined }],
  ["no CompressionStream", { CompressionStream: undefined }],
  ["no DecompressionStream", { DecompressionStream: undefined }],
  ["a CompressionStream that does not know the format", { CompressionStream: Unknowing }],
  ["a DecompressionStream that does not know the format", { DecompressionStream: Unknowing }],
];
for (const [name, lacking] of LACKING) {
  Deno.test(`findCompressions: a runtime without node:zlib and with ${name} has no zlib`, () => {
    const { CompressionStream, DecompressionStream } = globalThis;
    Object.assign(globalThis, lacking);
    try {
      assertEquals(findCompressions(undefined).has("zlib"), false);
    } finally {
      Object.assign(globalThis, { CompressionStream, DecompressionStream });
    }
    assertEquals(findCompressions(undefined).get("zlib")?.id, 1);
  });
}
