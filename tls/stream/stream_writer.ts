/**
 * The half of a stream that writes.
 *
 * What is written is sealed at once and pushed: one loop, the drain, carries what the machine has ready to the
 * transport whenever there is something, so that nobody deadlocks for want of a flush, and what piles up while the
 * transport is busy leaves in one piece. The drain also carries what reading produced; reading never waits for it.
 *
 * @module
 */

import type { Duplex } from "../../io/duplex.ts";
import { TlsError } from "../error/tls_error.ts";
import type { Eventual } from "../../io/script.ts";
import { MAX_ACCEPTED_BYTES, MAX_UNSENT_BYTES } from "../limits.ts";
import type { StreamMachine } from "./stream_machine.ts";

/** Seals, pushes and waits. */
export class StreamWriter {
  readonly #io: Duplex;
  readonly #machine: StreamMachine;
  #isDraining = false;
  /** Of what was taken out of the machine, how much the transport has yet to take. */
  #inFlight = 0;
  /** How many bytes the transport has taken in all. */
  #taken = 0;
  /** Boxed, because anything can be thrown. */
  #failure: { readonly reason: unknown } | undefined;
  /** Wakes whoever waits for the transport to take more. */
  #progress: PromiseWithResolvers<void> | undefined;
  /** The last of those who wait for their turn; settles, never rejects. */
  #turn: Promise<void> | undefined;
  #shutdown: Promise<void> | undefined;

  /** @param io Is written to by this half alone. */
  constructor(io: Duplex, machine: StreamMachine) {
    this.#io = io;
    this.#machine = machine;
  }

  /** Whether somebody writes, or waits to. */
  get isBusy(): boolean {
    return this.#isDraining || this.#turn !== undefined;
  }

  /** Whether the transport has failed. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Sees to it that what the machine has ready is on its way; a failure is told to whoever writes next. */
  kick(): void {
    if (!this.#isDraining && this.#failure === undefined) this.#drain();
  }

  /** Writes some of `bytes`, after those who came first; see `TlsStream.write`. */
  write(bytes: Uint8Array): Promise<number> {
    if (this.#shutdown !== undefined) return Promise.reject(writtenAfterShutdown());
    return this.#inTurn(() => this.#accept(bytes));
  }

  /** Changes the keys, after what was written so far. */
  updateKeys(requestPeer: boolean): Promise<void> {
    if (this.#shutdown !== undefined) return Promise.reject(writtenAfterShutdown());
    return this.#inTurn(async () => {
      await this.#machine.updateKeys(requestPeer);
      this.kick();
    });
  }

  /** Waits until all that was accepted is with the transport. */
  async flush(): Promise<void> {
    await this.#taking(await this.#inTurn(() => this.#all()));
  }

  /** Announces the end, once, and waits until the transport has it. */
  shutdown(): Promise<void> {
    return this.#shutdown ??= this.#inTurn(async () => {
      await this.#machine.sendCloseNotify();
      await this.#taking(this.#all());
      await this.#closeWrite();
    });
  }

  /** Those who write take turns: what one writes is not mixed with what another does. */
  #inTurn<T>(action: () => Eventual<T>): Promise<T> {
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
      this.kick();
      return accepted.length;
    };
    return sealed instanceof Promise ? sealed.then(push) : push();
  }

  /** How many bytes the transport will have taken when it has taken all that there is now. */
  #all(): number {
    this.kick();
    return this.#taken + this.#unsent;
  }

  /** Waits until the transport has taken so many bytes; others may write meanwhile. */
  async #taking(goal: number): Promise<void> {
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
    this.kick();
    return (this.#progress ??= Promise.withResolvers<void>()).promise;
  }

  #tellProgress(): void {
    this.#progress?.resolve();
    this.#progress = undefined;
  }

  /** Runs until nothing is left. Never rejects. */
  async #drain(): Promise<void> {
    this.#isDraining = true;
    try {
      let bytes: Uint8Array | undefined;
      while ((bytes = this.#machine.output()) !== undefined) await this.#push(bytes);
    } catch (reason) {
      this.#failure ??= { reason };
    }
    this.#isDraining = false;
    this.#tellProgress();
  }

  async #push(bytes: Uint8Array): Promise<void> {
    this.#inFlight = bytes.length;
    let left = bytes;
    while (left.length > 0) {
      const count = await this.#io.write(left);
      checkCount(count, left.length);
      left = left.subarray(count);
      this.#inFlight = left.length;
      this.#taken += count;
      this.#tellProgress();
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }
}

function writtenAfterShutdown(): TlsError {
  return new TlsError("write_after_shutdown", "Cannot write: the stream was shut down");
}

/** A transport that takes nothing would be asked for ever; one that takes more than there is cannot be trusted. */
function checkCount(count: number, most: number): void {
  if (count === 0) throw new TlsError("write_zero", "Cannot write: the transport takes no bytes");
  if (!(count > 0 && count <= most && Number.isInteger(count))) {
    throw new TypeError(`Cannot write: the transport says it took ${count} of ${most} bytes`);
  }
}
