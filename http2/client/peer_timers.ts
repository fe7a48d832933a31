/**
 * The timers of a connection: the peer must send its SETTINGS in time, and keep-alive PINGs find out whether a
 * silent peer is still there.
 *
 * Both run only while a request is in flight, so that an idle connection has no timer, and keeps no process alive.
 *
 * @module
 */

import { clearTimeout, setTimeout } from "../../io/timers.ts";
import { Http2Error } from "../error.ts";
import { checkTimes } from "../options.ts";
import type { Http2KeepAlive } from "./client_options.ts";

/** Told by the timers what they find out. */
export interface TimersListener {
  /** The peer has been silent for the keep-alive interval: send a PING. */
  onSilence(): void;
  /** The peer took too long for SETTINGS, or for the acknowledgement of a keep-alive PING. */
  onTimeout(error: Http2Error): void;
}

/** Asked by the timers whether the peer is silent. */
export interface ReceivedSource {
  /** How many bytes were received so far. */
  received(): number;
}

/** The timers of one connection. */
export class PeerTimers {
  readonly #listener: TimersListener;
  readonly #source: ReceivedSource;
  readonly #keepAlive: Http2KeepAlive | undefined;
  readonly #settingsTimeout: number;
  #settingsAreMissing = true;
  #settingsTimer: ReturnType<typeof setTimeout> | undefined;
  #keepAliveTimer: ReturnType<typeof setTimeout> | undefined;
  #isRunning = false;

  /**
   * @param listener The driver.
   * @param source The transport.
   * @param settingsTimeout Milliseconds that SETTINGS may take; 0 disables the timer.
   * @param keepAlive Times of keep-alive PINGs; `undefined` disables them.
   * @throws {RangeError} When a time is out of its range.
   */
  constructor(
    listener: TimersListener,
    source: ReceivedSource,
    settingsTimeout: number,
    keepAlive: Http2KeepAlive | undefined,
  ) {
    checkTimes({ settingsTimeout, ...(keepAlive && { keepAlive }) });
    this.#listener = listener;
    this.#source = source;
    this.#settingsTimeout = settingsTimeout;
    this.#keepAlive = keepAlive;
  }

  /** Starts the timers: a request is in flight. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    if (this.#settingsAreMissing && this.#settingsTimeout > 0) {
      this.#settingsTimer = setTimeout(() => {
        const message = `Cannot go on with the connection: no SETTINGS came for ${this.#settingsTimeout} ms`;
        this.#listener.onTimeout(new Http2Error("settings_timeout", message));
      }, this.#settingsTimeout);
    }
    this.#waitForSilence();
    // Setting the first timer may let microtasks run, in which SETTINGS came or everything ended.
    if (!this.#settingsAreMissing) clearTimeout(this.#settingsTimer);
    if (!this.#isRunning) this.#clear();
  }

  /** Stops the timers: no request is in flight. */
  stop(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#clear();
  }

  #clear(): void {
    clearTimeout(this.#settingsTimer);
    clearTimeout(this.#keepAliveTimer);
  }

  /** Takes note that the peer's SETTINGS came. */
  onSettings(): void {
    if (!this.#settingsAreMissing) return;
    this.#settingsAreMissing = false;
    clearTimeout(this.#settingsTimer);
  }

  /** Takes note that the peer acknowledged a keep-alive PING. */
  onPingAck(): void {
    if (!this.#isRunning) return;
    clearTimeout(this.#keepAliveTimer);
    this.#waitForSilence();
  }

  #waitForSilence(): void {
    const keepAlive = this.#keepAlive;
    if (keepAlive === undefined) return;
    const before = this.#source.received();
    this.#keepAliveTimer = setTimeout(() => {
      if (this.#source.received() === before) this.#ping(keepAlive);
      else this.#waitForSilence();
    }, keepAlive.interval);
  }

  /** Has a keep-alive PING sent, and waits for its acknowledgement, or anything else that the peer sends. */
  #ping({ timeout }: Http2KeepAlive): void {
    const before = this.#source.received();
    this.#listener.onSilence();
    this.#keepAliveTimer = setTimeout(() => {
      if (this.#source.received() !== before) return this.#waitForSilence();
      const message = `Cannot go on with the connection: the peer did not answer a PING for ${timeout} ms`;
      this.#listener.onTimeout(new Http2Error("keep_alive_timeout", message));
    }, timeout);
  }
}
