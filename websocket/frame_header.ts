/**
 * The header of a frame (RFC 6455 §5.2), read from however many pieces it comes in.
 *
 * ```
 *  0               1               2 ... up to 10                  4 bytes
 * +-+-+-+-+-------+-+-------------+-------------------------------+-------------+
 * |F|R|R|R| opcode|M| Payload len | Extended payload length, or - | Masking-key |
 * +-+-+-+-+-------+-+-------------+-------------------------------+-------------+
 * ```
 *
 * @module
 */

import { WebSocketError } from "./error.ts";

/** The header of one frame. */
export interface FrameHeader {
  /** Whether it is the last fragment of its message. */
  readonly fin: boolean;
  /** Whether RSV1 is set, which marks a compressed message (RFC 7692 §6). */
  readonly rsv1: boolean;
  /** The opcode, one of {@linkcode Opcode}. */
  readonly opcode: number;
  /** Bytes of the payload. */
  readonly length: number;
  /** The masking key; `undefined` when the payload is not masked. */
  readonly key: Uint8Array<ArrayBuffer> | undefined;
}

/** The opcodes (RFC 6455 §5.2). */
export const Opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** Bytes of the payload of a control frame (RFC 6455 §5.5). */
export const MAX_CONTROL_BYTES = 125;

/** Bits of the first two bytes. */
export const FIN = 0x80;
/** Marks a compressed message. */
export const RSV1 = 0x40;
const RSV2_RSV3 = 0x30;
/** The payload is masked. */
export const MASKED = 0x80;
/** Payload lengths that stand for 2 and 8 bytes of length. */
export const LENGTH_16 = 126;
/** See {@linkcode LENGTH_16}. */
export const LENGTH_64 = 127;

/** Reads frame headers, one after another. */
export class FrameHeaderReader {
  readonly #bytes = new Uint8Array(MAX_HEADER_BYTES);
  #count = 0;
  #needed = 2;
  readonly #isMasked: boolean;
  readonly #mayCompress: boolean;

  /**
   * @param isMasked Whether frames have to be masked: those of a client. Others must not be.
   * @param mayCompress Whether permessage-deflate was negotiated.
   */
  constructor(isMasked: boolean, mayCompress: boolean) {
    this.#isMasked = isMasked;
    this.#mayCompress = mayCompress;
  }

  /** Whether a header has begun. */
  get isInside(): boolean {
    return this.#count > 0;
  }

  /**
   * Takes bytes up to the end of a header. Each of the first two is checked as it comes, before more is awaited.
   *
   * @returns The number of bytes taken; {@linkcode take} then has the header, or needs more.
   * @throws {WebSocketError} `bad_frame`.
   */
  push(input: Uint8Array): number {
    let used = 0;
    while (used < input.length && this.#count < this.#needed) {
      const byte = input[used++] ?? 0;
      this.#bytes[this.#count++] = byte;
      if (this.#count === 1) this.#checkFirst(byte);
      else if (this.#count === 2) this.#checkSecond(byte);
      // The top bit of a length of 64 bits is seen with its first byte.
      else if (this.#count === 3 && this.#lengthCode === LENGTH_64 && byte >= 0x80) {
        throw bad("the top bit of its length is set");
      }
    }
    return used;
  }

  /** The header, when it is complete; the next one begins. */
  take(): FrameHeader | undefined {
    if (this.#count < this.#needed) return undefined;
    const bytes = this.#bytes;
    const first = bytes[0] ?? 0;
    const header: FrameHeader = {
      fin: (first & FIN) !== 0,
      rsv1: (first & RSV1) !== 0,
      opcode: first & 0x0f,
      length: this.#readLength(),
      key: this.#isMasked ? bytes.slice(this.#needed - 4, this.#needed) : undefined,
    };
    this.#count = 0;
    this.#needed = 2;
    return header;
  }

  get #lengthCode(): number {
    return (this.#bytes[1] ?? 0) & 0x7f;
  }

  #readLength(): number {
    const code = this.#lengthCode;
    if (code < LENGTH_16) return code;
    const view = new DataView(this.#bytes.buffer);
    // "the minimal number of bytes MUST be used to encode the length" (RFC 6455 §5.2), but no peer refuses more.
    if (code === LENGTH_16) return view.getUint16(2);
    return view.getUint32(2) * 2 ** 32 + view.getUint32(6);
  }

  #checkFirst(byte: number): void {
    const opcode = byte & 0x0f;
    // "If a nonzero value is received and none of the negotiated extensions defines the meaning of such a nonzero value,
    // the receiving endpoint MUST _Fail the WebSocket Connection_." (RFC 6455 §5.2)
    if ((byte & RSV2_RSV3) !== 0) throw bad("a reserved bit is set");
    if ((byte & RSV1) !== 0) {
      if (!this.#mayCompress) throw bad("it is compressed, which was not negotiated");
      // RFC 7692 §6.1 sets the bit in the first fragment of a message alone.
      if (opcode !== Opcode.text && opcode !== Opcode.binary) {
        throw bad("the bit of compression stands in a control frame or a continuation");
      }
    }
    // "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_." (RFC 6455 §5.2)
    if ((opcode > Opcode.binary && opcode < Opcode.close) || opcode > Opcode.pong) {
      throw bad(`0x${opcode.toString(16)} is no opcode`);
    }
    // "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented." (RFC 6455 §5.5)
    if (opcode >= Opcode.close && (byte & FIN) === 0) throw bad("a control frame is fragmented");
  }

  #checkSecond(byte: number): void {
    const isMasked = (byte & MASKED) !== 0;
    if (isMasked !== this.#isMasked) {
      // "The server MUST close the connection upon receiving a frame that is not masked. [...] A client MUST close a
      // connection if it detects a masked frame." (RFC 6455 §5.1)
      throw bad(
        isMasked ? "it is masked, and comes from a server" : "it is not masked, and comes from a client",
      );
    }
    const code = byte & 0x7f;
    if (((this.#bytes[0] ?? 0) & 0x0f) >= Opcode.close && code > MAX_CONTROL_BYTES) {
      throw bad("a control frame has more than 125 bytes");
    }
    this.#needed = 2 + (code === LENGTH_64 ? 8 : code === LENGTH_16 ? 2 : 0) + (isMasked ? 4 : 0);
  }
}

function bad(reason: string): WebSocketError {
  return new WebSocketError("bad_frame", `Cannot read the frame: ${reason}`);
}

/** Bytes of the longest header. */
const MAX_HEADER_BYTES = 14;
