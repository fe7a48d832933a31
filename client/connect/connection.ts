/**
 * One connection as the pool holds it: a driver of either version, the facts about it, and how much room it has.
 *
 * @module
 */

import type { IncomingResponse, OutgoingRequest, RequestOptions } from "../../http/message.ts";
import type { ConnectionFacts } from "./connection_info.ts";

/** What a driver must offer to be pooled; `Http1Client` and `Http2Client` do. */
export interface Driver {
  /** Sends a request; settles with the response's head. */
  request(request: OutgoingRequest, options?: RequestOptions): Promise<IncomingResponse>;
  /** How many more requests it takes right now; 0 when it is closed or closing. */
  readonly capacity: number;
  /** Whether no request is in flight. */
  readonly idle: boolean;
  /** Closes it; what is in flight rejects. */
  close(): void;
}

/** A connection that can be pooled. */
export class Connection {
  /** What is known of it. */
  readonly facts: ConnectionFacts;
  /** Whether it carries many requests at once. */
  readonly multiplexed: boolean;
  /** How many requests were sent on it. */
  requests = 0;
  readonly #driver: Driver;
  #reserved = 0;

  /**
   * @param driver The driver, which is this connection's alone.
   * @param multiplexed Whether it carries many requests at once.
   * @param facts What is known of it.
   */
  constructor(driver: Driver, multiplexed: boolean, facts: ConnectionFacts) {
    this.#driver = driver;
    this.multiplexed = multiplexed;
    this.facts = facts;
  }

  /** How many more requests it takes, not counting places that are reserved. */
  get capacity(): number {
    return this.#driver.capacity - this.#reserved;
  }

  /** Whether no request is on it, nor about to be. */
  get idle(): boolean {
    return this.#reserved === 0 && this.#driver.idle;
  }

  /** Holds a place for a request. {@linkcode send} uses it up, {@linkcode release} gives it back. */
  reserve(): void {
    this.#reserved++;
  }

  /** Gives a place back that was not used. */
  release(): void {
    this.#reserved--;
  }

  /** Sends a request in a reserved place. Where the driver throws instead of rejecting, the place stays reserved. */
  send(request: OutgoingRequest, options?: RequestOptions): Promise<IncomingResponse> {
    const response = this.#driver.request(request, options);
    this.#reserved--;
    this.requests++;
    return response;
  }

  /** Closes it; what is in flight rejects. */
  close(): void {
    this.#driver.close();
  }
}

/** What a connection reports to the pool that holds it. Each may be called more often than there is news. */
export interface ConnectionEvents {
  /** It can take a request, or more requests than before, or has none any more. */
  onAvailable(connection: Connection): void;
  /** It takes no more requests; those that are on it go on. */
  onClosing(connection: Connection): void;
  /** It is closed. */
  onClosed(connection: Connection): void;
}

/** Makes a connection. Aborting `signal` gives it up. */
export type Connect = (events: ConnectionEvents, signal: AbortSignal) => Promise<Connection>;
