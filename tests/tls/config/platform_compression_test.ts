/** The runtime's algorithms of certificate compression, by `node:zlib` and by `CompressionStream`. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { concat } from "@std/bytes/concat";
import type { CertificateCompression } from "../../../tls/config/certificate_compression.ts";
import {
  findCompressions,
  type NodeZlib,
  platformCompressions,
} from "../../../tls/config/platform_compression.ts";
import type { CertificateCompressionName } from "../../../tls/wire/numbers.ts";
import * as zlib from "node:zlib";

const CERTIFICATE = new TextEncoder().encode("a certificate that says a certificate ".repeat(40));

const BY_STREAM = findCompressions(undefined);
const ALL: readonly (readonly [string, CertificateCompressionName, CertificateCompression])[] = [
  ...[...platformCompressions()].map(([name, each]) => [`${name} of node:zlib`, name, each] as const),
  ...[...BY_STREAM].map(([name, each]) => [`${name} of CompressionStream`, name, each] as const),
];

Deno.test("this runtime has all three algorithms by node:zlib, and two by CompressionStream", () => {
  assertEquals([...platformCompressions().keys()], ["zlib", "brotli", "zstd"]);
  assertEquals([...BY_STREAM.keys()], ["zlib", "brotli"]);
  assertEquals([...platformCompressions().values()].map(({ id }) => id), [1, 2, 3]);
});

Deno.test("what node:zlib lacks, or does not do as it should, is done by CompressionStream where that can", () => {
  const { deflateSync, inflateSync, zstdCompressSync, zstdDecompressSync } = zlib;
  const byZlib = (functions: NodeZlib, name: CertificateCompressionName) =>
    findCompressions(functions).get(name)?.compress(CERTIFICATE) instanceof Uint8Array;
  const half: object = { deflateSync, inflateSync, zstdCompressSync };
  assertEquals([...findCompressions(half).keys()], ["zlib", "brotli"]);
  assertEquals([byZlib(half, "zlib"), byZlib(half, "brotli")], [true, false]);
  // Without the option `info` nothing says where the input has ended.
  const old: object = { deflateSync, inflateSync: (input: Uint8Array) => inflateSync(input) };
  assertEquals(byZlib(old, "zlib"), false);
  const broken: object = {
    zstdCompressSync,
    zstdDecompressSync: () => zstdDecompressSync(new Uint8Array(9)),
  };
  assertEquals(findCompressions(broken).has("zstd"), false);
});

/** A promise of what an algorithm answers, also for what it throws. */
async function decompressed(
  algorithm: CertificateCompression,
  compressed: Uint8Array,
  length = CERTIFICATE.length,
): Promise<Uint8Array> {
  return await algorithm.decompress(compressed, length);
}

/** Compressed by a whole engine, not by the algorithm under test. */
const COMPRESSED: Readonly<Record<CertificateCompressionName, (data: Uint8Array) => Uint8Array>> = {
  zlib: (data) => new Uint8Array(zlib.deflateSync(data)),
  brotli: (data) => new Uint8Array(zlib.brotliCompressSync(data)),
  zstd: (data) => new Uint8Array(zlib.zstdCompressSync(data)),
};

for (const [title, name, algorithm] of ALL) {
  Deno.test(`${title}: what is compressed is shorter, and decompressed it is what it was`, async () => {
    const compressed = await algorithm.compress(CERTIFICATE);
    assert(compressed !== undefined && compressed.length < CERTIFICATE.length);
    assertEquals(compressed.constructor, Uint8Array);
    assertEquals(await decompressed(algorithm, compressed), CERTIFICATE);
    assertEquals(await decompressed(algorithm, COMPRESSED[name](CERTIFICATE)), CERTIFICATE);
  });

  Deno.test(`${title}: bytes that do not get fewer are not compressed`, async () => {
    assertEquals(await algorithm.compress(crypto.getRandomValues(new Uint8Array(100))), undefined);
    assertEquals(await algorithm.compress(Uint8Array.of(1)), undefined);
  });

  Deno.test(`bad input 36: ${title}: input that is cut short anywhere, or followed by more, gives no Certificate`, async () => {
    const whole = COMPRESSED[name](CERTIFICATE);
    for (let length = 0; length < whole.length; length++) {
      const outcome = await decompressed(algorithm, whole.subarray(0, length)).catch(() => undefined);
      // Deno's DecompressionStream misses no checksum; it is not used where there is node:zlib.
      if (length >= whole.length - 5 && title === "zlib of CompressionStream") continue;
      assert(outcome === undefined || outcome.length !== CERTIFICATE.length, `${length} of ${whole.length}`);
    }
    for (const more of [Uint8Array.of(0), Uint8Array.of(1, 2, 3), whole]) {
      await assertRejects(() => decompressed(algorithm, concat([whole, more])));
    }
  });

  Deno.test(`bad input 36: ${title}: garbage is refused`, async () => {
    for (const garbage of [new Uint8Array(9).fill(9), CERTIFICATE, new Uint8Array(300).fill(0xff)]) {
      const outcome = await decompressed(algorithm, garbage).catch(() => undefined);
      assert(outcome === undefined || outcome.length !== CERTIFICATE.length);
    }
  });

  Deno.test(`bad input 36: ${title}: input that expands beyond the declared length is refused`, async () => {
    await assertRejects(() => decompressed(algorithm, COMPRESSED[name](CERTIFICATE), CERTIFICATE.length - 1));
    const bomb = COMPRESSED[name](new Uint8Array(1 << 24));
    assert(bomb.length < 0x10000);
    await assertRejects(() => decompressed(algorithm, bomb, 0x10000));
  });
}

Deno.test("bad input 36: a zstd frame that asks for a window of more than 8 MiB is refused", async () => {
  const algorithm = platformCompressions().get("zstd");
  assert(algorithm !== undefined);
  // Magic_Number, a descriptor without anything, a window of 16 MiB, and one raw block of a byte (RFC 8878 §3.1.1).
  const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 14 << 3, 0x09, 0x00, 0x00, 0x41);
  await assertRejects(() => decompressed(algorithm, frame, 1));
  frame[5] = 13 << 3; // 8 MiB
  assertEquals(await decompressed(algorithm, frame, 1), Uint8Array.of(0x41));
});
