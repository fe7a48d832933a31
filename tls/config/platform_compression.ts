/**
 * The algorithms of certificate compression that the runtime has: by `node:zlib`, which answers at once, or where it
 * is not built in by `CompressionStream`, which answers by promises.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { equals } from "@std/bytes/equals";
import { CertificateCompressionAlgorithm, type CertificateCompressionName } from "../wire/numbers.ts";
import type { CertificateCompression } from "./certificate_compression.ts";

/** The algorithms by name. */
export type PlatformCompressions = ReadonlyMap<CertificateCompressionName, CertificateCompression>;

let found: PlatformCompressions | undefined;

/** The algorithms that this runtime has; it is looked for once, when it is first asked. */
export function platformCompressions(): PlatformCompressions {
  return found ??= findCompressions(builtinZlib());
}

/**
 * Finds the algorithms by feature.
 *
 * @param zlib The module `node:zlib`; `undefined`: the runtime does not have it.
 */
export function findCompressions(zlib: NodeZlib | undefined): PlatformCompressions {
  const all = NAMES.map((name) => [name, zlibCompression(name, zlib) ?? streamCompression(name)] as const);
  return new Map(all.flatMap(([name, one]) => one === undefined ? [] : [[name, one]]));
}

const NAMES = Object.keys(CertificateCompressionAlgorithm) as CertificateCompressionName[]; // It has exactly these keys.

/** A function of `node:zlib` that decompresses. With `info` it also says how much of its input it has used. */
type Decompress = (
  input: Uint8Array,
  options: {
    readonly maxOutputLength: number;
    readonly info: true;
    readonly params?: Record<number, number>;
  },
) => { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } };

/** The part of `node:zlib` that is used here, of which a runtime may lack some. */
export interface NodeZlib {
  readonly deflateSync?: (input: Uint8Array) => Uint8Array;
  readonly brotliCompressSync?: (input: Uint8Array) => Uint8Array;
  readonly zstdCompressSync?: (input: Uint8Array) => Uint8Array;
  readonly inflateSync?: Decompress;
  readonly brotliDecompressSync?: Decompress;
  readonly zstdDecompressSync?: Decompress;
}

/** The functions of each algorithm. */
const FUNCTIONS = {
  zlib: ["deflateSync", "inflateSync"],
  brotli: ["brotliCompressSync", "brotliDecompressSync"],
  zstd: ["zstdCompressSync", "zstdDecompressSync"],
} as const;

/** An algorithm that answers at once. */
interface SynchronousCompression extends CertificateCompression {
  compress(certificate: Uint8Array): Uint8Array | undefined;
  decompress(compressed: Uint8Array, length: number): Uint8Array;
}

function zlibCompression(
  name: CertificateCompressionName,
  zlib: NodeZlib = {},
): CertificateCompression | undefined {
  const [compressing, decompressing] = FUNCTIONS[name];
  const [compress, decompress] = [zlib[compressing], zlib[decompressing]];
  if (compress === undefined || decompress === undefined) return undefined;
  const compression: SynchronousCompression = {
    id: CertificateCompressionAlgorithm[name],
    compress: (certificate): Uint8Array | undefined => ifFewer(plain(compress(certificate)), certificate),
    decompress(compressed, length): Uint8Array {
      const { buffer, engine } = decompress(compressed, {
        maxOutputLength: length,
        info: true,
        ...(name === "zstd" && { params: ZSTD_BOUNDS }),
      });
      // The functions ignore what follows the end.
      if (engine.bytesWritten !== compressed.length) throw new Error("there are bytes behind its end");
      return plain(buffer);
    },
  };
  return works(compression) ? compression : undefined;
}

/** Whether an algorithm does as it should, tried once: a runtime may not know an option of its functions. */
function works({ compress, decompress }: SynchronousCompression): boolean {
  try {
    const compressed = compress(SAMPLE);
    return compressed !== undefined && equals(decompress(compressed, SAMPLE.length), SAMPLE);
  } catch {
    return false;
  }
}

const SAMPLE = new Uint8Array(64);

/** `ZSTD_d_windowLogMax`: a window of 8 MiB, which decoders are to support (RFC 8878 §3.1.1.1.2), and no more memory. */
const ZSTD_BOUNDS = { 100: 23 } as const;

/** A view that is no `Buffer`. */
function plain({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function ifFewer(compressed: Uint8Array, certificate: Uint8Array): Uint8Array | undefined {
  return compressed.length < certificate.length ? compressed : undefined;
}

/** The name that `CompressionStream` has for an algorithm; it has none for zstd. */
const FORMATS = { zlib: "deflate", brotli: "brotli", zstd: undefined } as const;

function streamCompression(name: CertificateCompressionName): CertificateCompression | undefined {
  // The type is that of Deno; other runtimes know fewer formats, and some have no such class.
  const format = FORMATS[name] as CompressionFormat | undefined;
  if (format === undefined || !knows(format)) return undefined;
  return {
    id: CertificateCompressionAlgorithm[name],
    async compress(certificate): Promise<Uint8Array | undefined> {
      const limit = certificate.length - 1;
      try {
        return await pass(certificate, new CompressionStream(format), limit);
      } catch {
        return undefined; // It would not be shorter.
      }
    },
    decompress: (compressed, length): Promise<Uint8Array> =>
      pass(compressed, new DecompressionStream(format), length),
  };
}

function knows(format: CompressionFormat): boolean {
  try {
    return new DecompressionStream(format) !== undefined && new CompressionStream(format) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Passes bytes through a stream, which refuses malformed input, and more of it behind its end.
 *
 * @throws {RangeError} (rejected) for more than `limit` bytes of output, of which no more than a chunk is kept.
 */
async function pass(
  input: Uint8Array,
  stream: { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream<BufferSource> },
  limit: number,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  const writing = writer.write(input.slice()).then(() => writer.close());
  writing.catch(() => {}); // The reader gets the same error.
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream.readable) {
    length += chunk.length;
    if (length > limit) throw new RangeError(`it has more than ${limit} bytes`); // This cancels the stream, too.
    chunks.push(chunk);
  }
  return concat(chunks);
}

/**
 * The module `node:zlib`, where the runtime has it. It is looked up at run time instead of imported: it costs nothing
 * where no certificate is compressed, and the modules load in a browser, too.
 */
function builtinZlib(): NodeZlib | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  // The type is what Node documents; of each function it is looked whether it is there.
  return process?.getBuiltinModule?.("node:zlib") as NodeZlib | undefined;
}
