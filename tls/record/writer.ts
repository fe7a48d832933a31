/**
 * The write half: messages, data and alerts become records here, in the order of the calls.
 *
 * A record is sealed as soon as it is sent, so several may be under way at the same time with an asynchronous provider.
 * Only a change of keys makes others wait: each write is a script in one *lane*, and a script that waits for new keys
 * holds up those behind it. So no record is sealed under the wrong key, and the data of two callers is never mixed. A
 * lane waits for cryptography alone, never for the peer.
 *
 * @module
 */

import type { CipherSuite, CryptoProvider } from "../crypto/provider.ts";
import type { AlertName } from "../error/alert_description.ts";
import { TlsError } from "../error/tls_error.ts";
import { MAX_RECORDS_SEALED_AT_ONCE } from "../limits.ts";
import { nextTrafficSecret, trafficKeys } from "../schedule/traffic_keys.ts";
import { type Eventual, ignoreRejection, run, type Script, settle } from "../../io/script.ts";
import { AlertLevel, encodeAlert } from "../wire/alert.ts";
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
import { type Padding, RecordSealer, type Sealer } from "./protection.ts";
import type { RecordListener } from "./record_listener.ts";

/** The traffic secret of one direction, and what its keys are made with. */
export interface TrafficSecret {
  readonly crypto: CryptoProvider;
  readonly suite: CipherSuite;
  readonly secret: Uint8Array;
}

/** The protection of one direction. */
export interface ProtectionState {
  /** The sequence number of the next record. */
  readonly sequence: number;
  /** The traffic secret of its keys; `undefined` in TLS 1.2. */
  readonly secret: TrafficSecret | undefined;
}

/**
 * Records that a key keeps in reserve: one for the KeyUpdate that retires it, and one for an alert if that cannot be
 * sent.
 */
const RESERVED_RECORDS = 2;

/** Makes records of messages, data and alerts. */
export class RecordWriter {
  /** Listener to the records that are sealed. */
  listener: RecordListener | undefined;
  readonly #output = new OutputQueue();
  /** Padding of records under keys of TLS 1.3. */
  padding: Padding | undefined;
  #fragmentLength = MAX_PLAINTEXT_BYTES;
  #plainVersion: number;
  #sealer: Sealer | undefined;
  #secret: TrafficSecret | undefined;
  /** The end of the lane: settles, and never rejects, when all scripts in it have written. */
  #lane: Promise<void> | undefined;
  #failure: { readonly reason: unknown } | undefined;
  #closed = false;
  /** Whether a fatal alert may leave although the writer has failed: until it is disposed of. */
  #mayAlert = false;
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

  /** Whether an alert was sent, after which nothing is sent. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether any record was ever sent. */
  get hasBegun(): boolean {
    return this.#output.pushed > 0;
  }

  /** Bytes that are ready to be written. */
  get outputLength(): number {
    return this.#output.length;
  }

  /** The protection of what is sent; `undefined` while there are records to write, and where there is none. */
  get protection(): ProtectionState | undefined {
    const isEmpty = this.#lane === undefined && this.#output.pushed === this.#output.drained;
    if (this.#sealer === undefined || !isEmpty) return undefined;
    return { sequence: this.#sealer.sequence, secret: this.#secret };
  }

  /** Bytes to write now, in fresh memory; `undefined`: none. */
  output(): Uint8Array | undefined {
    return this.#output.drain();
  }

  /** Sends handshake messages in as few records as possible; settles when they are ready to be written. */
  sendHandshake(messages: Uint8Array): Eventual<void> {
    return this.#enter((underWay) => this.#write(underWay, ContentType.handshake, messages));
  }

  /** Sends the ChangeCipherSpec of middlebox compatibility, which is never protected (RFC 9846 Appendix E.4). */
  sendChangeCipherSpec(): Eventual<void> {
    return this.#enter((underWay) => this.#write(underWay, ContentType.change_cipher_spec, Uint8Array.of(1)));
  }

  /** Seals records with keys of this secret from here on, padded by the policy or not. */
  setSecret(secret: TrafficSecret, isPadded = true): Eventual<void> {
    return this.#enter(() => this.#setSecret(secret, isPadded));
  }

  /** Sends records unprotected from here on. */
  dropSecret(): Eventual<void> {
    return this.#enter(() => this.#setSealer(undefined));
  }

  /** Seals records with these keys of TLS 1.2 from here on: there is no secret that the next ones follow from. */
  setSealer(sealer: Sealer): Eventual<void> {
    return this.#enter(() => this.#setSealer(sealer));
  }

  /** Sends application data; settles when all of it is ready to be written. Until then `data` must not change. */
  sendData(data: Uint8Array): Eventual<void> {
    return this.#enter((underWay) => this.#sendData(underWay, data));
  }

  /**
   * Sends a KeyUpdate and changes to the keys that it announces (RFC 9846 §4.7.3).
   *
   * @param requestPeer Whether the peer is to follow; a request that is still open is not repeated.
   * @throws {TypeError} where there are no secrets that new ones follow from; the connection goes on.
   */
  sendKeyUpdate(requestPeer: boolean): Eventual<void> {
    if (this.#sealer !== undefined && this.#secret === undefined) {
      throw new TypeError("Cannot refresh traffic keys: TLS 1.2 has no KeyUpdate");
    }
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

  /** Sends an alert, once; nothing is sent after it. A fatal one is sent also where a record could not be sealed. */
  sendAlert(level: AlertLevel, name: AlertName): Eventual<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#mayAlert = level === AlertLevel.fatal;
    const alert = encodeAlert(level, name);
    return this.#enter((underWay) => this.#write(underWay, ContentType.alert, alert), ContentType.alert);
  }

  /** Sends an alert that does not end the connection. */
  sendWarning(name: AlertName): Eventual<void> {
    if (this.#closed) return;
    const alert = encodeAlert(AlertLevel.warning, name);
    return this.#enter((underWay) => this.#write(underWay, ContentType.alert, alert));
  }

  /** Drops keys and unwritten records. */
  dispose(): void {
    this.#closed = true;
    this.#mayAlert = false;
    this.#failure ??= { reason: new TypeError("Cannot send: the connection was disposed of") };
    this.#sealer = undefined;
    this.#secret = undefined;
    this.#output.clear();
  }

  /**
   * Runs a script when all scripts before it in the lane have ended.
   *
   * @param write Makes the script; it adds the seals that are under way at its end to the list.
   * @param type The type of what it sends. Default: any but an alert.
   */
  #enter(write: (underWay: Promise<void>[]) => Script<void>, type?: ContentType): Eventual<void> {
    const underWay: Promise<void>[] = [];
    const start = () => this.#start(write(underWay), type);
    const written = this.#lane === undefined ? start() : this.#lane.then(start);
    if (!(written instanceof Promise)) return underWay.length === 0 ? undefined : allOf(underWay);
    this.#occupy(written);
    const all = written.then(() => allOf(underWay));
    ignoreRejection(all); // the next call that sends throws it
    return all;
  }

  #start(script: Script<void>, type: ContentType | undefined): Eventual<void> {
    this.#requireSound(type);
    try {
      return run(script);
    } catch (reason) {
      this.#failure = { reason };
      throw reason;
    }
  }

  /** @throws the failure of the writer; after one that is not its disposal, a fatal alert may leave. */
  #requireSound(type: ContentType | undefined): void {
    if (this.#failure === undefined || (type === ContentType.alert && this.#mayAlert)) return;
    throw this.#failure.reason;
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
      this.#seal(underWay, type, fragment);
      yield* this.#awaitSeals(underWay);
    }
    this.#plainVersion = RECORD_VERSION; // the first record was the initial ClientHello
  }

  *#sendData(underWay: Promise<void>[], data: Uint8Array): Script<void> {
    this.#output.memory.announce(data.length, this.#fragmentLength);
    for (const fragment of fragments(data, this.#fragmentLength)) {
      yield* this.#renewKeys(underWay);
      this.#seal(underWay, ContentType.application_data, fragment);
      yield* this.#awaitSeals(underWay);
    }
    this.#output.memory.end();
  }

  *#answerKeyUpdate(underWay: Promise<void>[]): Script<void> {
    yield* this.#sendKeyUpdate(underWay, false);
    this.#answerEnd = this.#output.pushed;
  }

  *#sendKeyUpdate(underWay: Promise<void>[], requestPeer: boolean): Script<void> {
    if (this.#secret === undefined) throw new TypeError("Cannot refresh traffic keys: there are none yet");
    const { crypto, suite, secret } = this.#secret;
    // "Until receiving a subsequent KeyUpdate from the peer, the sender MUST NOT send another KeyUpdate with
    // request_update set to "update_requested"." (RFC 9846 §4.7.3)
    const updateRequested = requestPeer && !this.#requestIsOpen;
    this.#requestIsOpen ||= updateRequested;
    this.#seal(underWay, ContentType.handshake, encodeKeyUpdate({ updateRequested }));
    yield* this.#setSecret({ crypto, suite, secret: yield* nextTrafficSecret(crypto, suite.hash, secret) });
  }

  /**
   * "Implementations MUST either close the connection or do a key update ... prior to reaching these limits."
   * (RFC 9846 §5.5)
   */
  *#renewKeys(underWay: Promise<void>[]): Script<void> {
    if (this.#sealer === undefined || this.#sealer.left > RESERVED_RECORDS) return;
    if (this.#secret !== undefined) yield* this.#sendKeyUpdate(underWay, false);
    if (this.#sealer.left <= RESERVED_RECORDS) {
      throw new TlsError(
        "key_exhausted",
        "Cannot send data: the cipher suite's keys may protect too few records",
      );
    }
  }

  *#setSecret(secret: TrafficSecret, isPadded = true): Script<void> {
    const keys = yield* trafficKeys(secret.crypto, secret.suite, secret.secret);
    if (this.#failure !== undefined) throw this.#failure.reason;
    this.listener?.changedKeys("sent");
    this.#secret = secret;
    this.#sealer = new RecordSealer(keys, {
      recordLimit: secret.suite.recordLimit,
      padding: isPadded ? this.padding : undefined,
      maxLength: this.#fragmentLength,
    });
  }

  // deno-lint-ignore require-yield -- a script of the lane
  *#setSealer(sealer: Sealer | undefined): Script<void> {
    if (sealer !== undefined) this.listener?.changedKeys("sent");
    this.#secret = undefined;
    this.#sealer = sealer;
  }

  /** Seals one fragment as a record. */
  #seal(underWay: Promise<void>[], type: ContentType, fragment: Uint8Array): void {
    // The writer may have failed, or been disposed of, while this script waited.
    this.#requireSound(type);
    if (this.#sealer === undefined && type === ContentType.application_data) {
      throw new TypeError("Cannot send data: there are no keys yet");
    }
    const isProtected = this.#sealer !== undefined && type !== ContentType.change_cipher_spec;
    this.listener?.sentRecord(type, fragment, isProtected);
    const record = this.#sealer === undefined || type === ContentType.change_cipher_spec
      // A copy: the caller may change the bytes as soon as this returns.
      ? { header: encodeHeader(type, this.#plainVersion, fragment.length), payload: fragment.slice() }
      : this.#sealer.seal(type, fragment, this.#output.memory);
    // One without protection may wait as well: for early data in front of it that is being sealed.
    const sealed = this.#output.push(record);
    if (sealed === undefined) return;
    sealed.catch((reason) => {
      this.#failure ??= { reason };
    });
    underWay.push(sealed);
  }

  /** Waits while too many seals are under way. */
  *#awaitSeals(underWay: Promise<void>[]): Script<void> {
    const oldest = underWay[underWay.length - MAX_RECORDS_SEALED_AT_ONCE];
    if (oldest !== undefined) yield* settle(oldest);
  }
}

async function allOf(promises: readonly Promise<void>[]): Promise<void> {
  await Promise.all(promises);
}
