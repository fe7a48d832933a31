/**
 * The writing half of the client driver: what the machine puts out goes into the duplex, and when that is written,
 * the source of the content is asked for more.
 *
 * @module
 */

import type { OutgoingBody } from "../../http/message.ts";
import type { Duplex } from "../../io/duplex.ts";
import type { Http1Connection } from "../connection.ts";
import { Http1Error } from "../error.ts";
import { Upload } from "./upload.ts";

/** Who wants to know. */
export interface RequestSenderListener {
  /** Nothing is left to write for now. */
  onFlushed(): void;
  /** The peer takes no more bytes; its response may be there to be read all the same. */
  onWriteFailed(cause: unknown): void;
  /** The source of the content failed, or did not keep its word. */
  onUploadFailed(cause: unknown): void;
  /** The transport does what no transport may. */
  onTransportFailed(cause: unknown): void;
}

/** Sends one request after another. */
export class RequestSender {
  readonly #machine: Http1Connection;
  readonly #io: Duplex;
  readonly #listener: RequestSenderListener;
  #upload: Upload | undefined;
  /** What the pending write has to write. */
  #unwritten: Uint8Array | undefined;
  #abandoned = false;
  #stopped = false;

  /**
   * @param machine What puts out the bytes.
   * @param io Where they go.
   * @param listener Is told of what happens.
   */
  constructor(machine: Http1Connection, io: Duplex, listener: RequestSenderListener) {
    this.#machine = machine;
    this.#io = io;
    this.#listener = listener;
  }

  /** Whether no write is pending. */
  get written(): boolean {
    return this.#unwritten === undefined;
  }

  /** Whether the machine has the whole request. */
  get ended(): boolean {
    return this.#upload === undefined || this.#upload.ended;
  }

  /** Whether the content waits for the server's leave. */
  get held(): boolean {
    return this.#upload?.held === true;
  }

  /** Whether the rest of the request is not sent any more. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  /**
   * Takes the request whose head the machine has.
   *
   * @param source Its content, where that is not in the machine.
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
   * @param held Whether the content waits for {@linkcode release}.
   */
  start(held: boolean): void {
    if (!held) this.#upload?.start();
    this.#flush();
  }

  /** Lets the content go. */
  release(): void {
    this.#upload?.start();
    this.#flush();
  }

  /**
   * Sends no more of a request that nobody wants. A small rest that is being written as it is counts as sent.
   *
   * @param cause Why it cannot be sent, where it cannot.
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

  /** Nothing can be sent any more. */
  stop(reason: unknown): void {
    this.#stopped = true;
    this.#upload?.stop(reason);
  }

  /** Writes what the machine has put out, piece by piece; then asks the source for more. */
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
