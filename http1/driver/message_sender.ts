/**
 * The writing half of a driver, of a client or of a server: it writes the output of the machine to the duplex, and asks
 * the source of the content for more when all is written.
 *
 * @module
 */

import type { OutgoingBody } from "../../http/message.ts";
import type { Duplex } from "../../io/duplex.ts";
import type { Http1Connection } from "../connection.ts";
import { Http1Error } from "../error.ts";
import { Upload } from "./upload.ts";

/** Events of a {@linkcode MessageSender}. */
export interface MessageSenderListener {
  /** A write begins, of some or all of the output. */
  onWriting?(): void;
  /** All output is written. */
  onFlushed(): void;
  /** A write failed: the peer takes no more bytes. What it sent may still be read. */
  onWriteFailed(cause: unknown): void;
  /** The source of the content failed, or gave another length than it declared. */
  onUploadFailed(cause: unknown): void;
  /** The transport broke the contract of {@linkcode Duplex}. */
  onTransportFailed(cause: unknown): void;
}

/** Sends one message after another. */
export class MessageSender {
  readonly #machine: Http1Connection;
  readonly #io: Duplex;
  readonly #listener: MessageSenderListener;
  #upload: Upload | undefined;
  /** The bytes of the pending write. */
  #unwritten: Uint8Array | undefined;
  #abandoned = false;
  #stopped = false;

  /**
   * @param machine The machine whose output is written.
   * @param io The transport.
   * @param listener Receives the events.
   */
  constructor(machine: Http1Connection, io: Duplex, listener: MessageSenderListener) {
    this.#machine = machine;
    this.#io = io;
    this.#listener = listener;
  }

  /** Whether no write is pending. */
  get written(): boolean {
    return this.#unwritten === undefined;
  }

  /** Whether the machine has the whole message. */
  get ended(): boolean {
    return this.#upload === undefined || this.#upload.ended;
  }

  /** Whether the content is held back for a 100 (Continue). */
  get held(): boolean {
    return this.#upload?.held === true;
  }

  /** Whether the rest of the message will not be sent. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  /**
   * Takes over a message whose head is in the machine.
   *
   * @param source The source of its content, where that is not in the machine.
   */
  take(source: OutgoingBody | undefined): void {
    this.#upload = source && new Upload(this.#machine, source, {
      onOutput: () => this.#flush(),
      onUploadFailed: (cause) => this.#listener.onUploadFailed(cause),
    });
  }

  /**
   * Begins to write.
   *
   * @param held Whether the content is held back until {@linkcode release}.
   */
  start(held: boolean): void {
    if (!held) this.#upload?.start();
    this.#flush();
  }

  /** Sends the content that was held back. */
  release(): void {
    this.#upload?.start();
    this.#flush();
  }

  /**
   * Stops sending a message whose rest is not needed. A small rest that is being written counts as sent.
   *
   * @param cause The failure of a write, if there was one.
   */
  abandon(cause?: unknown): void {
    if (this.#abandoned) return;
    const inFlight = this.#unwritten !== undefined &&
      (cause !== undefined || this.#unwritten.length > MAX_SMALL_WRITE_BYTES);
    if (this.ended && !inFlight && !this.#machine.wantsWrite) return;
    this.#abandoned = true;
    this.#machine.refuseKeepAlive();
    this.#upload?.stop(
      cause ?? new Http1Error("closed", "Cannot send the rest of the content: the response came before it"),
    );
  }

  /** Stops for good, because the connection is closed. */
  stop(reason: unknown): void {
    this.#stopped = true;
    this.#upload?.stop(reason);
  }

  /** Writes the output of the machine piece by piece, and then asks the source for more. */
  #flush(): void {
    if (this.#unwritten !== undefined) return;
    const bytes = this.#machine.output();
    if (bytes === undefined) {
      this.#upload?.pull();
      this.#listener.onFlushed();
    } else {
      this.#write(bytes);
    }
  }

  #write(bytes: Uint8Array): void {
    this.#unwritten = bytes;
    this.#listener.onWriting?.();
    try {
      this.#io.write(bytes).then(this.#onWritten, this.#onFailed);
    } catch (error) {
      this.#onFailed(error);
    }
  }

  readonly #onWritten = (count: number): void => {
    const bytes = this.#unwritten;
    if (this.#stopped || bytes === undefined) return;
    if (count >= bytes.length) {
      this.#unwritten = undefined;
      this.#flush();
    } else if (!(count > 0)) {
      this.#listener.onTransportFailed(new TypeError(`The transport claims to have written ${count} bytes`));
    } else if (!this.#abandoned) {
      this.#write(bytes.subarray(count));
    }
  };

  readonly #onFailed = (cause: unknown): void => {
    if (!this.#stopped) this.#listener.onWriteFailed(cause);
  };
}

/** Bytes of a pending write that count as sent: a longer one may wait for a peer that does not read. */
const MAX_SMALL_WRITE_BYTES = 65_536;
