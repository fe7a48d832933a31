/**
 * Two handshake channels back to back, without records: what one sends the other takes, as whole messages.
 *
 * Nothing is encrypted. Instead every message remembers the secret that it was sent under, and reading it under
 * another one fails the test: two ends that finish have derived the same keys and changed them at the same places.
 */

import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { encodeHex } from "@std/encoding/hex";
import type { CipherSuite, CryptoProvider, HashName } from "../../../tls/crypto/provider.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import type { HandshakeChannel, Tls12Channel, Transcript } from "../../../tls/record/channel_types.ts";
import { type Script, settle, type Signal } from "../../../io/script.ts";
import { decodeHandshake } from "../../../tls/wire/handshake_codec.ts";
import type { HandshakeMessage, MessageOf } from "../../../tls/wire/messages.ts";

interface Envelope {
  readonly bytes: Uint8Array;
  /** The secret that it was sent under, in hex; empty: none. */
  readonly secret: string;
}

/** One end. */
export class LoopChannel implements HandshakeChannel {
  readonly transcript: Transcript;
  /** Types of the messages that were sent, `ccs` for ChangeCipherSpec, in order. */
  readonly sent: (number | "ccs")[] = [];
  /** Messages that were sent, in order. */
  readonly sentMessages: Uint8Array[] = [];
  #peer: LoopChannel | undefined;
  #flight: Envelope[] = [];
  readonly #incoming: Envelope[] = [];
  #readSecret = "";
  #writeSecret = "";
  #raw: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(provider: CryptoProvider) {
    this.transcript = new PlainTranscript(provider);
  }

  /** Two ends. */
  static pair(provider: CryptoProvider): [LoopChannel, LoopChannel] {
    const [here, there] = [new LoopChannel(provider), new LoopChannel(provider)];
    here.#peer = there;
    there.#peer = here;
    return [here, there];
  }

  get raw(): Uint8Array {
    return this.#raw;
  }

  /** No more will come. */
  end(): void {
    this.#ended = true;
  }

  *peek(): Script<HandshakeMessage> {
    while (this.#incoming.length === 0) {
      if (this.#ended) throw new TlsError("unexpected_eof", "Cannot finish the handshake: it ended");
      yield;
    }
    const [first] = this.#incoming;
    if (first === undefined) throw new Error("there is a message");
    assertEquals(
      first.secret,
      this.#readSecret,
      "a message was read under another secret than it was sent under",
    );
    this.#raw = first.bytes;
    return decodeHandshake(first.bytes[0] ?? 0, first.bytes.subarray(4));
  }

  replacePeeked(raw: Uint8Array): HandshakeMessage {
    const [first] = this.#incoming;
    if (first === undefined) throw new Error("there is a message");
    this.#incoming[0] = { ...first, bytes: raw };
    this.#raw = raw;
    return decodeHandshake(raw[0] ?? 0, raw.subarray(4));
  }

  *take(): Script<HandshakeMessage> {
    const message = yield* this.peek();
    this.#incoming.shift();
    this.transcript.add(this.#raw);
    return message;
  }

  *expect<K extends HandshakeMessage["type"]>(type: K): Script<MessageOf<K>> {
    const message = yield* this.maybe(type);
    if (message === undefined) {
      throw new TlsError("unexpected_message", `Cannot accept it: ${type} was expected`);
    }
    return message;
  }

  *maybe<K extends HandshakeMessage["type"]>(type: K): Script<MessageOf<K> | undefined> {
    const message = yield* this.peek();
    if (message.type !== type) return undefined;
    yield* this.take();
    return message as MessageOf<K>; // its type is K
  }

  send(message: Uint8Array, recorded: Uint8Array = message): void {
    this.transcript.add(recorded);
    this.sent.push(message[0] ?? 0);
    this.sentMessages.push(message);
    this.#flight.push({ bytes: message.slice(), secret: this.#writeSecret });
  }

  sendChangeCipherSpec(): void {
    this.sent.push("ccs");
  }

  flush(): Script<void> {
    if (this.#peer !== undefined) this.#peer.#incoming.push(...this.#flight);
    this.#flight = [];
    return settle(undefined);
  }

  setReadSecret(_suite: CipherSuite, secret: Uint8Array): Script<void> {
    this.#readSecret = encodeHex(secret);
    return settle(undefined);
  }

  *setWriteSecret(_suite: CipherSuite, secret: Uint8Array): Script<void> {
    yield* this.flush();
    this.#writeSecret = encodeHex(secret);
  }

  *dropWriteSecret(): Script<void> {
    yield* this.flush();
    this.#writeSecret = "";
  }

  sendEarlyData(): void {}

  receiveEarlyData(): Script<undefined> {
    return settle(undefined);
  }

  allowData(): void {}

  skipEarlyData(): void {}

  speakAnyVersion(): void {}

  speakTls13(): void {}

  speakTls12(): Tls12Channel {
    throw new Error("a LoopChannel speaks TLS 1.3 alone");
  }
}

/** The transcript, kept whole. */
class PlainTranscript implements Transcript {
  readonly #provider: CryptoProvider;
  #messages: Uint8Array[] = [];

  constructor(provider: CryptoProvider) {
    this.#provider = provider;
  }

  add(message: Uint8Array): void {
    this.#messages.push(message.slice());
  }

  bytes(): Uint8Array {
    return concat(this.#messages);
  }

  *replaceFirstHello(hash: HashName): Script<void> {
    const [first = new Uint8Array(0)] = this.#messages;
    const digest = yield* settle(this.#provider.digest(hash, first));
    this.replaceFirst(concat([Uint8Array.of(0xfe, 0, 0, digest.length), digest]));
  }

  replaceFirst(message: Uint8Array): void {
    this.#messages[0] = message.slice();
  }

  *hash(hash: HashName, more: Uint8Array = new Uint8Array(0)): Script<Uint8Array> {
    return yield* settle(this.#provider.digest(hash, concat([...this.#messages, more])));
  }
}

/** What became of a script. */
export type Outcome<T> = { readonly value: T } | { readonly error: unknown } | { readonly stuck: true };

/** Runs two scripts in turns until neither can go on. */
export async function together<A, B>(a: Script<A>, b: Script<B>): Promise<[Outcome<A>, Outcome<B>]> {
  const [first, second] = [new Runner(a), new Runner(b)];
  // Each of a handshake's few dozen messages takes a turn at most.
  for (let turn = 0; turn < 100; turn++) {
    const moved = await first.step();
    if (!(await second.step()) && !moved) break;
  }
  return [first.outcome, second.outcome];
}

class Runner<T> {
  readonly #script: Script<T>;
  outcome: Outcome<T> = { stuck: true };

  constructor(script: Script<T>) {
    this.#script = script;
  }

  /** Runs to where it wants to be fed; whether it came to its end now. */
  async step(): Promise<boolean> {
    if (!("stuck" in this.outcome)) return false;
    try {
      let step: IteratorResult<Signal<never>, T> = this.#script.next();
      while (step.done !== true && step.value instanceof Promise) {
        const pending: Promise<unknown> = step.value;
        step = await pending.then(
          (reply) => this.#script.next(reply),
          (reason) => this.#script.throw(reason),
        );
      }
      if (step.done !== true) return true;
      this.outcome = { value: step.value };
    } catch (error) {
      this.outcome = { error };
    }
    return true;
  }
}
