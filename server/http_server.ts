/**
 * A server: a listener, and the connections that it accepted.
 *
 * @module
 */

import { closeQuietly, type Duplex } from "../io/duplex.ts";
import { MAX_TIMER_MS } from "../io/attempt.ts";
import { clearTimeout, setTimeout } from "../io/timers.ts";
import { withResolvers } from "../io/with_resolvers.ts";
import { serverClosed } from "./connection/closed_error.ts";
import { ServedConnection } from "./connection/served_connection.ts";
import { MAX_ACCEPT_PAUSE_MS, MIN_ACCEPT_PAUSE_MS } from "./limits.ts";
import {
  isClosedListener,
  type ServeAddress,
  type ServeListener,
  type ServeNetAddress,
  setNoDelay,
  unrefTimer,
} from "./runtime.ts";
import type { ServerTls } from "./server_tls.ts";
import type { ServeIdentity } from "./tls_choice.ts";
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
   * Shows another certificate from the next handshake on, as after a renewal. Connections that were made stay as they are.
   *
   * Over Deno's TLS, the port is listened on anew: a client that is just connecting may be refused, and has to try again.
   * Over Ductile's TLS nothing is lost; sessions of the certificate before are not resumed, unless the caller's own
   * `sessions` or `ticketer` keep them.
   *
   * @param identity The certificate chain and key, or over Ductile's TLS whatever `identity` of the options may be.
   * @returns Resolves when the next handshake shows it. Rejects when it cannot be used; then the one before stays.
   */
  setIdentity(identity: ServeIdentity): Promise<void>;
  /**
   * Accepts no more connections, closes those without a request, lets the exchanges in progress end, and closes their
   * connections then.
   *
   * @param options The time that the exchanges have. Default: without limit.
   * @returns Resolves when all is closed. Calling it again changes no more than the deadline. Rejects with a `RangeError`,
   * and nothing is closed, when `timeout` is not from 0 to 2,147,483,647.
   */
  shutdown(options?: ShutdownOptions): Promise<void>;
}

/** A listener that is to come. */
interface Replacement extends PromiseWithResolvers<void> {
  /** Makes it. */
  readonly listen: () => ServeListener;
}

/** A listener and its connections. */
export class RunningServer implements HttpServer<ServeAddress> {
  readonly addr: ServeAddress;
  #listener: ServeListener;
  readonly #service: Service;
  readonly #tls: ServerTls | undefined;
  readonly #maxConnections: number;
  readonly #connections = new Set<ServedConnection>();
  /** The open connections, and those that are closed while a handler of theirs runs on. */
  #places = 0;
  readonly #finished = withResolvers<void>();
  #isListening = true;
  /** Whether `accept` may be pending: the port is free when it has rejected. */
  #isAccepting = true;
  #isReferenced = true;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #pause = withResolvers<void>();
  /** Exchanges of the identity, one after another. */
  #lastExchange: Promise<void> = Promise.resolve();
  /** The listener that is to come, where another certificate needs one. */
  #replacement: Replacement | undefined;

  /**
   * Begins to accept connections.
   *
   * @param listener The listener.
   * @param addr Its address.
   * @param service The handler, and how clients are treated.
   * @param tls The server's TLS; absent for a plain one.
   * @param maxConnections The connections that are open at a time.
   */
  constructor(
    listener: ServeListener,
    addr: ServeAddress,
    service: Service,
    tls: ServerTls | undefined,
    maxConnections: number,
  ) {
    this.#maxConnections = maxConnections;
    this.#listener = listener;
    this.addr = addr;
    this.#service = service;
    this.#tls = tls;
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

  async setIdentity(identity: ServeIdentity): Promise<void> {
    const tls = this.#tls;
    if (tls === undefined) throw new TypeError("Cannot exchange the identity: the server has no TLS");
    const exchange = this.#lastExchange.then(() =>
      tls.setIdentity(identity, (listen) => this.#replaceListener(listen))
    );
    this.#lastExchange = exchange.catch(() => {}); // the caller's to handle
    await exchange;
  }

  async shutdown({ timeout }: ShutdownOptions = {}): Promise<void> {
    // A timer of more would go off at once, and so would one of what is no number.
    if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0 && timeout <= MAX_TIMER_MS)) {
      throw new RangeError(`Cannot shut down: "timeout" must be from 0 to ${MAX_TIMER_MS} milliseconds`);
    }
    this.#stopListening();
    for (const connection of this.#connections) connection.shutDown();
    if (timeout !== undefined && this.#connections.size > 0) {
      clearTimeout(this.#deadline);
      this.#deadline = setTimeout(() => this.close(serverClosed()), timeout);
    }
    await this.#finished.promise;
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

  /** Listens anew when the listener is closed for good, which it is when `accept` has rejected. */
  #replaceListener(listen: () => ServeListener): Promise<void> {
    if (!this.#isListening) return Promise.resolve();
    this.#replacement = { listen, ...withResolvers<void>() };
    this.#listener.close();
    this.#pause.resolve(); // for `accept` to find out
    return this.#replacement.promise;
  }

  #listenAnew({ listen, resolve, reject }: Replacement): void {
    this.#replacement = undefined;
    try {
      this.#listener = listen();
    } catch (error) {
      reject(error);
      return this.fail(error);
    }
    if (!this.#isReferenced) this.#listener.unref();
    resolve();
  }

  #stopListening(): void {
    if (!this.#isListening) return;
    this.#isListening = false;
    closeQuietly(this.#listener); // it is closed already where another was to come
    this.#replacement?.resolve();
    this.#pause.resolve();
  }

  #finishIfOver(): void {
    if (this.#isAccepting || this.#connections.size > 0) return;
    clearTimeout(this.#deadline);
    this.#finished.resolve();
  }

  async #accept(): Promise<void> {
    let pause = 0;
    while (this.#isListening) {
      try {
        if (this.#places >= this.#maxConnections && this.#replacement === undefined) {
          await this.#waitForRoom();
          continue;
        }
        this.#serve(await this.#listener.accept());
        pause = 0;
      } catch (error) {
        if (this.#replacement !== undefined && this.#isListening) {
          this.#listenAnew(this.#replacement);
          continue;
        }
        if (isClosedListener(error) || !this.#isListening) break;
        // A client that is gone again, or too many open files: neither is the end of the server.
        pause = Math.min(Math.max(2 * pause, MIN_ACCEPT_PAUSE_MS), MAX_ACCEPT_PAUSE_MS);
        await this.#wait(pause);
      }
    }
    this.#stopListening();
    this.#isAccepting = false;
    this.#finishIfOver();
  }

  /** Waits until a place is free, or the server listens no more. */
  async #waitForRoom(): Promise<void> {
    this.#pause = withResolvers();
    await this.#pause.promise;
  }

  async #wait(milliseconds: number): Promise<void> {
    this.#pause = withResolvers();
    const timer = setTimeout(this.#pause.resolve, milliseconds);
    if (!this.#isReferenced) unrefTimer(timer);
    await this.#pause.promise;
    clearTimeout(timer);
  }

  #serve(io: Duplex): void {
    if (!this.#isListening) return closeQuietly(io); // it came while the listener was being closed
    setNoDelay(io);
    if (!this.#isReferenced) io.unref?.();
    this.#places++;
    const connection = new ServedConnection(io, this.#tls?.secure, this.#service, undefined, {
      onClosed: () => {
        this.#connections.delete(connection);
        this.#finishIfOver();
      },
      onVacated: () => {
        this.#places--;
        this.#pause.resolve();
      },
    });
    this.#connections.add(connection);
  }
}
