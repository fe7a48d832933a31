/**
 * The transcript of a handshake: the concatenation of its messages, to which secrets and signatures are bound
 * (RFC 9846 §4.1).
 *
 * The bytes are kept and hashed again for each hash. There are a few KiB of them and half a dozen hashes, so a provider
 * needs no incremental hash.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { CryptoProvider, HashName } from "../crypto/provider.ts";
import { type Script, settle } from "../../io/script.ts";
import { HandshakeType } from "../wire/numbers.ts";
import type { Transcript } from "./channel_types.ts";

/** The messages so far, in one piece of memory to which messages are only appended. */
export class MessageTranscript implements Transcript {
  readonly #crypto: () => CryptoProvider;
  #bytes = new Uint8Array(4096);
  #length = 0;
  #firstLength = 0;

  /** @param crypto Gives the provider that hashes, which a server knows only after the ClientHello. */
  constructor(crypto: () => CryptoProvider) {
    this.#crypto = crypto;
  }

  add(message: Uint8Array): void {
    if (this.#length === 0) this.#firstLength = message.length;
    const length = this.#length + message.length;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(message, this.#length);
    this.#length = length;
  }

  /**
   * "the value of ClientHello1 is replaced with a special synthetic handshake message of handshake type "message_hash"
   * (254) containing Hash(ClientHello1)" (RFC 9846 §4.1).
   */
  *replaceFirstHello(hash: HashName): Script<void> {
    const first = this.#bytes.slice(0, this.#firstLength);
    const digest = yield* settle(this.#crypto().digest(hash, first));
    this.replaceFirst(concat([Uint8Array.of(HandshakeType.message_hash, 0, 0, digest.length), digest]));
  }

  replaceFirst(message: Uint8Array): void {
    const rest = this.#bytes.slice(this.#firstLength, this.#length);
    this.#length = 0;
    this.add(message);
    this.add(rest);
  }

  *hash(hash: HashName, more?: Uint8Array): Script<Uint8Array> {
    const soFar = this.#bytes.subarray(0, this.#length);
    return yield* settle(this.#crypto().digest(hash, more === undefined ? soFar : concat([soFar, more])));
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Drops all messages: nothing more will be bound to them. */
  clear(): void {
    this.#bytes = new Uint8Array(0);
    this.#length = this.#firstLength = 0;
  }
}
