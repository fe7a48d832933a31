/**
 * A handshake that goes on while its stream is in use already: a client sends early data, a server answers it by
 * half-RTT data.
 *
 * @module
 */

import type { Connection } from "../connection/connection.ts";
import type { TlsEvent } from "../connection/connection_types.ts";
import { type Eventual, ignoreRejection } from "../../io/script.ts";
import { withResolvers } from "../../io/with_resolvers.ts";
import { MIN_FLIGHT_READ_BYTES } from "../limits.ts";
import { type Handshake, shakeHands } from "./shake_hands.ts";
import type { StreamMachine } from "./stream_machine.ts";
import { StreamReader } from "./stream_reader.ts";
import { StreamWriter } from "./stream_writer.ts";

/** The beginning of a stream whose handshake is not done, or brought early data. */
export interface StreamStart {
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
  /** The handshake under way; absent: it is done. */
  readonly pending?: PendingHandshake;
}

/** What a stream waits for while its handshake is under way. */
export interface PendingHandshake {
  /** Resolves when the handshake is done, and refused early data was sent again. @throws The reason of its failure. */
  readonly done: Promise<unknown>;
  /** Whether a flush waits for it, too: only then is it certain that early data need not be sent again. */
  readonly holdsFlush: boolean;
  /**
   * Server: reads early data that has come, and waits for some until the handshake is done.
   *
   * @returns Bytes that were read; `undefined`: no more comes.
   */
  readEarly?(into: Uint8Array): Promise<number | undefined>;
  /** Server: takes early data that was not read. */
  takeEarly?(): Uint8Array;
}

/** What differs between the roles. */
export interface EarlyRole {
  /** Sends early data; returns how many bytes were taken. Default: everything is sent as it is in half-RTT. */
  sendEarly?(data: Uint8Array): Eventual<number>;
  /** Called for each event of the handshake, and for `undefined` before more is read. @returns Whether the stream can begin. */
  observe(event: TlsEvent | undefined): boolean;
  /** Called when the handshake is done, before anything else is sent. */
  finish?(): Eventual<void>;
}

/** A handshake that was started. */
export interface StartedHandshake {
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
  /** Resolves when the stream can begin, before the handshake is done or with it. @throws The reason of its failure. */
  readonly begun: Promise<void>;
  /** Resolves when the handshake is done. A rejection that no caller awaits is ignored. */
  readonly done: Promise<void>;
}

/** Starts a handshake. */
export function startHandshake(handshake: Handshake, role: EarlyRole): StartedHandshake {
  const { io, machine } = handshake;
  const early = new EarlyMachine(machine, role);
  const writer = new StreamWriter(io, early);
  const reader = new StreamReader(
    io,
    machine,
    () => writer.startDrain(),
    handshake.firstReadBytes ?? MIN_FLIGHT_READ_BYTES,
  );
  const begin = withResolvers<void>();
  let isInUse = false;
  const observe = (event: TlsEvent | undefined) => {
    if (role.observe(event)) isInUse = true;
    if (isInUse) begin.resolve();
    return isInUse;
  };
  const done = finishHandshake({ ...handshake, halves: { reader, writer }, observe }, role, writer);
  early.wait(done);
  ignoreRejection(done);
  return { reader, writer, begun: Promise.race([begin.promise, done]), done };
}

async function finishHandshake(handshake: Handshake, role: EarlyRole, writer: StreamWriter): Promise<void> {
  await shakeHands(handshake);
  await role.finish?.();
  writer.startDrain();
}

/** The machine as the writer of an early stream sees it: what is no early data waits for the handshake. */
class EarlyMachine implements StreamMachine {
  readonly #machine: Connection;
  readonly #role: EarlyRole;
  /** The handshake, until it is done; it stays where it has failed, so that every later call rejects by its reason. */
  #pending: Promise<void> | undefined;
  #hasFailed = false;

  constructor(machine: Connection, role: EarlyRole) {
    this.#machine = machine;
    this.#role = role;
  }

  /** Waits for a handshake before anything but early data is sent. */
  wait(done: Promise<void>): void {
    this.#pending = done;
    done.then(() => this.#pending = undefined, () => this.#hasFailed = true);
  }

  get outputLength(): number {
    return this.#machine.outputLength;
  }

  receive(bytes: Uint8Array): void {
    this.#machine.receive(bytes);
  }

  receiveEnd(): void {
    this.#machine.receiveEnd();
  }

  next(): Eventual<TlsEvent | undefined> {
    return this.#machine.next();
  }

  output(): Uint8Array | undefined {
    return this.#machine.output();
  }

  send(data: Uint8Array): Eventual<void> {
    if (this.#hasFailed) return this.#pending;
    if (this.#pending === undefined || this.#role.sendEarly === undefined) return this.#machine.send(data);
    const taken = this.#role.sendEarly(data);
    return taken === data.length ? undefined : this.#sendRest(data, taken, this.#pending);
  }

  async #sendRest(data: Uint8Array, taken: Eventual<number>, done: Promise<void>): Promise<void> {
    const rest = data.subarray(await taken);
    if (rest.length === 0) return;
    await done;
    await this.#machine.send(rest);
  }

  async sendCloseNotify(): Promise<void> {
    await this.#pending;
    await this.#machine.sendCloseNotify();
  }

  async refreshTrafficKeys(requestPeer?: boolean): Promise<void> {
    await this.#pending;
    await this.#machine.refreshTrafficKeys(requestPeer);
  }
}
