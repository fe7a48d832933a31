/**
 * The writing half of a stream.
 *
 * Data is sealed when it is written. One loop, the drain, writes the machine's output to the transport whenever there
 * is any: no caller deadlocks for want of a flush, and output that gathers while the transport is busy is written in one
 * piece. The drain also writes the output that reading causes; reading never waits for it.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import { TlsError } from "../error/tls_error.ts";
import type { Eventual } from "../../io/script.ts";
import { withResolvers } from "../../io/with_resolvers.ts";
import { MAX_ACCEPTED_BYTES, MAX_UNSENT_BYTES } from "../limits.ts";
import type { StreamMachine } from "./stream_machine.ts";

/** Writer of a stream: seals data, and writes the machine's output to the transport. */
export class StreamWriter {
  readonly #io: Duplex;
  readonly #machine: StreamMachine;
  #isDraining = false;
  /** Bytes that were taken out of the machine and not yet by the transport. */
  #inFlight = 0;
  /** Bytes that the transport has taken in all. */
  #taken = 0;
  /** Boxed, because anything can be thrown. */
  #failure: { readonly reason: unknown } | undefined;
  /** Resolves when the transport has taken more. */
  #progress: PromiseWithResolvers<void> | undefined;
  /** The end of the queue of calls: resolves when the last of them is done, and never rejects. */
  #turn: Promise<void> | undefined;
  #shutdown: Promise<void> | undefined;

  /** @param io The transport; only this half writes to it. */
  constructor(io: Duplex, machine: StreamMachine) {
    this.#io = io;
    this.#machine = machine;
  }

  /** Whether a call is under way, or output is being written. */
  get isBusy(): boolean {
    return this.#isDraining || this.#turn !== undefined;
  }

  /** Whether the transport has failed. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Starts writing the machine's output, unless that is under way; the next call throws a failure of it. */
  startDrain(): void {
    if (!this.#isDraining && this.#failure === undefined) this.#drain();
  }

  /** Writes some of `bytes`, after the calls before it; see `TlsStream.write`. */
  write(bytes: Uint8Array): Promise<number> {
    if (this.#shutdown !== undefined) return Promise.reject(writtenAfterShutdown());
    return this.#enqueue(() => this.#accept(bytes));
  }

  /** Changes the keys, after the calls before it. */
  refreshTrafficKeys(requestPeer: boolean): Promise<void> {
    if (this.#shutdown !== undefined) return Promise.reject(writtenAfterShutdown());
    return this.#enqueue(async () => {
      await this.#machine.refreshTrafficKeys(requestPeer);
      this.startDrain();
    });
  }

  /** Waits until the transport has taken all accepted data. */
  async flush(): Promise<void> {
    await this.#waitUntilTaken(await this.#enqueue(() => this.#goalOfAll()));
  }

  /** Waits until the transport has taken the machine's output; calls that are under way are not waited for. */
  async drained(): Promise<void> {
    await this.#waitUntilTaken(this.#goalOfAll());
  }

  /** Sends close_notify, once, and waits until the transport has taken it. */
  shutdown(): Promise<void> {
    return this.#shutdown ??= this.#enqueue(async () => {
      await this.#machine.sendCloseNotify();
      await this.#waitUntilTaken(this.#goalOfAll());
      await this.#closeWrite();
    });
  }

  /**
   * Sends close_notify behind all data, for a stream that is closed. While a write is pending nothing is sent: the peer
   * must see that its data was cut short.
   *
   * @returns Settles when the transport has taken all of it; `undefined`: there is nothing to wait for.
   */
  leave(): Promise<void> | undefined {
    if (this.#turn !== undefined) return this.#shutdown;
    try {
      const sealed = this.#machine.sendCloseNotify();
      if (!(sealed instanceof Promise) && this.#unsent === 0) return undefined;
      return this.#enqueue(async () => {
        await sealed;
        await this.#waitUntilTaken(this.#goalOfAll());
      });
    } catch {
      return undefined; // the connection has failed, and cannot seal anything
    }
  }

  /** Queues a call: the data of one call is not mixed with that of another. */
  #enqueue<T>(action: () => Eventual<T>): Promise<T> {
    if (this.#turn !== undefined) return this.#occupy(this.#turn.then(action));
    try {
      const result = action();
      return result instanceof Promise ? this.#occupy(result) : Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #occupy<T>(result: Promise<T>): Promise<T> {
    const turn: Promise<void> = result.then(() => {}, () => {}).then(() => {
      if (this.#turn === turn) this.#turn = undefined;
    });
    this.#turn = turn;
    return result;
  }

  #accept(bytes: Uint8Array): Eventual<number> {
    if (this.#unsent > MAX_UNSENT_BYTES) return this.#nextProgress().then(() => this.#accept(bytes));
    this.#throwFailure();
    const accepted = bytes.length > MAX_ACCEPTED_BYTES ? bytes.subarray(0, MAX_ACCEPTED_BYTES) : bytes;
    const sealed = this.#machine.send(accepted);
    const push = (): number => {
      this.startDrain();
      return accepted.length;
    };
    return sealed instanceof Promise ? sealed.then(push) : push();
  }

  /** The value that {@linkcode StreamWriter.#taken} will have when the transport has taken all present output. */
  #goalOfAll(): number {
    this.startDrain();
    return this.#taken + this.#unsent;
  }

  /** Waits until the transport has taken `goal` bytes in all; other calls may write meanwhile. */
  async #waitUntilTaken(goal: number): Promise<void> {
    while (this.#taken < goal && this.#unsent > 0) await this.#nextProgress();
    this.#throwFailure();
  }

  async #closeWrite(): Promise<void> {
    try {
      await this.#io.closeWrite?.();
    } catch (error) {
      // The peer has closed the connection already, and with it this direction.
      if (!(error instanceof Error && error.name === "NotConnected")) throw error;
    }
  }

  get #unsent(): number {
    return this.#failure === undefined ? this.#machine.outputLength + this.#inFlight : 0;
  }

  #nextProgress(): Promise<void> {
    this.startDrain();
    return (this.#progress ??= withResolvers<void>()).promise;
  }

  #notifyProgress(): void {
    this.#progress?.resolve();
    this.#progress = undefined;
  }

  /** Writes output until there is none. Never rejects. */
  async #drain(): Promise<void> {
    this.#isDraining = true;
    try {
      let bytes: Uint8Array | undefined;
      while ((bytes = this.#machine.output()) !== undefined) {
        for (let left = bytes; left.length > 0;) {
          this.#inFlight = left.length;
          const count = await this.#io.write(left);
          checkCount(count, left.length);
          left = left.subarray(count);
          this.#inFlight = left.length;
          this.#taken += count;
          this.#notifyProgress();
        }
      }
    } catch (reason) {
      this.#failure ??= { reason };
    }
    this.#isDraining = false;
    this.#notifyProgress();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }
}

function writtenAfterShutdown(): TlsError {
  return new TlsError("write_after_shutdown", "Cannot write: the stream was shut down");
}

/** Refuses the counts of a broken transport: 0 would make the drain loop without end, others are no count of `most`. */
function checkCount(count: number, most: number): void {
  if (count === 0) throw new TlsError("write_zero", "Cannot write: the transport takes no bytes");
  if (!(count > 0 && count <= most && Number.isInteger(count))) {
    throw new TypeError(`Cannot write: the transport says it took ${count} of ${most} bytes`);
  }
}
