/**
 * A connection without cryptography: what the driver of a stream meets, at a size that a test can hold in its hand.
 *
 * A record is its kind, its length (two bytes) and its payload. Kind `d` is data, `c` the end, `k` asks for an
 * answer (`a`), as a KeyUpdate does, `w` asks for one and is no event, and anything else is an error, which is answered by an alert (`!`).
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { TlsEvent } from "../../../tls/connection/connection_types.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import type { Eventual } from "../../../io/script.ts";
import type { StreamMachine } from "../../../tls/stream/stream_machine.ts";

const HEADER_LENGTH = 3;
const MAX_PAYLOAD = 16_384;

/** Encodes one record. */
export function record(
  kind: "d" | "c" | "k" | "w" | "a" | "!" | "?",
  payload: Uint8Array = new Uint8Array(0),
): Uint8Array {
  return concat([Uint8Array.of(kind.charCodeAt(0), payload.length >> 8, payload.length & 0xff), payload]);
}

/** How a toy behaves. */
export interface ToyOptions {
  /** Whether events and seals come later. Default: false. */
  readonly later?: boolean;
}

/** The machine. */
export class ToyMachine implements StreamMachine {
  readonly #later: boolean;
  #input: Uint8Array = new Uint8Array(0);
  #ended = false;
  #output: Uint8Array[] = [];
  #failure: TlsError | undefined;
  #closed = false;
  #pending = false;
  #sentClose = false;
  /** How many of its kind were sent. */
  readonly sent: string[] = [];

  constructor({ later = false }: ToyOptions = {}) {
    this.#later = later;
  }

  get outputLength(): number {
    return this.#output.reduce((sum, { length }) => sum + length, 0);
  }

  receive(bytes: Uint8Array): void {
    // A copy, and the driver's memory made useless: whatever it keeps of it is wrong from here on.
    this.#input = concat([this.#input, bytes]);
    bytes.fill(0xee);
  }

  receiveEnd(): void {
    this.#ended = true;
  }

  next(): Eventual<TlsEvent | undefined> {
    if (this.#pending) throw new TypeError("Cannot advance: a step is pending");
    if (!this.#later) return this.#step();
    this.#pending = true;
    return Promise.resolve().then(() => {
      this.#pending = false;
      return this.#step();
    });
  }

  #step(): TlsEvent | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) return undefined;
    const length = HEADER_LENGTH + ((this.#input[1] ?? 0) << 8 | (this.#input[2] ?? 0));
    if (this.#input.length < HEADER_LENGTH || this.#input.length < length) {
      if (!this.#ended) return undefined;
      throw this.#failure = new TlsError("unexpected_eof", "Cannot read on: the toy's peer left");
    }
    const kind = String.fromCharCode(this.#input[0] ?? 0);
    const data = this.#input.slice(HEADER_LENGTH, length);
    this.#input = this.#input.slice(length);
    switch (kind) {
      case "d":
        return { type: "data", data };
      case "c":
        this.#closed = true;
        return { type: "connection_closed" };
      case "k":
        this.#put("a");
        return { type: "key_update" };
      case "w":
        this.#put("a");
        return this.#step();
      case "a":
        return { type: "key_update" };
      default:
        this.#put("!");
        throw this.#failure = new TlsError("bad_record_mac", "Cannot decrypt a record of the toy's peer");
    }
  }

  send(data: Uint8Array): Eventual<void> {
    if (!(data instanceof Uint8Array)) throw new TypeError("Cannot send data: it is not a Uint8Array");
    if (this.#failure !== undefined && this.#failure.code !== "unexpected_eof") throw this.#failure;
    return this.#soon(() => {
      for (let at = 0; at < data.length; at += MAX_PAYLOAD) this.#put("d", data.slice(at, at + MAX_PAYLOAD));
    });
  }

  sendCloseNotify(): Eventual<void> {
    if (this.#sentClose) return;
    this.#sentClose = true;
    return this.#soon(() => this.#put("c"));
  }

  refreshTrafficKeys(): Eventual<void> {
    return this.#soon(() => this.#put("k"));
  }

  output(): Uint8Array | undefined {
    const output = this.#output;
    this.#output = [];
    return output.length === 0 ? undefined : concat(output);
  }

  #soon(action: () => void): Eventual<void> {
    return this.#later ? Promise.resolve().then(action) : action();
  }

  #put(kind: "d" | "c" | "k" | "a" | "!", payload?: Uint8Array): void {
    this.sent.push(kind);
    this.#output.push(record(kind, payload));
  }
}
