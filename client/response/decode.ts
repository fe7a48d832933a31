/**
 * Content decoding: gzip, deflate, br and zstd, one after another, bounded, and never ahead of the reader.
 *
 * The engines are those of `node:zlib`. `DecompressionStream` would be nearer, but it does not notice a deflate
 * stream that is cut short, refuses a second gzip member, inflates each chunk whole however large it becomes, does
 * not know zstd, and is slower. It is imported when the first encoded content arrives, so it costs no start-up.
 *
 * Where the engines accept malformed content, it is refused here: coded data must be complete, with nothing after it.
 *
 * | | complete? | after its end |
 * |---|---|---|
 * | gzip | the engine knows | another member is appended; anything else, zeros too, is refused |
 * | deflate | the engine knows | anything is refused |
 * | br | a byte too many is offered: a complete stream leaves it | anything is refused |
 * | zstd | the frames are followed | another frame is appended, a skippable one skipped; anything else is refused |
 *
 * The header fields are left as they are, although `content-encoding` and `content-length` describe the encoded content.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { type Field, listMembers } from "../../http/fields.ts";
import type { IncomingBody } from "../../http/message.ts";
import { MAX_CODINGS } from "../defaults.ts";
import { type Coding, CountedBody, DecodedBody, type DecodeOptions, Expansion } from "./decoded_body.ts";
import { ClientError } from "../error/client_error.ts";
import { owned, ZlibEngine, type ZlibStream } from "./zlib_engine.ts";
import { ZstdFrames } from "./zstd_frames.ts";

export type { Coding, DecodeOptions };

/**
 * The codings of a response's content, in the order in which they were applied.
 *
 * Empty without codings, and where one is unknown: then the content stays encoded.
 *
 * @throws {ClientError} `decoding_failed`: more than {@linkcode MAX_CODINGS}.
 */
export function contentCodings(fields: readonly Field[]): readonly Coding[] {
  let codings: Coding[] | undefined;
  for (const field of fields) {
    if (field[0] !== "content-encoding") continue;
    codings ??= [];
    for (const member of listMembers(field[1])) {
      if (member === "identity") continue;
      const coding = CODINGS.get(member);
      if (coding === undefined) return NONE;
      codings.push(coding);
    }
  }
  if (codings === undefined) return NONE;
  if (codings.length > MAX_CODINGS) {
    throw new ClientError(
      "decoding_failed",
      `Cannot decode the content: it has more than ${MAX_CODINGS} codings`,
    );
  }
  return codings;
}

/**
 * Decodes content as it is read. Nothing is read, and no engine made, before the first read.
 *
 * @param content All the encoded content, or its source, which is read to its end.
 * @param codings The codings, in the order in which they were applied. Empty content stays empty.
 * @param options Limits of the decoded size.
 * @returns A source whose `read` rejects, from then on always, with a {@linkcode ClientError}: `decoding_failed` for
 *   content that is malformed, cut short or followed by other bytes, `too_large` for content beyond a limit. The source of
 *   the encoded content is then cancelled. Its own rejections are passed on.
 */
export function decodeBody(
  content: Uint8Array | IncomingBody,
  codings: readonly Coding[],
  options: DecodeOptions = {},
): IncomingBody {
  const isSmall = content instanceof Uint8Array && content.length <= MAX_ONE_CALL_ENCODED_BYTES &&
    codings.length > 0;
  return isSmall ? new SmallBody(content, codings, options) : decodeInSteps(content, codings, options);
}

/**
 * Decodes content at once.
 *
 * @param bytes All the encoded content.
 * @param codings The codings, in the order in which they were applied.
 * @param options Limits of the decoded size.
 * @throws {ClientError} Where {@linkcode decodeBody} rejects.
 */
export async function decodeBytes(
  bytes: Uint8Array,
  codings: readonly Coding[],
  options: DecodeOptions = {},
): Promise<Uint8Array> {
  const body = decodeBody(bytes, codings, options);
  const chunks: Uint8Array[] = [];
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) chunks.push(chunk);
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : concat(chunks);
}

function decodeInSteps(
  content: Uint8Array | IncomingBody,
  codings: readonly Coding[],
  options: DecodeOptions,
): IncomingBody {
  const expansion = new Expansion(options);
  let body: IncomingBody = new CountedBody(content, expansion);
  for (const coding of codings.toReversed()) body = new DecodedBody(body, coding, makeEngine, expansion);
  return body;
}

/** The codings by their names. "A recipient SHOULD consider "x-gzip" to be equivalent to "gzip"." (RFC 9110 §8.4.1.3) */
const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "br"],
  ["zstd", "zstd"],
]);

const NONE: readonly Coding[] = Object.freeze([]);

/** Encoded size of content that is decoded in one call, which takes less than a millisecond. */
const MAX_ONE_CALL_ENCODED_BYTES = 65_536;
/** Decoded size of such content; a larger one is decoded again, in steps. */
const MAX_ONE_CALL_DECODED_BYTES = 1_048_576;
/** Size of an engine's output buffer, and so of the chunks that a reader gets. */
const MAX_CHUNK_BYTES = 65_536;

type Zlib = typeof import("node:zlib");

let zlib: Promise<Zlib> | undefined;

function loadZlib(): Promise<Zlib> {
  return zlib ??= import("node:zlib");
}

async function makeEngine(coding: Coding, beginning: Uint8Array): Promise<ZlibEngine> {
  return new ZlibEngine(makeStream(await loadZlib(), coding, beginning));
}

function makeStream(zlib: Zlib, coding: Coding, beginning: Uint8Array): ZlibStream {
  const options = { chunkSize: MAX_CHUNK_BYTES };
  switch (coding) {
    case "gzip":
      return zlib.createGunzip(options);
    case "deflate":
      return isZlib(beginning) ? zlib.createInflate(options) : zlib.createInflateRaw(options);
    case "br":
      return zlib.createBrotliDecompress(options);
    case "zstd":
      return zlib.createZstdDecompress(options);
  }
}

/**
 * Whether `deflate` is the zlib format, as it should be, and not the raw deflate data that some servers send.
 *
 * The zlib format begins with 8 in the low four bits, a window of up to 32 KiB in the high ones, and 16 bits that
 * divide by 31 (RFC 1950 §2.2). Raw data that begins so would begin with a stored block whose padding is not zero,
 * which no encoder writes.
 */
function isZlib(beginning: Uint8Array): boolean {
  const [method = 0, flags = 0] = beginning;
  return (method & 0x0f) === 8 && method >> 4 <= 7 && (method * 256 + flags) % 31 === 0;
}

/**
 * A little content, all of it at hand, decoded in one call, which takes half of the time that an engine takes. Content
 * that one call cannot decode, or finds malformed, is decoded again in steps.
 */
class SmallBody implements IncomingBody {
  readonly #bytes: Uint8Array;
  readonly #codings: readonly Coding[];
  readonly #options: DecodeOptions;
  #body: IncomingBody | undefined;

  constructor(bytes: Uint8Array, codings: readonly Coding[], options: DecodeOptions) {
    this.#bytes = bytes;
    this.#codings = codings;
    this.#options = options;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#body === undefined && this.#bytes.length > 0) {
      const zlib = await loadZlib();
      // It may have been cancelled meanwhile.
      this.#body ??= this.#decode(zlib);
    }
    return await this.#body?.read();
  }

  cancel(reason?: unknown): void {
    this.#body ??= decodeInSteps(this.#bytes, this.#codings, this.#options);
    this.#body.cancel(reason);
  }

  #decode(zlib: Zlib): IncomingBody {
    let decoded: Uint8Array | undefined = this.#bytes;
    for (const coding of this.#codings.toReversed()) {
      if (decoded !== undefined && decoded.length > 0) {
        decoded = decodeOnce(zlib, decoded, coding, this.#options);
      }
    }
    return decoded === undefined
      ? decodeInSteps(this.#bytes, this.#codings, this.#options)
      : decodeInSteps(decoded, NONE, {});
  }
}

/** The result of a synchronous decompressor of `node:zlib` with the option `info`. */
interface Decompressed {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** The decoded content; `undefined` where it is too long or malformed. */
function decodeOnce(
  zlib: Zlib,
  encoded: Uint8Array,
  coding: Coding,
  { maxSize = MAX_ONE_CALL_DECODED_BYTES }: DecodeOptions,
): Uint8Array | undefined {
  const limit = Math.min(maxSize, MAX_ONE_CALL_DECODED_BYTES);
  const options = { info: true, maxOutputLength: Math.max(1, limit) }; // it takes no 0
  try {
    if (coding === "zstd" && !isOneFrame(encoded)) return undefined;
    const result: unknown = decompress(zlib, coding, encoded, options);
    if (result === undefined) return undefined;
    const { buffer, engine } = result as Decompressed; // the form that `info` asks for
    return engine.bytesWritten === encoded.length && buffer.length <= limit ? owned(buffer) : undefined;
  } catch {
    return undefined;
  }
}

function isOneFrame(encoded: Uint8Array): boolean {
  const frames = new ZstdFrames();
  return frames.follow(encoded, 0) === encoded.length && frames.complete;
}

function decompress(
  zlib: Zlib,
  coding: Coding,
  input: Uint8Array,
  options: { maxOutputLength: number },
): unknown {
  switch (coding) {
    case "gzip":
      return zlib.gunzipSync(input, options);
    case "deflate":
      return isZlib(input) ? zlib.inflateSync(input, options) : zlib.inflateRawSync(input, options);
    case "br":
      return undefined; // Deno's brotliDecompressSync takes malformed content for empty content
    case "zstd":
      return zlib.zstdDecompressSync(input, options);
  }
}
