/**
 * A server: a listener, and the connections that it accepted.
 *
 * @module
 */

import type { Duplex } from "../io/duplex.ts";
import { clearTimeout, setTimeout } from "../io/timers.ts";
import { withResolvers } from "../io/with_resolvers.ts";
import { serverClosed } from "./connection/closed_error.ts";
import { type Secure, ServedConnection } from "./connection/served_connection.ts";
import { MAX_ACCEPT_PAUSE_MS, MIN_ACCEPT_PAUSE_MS } from "./limits.ts";
import {
  isClosedListener,
  type ServeAddress,
  type ServeListener,
  type ServeNetAddress,
  setNoDelay,
  unrefTimer,
} from "./runtime.ts";
import type { Service } from "./exchange/service.ts";

/** Options of a graceful shutdown. */
export interface ShutdownOptions {
  /** Milliseconds after which the connections that are left are closed. Default: none; an endless response is awaited. */
  readonly timeout?: number;
}

/** A server that listens; `serve` returns it. */
export interface HttpServer<Address extends ServeAddress = ServeNetAddress> extends AsyncDisposable {
  /** The address that it listens on. */
  readonly addr: Address;
  /** Resolves when the server is closed and so are its connections. Rejects when its TLS could not be set up. */
  readonly finished: Promise<void>;
  /** Lets the server keep the process alive, as it does by default. */
  ref(): void;
  /** Lets the process end although the server listens. */
  unref(): void;
  /**
   * Accepts no more connections, closes those without a request, lets the exchanges in progress end, and closes their
   * connections then.
   *
   * @param options Options.
   * @returns Resolves when all is closed. Calling it again changes no more than the deadline.
   */
  shutdown(options?: ShutdownOptions): Promise<void>;
}

/** A listener and its connections. */
export class RunningServer implements HttpServer<ServeAddress> {
  readonly addr: ServeAddress;
  readonly #listener: ServeListener;
  readonly #service: Service;
  readonly #secure: Secure | undefined;
  readonly #connections = new Set<ServedConnection>();
  readonly #finished = withResolvers<void>();
  #isListening = true;
  #isReferenced = true;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #pause = withResolvers<void>();

  /**
   * Begins to accept connections.
   *
   * @param listener The listener.
   * @param addr Its address.
   * @param service The handler, and how clients are treated.
   * @param secure Makes connections ready for HTTP; absent for plain ones.
   */
  constructor(listener: ServeListener, addr: ServeAddress, service: Service, secure: Secure | undefined) {
    this.#listener = listener;
    this.addr = addr;
    this.#service = service;
    this.#secure = secure;
    void this.#accept();
  }

  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  ref(): void {
    this.#isReferenced = true;
    if (this.#isListening) this.#listener.ref();
    for (const connection of this.#connections) connection.ref();
  }

  unref(): void {
    this.#isReferenced = false;
    if (this.#isListening) this.#listener.unref();
    for (const connection of this.#connections) connection.unref();
  }

  shutdown({ timeout }: ShutdownOptions = {}): Promise<void> {
    this.#stopListening();
    for (const connection of this.#connections) connection.shutDown();
    if (timeout !== undefined && this.#connections.size > 0) {
      clearTimeout(this.#deadline);
      this.#deadline = setTimeout(() => this.close(serverClosed()), timeout);
    }
    return this.#finished.promise;
  }

  /** Closes the server and its connections at once. */
  close(reason: unknown): void {
    this.#stopListening();
    for (const connection of this.#connections) connection.close(reason);
  }

  /** Closes the server because it can serve no connection. */
  fail(reason: unknown): void {
    this.#finished.reject(reason);
    this.close(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #stopListening(): void {
    if (!this.#isListening) return;
    this.#isListening = false;
    this.#listener.close();
    this.#pause.resolve();
    this.#finishIfOver();
  }

  #finishIfOver(): void {
    if (this.#isListening || this.#connections.size > 0) return;
    clearTimeout(this.#deadline);
    this.#finished.resolve();
  }

  async #accept(): Promise<void> {
    let pause = 0;
    while (this.#isListening) {
      try {
        this.#serve(await this.#listener.accept());
        pause = 0;
      } catch (error) {
        if (isClosedListener(error)) break;
        // A client that is gone again, or too many open files: neither is the end of the server.
        pause = Math.min(Math.max(2 * pause, MIN_ACCEPT_PAUSE_MS), MAX_ACCEPT_PAUSE_MS);
        await this.#wait(pause);
      }
    }
    this.#stopListening();
  }

  async #wait(milliseconds: number): Promise<void> {
    this.#pause = withResolvers();
    const timer = setTimeout(this.#pause.resolve, milliseconds);
    if (!this.#isReferenced) unrefTimer(timer);
    await this.#pause.promise;
    clearTimeout(timer);
  }

  #serve(io: Duplex): void {
    setNoDelay(io);
    if (!this.#isReferenced) io.unref?.();
    const connection = new ServedConnection(io, this.#secure, this.#service, undefined, () => {
      this.#connections.delete(connection);
      this.#finishIfOver();
    });
    this.#connections.add(connection);
  }
}
