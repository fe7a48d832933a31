/**
 * A TLS connection as a machine: bytes and data go in, records and events come out.
 *
 * It has no socket and no clock. The owner of the transport feeds received bytes ({@linkcode Connection.receive}), asks
 * for events ({@linkcode Connection.next}) and writes the output ({@linkcode Connection.output}).
 *
 * Reading is one script: the handshake, then everything that the peer sends. Writing is the other half, and does not
 * wait for it: data can be sent while `next()` is pending. An alert or the answer to a KeyUpdate, which reading makes
 * necessary, joins the output in its turn.
 *
 * With a provider that answers at once, nothing here is asynchronous but the loading of code, once in a process: the
 * server's handshake, TLS 1.2, ECH.
 *
 * @module
 */

import type { ConnectionListener } from "./connection_listener.ts";
import { withHint } from "./with_hint.ts";
import type { ConnectionScripts, ConnectionSettings, TlsEvent } from "./connection_types.ts";
import { type ExtractedSecrets, extractSecrets } from "./extract_secrets.ts";
import { alertFor, TlsError } from "../error/tls_error.ts";
import type { TlsConnectionFacts } from "../handshake/connection_facts.ts";
import type { HandshakeResult } from "../handshake/handshake_result.ts";
import { MAX_KEY_UPDATES_WITHOUT_DATA } from "../limits.ts";
import { Channel, type ReceivedMessage } from "../record/channel.ts";
import { RecordReader } from "../record/reader.ts";
import { RecordWriter } from "../record/writer.ts";
import type { Machine } from "../../io/machine.ts";
import { plainBytes } from "../../io/plain_bytes.ts";
import { type Eventual, run, type Script, ScriptRunner, settle } from "../../io/script.ts";
import { AlertLevel } from "../wire/alert.ts";
import type { KeyUpdate } from "../wire/messages.ts";

/**
 * Base of {@linkcode ClientConnection} and {@linkcode ServerConnection}: a TLS connection without I/O.
 *
 * - **Feeding**: `receive` bytes, then call `next` until it returns `undefined`, then write the `output`.
 * - **Failing**: `next` throws the same error at every call; the output then has the alert for the peer.
 * - **Back-pressure**: while `wantsRead` is `false` there are events to ask for, and nothing need be read.
 *
 * @example Moving a connection on
 * ```ts
 * import { ClientConfig, ClientConnection, type Connection, nodeCrypto, type TlsEvent } from "@ductile/ductile/tls";
 * import { assertEquals } from "@std/assert";
 *
 * async function advance(connection: Connection, write: (bytes: Uint8Array) => Promise<void>): Promise<TlsEvent[]> {
 *   const events: TlsEvent[] = [];
 *   let event: TlsEvent | undefined;
 *   while ((event = await connection.next()) !== undefined) events.push(event);
 *   let bytes: Uint8Array | undefined;
 *   while ((bytes = connection.output()) !== undefined) await write(bytes);
 *   return events;
 * }
 *
 * const config = new ClientConfig({ verifier: () => {}, crypto: nodeCrypto() });
 * const connection = new ClientConnection(config, "example.com");
 * const written: Uint8Array[] = [];
 * const events = await advance(connection, async (bytes) => void written.push(bytes));
 * assertEquals([events, written.length, connection.wantsRead], [[], 1, true]);
 * ```
 */
export abstract class Connection implements Machine<TlsEvent> {
  readonly #isClient: boolean;
  readonly #scripts: ConnectionScripts;
  readonly #reader = new RecordReader();
  readonly #writer: RecordWriter;
  readonly #channel: Channel;
  readonly #script: Script<void, TlsEvent>;
  readonly #runner: ScriptRunner<TlsEvent>;
  #listener: ConnectionListener | undefined;
  /** Whether {@linkcode next} was ever called. */
  #hasBegun = false;
  #result: HandshakeResult | undefined;
  /** Boxed, because anything can be thrown. */
  #failure: { readonly reason: unknown } | undefined;
  #closed = false;
  /** Whether the last call of `next()` needs more bytes than were received. */
  #isHungry = true;
  #keyUpdatesWithoutData = 0;
  #enableSecretExtraction = false;

  /**
   * Begins a connection.
   *
   * @param role The end that it is.
   * @param scripts The handshake of this end, and its messages after it.
   * @param settings The settings. Default: none; {@linkcode configure} is called before keys are made.
   */
  protected constructor(
    role: "client" | "server",
    scripts: ConnectionScripts,
    settings?: ConnectionSettings,
  ) {
    this.#isClient = role === "client";
    this.#scripts = scripts;
    this.#writer = new RecordWriter(this.#isClient);
    this.#channel = new Channel(this.#reader, this.#writer, this.#isClient);
    this.#script = this.#receiveAll();
    this.#runner = new ScriptRunner(this.#script);
    if (settings !== undefined) this.configure(settings);
  }

  /**
   * Sets up a connection that was begun without settings.
   *
   * @internal
   */
  protected configure(settings: ConnectionSettings): void {
    this.#channel.crypto = settings.crypto;
    this.#writer.padding = settings.padding;
    this.#enableSecretExtraction = settings.enableSecretExtraction === true;
    if (settings.maxFragmentSize !== undefined) this.#writer.maxFragmentSize = settings.maxFragmentSize;
  }

  /**
   * Lets a listener follow the connection, from its first byte on.
   *
   * @throws {TypeError} when there is one already, and after the first call of {@linkcode next}.
   * @internal
   */
  listen(listener: ConnectionListener): void {
    if (this.#hasBegun) throw new TypeError("Cannot explain the connection: it has begun");
    if (this.#listener !== undefined) {
      throw new TypeError("Cannot explain the connection: it is explained already");
    }
    this.#listener =
      this.#channel.listener =
      this.#reader.listener =
      this.#writer.listener =
        listener;
  }

  /**
   * Takes bytes from the peer.
   *
   * They are kept as views until a call of {@linkcode next} that began after this one returns `undefined`; their memory
   * must not change before.
   */
  receive(bytes: Uint8Array): void {
    if (this.#closed || this.#failure !== undefined || bytes.length === 0) return;
    this.#isHungry = false;
    this.#listener?.receivedBytes(bytes);
    this.#reader.receive(plainBytes(bytes));
  }

  /** Takes note that the peer sends no more bytes: the transport is at its end. */
  receiveEnd(): void {
    this.#isHungry = false;
    this.#reader.receiveEnd();
  }

  /**
   * The next event, or `undefined` when there is none until more bytes are received; after {@linkcode closed} there are
   * none any more.
   *
   * @throws {TlsError} why the connection has failed: the same error at every call. The alert for the peer is in the
   * output by then.
   * @throws {TypeError} when the last call is still pending.
   */
  next(): Eventual<TlsEvent | undefined> {
    if (this.#failure !== undefined) throw this.#failure.reason;
    this.#hasBegun = true;
    this.#isHungry = true; // unless bytes are received during the step
    const event = this.#runner.next();
    return event instanceof Promise ? event.then((value) => this.#afterStep(value)) : this.#afterStep(event);
  }

  /**
   * Sends application data.
   *
   * @returns Resolves when all of it is in the output; until then `data` must not be changed.
   * @throws {TlsError} `handshake_incomplete` before the handshake is done, `write_after_shutdown` after
   * {@linkcode sendCloseNotify}, and the error of a connection that has failed.
   */
  send(data: Uint8Array): Eventual<void> {
    if (!(data instanceof Uint8Array)) throw new TypeError("Cannot send data: it is not a Uint8Array");
    this.#requireWritable("send data");
    return this.#writer.sendData(data);
  }

  /**
   * Sends close_notify, once: this end sends no more data, and can still read the peer's. A connection that has failed
   * sends nothing.
   */
  sendCloseNotify(): Eventual<void> {
    // After a failure the peer is gone, or was sent an alert.
    if (this.#failure !== undefined && !isEndOfReading(this.#failure.reason)) return;
    return this.#writer.sendAlert(AlertLevel.warning, "close_notify");
  }

  /**
   * Changes the keys of what is sent (RFC 9846 §4.7.3).
   *
   * @param requestPeer Whether the peer is asked to change its own keys; a request that is still open is not repeated.
   * Default: true.
   * @throws {TlsError} as {@linkcode send} does.
   * @throws {TypeError} in TLS 1.2, which cannot change keys; the connection goes on with those that it has.
   */
  refreshTrafficKeys(requestPeer = true): Eventual<void> {
    this.#requireWritable("refresh traffic keys");
    return this.#writer.sendKeyUpdate(requestPeer);
  }

  /** The next bytes to write, in fresh memory, about 128 KiB at most; `undefined` when there are none. */
  output(): Uint8Array | undefined {
    return this.#writer.output();
  }

  /** Bytes that {@linkcode output} has in all. */
  get outputLength(): number {
    return this.#writer.outputLength;
  }

  /** Whether {@linkcode output} has bytes. */
  get wantsWrite(): boolean {
    return this.#writer.outputLength > 0;
  }

  /** Whether more bytes from the peer would bring the machine further: not while there are events to ask for. */
  get wantsRead(): boolean {
    return this.#isHungry && !this.#closed && this.#failure === undefined;
  }

  /** Whether the handshake is not done yet. */
  get isHandshaking(): boolean {
    return this.#result === undefined;
  }

  /** Whether the peer has sent its close_notify; all bytes after it are ignored. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether this end has sent its close_notify, or the alert of a failure. */
  get alertSent(): boolean {
    return this.#writer.isClosed;
  }

  /** What was agreed on, and who the peer is; `undefined` before the handshake is done. */
  get facts(): TlsConnectionFacts | undefined {
    return this.#result?.facts;
  }

  /**
   * Derives a secret that both ends of this connection can compute and an observer cannot (RFC 9846 §7.5, RFC 5705 §4).
   * In TLS 1.2 without the extended main secret (RFC 7627) an attacker can make two connections that share it: set
   * `requireExtendedMainSecret` where it authenticates something.
   *
   * @param length In bytes, at least 1.
   * @param label The use of the secret, from the registry of exporter labels.
   * @param context Sets this use apart from others. Default: none, which in TLS 1.3 is the same as an empty one.
   * @throws {TlsError} `handshake_incomplete`
   * @throws {RangeError} when there cannot be that many bytes, or the label is too long.
   */
  exportKeyingMaterial(length: number, label: string, context?: Uint8Array): Eventual<Uint8Array> {
    const result = this.#requireResult("export keying material");
    return run(result.exportKeyingMaterial(label, context, length));
  }

  /**
   * Gives the record keys away, to another implementation that goes on with the connection, such as a kernel's. This one
   * is finished by it: it sends and reads no more. In TLS 1.3 tickets and KeyUpdates of the peer are the other's to read.
   *
   * @example From a stream
   * ```ts
   * import type { Duplex, ExtractedSecrets, TlsStream } from "@ductile/ductile/tls";
   *
   * async function handOver(stream: TlsStream): Promise<{ io: Duplex; secrets: ExtractedSecrets }> {
   *   await stream.flush();
   *   const { io, connection, leftover } = stream.intoInner();
   *   if (leftover.length > 0) throw new Error("read the data first");
   *   return { io, secrets: await connection.dangerousExtractSecrets() };
   * }
   * ```
   *
   * @returns The keys and sequence numbers of both directions.
   * @throws {TypeError} without `enableSecretExtraction` in the config; while there is output to write, or bytes of the
   * peer to ask for, which would be lost; after close_notify in either direction.
   * @throws {TlsError} `handshake_incomplete`, and the error of a connection that has failed.
   */
  dangerousExtractSecrets(): Eventual<ExtractedSecrets> {
    const refuse = (reason: string) => new TypeError(`Cannot extract secrets: ${reason}`);
    if (!this.#enableSecretExtraction) throw refuse('the config does not say "enableSecretExtraction"');
    const result = this.#requireResult("extract secrets");
    if (this.#failure !== undefined) throw this.#failure.reason;
    if (this.#closed || this.#writer.isClosed) throw refuse("close_notify was sent or received");
    const [sent, received] = [this.#writer.protection, this.#channel.protection];
    if (sent === undefined) throw refuse("there is output to write");
    if (received === undefined || this.#runner.isWaiting) throw refuse("there are events to ask for");
    const secrets = run(extractSecrets(result, this.#isClient, sent, received));
    this.#failure = { reason: new TypeError("Cannot use the connection: its secrets were extracted") };
    this.dispose();
    return secrets;
  }

  /**
   * Tells the listener why the driver gives up, where the machine has not failed itself.
   *
   * @internal
   */
  tellFailure(reason: unknown): void {
    this.#listener?.failed(reason);
  }

  /** Abandons the connection: forgets its keys and all that was not read or written, and sends nothing. */
  dispose(): void {
    this.#failure ??= { reason: new TypeError("Cannot use the connection: it was disposed of") };
    this.#writer.dispose();
    try {
      this.#script.return();
    } catch {
      // A function that the script calls disposes of the connection: the script ends at its next step.
    }
  }

  /** Reads the whole connection, from the first byte to close_notify. */
  *#receiveAll(): Script<void, TlsEvent> {
    try {
      this.#result = yield* this.#scripts.handshake(this.#channel, this.#listener);
      this.#listener?.established(this.#result.facts);
      this.#channel.finish();
      yield { type: "established" };
      yield* this.#receiveContents(this.#result);
    } catch (error) {
      const reason = withHint(error, this.#result?.failureHint?.());
      this.#failure = { reason };
      this.#listener?.failed(reason);
      yield* this.#sendAlertFor(reason);
      throw reason;
    }
  }

  *#receiveContents(result: HandshakeResult): Script<void, TlsEvent> {
    while (true) {
      const content = yield* this.#channel.next();
      switch (content.type) {
        case "data":
          this.#keyUpdatesWithoutData = 0;
          yield content;
          break;
        case "message": {
          const event = yield* this.#receiveMessage(content, result);
          if (event !== undefined) yield event;
          break;
        }
        case "close_notify":
          // "Any data received after a closure alert has been received MUST be ignored." (RFC 9846 §6.1)
          this.#closed = true;
          yield { type: "connection_closed" };
          return;
        case "end":
          throw new TlsError(
            "unexpected_eof",
            "Cannot read on: the peer closed the connection without close_notify",
            {
              hint: "The data may be truncated: a third party on the network can close the connection, too.",
            },
          );
      }
    }
  }

  *#receiveMessage(
    { message, raw }: ReceivedMessage,
    result: HandshakeResult,
  ): Script<TlsEvent | undefined> {
    if (result.receiveMessage !== undefined) return yield* result.receiveMessage(message);
    if (message.type === "key_update") return yield* this.#receiveKeyUpdate(message);
    if (this.#scripts.receiveMessage !== undefined) {
      return yield* this.#scripts.receiveMessage(message, raw, result);
    }
    throw new TlsError("unexpected_message", `Cannot accept ${message.type}: the handshake is done`);
  }

  /** Changes the keys of what is read, and answers where the peer asks for an answer (RFC 9846 §4.7.3). */
  *#receiveKeyUpdate(message: KeyUpdate): Script<TlsEvent> {
    if (++this.#keyUpdatesWithoutData > MAX_KEY_UPDATES_WITHOUT_DATA) {
      throw new TlsError(
        "too_many_key_updates",
        `Cannot read on: ${this.#keyUpdatesWithoutData} KeyUpdates came without data between them`,
      );
    }
    yield* this.#channel.receiveKeyUpdate(message);
    return { type: "key_update" };
  }

  *#sendAlertFor(reason: unknown): Script<void> {
    const alert = alertFor(reason);
    // A client that fails before its first message sends no alert.
    if (alert === undefined || (this.#isClient && !this.#writer.hasBegun)) return;
    try {
      yield* settle(this.#writer.sendAlert(AlertLevel.fatal, this.#channel.alertFor(alert)));
    } catch {
      // The first error is the one reported; ignore a failure to send the alert.
    }
  }

  /** The result of `next()`, after the script has made a step. */
  #afterStep(event: TlsEvent | undefined): Eventual<TlsEvent | undefined> {
    if (event !== undefined) {
      this.#isHungry = false;
      return event;
    }
    // Bytes were received while the step was pending; the script has not read them yet.
    if (!this.#isHungry && !this.#closed && this.#failure === undefined) return this.next();
    this.#reader.detach();
    return undefined;
  }

  /**
   * The failure of the connection, whose reason can be anything; `undefined`: it has not failed.
   *
   * @internal
   */
  protected get failure(): { readonly reason: unknown } | undefined {
    return this.#failure;
  }

  #requireWritable(action: string): void {
    if (!this.#channel.maySendData) this.#requireResult(action);
    if (this.#writer.isClosed && this.#failure === undefined) {
      throw new TlsError("write_after_shutdown", `Cannot ${action}: close_notify was sent`);
    }
    if (this.#failure !== undefined && !isEndOfReading(this.#failure.reason)) throw this.#failure.reason;
  }

  #requireResult(action: string): HandshakeResult {
    if (this.#result === undefined) {
      if (this.#failure !== undefined) throw this.#failure.reason;
      throw new TlsError("handshake_incomplete", `Cannot ${action}: the handshake is not done`);
    }
    return this.#result;
  }
}

/** Whether only the peer's half has ended: data of this end may still arrive. */
function isEndOfReading(reason: unknown): boolean {
  return reason instanceof TlsError && reason.code === "unexpected_eof";
}
