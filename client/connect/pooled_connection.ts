/**
 * One connection as the pool holds it: a driver of either version, its facts, and its free places.
 *
 * @module
 */

import type { IncomingResponse, OutgoingRequest, RequestOptions } from "../../http/message.ts";
import type { KeepAlive } from "../../http1/mod.ts";
import { withResolvers } from "../../io/with_resolvers.ts";
import { MAX_KEEP_ALIVE_MARGIN_MS } from "../defaults.ts";
import type { ConnectionFacts } from "../connection_info.ts";

/** The part of a driver that the pool needs; `Http1Client` and `Http2Client` have it. */
export interface Driver {
  /** Sends a request; resolves with the response's head. */
  request(request: OutgoingRequest, options?: RequestOptions): Promise<IncomingResponse>;
  /** How many more requests it takes right now; 0 when it is closed or closing. */
  readonly capacity: number;
  /** Whether it takes no more requests for good, while those on it go on; HTTP/2 only. */
  readonly closing?: boolean;
  /** Whether it can carry an extended CONNECT; HTTP/2 only. */
  readonly allowsUpgrade?: boolean;
  /** How many requests the server allows at a time, once that is known; HTTP/2 only. */
  readonly streamLimit?: number | undefined;
  /** How many responses it has received, as far as their heads; HTTP/2 only. */
  readonly responses?: number;
  /** Whether no request is in flight. */
  readonly idle: boolean;
  /** How many responses are here whose content has not ended and which no read waits for. */
  readonly unreadResponses: number;
  /** The server's hints about keeping it open; HTTP/1.1 only. */
  readonly keepAlive?: KeepAlive;
  /** Closes it; requests in flight reject. */
  close(): void;
}

/** A connection of the pool. */
export class PooledConnection {
  /** The facts that stay true of it. */
  readonly facts: ConnectionFacts;
  /** Whether it carries many requests at once. */
  readonly multiplexed: boolean;
  /** How many requests were sent on it. */
  requests = 0;
  readonly #driver: Driver;
  #reserved = 0;
  #handshake: Promise<void> | undefined;
  #handshakeFailed = false;

  /**
   * Wraps a driver.
   *
   * @param driver The driver, which belongs to this connection from now on.
   * @param multiplexed Whether it carries many requests at once.
   * @param facts The facts that stay true of it.
   * @param handshake The TLS handshake under way, with early data. Default: it is done.
   */
  constructor(
    driver: Driver,
    multiplexed: boolean,
    facts: ConnectionFacts,
    handshake?: Promise<void>,
  ) {
    this.#driver = driver;
    this.multiplexed = multiplexed;
    this.facts = facts;
    this.#handshake = handshake;
    handshake?.then(() => this.#handshake = undefined, () => this.#handshakeFailed = true);
  }

  /** Whether a request that is sent now can go as early data: the first one, while the handshake is under way. */
  get takesEarlyData(): boolean {
    return this.#handshake !== undefined && this.requests === 0;
  }

  /** Whether the handshake has failed behind early data. */
  get handshakeFailed(): boolean {
    return this.#handshakeFailed;
  }

  /** How many more requests it takes, not counting reserved places. */
  get capacity(): number {
    return this.#driver.capacity - this.#reserved;
  }

  /** How many responses it gave, as far as their heads; 0 for HTTP/1.1, which has none beside a refusal. */
  get responses(): number {
    return this.#driver.responses ?? 0;
  }

  /** How many requests the server allows at a time; `undefined` for HTTP/1.1, and before SETTINGS. */
  get streamLimit(): number | undefined {
    return this.#driver.streamLimit;
  }

  /** Whether one of its streams can switch to another protocol: the server has allowed extended CONNECT. */
  get allowsUpgrade(): boolean {
    return this.#driver.allowsUpgrade === true;
  }

  /** Whether it takes no more requests for good, while those on it go on. */
  get closing(): boolean {
    return this.#driver.closing === true;
  }

  /** Whether it is closed, or takes no more requests for good. One whose peer allows no stream for now is neither. */
  get isEnding(): boolean {
    return this.multiplexed ? this.closing : this.capacity <= 0;
  }

  /** Whether it has no request and no reserved place. */
  get idle(): boolean {
    return this.#reserved === 0 && this.#driver.idle;
  }

  /** How many responses are here whose content has not ended and which no read waits for. */
  get unreadResponses(): number {
    return this.#driver.unreadResponses;
  }

  /** Whether the server takes no further request on it, although it has not closed it yet. */
  get spent(): boolean {
    const { keepAlive } = this.#driver;
    return keepAlive !== undefined && (keepAlive.requestsLeft <= 0 || keepAlive.timeout <= 0);
  }

  /** Milliseconds for which the server keeps it open without a request, less a margin; `Infinity` where it has not said. */
  get idleTimeout(): number {
    const timeout = this.#driver.keepAlive?.timeout ?? Infinity;
    return timeout - Math.min(timeout / 2, MAX_KEEP_ALIVE_MARGIN_MS);
  }

  /** Reserves a place for a request. {@linkcode send} uses it up, {@linkcode release} gives it back. */
  reserve(): void {
    this.#reserved++;
  }

  /** Gives an unused place back. */
  release(): void {
    this.#reserved--;
  }

  /**
   * Sends a request in a reserved place. Where the driver throws instead of rejecting, the place stays reserved.
   *
   * @param mayBeEarly Whether it may be sent as early data. Otherwise it waits for a handshake that is under way.
   */
  send(request: OutgoingRequest, options?: RequestOptions, mayBeEarly = false): Promise<IncomingResponse> {
    if (this.#handshake !== undefined && !(mayBeEarly && this.takesEarlyData)) {
      return this.#sendLater(this.#handshake, request, options);
    }
    const response = this.#driver.request(request, options);
    this.#reserved--;
    this.requests++;
    return response;
  }

  /** Sends a request when the handshake is done. */
  async #sendLater(
    handshake: Promise<void>,
    request: OutgoingRequest,
    options: RequestOptions | undefined,
  ): Promise<IncomingResponse> {
    const cancelled = withResolvers<never>();
    options?.onCancel?.((reason) => cancelled.reject(reason));
    this.requests++;
    try {
      await Promise.race([handshake, cancelled.promise]);
    } catch (error) {
      this.#reserved--;
      this.requests--; // it was not sent
      const { body } = request; // no driver has taken it over
      if (body !== undefined && !(body instanceof Uint8Array)) body.cancel(error);
      throw error;
    }
    this.requests--;
    return await this.send(request, options);
  }

  /** Closes it; requests in flight reject. */
  close(): void {
    this.#driver.close();
  }
}

/** The pool, as a connection sees it. Each method may be called although nothing has changed. */
export interface ConnectionListener {
  /** How many requests the server of another connection allows at a time; `undefined`: there is none that has told. */
  readonly streamLimit: number | undefined;
  /** The number of requests that the connection takes, or that are on it, has changed. */
  onAvailable(connection: PooledConnection): void;
  /** The connection takes no more requests; those on it go on. */
  onClosing(connection: PooledConnection): void;
  /** The connection is closed. */
  onClosed(connection: PooledConnection): void;
}

/** Makes a connection. Aborting `signal` ends the attempt. */
export type Connect = (listener: ConnectionListener, signal: AbortSignal) => Promise<PooledConnection>;
