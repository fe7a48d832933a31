/**
 * A stream as a transport: the tunnel that a 2xx response to CONNECT opens (RFC 9113 §8.5, RFC 8441).
 *
 * Bytes that are written go out as the content of the request, those that are read came as that of the response, so both
 * directions have the flow control of the stream. END_STREAM ends one direction, RST_STREAM both.
 *
 * @module
 */

import type { IncomingBody, OutgoingBody } from "../../http/message.ts";
import type { Duplex } from "../../io/duplex.ts";
import { ignoreRejection } from "../../io/script.ts";
import { withResolvers } from "../../io/with_resolvers.ts";
import { Http2Error } from "../error.ts";

/** Told by a tunnel what its user does with it. */
export interface TunnelListener {
  /** The tunnel is to be reset; both contents fail with the reason. */
  onAbort(reason: unknown): void;
  /** The tunnel is to keep the process alive, or not. */
  onRef(isReffed: boolean): void;
}

/** A stream as a transport. */
export class StreamTunnel implements Duplex {
  readonly #incoming: IncomingBody & { readonly ended: boolean };
  readonly #outgoing: TunnelContent;
  readonly #listener: TunnelListener;
  /** The rest of the last chunk. */
  #rest: Uint8Array = NOTHING;
  #closed: Http2Error | undefined;

  /**
   * @param incoming The content of the response.
   * @param outgoing The content of the request.
   * @param listener The exchange.
   */
  constructor(
    incoming: IncomingBody & { readonly ended: boolean },
    outgoing: TunnelContent,
    listener: TunnelListener,
  ) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#listener = listener;
  }

  /** Reads up to `into.length` bytes; `null` after END_STREAM. Rejects with an {@linkcode Http2Error} after a reset. */
  async read(into: Uint8Array): Promise<number | null> {
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#rest.length === 0) {
      const chunk = await this.#incoming.read();
      if (chunk === undefined) return null;
      this.#rest = chunk;
    }
    const count = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  /** Writes all of `bytes`; resolves when flow control has let them go. One write at a time. */
  write(bytes: Uint8Array): Promise<number> {
    return this.#outgoing.write(bytes);
  }

  /** Ends the writing direction with END_STREAM; reading goes on. */
  closeWrite(): Promise<void> {
    return this.#outgoing.end();
  }

  /**
   * Closes both directions: with END_STREAM where the peer has ended its own, and otherwise with RST_STREAM (CANCEL), by
   * which the peer may lose what it has not read.
   */
  close(): void {
    if (this.#closed !== undefined) return;
    this.#closed = new Http2Error("closed", "Cannot go on with the tunnel: this end closed it", {
      scope: "stream",
    });
    this.#rest = NOTHING;
    if (!this.#incoming.ended || this.#outgoing.isWriting) return this.#listener.onAbort(this.#closed);
    this.#incoming.cancel(this.#closed);
    ignoreRejection(this.#outgoing.end());
  }

  /** Lets the tunnel keep the process alive, as it does from its start. */
  ref(): void {
    this.#listener.onRef(true);
  }

  /** Lets the process end although the tunnel is open. */
  unref(): void {
    this.#listener.onRef(false);
  }
}

/** The bytes that one end of a tunnel writes, as the content of its request. */
export class TunnelContent implements OutgoingBody {
  /** The driver's pending read. */
  #read: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #write: { readonly bytes: Uint8Array; readonly settlers: PromiseWithResolvers<number> } | undefined;
  /** Whether the driver has the bytes of the pending write. */
  #isTaken = false;
  #end: PromiseWithResolvers<void> | undefined;
  #failure: { readonly reason: unknown } | undefined;

  /** Whether a write is pending. */
  get isWriting(): boolean {
    return this.#write !== undefined;
  }

  /** Gives the driver the next bytes, or the end. By asking again it says that those before were sent. */
  read(): Promise<Uint8Array | undefined> {
    if (this.#isTaken) {
      this.#write?.settlers.resolve(this.#write.bytes.length);
      this.#write = undefined;
      this.#isTaken = false;
    }
    this.#read = withResolvers();
    const { promise } = this.#read;
    this.#give();
    return promise;
  }

  /** Takes note that the stream takes no more bytes. */
  cancel(reason: unknown): void {
    this.#failure ??= { reason };
    this.#write?.settlers.reject(reason);
    this.#write = undefined;
    this.#end?.reject(reason);
  }

  /** Sends bytes; resolves when all are sent. Their memory must not change before. */
  write(bytes: Uint8Array): Promise<number> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
    if (this.#end !== undefined) return Promise.reject(new TypeError("Cannot write: the tunnel was ended"));
    if (this.#write !== undefined) {
      return Promise.reject(new TypeError("Cannot write: another write is pending"));
    }
    if (bytes.length === 0) return Promise.resolve(0);
    this.#write = { bytes, settlers: withResolvers() };
    const { promise } = this.#write.settlers;
    this.#give();
    return promise;
  }

  /** Ends the content behind what was written; resolves when the driver has the end. */
  end(): Promise<void> {
    if (this.#end === undefined) {
      if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
      this.#end = withResolvers();
      this.#give();
    }
    return this.#end.promise;
  }

  /** Answers the driver's read with bytes or the end, if either is there. */
  #give(): void {
    const read = this.#read;
    if (read === undefined || (this.#write === undefined && this.#end === undefined)) return;
    this.#read = undefined;
    this.#isTaken = this.#write !== undefined;
    read.resolve(this.#write?.bytes);
    if (this.#write === undefined) this.#end?.resolve();
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);
