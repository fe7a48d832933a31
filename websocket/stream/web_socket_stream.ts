/**
 * A WebSocket as streams, shaped like the platform's `WebSocketStream`.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import { ignoreRejection } from "../../io/script.ts";
import { isSentCode, writeClose } from "../close_payload.ts";
import { WebSocketError } from "../error.ts";
import type { NegotiatedWebSocket } from "../handshake/negotiated.ts";
import type { WebSocketMessage } from "./message_queue.ts";
import { WebSocketDriver } from "./web_socket_driver.ts";
import { checkStreamOptions, type WebSocketStreamOptions } from "./web_socket_stream_options.ts";

/** A WebSocket that is open. */
export interface OpenedWebSocket {
  /** Received messages: strings of text, `Uint8Array` of bytes. It ends with a clean close, and fails otherwise. */
  readonly readable: ReadableStream<WebSocketMessage>;
  /**
   * Messages to send. A write resolves when the message is on its way: at once, or when 64 KiB that wait are written. To
   * close it closes the WebSocket.
   */
  readonly writable: WritableStream<string | BufferSource>;
  /** The negotiated extensions; empty when there are none. */
  readonly extensions: string;
  /** The negotiated subprotocol; empty when there is none. */
  readonly protocol: string;
}

/** How a WebSocket is closed, or was. */
export interface WebSocketCloseInfo {
  /** The status code: 1000, or 3000 to 4999, where it is chosen here; 1005 stands for none. */
  readonly closeCode?: number;
  /** The reason, at most 123 bytes of UTF-8. */
  readonly reason?: string;
}

/** A connection that was upgraded, and what its handshake has negotiated. */
export interface UpgradedWebSocket {
  /** The end that this is. */
  readonly role: "client" | "server";
  /** The transport, from the first byte behind the head. */
  readonly io: Duplex;
  /** The outcome of the handshake. */
  readonly negotiated: NegotiatedWebSocket;
}

/** The driver of a stream, for a shape that has no use for its streams. */
export let driverOf: (stream: WebSocketStream) => Promise<WebSocketDriver>;

/**
 * A WebSocket as streams, with back-pressure both ways.
 *
 * The streams of {@linkcode opened} give and take whole messages. While nothing reads, little is received: the transport
 * makes the peer wait, whose pings are answered as far as they are read. Without a `Client`, an opening handshake is
 * `WebSocketHandshake` on the one end and `acceptWebSocket` on the other.
 *
 * @example Both ends, over a pair of sockets
 * ```ts
 * import { WebSocketStream } from "@ductile/ductile/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
 * const [near, far] = await Promise.all([
 *   Deno.connect({ port: listener.addr.port, hostname: "127.0.0.1" }),
 *   listener.accept(),
 * ]);
 * const negotiated = { protocol: "", extensions: "", deflate: undefined };
 * const client = new WebSocketStream({ role: "client", io: near, negotiated });
 * const server = new WebSocketStream({ role: "server", io: far, negotiated });
 *
 * const writer = (await client.opened).writable.getWriter();
 * await writer.write("hello");
 * const reader = (await server.opened).readable.getReader();
 * assertEquals((await reader.read()).value, "hello");
 *
 * client.close({ closeCode: 1000, reason: "done" });
 * assertEquals(await server.closed, { closeCode: 1000, reason: "done" });
 * await client.closed;
 * listener.close();
 * ```
 */
export class WebSocketStream {
  static {
    driverOf = (stream) => stream.#driver;
  }

  /** The streams. Rejects, as {@linkcode closed} does, when there is no WebSocket. */
  readonly opened: Promise<OpenedWebSocket>;
  /**
   * The status code and the reason of the peer's Close frame, when the connection has ended cleanly. Rejects with a
   * {@linkcode WebSocketError} otherwise.
   */
  readonly closed: Promise<{ readonly closeCode: number; readonly reason: string }>;
  readonly #driver: Promise<WebSocketDriver>;
  /** How to close once it is open. */
  #closing: WebSocketCloseInfo | undefined;
  #current: WebSocketDriver | undefined;

  /**
   * Makes the streams of a WebSocket.
   *
   * @param upgraded The connection after its opening handshake, or a promise of it.
   * @param options Limits and timeouts.
   * @throws {RangeError} An option is out of range.
   */
  constructor(
    upgraded: UpgradedWebSocket | Promise<UpgradedWebSocket>,
    options: WebSocketStreamOptions = {},
  ) {
    checkStreamOptions(options);
    this.#driver = this.#open(upgraded, options);
    this.opened = Promise.all([this.#driver, upgraded])
      .then(([driver, { negotiated }]) => this.#streams(driver, negotiated));
    this.closed = this.#driver.then((driver) => driver.closed)
      .then(({ code, reason }) => ({ closeCode: code, reason }));
    ignoreRejection(this.opened);
    ignoreRejection(this.closed);
  }

  async #open(
    upgraded: UpgradedWebSocket | Promise<UpgradedWebSocket>,
    options: WebSocketStreamOptions,
  ): Promise<WebSocketDriver> {
    const { role, io, negotiated } = await upgraded;
    const driver = await WebSocketDriver.create(role, io, negotiated, options);
    this.#current = driver;
    if (this.#closing !== undefined) this.#closeNow(driver, this.#closing);
    return driver;
  }

  /**
   * Closes the WebSocket: a Close frame is sent behind all messages, and {@linkcode closed} resolves when the peer has
   * answered it. Closing again does nothing.
   *
   * @param info The status code, 1000 or 3000 to 4999, and the reason; a reason without a code makes it 1000.
   * @throws {DOMException} `InvalidAccessError` for another code, `SyntaxError` for a reason beyond 123 bytes.
   */
  close(info: WebSocketCloseInfo = {}): void {
    requireCloseInfo(info);
    this.#closing ??= info;
    if (this.#current !== undefined) this.#closeNow(this.#current, info);
  }

  /** Closes the WebSocket with 1001 (Going Away), as a server does that shuts down; otherwise like {@linkcode close}. */
  goAway(): void {
    this.#closing ??= { closeCode: 1001 };
    if (this.#current !== undefined) this.#closeNow(this.#current, { closeCode: 1001 });
  }

  /** Ends the connection at once, without a closing handshake; {@linkcode closed} rejects. */
  abort(): void {
    this.#driver.then((driver) => driver.abort(), () => {});
  }

  /**
   * Sends a ping, ahead of messages that wait.
   *
   * @param payload At most 125 bytes; none by default.
   * @returns A promise that resolves with its pong, or that of a later ping; it is received only while messages are read.
   */
  async ping(payload?: Uint8Array): Promise<void> {
    await (await this.#driver).ping(payload);
  }

  #closeNow(driver: WebSocketDriver, { closeCode, reason = "" }: WebSocketCloseInfo): void {
    driver.close(closeCode ?? (reason === "" ? undefined : 1000), reason);
  }

  #streams(driver: WebSocketDriver, { extensions, protocol }: NegotiatedWebSocket): OpenedWebSocket {
    const readable = new ReadableStream<WebSocketMessage>({
      async pull(controller) {
        const message = await driver.read();
        if (message === undefined) controller.close();
        else controller.enqueue(message);
      },
      cancel: (reason) => this.#closeFor(driver, reason),
    }, { highWaterMark: 0 });
    const writable = new WritableStream<string | BufferSource>({
      // What is piped into it is let go at the end, and not with the next message.
      start: (controller) => {
        const over = (error: unknown) => controller.error(error);
        driver.closed.then(
          () => over(new WebSocketError("closed", "Cannot send: the WebSocket is closed")),
          over,
        );
      },
      write: (message) => driver.send(toMessage(message)),
      close: async () => {
        this.close();
        await this.closed;
      },
      abort: (reason) => this.#closeFor(driver, reason),
    }, { highWaterMark: 1 });
    return { readable, writable, extensions, protocol };
  }

  /** Closes with the code and the reason of a {@linkcode WebSocketError}; without any for other reasons. */
  #closeFor(driver: WebSocketDriver, reason: unknown): void {
    const code = reason instanceof WebSocketError ? reason.closeCode ?? undefined : undefined;
    if (code === undefined || !isSentCode(code)) driver.close(undefined, "");
    else driver.close(code, reason instanceof WebSocketError ? reason.reason : "");
  }
}

/** A message as the driver takes it, which copies bytes before it returns. */
function toMessage(message: string | BufferSource): string | Uint8Array {
  if (typeof message === "string") return message;
  if (message instanceof ArrayBuffer) return new Uint8Array(message);
  if (ArrayBuffer.isView(message)) {
    return new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
  }
  return String(message);
}

/** Refuses what an application may not close with. */
export function requireCloseInfo({ closeCode, reason = "" }: WebSocketCloseInfo): void {
  if (closeCode !== undefined && closeCode !== 1000 && !(closeCode >= 3000 && closeCode <= 4999)) {
    throw new DOMException(
      `Cannot close: ${closeCode} is neither 1000 nor from 3000 to 4999`,
      "InvalidAccessError",
    );
  }
  try {
    writeClose(closeCode ?? 1000, reason);
  } catch (error) {
    throw new DOMException(error instanceof Error ? error.message : String(error), "SyntaxError");
  }
}
