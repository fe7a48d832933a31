/**
 * Content decoding: gzip, deflate, br and zstd, one after another, bounded, and never ahead of the reader.
 *
 * The engines are those of `node:zlib`. `DecompressionStream` would be nearer, but it does not notice a cut
 * deflate stream, refuses a second gzip member, inflates each chunk whole however large it becomes, does not know
 * zstd, and is slower. It is imported when the first encoded content arrives, which costs a start-up nothing.
 *
 * What an engine lets pass is checked here: every byte of the content must belong to the coded data, and the
 * coded data must be complete.
 *
 * | | complete? | bytes after the end | more than one |
 * |---|---|---|---|
 * | gzip | the engine says | the engine refuses them, we the zeros that it ignores | members are concatenated |
 * | deflate | the engine says | counted here | no |
 * | br | a byte too many is offered: a complete stream leaves it | counted here | no |
 * | zstd | frames are followed here ({@linkcode ZstdFrames}) | refused as no frame | frames are concatenated |
 *
 * Header fields are left as they came, `content-encoding` and `content-length` too, as the Fetch standard has it.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { type Field, listMembers } from "../http/fields.ts";
import type { IncomingBody } from "../http/message.ts";
import { ClientError } from "./error.ts";
import { ZstdFrames } from "./zstd_frames.ts";

/** A content coding that can be decoded (RFC 9110 §8.4.1, RFC 7932, RFC 9659). */
export type Coding = "gzip" | "deflate" | "br" | "zstd";

/** How far content may expand. */
export interface DecodeLimits {
  /** The most bytes that it may decode to; unlimited by default. */
  readonly maxSize?: number;
  /** How many times its encoded size the decoded content may be; {@linkcode DEFAULT_MAX_RATIO} by default. */
  readonly maxRatio?: number;
}

/**
 * How many times its encoded size content may be. Text reaches 5 to 20, the most repetitive logs and tables about
 * 100; a gzip bomb 1,000. Apache's mod_deflate draws the line here too.
 */
export const DEFAULT_MAX_RATIO = 200;

/** Below this decoded size the ratio does not matter: what fits in memory easily is no bomb. 16 MiB. */
export const RATIO_FREE_SIZE = 16_777_216;

/**
 * How many codings content may have. One is usual, two are a mistake of a proxy; each costs an engine, and each can
 * multiply what the one before gave.
 */
export const MAX_CODINGS = 5;

/**
 * The codings of a response's content, in the order in which they were applied.
 *
 * Empty when there are none, and when there is one that is unknown: then the content is given as it is.
 *
 * @throws {ClientError} `decoding_failed`: more than {@linkcode MAX_CODINGS}.
 */
export function contentCodings(fields: readonly Field[]): readonly Coding[] {
  let codings: Coding[] | undefined;
  let unknown = false;
  for (const [name, value] of fields) {
    if (name !== "content-encoding") continue;
    codings ??= [];
    for (const member of listMembers(value)) {
      if (member === "identity") continue;
      const coding = CODINGS.get(member);
      if (coding === undefined) unknown = true;
      else if (codings.push(coding) > MAX_CODINGS) throw failed(`it has more than ${MAX_CODINGS} codings`);
    }
  }
  return codings === undefined || unknown ? NONE : codings;
}

/**
 * Content decoded as it is read. Nothing is read, and no engine made, before the first read.
 *
 * @param content All the encoded content, or its source, which is read to its end.
 * @param codings In the order in which they were applied. Empty content needs none of them, and stays empty.
 * @param limits How far it may expand.
 * @returns A source whose `read` rejects, and for ever, with a {@linkcode ClientError}: `decoding_failed` for what is
 *   malformed, cut short or followed by something else, `too_large` for what expands too far. The source of the
 *   encoded content is then cancelled.
 */
export function decodeBody(
  content: Uint8Array | IncomingBody,
  codings: readonly Coding[],
  limits: DecodeLimits = {},
): IncomingBody {
  const expansion = new Expansion(limits);
  let body: IncomingBody = new CountedBody(content, expansion);
  for (const coding of codings.toReversed()) body = new DecodedBody(body, coding, expansion);
  return body;
}

/**
 * All the decoded content at once. Little of it is decoded on the spot, which is several times as fast.
 *
 * @param bytes All the encoded content.
 * @param codings In the order in which they were applied.
 * @param limits How far it may expand.
 * @throws {ClientError} As {@linkcode decodeBody} has it.
 */
export async function decodeBytes(
  bytes: Uint8Array,
  codings: readonly Coding[],
  limits: DecodeLimits = {},
): Promise<Uint8Array> {
  if (bytes.length === 0 || codings.length === 0) return bytes;
  const zlib = await loadZlib();
  if (bytes.length <= SMALL_ENCODED) {
    const decoded = decodeSmall(zlib, bytes, codings, limits);
    if (decoded !== undefined) return decoded;
  }
  const body = decodeBody(bytes, codings, limits);
  const chunks: Uint8Array[] = [];
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) chunks.push(chunk);
  return concat(chunks);
}

/** The names of the codings, with the alias that "A recipient SHOULD consider [...] equivalent" (RFC 9110 §8.4.1.3). */
const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "br"],
  ["zstd", "zstd"],
]);

const NONE: readonly Coding[] = Object.freeze([]);

/** Encoded content up to this size is decoded on the spot: less than a millisecond's work, if it stays small. */
const SMALL_ENCODED = 65_536;
/** What is decoded on the spot stays below this size; what grows further is begun again, in steps. */
const SMALL_DECODED = 1_048_576;

/** The size of an engine's output buffer, and so of the chunks that a reader gets. */
const CHUNK_SIZE = 65_536;

type Zlib = typeof import("node:zlib");

let loadedZlib: Promise<Zlib> | undefined;

function loadZlib(): Promise<Zlib> {
  return loadedZlib ??= import("node:zlib");
}

/** How much content came, and how much it may become. */
class Expansion {
  readonly #maxSize: number;
  readonly #maxRatio: number;
  #received = 0;

  constructor(limits: DecodeLimits) {
    this.#maxSize = limits.maxSize ?? Infinity;
    this.#maxRatio = limits.maxRatio ?? DEFAULT_MAX_RATIO;
  }

  received(count: number): void {
    this.#received += count;
  }

  /** Refuses a decoded size that is too large for what was received. */
  check(decoded: number): void {
    if (decoded > this.#maxSize) {
      throw tooLarge(`it is longer than ${this.#maxSize} bytes`);
    }
    if (decoded > RATIO_FREE_SIZE && decoded > this.#received * this.#maxRatio) {
      throw tooLarge(`it expands more than ${this.#maxRatio} times`);
    }
  }
}

/** Encoded content as it comes, counted. */
class CountedBody implements IncomingBody {
  #bytes: Uint8Array | undefined;
  readonly #source: IncomingBody | undefined;
  readonly #expansion: Expansion;

  constructor(content: Uint8Array | IncomingBody, expansion: Expansion) {
    if (content instanceof Uint8Array) this.#bytes = content;
    else this.#source = content;
    this.#expansion = expansion;
  }

  async read(): Promise<Uint8Array | undefined> {
    const chunk = this.#source === undefined ? this.#bytes : await this.#source.read();
    this.#bytes = undefined;
    if (chunk !== undefined) this.#expansion.received(chunk.length);
    return chunk;
  }

  cancel(reason?: unknown): void {
    this.#bytes = undefined;
    this.#source?.cancel(reason);
  }
}

/** Content with one coding taken off. */
class DecodedBody implements IncomingBody {
  readonly #source: IncomingBody;
  readonly #coding: Coding;
  readonly #expansion: Expansion;
  #engine: Engine | undefined;
  #decoded = 0;
  /** Encoded bytes that are not decoded yet: the rest of a chunk of several frames, or too few to begin with. */
  #rest: Uint8Array | undefined;
  #frames: ZstdFrames | undefined;
  #outcome: { readonly error?: unknown } | undefined;

  constructor(source: IncomingBody, coding: Coding, expansion: Expansion) {
    this.#source = source;
    this.#coding = coding;
    this.#expansion = expansion;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#outcome === undefined) {
      try {
        const chunk = await this.#decode();
        // A cancel may have come meanwhile.
        if (this.#outcome === undefined) {
          if (chunk === undefined) this.#settle({});
          return chunk;
        }
      } catch (error) {
        if (this.#outcome === undefined) {
          this.#settle({ error });
          this.#source.cancel(error);
        }
      }
    }
    if ("error" in this.#outcome) throw this.#outcome.error;
    return undefined;
  }

  cancel(reason?: unknown): void {
    if (this.#outcome !== undefined) return;
    this.#settle({ error: reason ?? failed("it was given up") });
    this.#source.cancel(reason);
  }

  #settle(outcome: { readonly error?: unknown }): void {
    this.#outcome = outcome;
    this.#engine?.close();
  }

  async #decode(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = await this.#engine?.read();
      if (chunk !== undefined) {
        this.#decoded += chunk.length;
        this.#expansion.check(this.#decoded);
        return chunk;
      }
      const encoded = await this.#encoded();
      if (encoded === undefined) {
        const last = await this.#finish();
        if (last === undefined) return undefined;
        continue;
      }
      this.#engine ??= new Engine(await loadZlib(), this.#coding, encoded);
      this.#engine.write(encoded);
    }
  }
}
