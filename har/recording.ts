/**
 * What a recorder keeps: the events of each exchange, and what its connection took.
 *
 * @module
 */

import type {
  CloseHookEvent,
  ConnectHookEvent,
  ContentHookEvent,
  EndHookEvent,
  HandshakeHookEvent,
  RedirectHookEvent,
  RequestHookEvent,
  ResponseHookEvent,
  RetryHookEvent,
} from "../client/hooks/client_hooks.ts";

import { MAX_HAR_TOTAL_CONTENT_BYTES } from "./limits.ts";

/** One request as it was sent, and what came of it. */
export interface Exchange {
  /** It begins. */
  readonly request: RequestHookEvent;
  /** The head of its response. */
  response?: ResponseHookEvent;
  /** The connection, where one was made for it. */
  connecting?: Connecting;
  /** Its failure. */
  error?: unknown;
  /** The time at which it was over. */
  ended?: number;
  /** Milliseconds that it waited for its connection, where there is no response that says so. */
  waiting?: number;
  /** Bytes of the request's content. */
  sentBytes?: number;
  /** Bytes of the response's content, as received. */
  receivedBytes?: number;
  /** The content of the request, where it is recorded. */
  readonly sent: Content;
  /** The content of the response, where it is recorded. */
  readonly received: Content;
}

/** What making a connection took. */
export interface Connecting {
  /** The identifier of the connection. */
  readonly connectionId: number;
  /** The transport. */
  readonly connect: ConnectHookEvent;
  /** The handshake; absent on a plain connection. */
  handshake?: HandshakeHookEvent;
}

/** Content, of which the beginning is kept. */
export class Content {
  readonly #maxBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #kept = 0;
  /** Bytes in all. */
  size = 0;

  /** @param maxBytes Bytes that are kept; 0 where content is not recorded. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Adds bytes.
   *
   * @returns How many of them are kept.
   */
  add(bytes: Uint8Array): number {
    this.size += bytes.length;
    const kept = bytes.length > this.#maxBytes - this.#kept
      ? bytes.slice(0, this.#maxBytes - this.#kept)
      : bytes;
    if (kept.length === 0) return 0;
    this.#chunks.push(kept);
    this.#kept += kept.length;
    return kept.length;
  }

  /** The number of bytes that were kept. */
  get keptBytes(): number {
    return this.#kept;
  }

  /** The bytes that were kept; `undefined` where there are none. */
  get bytes(): Uint8Array | undefined {
    if (this.#kept === 0) return undefined;
    const all = new Uint8Array(this.#kept);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  /** Whether there was more. */
  get isCut(): boolean {
    return this.size > this.#kept;
  }
}

/** The exchanges of a recorder, the last ones, and those under way. */
export class Recording {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #exchanges = new Set<Exchange>();
  readonly #present = new Map<number, Exchange>(); // by request
  readonly #connecting = new Map<number, Connecting>(); // by connection
  /** Bytes of all contents. */
  #keptBytes = 0;

  /**
   * @param maxEntries Exchanges that are kept.
   * @param maxBytes Bytes of one content that are kept.
   */
  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  /** The exchanges, in the order in which they began. */
  get exchanges(): readonly Exchange[] {
    return [...this.#exchanges];
  }

  /** Forgets the exchanges. Those under way are not recorded further. */
  clear(): void {
    this.#exchanges.clear();
    this.#present.clear();
    this.#keptBytes = 0;
  }

  /** A transport was made, or was not. */
  onConnect(connect: ConnectHookEvent): void {
    const connecting = { connectionId: connect.connectionId, connect };
    const exchange = this.#present.get(connect.requestId);
    if (exchange !== undefined) exchange.connecting = connecting;
    if (!("error" in connect)) this.#connecting.set(connect.connectionId, connecting);
  }

  /** A handshake was completed, or was not. */
  onHandshake(handshake: HandshakeHookEvent): void {
    const connecting = this.#connecting.get(handshake.connectionId);
    if (connecting !== undefined) connecting.handshake = handshake;
    if ("error" in handshake) this.#connecting.delete(handshake.connectionId);
  }

  /** An attempt begins. */
  onRequest(request: RequestHookEvent): void {
    const sent = new Content(this.#maxBytes);
    const exchange: Exchange = { request, sent, received: new Content(this.#maxBytes) };
    this.#present.set(request.requestId, exchange);
    this.#exchanges.add(exchange);
    if (this.#exchanges.size > this.#maxEntries) this.#forgetOldest();
  }

  /** The head of a response came. */
  onResponse(response: ResponseHookEvent): void {
    const exchange = this.#present.get(response.requestId);
    if (exchange !== undefined) exchange.response = response;
  }

  /** Content passed. */
  onContent({ requestId, direction, bytes }: ContentHookEvent): void {
    this.#keptBytes += this.#present.get(requestId)?.[direction].add(bytes) ?? 0;
    while (this.#keptBytes > MAX_HAR_TOTAL_CONTENT_BYTES && this.#exchanges.size > 1) this.#forgetOldest();
  }

  /** The attempt is over, and another follows. */
  onRetry(event: RetryHookEvent): void {
    this.#over(event, event.time);
  }

  /** The exchange is over, and another follows. */
  onRedirect(event: RedirectHookEvent): void {
    this.#over({ requestId: event.requestId }, event.time);
  }

  /** The request is over. */
  onEnd(event: EndHookEvent): void {
    const exchange = this.#over(event, event.time);
    if (exchange === undefined) return;
    exchange.sentBytes = event.sentBytes;
    exchange.receivedBytes = event.receivedBytes;
    this.#present.delete(event.requestId);
  }

  /** A connection is closed. */
  onClose({ connectionId }: CloseHookEvent): void {
    this.#connecting.delete(connectionId);
  }

  #forgetOldest(): void {
    const [oldest] = this.#exchanges;
    if (oldest === undefined) return;
    this.#exchanges.delete(oldest);
    this.#keptBytes -= oldest.sent.keptBytes + oldest.received.keptBytes;
    // Of a response that is never read there is no end.
    const { requestId } = oldest.request;
    if (this.#present.get(requestId) === oldest) this.#present.delete(requestId);
  }

  #over(
    { requestId, waiting, error }: {
      readonly requestId: number;
      readonly waiting?: number;
      readonly error?: unknown;
    },
    time: number,
  ): Exchange | undefined {
    const exchange = this.#present.get(requestId);
    if (exchange === undefined) return undefined;
    exchange.ended = time;
    if (waiting !== undefined) exchange.waiting = waiting;
    if (error !== undefined) exchange.error = error;
    return exchange;
  }
}
