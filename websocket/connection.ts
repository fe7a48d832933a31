/**
 * WebSocket (RFC 6455) after its opening handshake, without I/O: the machine for either end.
 *
 * Bytes go in, messages come out, and frames to write come out. Pings are answered, a Close frame is confirmed, and the
 * first violation of a rule ends the connection with a Close frame that has the status code of the failure.
 *
 * ```
 *              sendClose                Close frame received
 *   open ────────────────> closing ────────────────────────> closed
 *     └──────────────────────────────────────────────────────> closed
 *        Close frame received: it is confirmed
 * ```
 *
 * @module
 */

import type { Machine } from "../io/machine.ts";
import { readClose, writeClose } from "./close_payload.ts";
import { WebSocketError } from "./error.ts";
import type { WebSocketEvent } from "./events.ts";
import { type FrameHeader, FrameHeaderReader, MAX_CONTROL_BYTES, Opcode } from "./frame_header.ts";
import { FrameWriter } from "./frame_writer.ts";
import { Inflater } from "./inflate.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";
import { applyMask } from "./mask.ts";
import { MessageAssembler } from "./message_assembler.ts";

/** The part of permessage-deflate (RFC 7692) that receives: its parameters as they were negotiated. */
export interface InflateOptions {
  /** Whether the peer's messages refer to none before them, so that no window is kept. */
  readonly noContextTakeover: boolean;
}

/** Options of {@linkcode WebSocketConnection}. */
export interface WebSocketConnectionOptions {
  /** Bytes of one message, compressed or not; 67,108,864 by default. */
  readonly maxMessageBytes?: number;
  /** How compressed messages are inflated. By default permessage-deflate was not negotiated, and they are refused. */
  readonly inflate?: InflateOptions;
  /** The source of the masking keys of a client; `crypto.getRandomValues` by default. They have to be unpredictable. */
  readonly getRandomValues?: (into: Uint8Array<ArrayBuffer>) => void;
}

/**
 * One end of a WebSocket.
 *
 * @example Two ends in memory
 * ```ts
 * import { WebSocketConnection } from "@ductile/ductile/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const client = new WebSocketConnection("client");
 * const server = new WebSocketConnection("server");
 * client.sendMessage("hello");
 * client.sendClose(1000, "done");
 * for (let bytes = client.output(); bytes !== undefined; bytes = client.output()) server.receive(bytes);
 * assertEquals(server.next(), { type: "message", data: "hello" });
 * assertEquals(server.next(), { type: "close", code: 1000, reason: "done" });
 * ```
 */
export class WebSocketConnection implements Machine<WebSocketEvent> {
  readonly #writer: FrameWriter;
  readonly #headers: FrameHeaderReader;
  readonly #message: MessageAssembler;
  #input: Uint8Array = new Uint8Array();
  /** The frame whose payload is being received, and how many bytes of it have been. */
  #frame: FrameHeader | undefined;
  #received = 0;
  /** The payload of a control frame. */
  readonly #control = new Uint8Array(MAX_CONTROL_BYTES);
  #isEnded = false;
  #closeSent = false;
  #closeReceived = false;
  #failure: WebSocketError | undefined;

  /**
   * Begins after the opening handshake.
   *
   * @param role The end that this is. A client masks what it sends, and a server does not.
   * @throws {RangeError} If `maxMessageBytes` is not a positive integer.
   */
  constructor(role: "client" | "server", options: WebSocketConnectionOptions = {}) {
    const { maxMessageBytes = MAX_MESSAGE_BYTES, inflate } = options;
    if (!Number.isSafeInteger(maxMessageBytes) || maxMessageBytes <= 0) {
      throw new RangeError(
        `Cannot limit "maxMessageBytes" to ${maxMessageBytes}: it must be a positive integer`,
      );
    }
    const random = options.getRandomValues ?? ((into) => crypto.getRandomValues(into));
    this.#writer = new FrameWriter(role === "client" ? random : undefined);
    this.#headers = new FrameHeaderReader(role === "server", inflate !== undefined);
    this.#message = new MessageAssembler(
      maxMessageBytes,
      inflate && new Inflater(!inflate.noContextTakeover),
    );
  }

  /** Whether messages may be sent: no Close frame was sent, and nothing failed. */
  get isOpen(): boolean {
    return !this.#closeSent && this.#failure === undefined;
  }

  /** Whether a Close frame was sent and another received: the closing handshake is over. */
  get isClosed(): boolean {
    return this.#closeSent && this.#closeReceived;
  }

  /** Whether more bytes would bring an event: false after a Close frame, a failure or the end. */
  get wantsRead(): boolean {
    return !this.#closeReceived && !this.#isEnded && this.#failure === undefined;
  }

  /** Whether {@linkcode output} has bytes. */
  get wantsWrite(): boolean {
    return !this.#writer.isEmpty;
  }

  /** Takes bytes from the peer. The memory must not change before {@linkcode next} has returned `undefined`. */
  receive(bytes: Uint8Array): void {
    if (!this.wantsRead || bytes.length === 0) return;
    if (this.#input.length === 0) {
      this.#input = bytes;
      return;
    }
    const joined = new Uint8Array(this.#input.length + bytes.length);
    joined.set(this.#input);
    joined.set(bytes, this.#input.length);
    this.#input = joined;
  }

  /** Takes note that the peer sends no more bytes. Without a Close frame before, that is a failure. */
  receiveEnd(): void {
    this.#isEnded = true;
  }

  /**
   * The next event, or `undefined` when there is none until more bytes are received.
   *
   * @throws {WebSocketError} The failure of the connection: the same error at every call. The Close frame that tells the
   * peer is among the output.
   */
  next(): WebSocketEvent | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      const event = this.#advance();
      if (event === undefined && this.#isEnded && !this.#closeReceived) {
        throw new WebSocketError("truncated", "Cannot go on: the connection ended without a Close frame");
      }
      return event;
    } catch (error) {
      if (error instanceof WebSocketError) this.#fail(error);
      throw error;
    }
  }

  /** The next bytes to write, or `undefined` when there are none. */
  output(): Uint8Array | undefined {
    return this.#writer.take();
  }

  /**
   * Sends a message, in one frame.
   *
   * @param data Text, in which a lone surrogate becomes U+FFFD, or bytes, which are copied.
   * @throws {TypeError} If a Close frame was sent, or the connection has failed.
   */
  sendMessage(data: string | Uint8Array): void {
    const payload = typeof data === "string" ? ENCODER.encode(data) : data;
    this.#requireOpen("send a message");
    this.#writer.putMessage(typeof data === "string" ? Opcode.text : Opcode.binary, payload, false);
  }

  /**
   * Sends a message that was compressed for permessage-deflate (RFC 7692 §7.2.1).
   *
   * @param kind Whether the message is text or binary.
   * @param deflated The compressed bytes without the last four; text is compressed as UTF-8.
   * @throws {TypeError} If a Close frame was sent, or the connection has failed.
   */
  sendDeflated(kind: "text" | "binary", deflated: Uint8Array): void {
    this.#requireOpen("send a message");
    this.#writer.putMessage(Opcode[kind], deflated, true);
  }

  /**
   * Sends a ping, ahead of messages that were not written yet.
   *
   * @param payload At most 125 bytes, which the pong repeats; none by default.
   * @throws {TypeError} If a Close frame was sent, or the connection has failed.
   * @throws {RangeError} If the payload is longer.
   */
  sendPing(payload: Uint8Array = new Uint8Array()): void {
    this.#requireOpen("send a ping");
    if (payload.length > MAX_CONTROL_BYTES) {
      throw new RangeError(`Cannot send a ping: its payload has ${payload.length} bytes, 125 at most`);
    }
    this.#writer.putPing(payload);
  }

  /**
   * Sends a Close frame, behind messages that were not written yet. Sending again does nothing.
   *
   * @param code The status code, such as 1000; by default the frame has none.
   * @param reason The reason, at most 123 bytes of UTF-8; only with a code.
   * @throws {RangeError} If the code is none that may be sent, or the reason is too long.
   * @throws {TypeError} If there is a reason without a code.
   */
  sendClose(code?: number, reason = ""): void {
    const payload = writeClose(code, reason);
    if (!this.isOpen) return;
    this.#closeSent = true;
    this.#writer.putClose(payload);
  }

  #requireOpen(what: string): void {
    if (!this.isOpen) throw new TypeError(`Cannot ${what}: the WebSocket is closing or closed`);
  }

  #advance(): WebSocketEvent | undefined {
    while (!this.#closeReceived) {
      this.#frame ??= this.#beginFrame();
      if (this.#frame === undefined) return undefined;
      const part = this.#takePart(this.#frame);
      if (this.#frame.opcode < Opcode.close) this.#message.push(part, this.#frame, this.#received);
      else this.#control.set(part, this.#received);
      this.#received += part.length;
      if (this.#received < this.#frame.length) return undefined;
      const event = this.#endFrame(this.#frame);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  /** Reads the header of a frame. */
  #beginFrame(): FrameHeader | undefined {
    this.#input = this.#input.subarray(this.#headers.push(this.#input));
    const header = this.#headers.take();
    if (header === undefined) return undefined;
    this.#received = 0;
    if (header.opcode < Opcode.close) this.#message.begin(header);
    return header;
  }

  /** What is there of the payload of a frame. */
  #takePart({ length }: FrameHeader): Uint8Array {
    const part = this.#input.subarray(0, length - this.#received);
    this.#input = this.#input.subarray(part.length);
    return part;
  }

  #endFrame(frame: FrameHeader): WebSocketEvent | undefined {
    this.#frame = undefined;
    if (frame.opcode < Opcode.close) {
      return frame.fin ? { type: "message", data: this.#message.end() } : undefined;
    }
    const payload = this.#control.slice(0, frame.length);
    if (frame.key !== undefined) applyMask(payload, frame.key, 0);
    switch (frame.opcode) {
      case Opcode.ping:
        // "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already received a
        // Close frame." (RFC 6455 §5.5.2) None is sent behind a Close frame of this end, which is the last one.
        if (!this.#closeSent) this.#writer.putPong(payload);
        return { type: "ping", payload };
      case Opcode.pong:
        return { type: "pong", payload };
      default:
        return this.#receiveClose(payload);
    }
  }

  #receiveClose(payload: Uint8Array): WebSocketEvent {
    const { code, reason } = readClose(payload);
    this.#closeReceived = true;
    this.#input = new Uint8Array();
    // "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST send a Close
    // frame in response. (When sending a Close frame in response, the endpoint typically echos the status code it
    // received.)" (RFC 6455 §5.5.1)
    this.sendClose(payload.length === 0 ? undefined : code);
    return { type: "close", code, reason };
  }

  /** Ends the connection: messages that were not written are dropped, and the peer is told why. */
  #fail(error: WebSocketError): void {
    this.#failure = error;
    this.#input = new Uint8Array();
    if (error.code === "truncated" || this.#closeSent || error.closeCode === null) return;
    this.#closeSent = true;
    this.#writer.dropMessages();
    this.#writer.putClose(writeClose(error.closeCode, ""));
  }
}

const ENCODER = new TextEncoder();
