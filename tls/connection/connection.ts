/**
 * A TLS connection as a machine: bytes and data go in, records and events come out.
 *
 * It has no socket and no clock. Whoever owns the transport feeds what arrives ({@linkcode Connection.receive}),
 * asks for events ({@linkcode Connection.next}) and writes what is to be written ({@linkcode Connection.output}).
 *
 * Reading is one script: the handshake, then whatever the peer sends. Writing is the other half, and does not
 * wait for it: data can be sent while `next()` is pending. What reading makes necessary to send (an alert, the
 * answer to a KeyUpdate) joins the output in its turn.
 *
 * With a provider that answers at once, nothing here is asynchronous.
 *
 * @module
 */

import type { ConnectionScripts, ConnectionSettings, TlsEvent } from "./connection_types.ts";
import { alertFor, TlsError } from "../error/tls_error.ts";
import { Channel, type ReceivedMessage } from "../record/channel.ts";
import type { TlsConnectionFacts } from "../handshake/connection_facts.ts";
import type { HandshakeResult } from "../handshake/handshake_result.ts";
import { RecordReader } from "../record/reader.ts";
import { RecordWriter } from "../record/writer.ts";
import { exportKeyingMaterial } from "../schedule/exporter.ts";
import { type Eventual, run, type Script, ScriptRunner, settle } from "../../io/script.ts";
import { MAX_MESSAGES_WITHOUT_DATA } from "../limits.ts";
import { AlertLevel } from "../wire/alert.ts";

const NO_CONTEXT = new Uint8Array(0);

/**
 * What {@linkcode ClientConnection} and {@linkcode ServerConnection} have in common.
 *
 * - **Feeding**: `receive` bytes, then ask for `next` until it gives `undefined`, then write the `output`.
 * - **Failing**: what `next` throws it throws for ever; the output then has the alert that tells the peer.
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
export abstract class Connection {
  readonly #isClient: boolean;
  readonly #scripts: ConnectionScripts;
  readonly #reader = new RecordReader();
  readonly #writer: RecordWriter;
  readonly #channel: Channel;
  readonly #script: Script<void, TlsEvent>;
  readonly #runner: ScriptRunner<TlsEvent>;
  #settings: ConnectionSettings | undefined;
  #result: HandshakeResult | undefined;
  /** Boxed, because anything can be thrown. */
  #failure: { readonly reason: unknown } | undefined;
  #closed = false;
  /** Whether the last call of `next()` asked for more than was fed. */
  #isHungry = true;
  #messagesWithoutData = 0;

  /**
   * Begins a connection.
   *
   * @param role Which end it is.
   * @param scripts What this end says and hears.
   * @param settings Default: {@linkcode configure} is called before keys are made.
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
   * Sets a connection up that was begun without settings.
   *
   * @internal
   */
  protected configure(settings: ConnectionSettings): void {
    this.#settings = settings;
    this.#channel.crypto = settings.crypto;
    if (settings.maxFragmentSize !== undefined) this.#writer.maxFragmentSize = settings.maxFragmentSize;
  }

  /**
   * Feeds bytes from the peer.
   *
   * They are kept as views until a call of {@linkcode next} that began after this one gives `undefined`; do not
   * reuse their memory before.
   */
  receive(bytes: Uint8Array): void {
    if (this.#closed || this.#failure !== undefined || bytes.length === 0) return;
    this.#isHungry = false;
    this.#reader.receive(bytes);
  }

  /** The peer sends no more bytes: the transport is at its end. */
  receiveEnd(): void {
    this.#isHungry = false;
    this.#reader.receiveEnd();
  }

  /**
   * The next event; `undefined`: there is none until more is fed, or ever, when {@linkcode closed}.
   *
   * @throws {TlsError} why the connection has failed: the same error at every call. An alert that tells the peer is
   * in the output by then.
   * @throws {TypeError} when the last call is still pending.
   */
  next(): Eventual<TlsEvent | undefined> {
    if (this.#failure !== undefined) throw this.#failure.reason;
    this.#isHungry = true; // unless it is fed while it works
    const event = this.#runner.next();
    return event instanceof Promise ? event.then((settled) => this.#given(settled)) : this.#given(event);
  }

  /**
   * Sends data of the application.
   *
   * @returns Settles when all of it is in the output; until then `data` must not be changed.
   * @throws {TlsError} `handshake_incomplete` before the handshake is over, `write_after_shutdown` after
   * {@linkcode sendCloseNotify}, and why the connection has failed, if it has.
   */
  send(data: Uint8Array): Eventual<void> {
    if (!(data instanceof Uint8Array)) throw new TypeError("Cannot send data: it is not a Uint8Array");
    this.#requireWritable("send data");
    return this.#writer.sendData(data);
  }

  /**
   * Tells the peer that nothing more is sent, once; its own data can still be read. A connection that has failed
   * says nothing any more.
   */
  sendCloseNotify(): Eventual<void> {
    // After a failure there is nobody to tell; where one was to be told, an alert has done so.
    if (this.#failure !== undefined && !isEndOfReading(this.#failure.reason)) return;
    return this.#writer.sendAlert(AlertLevel.warning, "close_notify");
  }

  /**
   * Changes the keys of what is sent (RFC 9846 §4.7.3).
   *
   * @param requestPeer Whether the peer is asked to change its own; default: it is, unless it was asked before and
   * has not done so yet.
   * @throws {TlsError} as {@linkcode send} does.
   */
  updateKeys(requestPeer = true): Eventual<void> {
    this.#requireWritable("update keys");
    return this.#writer.sendKeyUpdate(requestPeer);
  }

  /** Bytes to write, in fresh memory, at most some 128 KiB of them; `undefined`: there are none for now. */
  output(): Uint8Array | undefined {
    return this.#writer.output();
  }

  /** How many bytes {@linkcode output} has. */
  get outputLength(): number {
    return this.#writer.outputLength;
  }

  /** Whether {@linkcode output} has bytes. */
  get wantsWrite(): boolean {
    return this.#writer.outputLength > 0;
  }

  /** Whether bytes of the peer are what it takes to go on: not while events are still to be asked for. */
  get wantsRead(): boolean {
    return this.#isHungry && !this.#closed && this.#failure === undefined;
  }

  /** Whether the handshake is not over yet. */
  get isHandshaking(): boolean {
    return this.#result === undefined;
  }

  /** Whether the peer has said that it sends no more; whatever comes after is ignored. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether this end has sent its close_notify, or the alert that goes with a failure. */
  get alertSent(): boolean {
    return this.#writer.isClosed;
  }

  /** What was agreed on, and who the peer is; `undefined` before the handshake is done. */
  get facts(): TlsConnectionFacts | undefined {
    return this.#result?.facts;
  }

  /**
   * A secret that both ends can compute and nobody else (RFC 9846 §7.5).
   *
   * @param length Bytes, at least 1.
   * @param label What it is for, from the registry of exporter labels.
   * @param context What sets this use apart from others; default: nothing, which is the same as an empty one.
   * @throws {TlsError} `handshake_incomplete`
   * @throws {RangeError} when there cannot be that many bytes, or the label is too long.
   */
  exportKeyingMaterial(
    length: number,
    label: string,
    context: Uint8Array = NO_CONTEXT,
  ): Eventual<Uint8Array> {
    const { suite, secrets } = this.#requireResult("export keying material");
    const { crypto } = this.#requireSettings();
    return run(exportKeyingMaterial(crypto, suite.hash, secrets.exporter, label, context, length));
  }

  /** Gives up on the connection: keys and all that was not read or written are forgotten, and nothing is sent. */
  dispose(): void {
    this.#failure ??= { reason: new TypeError("Cannot use the connection: it was disposed of") };
    this.#writer.dispose();
    try {
      this.#script.return();
    } catch {
      // Somebody whom the script calls disposes of it: it cannot be ended now, and ends at its next step.
    }
  }

  /** Everything that is read, from the first byte to close_notify. */
  *#receiveAll(): Script<void, TlsEvent> {
    try {
      this.#result = yield* this.#scripts.handshake(this.#channel);
      this.#channel.finish();
      yield { type: "established" };
      yield* this.#receiveContents(this.#result);
    } catch (reason) {
      this.#failure = { reason };
      yield* this.#sendAlertFor(reason);
      throw reason;
    }
  }

  *#receiveContents(result: HandshakeResult): Script<void, TlsEvent> {
    while (true) {
      const content = yield* this.#channel.next();
      switch (content.type) {
        case "data":
          this.#messagesWithoutData = 0;
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
          yield content;
          return;
        case "end":
          throw new TlsError(
            "unexpected_eof",
            "Cannot read on: the peer closed the connection without close_notify",
            {
              hint: "The data may be cut short: somebody in between may have closed the connection.",
            },
          );
      }
    }
  }

  *#receiveMessage(
    { message, raw }: ReceivedMessage,
    result: HandshakeResult,
  ): Script<TlsEvent | undefined> {
    if (++this.#messagesWithoutData > MAX_MESSAGES_WITHOUT_DATA) {
      throw new TlsError(
        "too_many_key_updates",
        `Cannot go on reading: ${this.#messagesWithoutData} messages came without data between them`,
      );
    }
    if (message.type === "key_update") {
      yield* this.#channel.receiveKeyUpdate(message);
      return { type: "key_update" };
    }
    if (this.#scripts.receiveMessage !== undefined) {
      return yield* this.#scripts.receiveMessage(message, raw, result);
    }
    throw new TlsError("unexpected_message", `Cannot accept ${message.type}: the handshake is over`);
  }

  *#sendAlertFor(reason: unknown): Script<void> {
    const alert = alertFor(reason);
    // A client that fails before its first word says nothing.
    if (alert === undefined || (this.#isClient && !this.#writer.hasBegun)) return;
    try {
      yield* settle(this.#writer.sendAlert(AlertLevel.fatal, alert));
    } catch {
      // The connection ends with its first failure; that the peer cannot be told of it is no news.
    }
  }

  /** What `next()` gives, once the script has come to its next stop. */
  #given(event: TlsEvent | undefined): Eventual<TlsEvent | undefined> {
    if (event !== undefined) {
      this.#isHungry = false;
      return event;
    }
    // It was fed between its asking for more and now: it has not looked at that yet.
    if (!this.#isHungry && !this.#closed && this.#failure === undefined) return this.next();
    this.#reader.detach();
    return undefined;
  }

  #requireWritable(action: string): void {
    this.#requireResult(action);
    if (this.#writer.isClosed && this.#failure === undefined) {
      throw new TlsError("write_after_shutdown", `Cannot ${action}: close_notify was sent`);
    }
    if (this.#failure !== undefined && !isEndOfReading(this.#failure.reason)) throw this.#failure.reason;
  }

  #requireResult(action: string): HandshakeResult {
    if (this.#result === undefined) {
      if (this.#failure !== undefined) throw this.#failure.reason;
      throw new TlsError("handshake_incomplete", `Cannot ${action}: the handshake is not over`);
    }
    return this.#result;
  }

  #requireSettings(): ConnectionSettings {
    if (this.#settings === undefined) {
      throw new TypeError("Cannot derive keys: the connection is not configured");
    }
    return this.#settings;
  }
}

/** Whether only the peer's half is over: what is sent may still arrive. */
function isEndOfReading(reason: unknown): boolean {
  return reason instanceof TlsError && reason.code === "unexpected_eof";
}
