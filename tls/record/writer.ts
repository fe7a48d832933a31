/**
 * The write half: whatever is sent becomes records here, in the order in which it was sent.
 *
 * A record is sealed as soon as it is sent, so several may be under way at once with a provider that takes its
 * time. Only a change of keys makes others wait: everything that writes is a script in one *lane*, and a script
 * that has to wait for new keys holds up those behind it. So nothing is ever sealed under the wrong key, and the
 * data of two callers is never mixed. A lane waits for cryptography alone, never for the peer.
 *
 * @module
 */

import type { CipherSuite, CryptoProvider } from "../crypto/provider.ts";
import type { AlertName } from "../error/alert_description.ts";
import { TlsError } from "../error/tls_error.ts";
import { MAX_RECORDS_SEALED_AT_ONCE } from "../limits.ts";
import { nextTrafficSecret, trafficKeys } from "../schedule/traffic_keys.ts";
import { type Eventual, ignoreRejection, run, type Script, settle } from "../../io/script.ts";
import { type AlertLevel, encodeAlert } from "../wire/alert.ts";
import { encodeKeyUpdate } from "../wire/key_update.ts";
import { ContentType } from "../wire/numbers.ts";
import { fragments } from "./fragmenter.ts";
import {
  encodeHeader,
  FIRST_RECORD_VERSION,
  HEADER_LENGTH,
  MAX_PLAINTEXT_BYTES,
  RECORD_VERSION,
} from "./header.ts";
import { OutputQueue } from "./output_queue.ts";
import { RecordSealer } from "./protection.ts";

/** What a direction's keys come from. */
export interface TrafficSecret {
  readonly crypto: CryptoProvider;
  readonly suite: CipherSuite;
  readonly secret: Uint8Array;
}

/**
 * How many records a key keeps back: one for the KeyUpdate that retires it, and one for a last alert if that
 * cannot be sent.
 */
const RESERVED_RECORDS = 2;

/** Turns what is sent into records. */
export class RecordWriter {
  readonly #output = new OutputQueue();
  #fragmentLength = MAX_PLAINTEXT_BYTES;
  #plainVersion: number;
  #sealer: RecordSealer | undefined;
  #secret: TrafficSecret | undefined;
  /** The end of the lane: settles, never rejects, when all that write have written. */
  #lane: Promise<void> | undefined;
  #failure: { readonly reason: unknown } | undefined;
  #closed = false;
  /** Whether this end has sent update_requested and received no KeyUpdate since. */
  #requestIsOpen = false;
  /** Records pushed when the last answer to a KeyUpdate was sealed. */
  #answerEnd = 0;

  /** @param isClient Whether the first record holds an initial ClientHello. */
  constructor(isClient: boolean) {
    this.#plainVersion = isClient ? FIRST_RECORD_VERSION : RECORD_VERSION;
  }

  /** The longest record before protection, header included: 32 to 16389, as the config has checked. Default: 16389. */
  set maxFragmentSize(size: number) {
    this.#fragmentLength = size - HEADER_LENGTH;
  }

  /** Whether an alert was sent: nothing follows it. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether anything was ever sent. */
  get hasBegun(): boolean {
    return this.#output.pushed > 0;
  }

  /** How many bytes are ready to be written. */
  get outputLength(): number {
    return this.#output.length;
  }

  /** What is ready to be written, or `undefined`. */
  output(): Uint8Array | undefined {
    return this.#output.drain();
  }

  /** Sends handshake messages, packed in as few records as fit; settles when they are ready to be written. */
  sendHandshake(messages: Uint8Array): Eventual<void> {
    return this.#enter((underWay) => this.#write(underWay, ContentType.handshake, messages));
  }

  /** Sends the ChangeCipherSpec of middlebox compatibility, which is never protected (RFC 9846 Appendix E.4). */
  sendChangeCipherSpec(): Eventual<void> {
    return this.#enter((underWay) => this.#write(underWay, ContentType.change_cipher_spec, Uint8Array.of(1)));
  }

  /** From here on records are sealed with keys of this secret. */
  setSecret(secret: TrafficSecret): Eventual<void> {
    return this.#enter(() => this.#setSecret(secret));
  }

  /** Sends data of the application; settles when all of it is ready to be written, and then `data` is free. */
  sendData(data: Uint8Array): Eventual<void> {
    return this.#enter((underWay) => this.#sendData(underWay, data));
  }

  /**
   * Sends a KeyUpdate and changes to the keys that it announces (RFC 9846 §4.7.3).
   *
   * @param requestPeer Whether the peer is to follow; a request that is still open is not repeated.
   */
  sendKeyUpdate(requestPeer: boolean): Eventual<void> {
    return this.#enter((underWay) => this.#sendKeyUpdate(underWay, requestPeer));
  }

  /**
   * A KeyUpdate of the peer: this end's own request is answered, and the peer's is answered by a KeyUpdate.
   *
   * "If the request_update field is set to "update_requested", then the receiver MUST send a KeyUpdate of its own with
   * request_update set to "update_not_requested" prior to sending its next Application Data record." (RFC 9846 §4.7.3)
   * While an earlier answer waits to be written it serves for this request too: that "causes an implementation which
   * receives multiple KeyUpdates while it is silent to respond with a single update" (RFC 9846 §4.7.3).
   */
  receiveKeyUpdate(updateRequested: boolean): Eventual<void> {
    this.#requestIsOpen = false;
    const answerIsWaiting = this.#output.drained < this.#answerEnd;
    if (!updateRequested || this.#closed || answerIsWaiting) return;
    return this.#enter((underWay) => this.#answerKeyUpdate(underWay));
  }

  /** Sends an alert, once: after it nothing is sent. */
  sendAlert(level: AlertLevel, name: AlertName): Eventual<void> {
    if (this.#closed) return;
    this.#closed = true;
    return this.#enter((underWay) => this.#write(underWay, ContentType.alert, encodeAlert(level, name)));
  }

  /** Forgets keys and what was not written. */
  dispose(): void {
    this.#closed = true;
    this.#failure ??= { reason: new TypeError("Cannot send: the connection was disposed of") };
    this.#sealer = undefined;
    this.#secret = undefined;
    this.#output.clear();
  }

  /**
   * Lets a script write when its turn in the lane has come.
   *
   * @param write Is given a list for the seals that it leaves under way when it ends.
   */
  #enter(write: (underWay: Promise<void>[]) => Script<void>): Eventual<void> {
    const underWay: Promise<void>[] = [];
    const start = () => this.#start(write(underWay));
    const written = this.#lane === undefined ? start() : this.#lane.then(start);
    if (!(written instanceof Promise)) return underWay.length === 0 ? undefined : allOf(underWay);
    this.#occupy(written);
    const all = written.then(() => allOf(underWay));
    ignoreRejection(all); // whoever sends next is told
    return all;
  }

  #start(script: Script<void>): Eventual<void> {
    if (this.#failure !== undefined) throw this.#failure.reason;
    try {
      return run(script);
    } catch (reason) {
      this.#failure = { reason };
      throw reason;
    }
  }

  #occupy(written: Promise<void>): void {
    const lane: Promise<void> = written.then(() => {}, (reason) => {
      this.#failure ??= { reason };
    }).then(() => {
      if (this.#lane === lane) this.#lane = undefined;
    });
    this.#lane = lane;
  }

  *#write(underWay: Promise<void>[], type: ContentType, bytes: Uint8Array): Script<void> {
    for (const fragment of fragments(bytes, this.#fragmentLength)) {
      this.#put(underWay, type, fragment);
      yield* this.#slowDown(underWay);
    }
    this.#plainVersion = RECORD_VERSION; // what came first was the initial ClientHello
  }

  *#sendData(underWay: Promise<void>[], data: Uint8Array): Script<void> {
    for (const fragment of fragments(data, this.#fragmentLength)) {
      yield* this.#renewKeys(underWay);
      this.#put(underWay, ContentType.application_data, fragment);
      yield* this.#slowDown(underWay);
    }
  }

  *#answerKeyUpdate(underWay: Promise<void>[]): Script<void> {
    yield* this.#sendKeyUpdate(underWay, false);
    this.#answerEnd = this.#output.pushed;
  }

  *#sendKeyUpdate(underWay: Promise<void>[], requestPeer: boolean): Script<void> {
    if (this.#secret === undefined) throw new TypeError("Cannot update keys: there are none yet");
    const { crypto, suite, secret } = this.#secret;
    // "Until receiving a subsequent KeyUpdate from the peer, the sender MUST NOT send another KeyUpdate with
    // request_update set to "update_requested"." (RFC 9846 §4.7.3)
    const updateRequested = requestPeer && !this.#requestIsOpen;
    this.#requestIsOpen ||= updateRequested;
    this.#put(underWay, ContentType.handshake, encodeKeyUpdate({ updateRequested }));
    yield* this.#setSecret({ crypto, suite, secret: yield* nextTrafficSecret(crypto, suite.hash, secret) });
  }

  /**
   * "Implementations MUST either close the connection or do a key update ... prior to reaching these limits."
   * (RFC 9846 §5.5)
   */
  *#renewKeys(underWay: Promise<void>[]): Script<void> {
    if (this.#sealer === undefined || this.#sealer.left > RESERVED_RECORDS) return;
    yield* this.#sendKeyUpdate(underWay, false);
    if (this.#sealer.left <= RESERVED_RECORDS) {
      throw new TlsError(
        "key_exhausted",
        "Cannot send data: the cipher suite's keys may protect too few records",
      );
    }
  }

  *#setSecret(secret: TrafficSecret): Script<void> {
    const keys = yield* trafficKeys(secret.crypto, secret.suite, secret.secret);
    if (this.#failure !== undefined) throw this.#failure.reason;
    this.#secret = secret;
    this.#sealer = new RecordSealer(keys, { recordLimit: secret.suite.recordLimit });
  }

  /** Makes one record of a fragment. */
  #put(underWay: Promise<void>[], type: ContentType, fragment: Uint8Array): void {
    // It may have failed, or been disposed of, while this one waited.
    if (this.#failure !== undefined) throw this.#failure.reason;
    if (this.#sealer === undefined && type === ContentType.application_data) {
      throw new TypeError("Cannot send data: there are no keys yet");
    }
    if (this.#sealer === undefined || type === ContentType.change_cipher_spec) {
      // A copy: what is sent may be changed as soon as it counts as sent.
      const header = encodeHeader(type, this.#plainVersion, fragment.length);
      this.#output.push({ header, payload: fragment.slice() });
      return;
    }
    const sealed = this.#output.push(this.#sealer.seal(type, fragment));
    if (sealed === undefined) return;
    sealed.catch((reason) => {
      this.#failure ??= { reason };
    });
    underWay.push(sealed);
  }

  /** Waits while too many seals are under way. */
  *#slowDown(underWay: Promise<void>[]): Script<void> {
    const oldest = underWay[underWay.length - MAX_RECORDS_SEALED_AT_ONCE];
    if (oldest !== undefined) yield* settle(oldest);
  }
}

async function allOf(promises: readonly Promise<void>[]): Promise<void> {
  await Promise.all(promises);
}
