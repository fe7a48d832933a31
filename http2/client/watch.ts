/**
 * The two clocks of a connection: the peer must send its SETTINGS in time, and must not fall silent.
 *
 * Both run only while a request is in flight, so that an idle connection has no timer, and keeps no process alive.
 *
 * @module
 */

import type { Http2KeepAlive } from "./client_options.ts";
import { Http2Error } from "../error.ts";

/** What a watch asks of the driver. */
export interface WatchOwner {
  /** How many bytes came so far. */
  received(): number;
  /** Sends a PING. */
  ping(): void;
  /** The peer took too long. */
  onTimeout(error: Http2Error): void;
}

/** The clocks of one connection. */
export class Watch {
  readonly #owner: WatchOwner;
  readonly #keepAlive: Http2KeepAlive | undefined;
  readonly #settingsTimeout: number;
  #settingsAreMissing = true;
  #settingsTimer: ReturnType<typeof setTimeout> | undefined;
  #keepAliveTimer: ReturnType<typeof setTimeout> | undefined;
  #isRunning = false;

  /**
   * @param owner The driver.
   * @param settingsTimeout How long SETTINGS may take, in milliseconds; 0: for ever.
   * @param keepAlive How long silence may last.
   */
  constructor(owner: WatchOwner, settingsTimeout: number, keepAlive: Http2KeepAlive | undefined) {
    this.#owner = owner;
    this.#settingsTimeout = settingsTimeout;
    this.#keepAlive = keepAlive;
  }

  /** A request is in flight. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    if (this.#settingsAreMissing && this.#settingsTimeout > 0) {
      this.#settingsTimer = setTimeout(() => {
        const message = `Cannot go on with the connection: no SETTINGS came for ${this.#settingsTimeout} ms`;
        this.#owner.onTimeout(new Http2Error("settings_timeout", message));
      }, this.#settingsTimeout);
    }
    this.#listen();
    // Setting the first timer may let microtasks run, in which SETTINGS came or everything ended.
    if (!this.#settingsAreMissing) clearTimeout(this.#settingsTimer);
    if (!this.#isRunning) this.#clear();
  }

  /** No request is in flight. */
  stop(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#clear();
  }

  #clear(): void {
    clearTimeout(this.#settingsTimer);
    clearTimeout(this.#keepAliveTimer);
  }

  /** SETTINGS came. */
  onSettings(): void {
    if (!this.#settingsAreMissing) return;
    this.#settingsAreMissing = false;
    clearTimeout(this.#settingsTimer);
  }

  /** A PING was answered. */
  onPong(): void {
    if (!this.#isRunning) return;
    clearTimeout(this.#keepAliveTimer);
    this.#listen();
  }

  /** Waits for silence. */
  #listen(): void {
    const keepAlive = this.#keepAlive;
    if (keepAlive === undefined) return;
    const before = this.#owner.received();
    this.#keepAliveTimer = setTimeout(() => {
      if (this.#owner.received() === before) this.#askForLife(keepAlive);
      else this.#listen();
    }, keepAlive.interval);
  }

  /** Pings, and waits for the answer, or anything else that the peer sends. */
  #askForLife({ timeout }: Http2KeepAlive): void {
    const before = this.#owner.received();
    this.#owner.ping();
    this.#keepAliveTimer = setTimeout(() => {
      if (this.#owner.received() !== before) return this.#listen();
      const message = `Cannot go on with the connection: the peer did not answer a PING for ${timeout} ms`;
      this.#owner.onTimeout(new Http2Error("keep_alive_timeout", message));
    }, timeout);
  }
}
