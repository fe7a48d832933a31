/**
 * The server's stream with early data: what came before the handshake was done is read first.
 *
 * @module
 */

import type { ServerConnection } from "../connection/server_connection.ts";
import type { TlsEvent } from "../connection/connection_types.ts";
import { withResolvers } from "../../io/with_resolvers.ts";
import { startHandshake } from "./pending_handshake.ts";
import type { Handshake } from "./shake_hands.ts";
import { ServerTlsStream } from "./tls_stream.ts";

/** A server's handshake to be done. */
export interface ServerHandshake extends Handshake {
  readonly machine: ServerConnection;
}

/**
 * Shakes hands, and makes a stream when the handshake is done, or with `sendHalfRttData` as soon as data can be sent.
 *
 * @throws The reason of a failure before that.
 */
export async function acceptEarly(handshake: ServerHandshake): Promise<ServerTlsStream> {
  const { io, machine } = handshake;
  const start = performance.now();
  const early = new EarlyDataBuffer();
  const { reader, writer, begun, done } = startHandshake(handshake, {
    observe(event: TlsEvent | undefined) {
      if (event?.type === "early_data") early.push(event.data);
      return event?.type === "half_rtt";
    },
    finish: () => early.end(),
  });
  done.catch(() => early.end());
  await begun;
  const readEarly = (into: Uint8Array) => early.read(into);
  return new ServerTlsStream(io, machine, { connect: 0, handshake: performance.now() - start }, {
    reader,
    writer,
    pending: { done, holdsFlush: false, readEarly, takeEarly: () => early.take() },
  });
}

/**
 * Early data that was received and not read, in one piece of memory: at most what the ticket allows, however small the
 * records are.
 */
class EarlyDataBuffer {
  #bytes = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #ended = false;
  /** Resolves when there is more, or no more comes. */
  #change: PromiseWithResolvers<void> | undefined;

  push(data: Uint8Array): void {
    if (this.#end + data.length > this.#bytes.length) this.#grow(data.length);
    this.#bytes.set(data, this.#end);
    this.#end += data.length;
    this.#notify();
  }

  /** No more comes. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  /** Reads some, and waits until there is some; `undefined`: no more comes. */
  async read(into: Uint8Array): Promise<number | undefined> {
    while (this.#start === this.#end) {
      if (this.#ended) return undefined;
      await (this.#change ??= withResolvers<void>()).promise;
    }
    const part = this.#bytes.subarray(this.#start, Math.min(this.#end, this.#start + into.length));
    into.set(part);
    this.#start += part.length;
    return part.length;
  }

  /** Takes all that was not read. */
  take(): Uint8Array {
    const unread = this.#bytes.slice(this.#start, this.#end);
    this.#start = this.#end;
    return unread;
  }

  #grow(more: number): void {
    const unread = this.#bytes.subarray(this.#start, this.#end);
    const bytes = new Uint8Array(2 * (unread.length + more));
    bytes.set(unread);
    this.#bytes = bytes;
    [this.#start, this.#end] = [0, unread.length];
  }

  #notify(): void {
    this.#change?.resolve();
    this.#change = undefined;
  }
}
