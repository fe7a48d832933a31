/**
 * Content with one coding removed, and the limits of its decoded size.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { IncomingBody } from "../../http/message.ts";
import { DEFAULT_MAX_DECODED_RATIO, MIN_RATIO_CHECKED_BYTES } from "../defaults.ts";
import { ClientError } from "../error/client_error.ts";
import type { ZlibEngine } from "./zlib_engine.ts";
import { ZstdFrames } from "./zstd_frames.ts";

/** A content coding that can be decoded (RFC 9110 §8.4.1, RFC 7932, RFC 9659). */
export type Coding = "gzip" | "deflate" | "br" | "zstd";

/** Makes the engine for content that begins with `beginning`: two bytes at least, if it has as many. */
export type MakeEngine = (coding: Coding, beginning: Uint8Array) => Promise<ZlibEngine>;

/** Limits of the decoded size of content. */
export interface DecodeOptions {
  /** Bytes that the content may decode to; no limit by default. */
  readonly maxSize?: number;
  /** Factor by which the content may expand; {@linkcode DEFAULT_MAX_DECODED_RATIO} by default. */
  readonly maxRatio?: number;
}

/** The size of content as it was received, and the decoded size that it may have. */
export class Expansion {
  readonly #maxSize: number;
  readonly #maxRatio: number;
  #received = 0;

  /**
   * Starts with nothing received.
   *
   * @param options Limits of the decoded size.
   */
  constructor(options: DecodeOptions) {
    this.#maxSize = options.maxSize ?? Infinity;
    this.#maxRatio = options.maxRatio ?? DEFAULT_MAX_DECODED_RATIO;
  }

  /** Counts encoded bytes that were received from the peer. */
  received(count: number): void {
    this.#received += count;
  }

  /**
   * Refuses a decoded size beyond a limit.
   *
   * @throws {ClientError} `too_large`.
   */
  check(decoded: number): void {
    if (decoded > this.#maxSize) throw tooLarge(`it is longer than ${this.#maxSize} bytes`);
    if (decoded > MIN_RATIO_CHECKED_BYTES && decoded > this.#received * this.#maxRatio) {
      throw tooLarge(`it expands more than ${this.#maxRatio} times`);
    }
  }
}

/** Encoded content as it is received from the peer, counted. */
export class CountedBody implements IncomingBody {
  readonly #source: IncomingBody | undefined;
  readonly #expansion: Expansion;
  #bytes: Uint8Array | undefined;

  /**
   * Reads nothing yet.
   *
   * @param content All of it, or its source.
   * @param expansion Counts it.
   */
  constructor(content: Uint8Array | IncomingBody, expansion: Expansion) {
    if (!(content instanceof Uint8Array)) this.#source = content;
    else if (content.length > 0) this.#bytes = content;
    this.#expansion = expansion;
  }

  /** The next bytes, or `undefined` at the end. */
  async read(): Promise<Uint8Array | undefined> {
    const chunk = this.#source === undefined ? this.#bytes : await this.#source.read();
    this.#bytes = undefined;
    if (chunk !== undefined) this.#expansion.received(chunk.length);
    return chunk;
  }

  /** Cancels the rest. */
  cancel(reason?: unknown): void {
    this.#bytes = undefined;
    this.#source?.cancel(reason);
  }
}

/** Content with one coding removed. */
export class DecodedBody implements IncomingBody {
  readonly #source: IncomingBody;
  readonly #coding: Coding;
  readonly #makeEngine: MakeEngine;
  readonly #expansion: Expansion;
  readonly #frames: ZstdFrames | undefined;
  #engine: ZlibEngine | undefined;
  /** The rest of a chunk that holds more than one frame. */
  #rest: Uint8Array | undefined;
  #decoded = 0;
  #sourceEnded = false;
  #outcome: { readonly error?: unknown } | undefined;

  /**
   * Reads nothing yet.
   *
   * @param source The encoded content.
   * @param coding The coding.
   * @param makeEngine Makes the engine that decodes it.
   * @param expansion Limits its decoded size.
   */
  constructor(source: IncomingBody, coding: Coding, makeEngine: MakeEngine, expansion: Expansion) {
    this.#source = source;
    this.#coding = coding;
    this.#makeEngine = makeEngine;
    this.#expansion = expansion;
    if (coding === "zstd") this.#frames = new ZstdFrames();
  }

  /** The next decoded bytes, or `undefined` at the end. */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#outcome === undefined) {
      try {
        const chunk = await this.#next();
        if (chunk !== undefined && this.#outcome === undefined) return chunk;
        this.#finish({});
      } catch (error) {
        if (this.#finish({ error })) this.#source.cancel(error);
      }
    }
    if (this.#outcome !== undefined && "error" in this.#outcome) throw this.#outcome.error;
    return undefined;
  }

  /** Cancels the rest. */
  cancel(reason?: unknown): void {
    if (this.#finish({ error: reason ?? this.#failed("it was cancelled") })) this.#source.cancel(reason);
  }

  /** Keeps the first outcome. Whether this was the first. */
  #finish(outcome: { readonly error?: unknown }): boolean {
    if (this.#outcome !== undefined) return false;
    this.#outcome = outcome;
    this.#engine?.close();
    return true;
  }

  async #next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const decoded = await this.#output();
      if (decoded !== undefined) {
        this.#decoded += decoded.length;
        this.#expansion.check(this.#decoded);
        return decoded;
      }
      if (this.#sourceEnded || this.#outcome !== undefined) return undefined;
      const encoded = await this.#input();
      if (encoded !== undefined) this.#engine?.write(encoded);
      else await this.#end();
    }
  }

  async #output(): Promise<Uint8Array | undefined> {
    try {
      return await this.#engine?.read();
    } catch (cause) {
      throw this.#failed("it is malformed, cut short, or followed by something else", cause);
    }
  }

  /** The next input of the engine, which is made first; `undefined` at the end. */
  async #input(): Promise<Uint8Array | undefined> {
    let chunk = this.#rest ?? await this.#chunk();
    if (chunk === undefined) return undefined;
    if (this.#engine === undefined) {
      if (chunk.length === 1) chunk = concat([chunk, await this.#chunk() ?? new Uint8Array()]);
      const engine = await this.#makeEngine(this.#coding, chunk);
      if (this.#outcome !== undefined) engine.close(); // cancelled meanwhile
      this.#engine = engine;
    }
    if (this.#frames === undefined) return chunk;
    const end = this.#frames.follow(chunk, 0);
    this.#rest = end < chunk.length ? chunk.subarray(end) : undefined;
    return chunk.subarray(0, end);
  }

  async #chunk(): Promise<Uint8Array | undefined> {
    let chunk = await this.#source.read();
    while (chunk?.length === 0) chunk = await this.#source.read();
    return chunk;
  }

  /** Checks that the coded data is complete, where there was any. */
  async #end(): Promise<void> {
    this.#sourceEnded = true;
    const engine = this.#engine;
    if (engine === undefined) return;
    const isCutShort = this.#frames !== undefined
      ? !this.#frames.complete
      : this.#coding === "br" && await engine.takesMore();
    if (isCutShort) throw this.#failed("it is cut short");
    if (this.#coding === "gzip" || this.#coding === "deflate") engine.end();
  }

  #failed(reason: string, cause?: unknown): ClientError {
    return new ClientError("decoding_failed", `Cannot decode the content as ${this.#coding}: ${reason}`, {
      cause,
    });
  }
}

function tooLarge(reason: string): ClientError {
  return new ClientError("too_large", `Cannot decode the content: ${reason}`, {
    hint:
      "Where the server is trusted, set maxDecodedSize to what there may be (Infinity for any), or decode: false.",
  });
}
