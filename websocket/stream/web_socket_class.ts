/**
 * A class shaped like the platform's `WebSocket`, for libraries that take one.
 *
 * That shape has no back-pressure: messages are received as fast as they come. `WebSocketStream` has it.
 *
 * @module
 */

import { WebSocketError } from "../error.ts";
import { requireProtocols } from "../handshake/client_handshake.ts";
import type { WebSocketMessage } from "./message_queue.ts";
import type { WebSocketDriver } from "./web_socket_driver.ts";
import { driverOf, requireCloseInfo, type WebSocketStream } from "./web_socket_stream.ts";

/** The part of a client that opens WebSockets. */
export interface WebSocketConnector {
  /** Opens a WebSocket, as `Client.webSocket` does. */
  webSocket(
    url: string,
    init: { readonly protocols: readonly string[]; readonly signal: AbortSignal },
  ): Promise<WebSocketStream>;
}

/** A constructor like the platform's `WebSocket`. */
export type WebSocketClass = new (
  url: string | URL,
  protocols?: string | readonly string[],
) => WebSocketTarget;

/**
 * Makes a class like the platform's `WebSocket`, whose connections are a client's.
 *
 * @param client A `Client`, or an object that calls its `webSocket` with further options.
 * @returns The class. Its constructor throws a `SyntaxError` (DOMException) for a URL that is none of a WebSocket, and for
 * subprotocols that are no tokens, or come twice.
 *
 * @example
 * ```ts
 * import { Client } from "@ductile/ductile";
 * import { webSocketClass } from "@ductile/ductile/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ port: 0, onListen() {} }, (request) => {
 *   const { socket, response } = Deno.upgradeWebSocket(request);
 *   socket.onmessage = ({ data }) => socket.send(data);
 *   return response;
 * });
 * using client = new Client();
 * const WebSocket = webSocketClass(client);
 * const socket = new WebSocket(`ws://localhost:${server.addr.port}/`);
 * socket.onopen = () => socket.send("hello");
 * assertEquals(await new Promise((resolve) => socket.onmessage = ({ data }) => resolve(data)), "hello");
 * socket.close();
 * await new Promise((resolve) => socket.onclose = resolve);
 * ```
 */
export function webSocketClass(client: WebSocketConnector): WebSocketClass {
  return class WebSocket extends WebSocketTarget {
    constructor(url: string | URL, protocols: string | readonly string[] = []) {
      super(client, url, protocols);
    }
  };
}

/** A WebSocket with the attributes, methods and events of the platform's class. */
export class WebSocketTarget extends EventTarget {
  /** `readyState` before the handshake is over. */
  static readonly CONNECTING = 0;
  /** `readyState` while messages can be sent. */
  static readonly OPEN = 1;
  /** `readyState` once a close has begun. */
  static readonly CLOSING = 2;
  /** `readyState` after the end. */
  static readonly CLOSED = 3;
  /** See the static constant. */
  readonly CONNECTING = 0;
  /** See the static constant. */
  readonly OPEN = 1;
  /** See the static constant. */
  readonly CLOSING = 2;
  /** See the static constant. */
  readonly CLOSED = 3;
  /** The URL, in its normal form. */
  readonly url: string;
  /** Called with `open` events. */
  onopen: ((event: Event) => void) | null = null;
  /** Called with `message` events. */
  onmessage: ((event: MessageEvent) => void) | null = null;
  /** Called with `error` events, which tell nothing more; the reason is in `failure`. */
  onerror: ((event: Event) => void) | null = null;
  /** Called with the `close` event. */
  onclose: ((event: CloseEvent) => void) | null = null;
  /** The reason of a failure, which the events of the platform do not tell. */
  failure: unknown;
  readonly #origin: string;
  readonly #connecting = new AbortController();
  #readyState: 0 | 1 | 2 | 3 = 0;
  #binaryType: BinaryType = "blob";
  #bufferedAmount = 0;
  #protocol = "";
  #extensions = "";
  #stream: WebSocketStream | undefined;
  #driver: WebSocketDriver | undefined;
  /** The last message that was sent. */
  #sending: Promise<void> = Promise.resolve();
  /** How many messages wait for a Blob to be read: it, and those behind it. */
  #waiting = 0;

  /**
   * Begins to connect.
   *
   * @throws {DOMException} `SyntaxError` for a URL that is none of a WebSocket, and for subprotocols that are no tokens, or
   * come twice.
   */
  constructor(client: WebSocketConnector, url: string | URL, protocols: string | readonly string[]) {
    super();
    const parsed = parseUrl(String(url));
    this.url = parsed.href;
    this.#origin = parsed.origin === "null" ? `${parsed.protocol}//${parsed.host}` : parsed.origin;
    const list = [protocols].flat();
    requireProtocols(list);
    void this.#run(client, list);
  }

  /** The state: `CONNECTING`, `OPEN`, `CLOSING` or `CLOSED`. */
  get readyState(): 0 | 1 | 2 | 3 {
    return this.#readyState;
  }

  /** Bytes of messages that were not written yet; those after a close stay. */
  get bufferedAmount(): number {
    return this.#bufferedAmount;
  }

  /** The negotiated subprotocol. */
  get protocol(): string {
    return this.#protocol;
  }

  /** The negotiated extensions. */
  get extensions(): string {
    return this.#extensions;
  }

  /** The class of binary messages: `blob`, or `arraybuffer`. Other values are ignored. */
  get binaryType(): BinaryType {
    return this.#binaryType;
  }
  set binaryType(type: BinaryType) {
    if (type === "blob" || type === "arraybuffer") this.#binaryType = type;
  }

  /**
   * Sends a message; after a close it is dropped.
   *
   * @throws {DOMException} `InvalidStateError` before the WebSocket is open.
   */
  send(data: string | BufferSource | Blob): void {
    if (this.#readyState === this.CONNECTING) {
      throw new DOMException("Cannot send a message: the WebSocket is not open yet", "InvalidStateError");
    }
    const message = messageOf(data);
    const size = sizeOf(message);
    this.#bufferedAmount += size;
    if (this.#readyState !== this.OPEN) return;
    this.#sending = message instanceof Blob || this.#waiting > 0
      ? this.#writeBehind(this.#sending, message, size)
      : this.#write(message, size);
  }

  /** Sends a message behind those that wait for a Blob; a Blob that cannot be read is dropped. */
  async #writeBehind(
    before: Promise<void>,
    message: string | Uint8Array<ArrayBuffer> | Blob,
    size: number,
  ): Promise<void> {
    this.#waiting++;
    const content = message instanceof Uint8Array ? message.slice() : message; // its memory may change meanwhile
    await before;
    const bytes = content instanceof Blob ? await content.arrayBuffer().catch(() => undefined) : content;
    this.#waiting--;
    if (bytes !== undefined) {
      await this.#write(bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes, size);
    }
  }

  /** Sends a message, which is copied before this returns. */
  async #write(message: string | Uint8Array, size: number): Promise<void> {
    try {
      await this.#driver?.send(message);
      this.#bufferedAmount -= size;
    } catch {
      // The reader tells of the end.
    }
  }

  /**
   * Closes the WebSocket behind what was sent; before it is open, the attempt ends.
   *
   * @param code The status code, 1000 or 3000 to 4999; none by default.
   * @param reason The reason.
   * @throws {DOMException} `InvalidAccessError` for another code, `SyntaxError` for a reason beyond 123 bytes.
   */
  close(code?: number, reason = ""): void {
    const info = { ...(code !== undefined && { closeCode: code }), reason };
    requireCloseInfo(info);
    if (this.#readyState > this.OPEN) return;
    const wasOpen = this.#readyState === this.OPEN;
    this.#readyState = this.CLOSING;
    if (wasOpen) void this.#sending.then(() => this.#stream?.close(info));
    else {this.#connecting.abort(
        new WebSocketError("closed", "Cannot open the WebSocket: it was closed before"),
      );}
  }

  async #run(client: WebSocketConnector, protocols: readonly string[]): Promise<void> {
    try {
      const { signal } = this.#connecting;
      const stream = await client.webSocket(this.url, { protocols, signal });
      if (signal.aborted) {
        stream.abort();
        throw signal.reason;
      }
      const { protocol, extensions } = await stream.opened;
      const driver = await driverOf(stream);
      this.#stream = stream;
      this.#driver = driver;
      this.#protocol = protocol;
      this.#extensions = extensions;
      this.#readyState = this.OPEN;
      this.#emit(new Event("open"));
      for (let message = await driver.read(); message !== undefined; message = await driver.read()) {
        this.#receive(message);
      }
      this.#readyState = this.CLOSING;
      const { closeCode, reason } = await stream.closed;
      this.#end({ code: closeCode, reason, wasClean: true });
    } catch (error) {
      this.failure = error;
      this.#readyState = this.CLOSED;
      this.#emit(new Event("error"));
      this.#end({ code: 1006, reason: "", wasClean: false });
    }
  }

  #receive(message: WebSocketMessage): void {
    if (this.#readyState !== this.OPEN) return;
    const data = typeof message === "string"
      ? message
      : this.#binaryType === "blob"
      ? new Blob([message])
      : message.byteLength === message.buffer.byteLength
      ? message.buffer
      : message.slice().buffer;
    this.#emit(new MessageEvent("message", { data, origin: this.#origin }));
  }

  #end(init: CloseEventInit): void {
    this.#readyState = this.CLOSED;
    this.#emit(closeEvent(init));
  }

  #emit(event: Event): void {
    const handler = event.type === "open"
      ? this.onopen
      : event.type === "error"
      ? this.onerror
      : event.type === "close"
      ? this.onclose
      : this.onmessage;
    if (typeof handler !== "function") return void this.dispatchEvent(event);
    // A function of its own: the handler may be a listener as well, which would be removed with it.
    const listener = (event: Event) => (handler as (event: Event) => void).call(this, event); // of that event
    this.addEventListener(event.type, listener);
    this.dispatchEvent(event);
    this.removeEventListener(event.type, listener);
  }
}

/** A `CloseEvent`; a runtime without that class gets an event with its attributes. */
function closeEvent(init: CloseEventInit): Event {
  if (typeof CloseEvent === "function") return new CloseEvent("close", init);
  return Object.assign(new Event("close"), init);
}

/** Checks a URL: "ws", "wss", "http" or "https", and no fragment. */
function parseUrl(text: string): URL {
  const url = URL.parse(text.replace(/^http(?=s?:)/i, "ws"));
  if (url === null || !/^wss?:$/.test(url.protocol) || text.includes("#")) {
    throw new DOMException("Cannot open a WebSocket: the URL is none of a WebSocket", "SyntaxError");
  }
  return url;
}

function messageOf(data: string | BufferSource | Blob): string | Uint8Array<ArrayBuffer> | Blob {
  if (data instanceof Blob) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return String(data);
}

function sizeOf(message: string | Uint8Array | Blob): number {
  if (typeof message === "string") return ENCODER.encode(message).length;
  return message instanceof Blob ? message.size : message.length;
}

const ENCODER = new TextEncoder();
