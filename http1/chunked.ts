/**
 * The decoder of the chunked coding (RFC 9112 §7.1).
 *
 * ```
 * chunked-body = *chunk last-chunk trailer-section CRLF
 * chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
 * last-chunk   = 1*("0") [ chunk-ext ] CRLF
 * chunk-ext    = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
 * ```
 *
 * Only trailers are buffered: sizes are added up digit by digit and extensions are skipped byte by byte, so that no line
 * has to be complete. Line ends are CRLF and nothing else: a recipient that accepts less can be made to see other chunks
 * than a recipient before it.
 *
 * @module
 */

import { type Field, VALUE_BYTES } from "../http/fields.ts";
import { Http1Error } from "./error.ts";
import { MAX_FREE_CHUNK_PADDING_BYTES, type ResolvedHttp1Options } from "./limits.ts";
import type { ReceiveBuffer } from "./receive_buffer.ts";
import { SectionScanner } from "./section.ts";

const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const SEMICOLON = 0x3b;

/** The position of the next byte in the grammar. */
type State =
  | "size"
  /** White space after a size, before an extension. */
  | "blank"
  | "extension"
  /** The LF of a size line. */
  | "size_lf"
  | "data"
  /** The CR and the LF after data. */
  | "data_cr"
  | "data_lf"
  | "trailers"
  | "end";

/** For each byte, its value as a hexadecimal digit, or 0xff. */
const HEX_DIGITS = new Uint8Array(256).fill(0xff);
for (let digit = 0; digit < 16; digit++) {
  HEX_DIGITS[digit.toString(16).charCodeAt(0)] = digit;
  HEX_DIGITS[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Decodes the content of one message. */
export class ChunkedDecoder {
  /** The trailer fields as received, once the content has ended; forbidden ones are among them. */
  trailers: Field[] = [];
  readonly #limits: ResolvedHttp1Options;
  #state: State = "size";
  #size = 0;
  #digits = 0;
  /** Bytes of padding and extensions that may still come. */
  #paddingLeft: number;
  #scanner: SectionScanner | undefined;

  /** @param limits The limits of padding, extensions and trailers. */
  constructor(limits: ResolvedHttp1Options) {
    this.#limits = limits;
    this.#paddingLeft = limits.maxChunkExtensionBytes;
  }

  /**
   * Reads the next piece.
   *
   * @returns Content, as a view; `"end"` after the trailers; or `undefined` when more bytes are needed.
   * @throws {Http1Error} `bad_chunk`; for the trailers `bad_header` or `trailers_too_large`.
   */
  next(buffer: ReceiveBuffer): Uint8Array | "end" | undefined {
    for (;;) {
      if (this.#state === "end") return "end";
      const { length } = buffer;
      if (length === 0) return undefined;
      if (this.#state === "data") {
        const count = Math.min(length, this.#size);
        this.#size -= count;
        this.#paddingLeft += count;
        if (this.#size === 0) this.#state = "data_cr";
        return buffer.take(count);
      }
      if (this.#state === "trailers") {
        if (!this.#readTrailers(buffer)) return undefined;
      } else {
        this.#state = this.#step(buffer.bytes[buffer.start++] ?? 0);
      }
    }
  }

  /** Takes one byte between pieces of content, and returns the state after it. */
  #step(byte: number): State {
    switch (this.#state) {
      case "size": {
        const digit = HEX_DIGITS[byte] ?? 0xff;
        if (digit === 0xff) return this.#endSize(byte);
        // Zeros in front are padding.
        if (this.#size === 0 && this.#digits > 0) this.#countPadding();
        this.#digits++;
        this.#size = 16 * this.#size + digit;
        // "recipients MUST anticipate potentially large hexadecimal numerals and prevent parsing errors due to
        // integer conversion overflows or precision loss" (RFC 9112 §7.1).
        if (this.#size > Number.MAX_SAFE_INTEGER) throw badChunk("its size cannot be counted");
        return "size";
      }
      case "blank":
        if (byte === CR) return "size_lf";
        if (byte === SEMICOLON) return this.#padded("extension");
        if (byte === SP || byte === HTAB) return this.#padded("blank");
        throw badChunk("its size is followed by neither an extension nor CRLF");
      case "extension":
        if (byte === CR) return "size_lf";
        if (VALUE_BYTES[byte] === 1) return this.#padded("extension");
        throw badChunk("its extension has a control character");
      case "size_lf":
        if (byte !== LF) throw badChunk("its size line does not end in CRLF");
        this.#paddingLeft += MAX_FREE_CHUNK_PADDING_BYTES;
        return this.#size === 0 ? "trailers" : "data";
      case "data_cr":
        if (byte === CR) return "data_lf";
        throw badChunk("its data is longer than its size");
      case "data_lf":
        if (byte === LF) return "size";
        throw badChunk("its data is not followed by CRLF");
      case "data":
      case "trailers":
      case "end":
        return this.#state; // read by next()
    }
  }

  #endSize(byte: number): State {
    if (this.#digits === 0) throw badChunk("it has no size");
    this.#digits = 0;
    if (byte === CR) return "size_lf";
    if (byte === SEMICOLON) return this.#padded("extension");
    if (byte === SP || byte === HTAB) return this.#padded("blank");
    throw badChunk("its size is not a hexadecimal number");
  }

  #padded(next: State): State {
    this.#countPadding();
    return next;
  }

  #countPadding(): void {
    if (--this.#paddingLeft >= 0) return;
    throw badChunk(
      `its padding and extensions exceed the content so far by the ${this.#limits.maxChunkExtensionBytes} bytes ` +
        "of maxChunkExtensionBytes",
    );
  }

  #readTrailers(buffer: ReceiveBuffer): boolean {
    const { bytes, start, end } = buffer;
    // The usual trailer section is empty.
    if (this.#scanner === undefined && end - start >= 2 && bytes[start] === CR && bytes[start + 1] === LF) {
      buffer.start += 2;
      this.#state = "end";
      return true;
    }
    this.#scanner ??= new SectionScanner({
      name: "trailers",
      hasStartLine: false,
      maxBytes: this.#limits.maxTrailerBytes,
      maxBytesOption: "maxTrailerBytes",
      maxFields: this.#limits.maxFields,
      tooLarge: "trailers_too_large",
      badFirstLine: "bad_header",
      bareLf: false,
      obsFold: this.#limits.allowObsFold,
    });
    const length = this.#scanner.scan(bytes, start, end);
    if (length === -1) return false;
    this.trailers = this.#scanner.fields(bytes, start, 0);
    buffer.start += length;
    this.#state = "end";
    return true;
  }
}

function badChunk(reason: string): Http1Error {
  return new Http1Error("bad_chunk", `Cannot read a chunk: ${reason}`);
}
