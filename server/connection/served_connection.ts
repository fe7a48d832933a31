/**
 * One connection of a server from its first byte: the TLS handshake, the choice of the version of HTTP, and the driver.
 *
 * @module
 */

import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { withRest } from "../../io/with_rest.ts";
import { addressesOf } from "../runtime.ts";
import type { Service } from "../exchange/service.ts";
import type { Watched } from "../watch.ts";
import { serverClosed, tooSlow } from "./closed_error.ts";
import type { ConnectionDriver } from "./connection_driver.ts";
import { Http1Server } from "./http1_server.ts";
import { Http2Server } from "./http2_server.ts";
import type { ServeConnection, ServeTls } from "../exchange/serve_connection_info.ts";
import { isHttp2 } from "./sniff.ts";

/** A transport that is ready for HTTP, and what is known of its TLS. */
export interface Secured {
  /** The transport. */
  readonly io: Duplex;
  /** The facts of its TLS; absent on a plain connection. */
  readonly tls?: ServeTls;
}

/** Function that makes an accepted transport ready for HTTP; the signal is aborted when the connection is closed meanwhile. */
export type Secure = (io: Duplex, signal: AbortSignal) => Promise<Secured>;

/** Told by a connection of its end. */
export interface ServedConnectionListener {
  /** The connection is closed; called once. */
  onClosed(): void;
  /** The connection is closed, and none of its handlers runs any more; called once. */
  onVacated?(): void;
}

/** One connection. */
export class ServedConnection implements Watched {
  /** The deadline of the handshake, or of the first byte. */
  due: number;
  readonly #io: Duplex;
  readonly #service: Service;
  readonly #listener: ServedConnectionListener;
  #driver: ConnectionDriver | undefined;
  /** Gives the handshake up; `undefined` where there is none, or it is over. */
  #handshake: AbortController | undefined;
  #isClosed = false;

  /**
   * Begins to serve.
   *
   * @param io The transport as it was accepted.
   * @param secure Makes it ready for HTTP; absent for plain connections.
   * @param service The handler, and how clients are treated.
   * @param facts Facts that the transport does not tell of itself.
   * @param listener Told of the end.
   */
  constructor(
    io: Duplex,
    secure: Secure | undefined,
    service: Service,
    facts: ServeConnection | undefined,
    listener: ServedConnectionListener,
  ) {
    this.#io = io;
    this.#service = service;
    this.#listener = listener;
    this.due = service.watch.after(service.timeouts.handshake);
    service.watch.add(this);
    this.#open(secure, facts).catch((reason) => this.close(reason));
  }

  /** Lets the exchanges in progress end, and closes the connection then. */
  shutDown(): void {
    // Nothing was asked on a connection that is still being made.
    if (this.#driver === undefined) this.close(serverClosed());
    else this.#driver.shutDown();
  }

  /** Closes the connection at once. */
  close(reason: unknown): void {
    if (this.#driver !== undefined) return this.#driver.close(reason);
    closeQuietly(this.#io);
    this.#handshake?.abort(reason); // which may wait for an identity, and not for the transport
    this.#end();
  }

  /** Called when the handshake, or the first byte, takes too long. */
  onDue(): void {
    this.due = Infinity;
    this.close(tooSlow("to begin"));
  }

  /** Lets the connection keep the process alive. */
  ref(): void {
    this.#io.ref?.();
  }

  /** Lets the process end although the connection is open. */
  unref(): void {
    this.#io.unref?.();
  }

  async #open(secure: Secure | undefined, facts: ServeConnection | undefined): Promise<void> {
    const { io, tls } = secure === undefined ? { io: this.#io } : await this.#shakeHands(secure);
    if (this.#isClosed) return closeQuietly(io);
    const { remote, local } = addressesOf(this.#io);
    const connection: ServeConnection = Object.freeze({
      ...(remote && { remoteAddr: remote }),
      ...(local && { localAddr: local }),
      ...(tls && { tls }),
      ...facts,
    });
    if (connection.tls !== undefined) {
      if (connection.tls.alpnProtocol === "h2") this.#startHttp2(io, connection);
      else this.#startHttp1(io, connection, NOTHING);
      return;
    }
    this.due = this.#service.watch.after(this.#service.timeouts.headers);
    const { first, http2 } = await isHttp2(io);
    if (this.#isClosed) return;
    if (http2) this.#startHttp2(withRest(io, first), connection);
    else this.#startHttp1(io, connection, first);
  }

  async #shakeHands(secure: Secure): Promise<Secured> {
    this.#handshake = new AbortController();
    const secured = await secure(this.#io, this.#handshake.signal);
    this.#handshake = undefined;
    return secured;
  }

  #startHttp1(io: Duplex, connection: ServeConnection, first: Uint8Array): void {
    const driver = new Http1Server(io, this.#service, connection, () => this.#end());
    this.#drive(driver);
    driver.start(first);
  }

  #startHttp2(io: Duplex, connection: ServeConnection): void {
    const driver = new Http2Server(io, this.#service, connection, () => this.#end());
    this.#drive(driver);
    driver.start();
  }

  #drive(driver: ConnectionDriver): void {
    this.#service.watch.delete(this);
    this.#driver = driver;
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#service.watch.delete(this);
    this.#listener.onClosed();
    const vacate = () => this.#listener.onVacated?.();
    if (this.#driver === undefined) vacate();
    else this.#driver.leftHandlers.whenNone(vacate);
  }
}

const NOTHING = new Uint8Array();
