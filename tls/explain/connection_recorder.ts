/**
 * The recorder of a connection: it keeps copies of what the machine tells, up to a limit, and judges nothing.
 *
 * Application data is counted and never kept. Secrets are kept only where the config has a key log of its own: who has
 * none did not ask to see them.
 *
 * @module
 */

import type { KeyLogEntry } from "../config/config_types.ts";
import type { ConnectionListener } from "../connection/connection_listener.ts";
import type { ClientContext } from "../handshake/client/context.ts";
import type { TlsConnectionFacts } from "../handshake/connection_facts.ts";
import type { ServerContext } from "../handshake/server/context.ts";
import { MAX_EXPLAINED_BYTES, MAX_EXPLAINED_ENTRIES } from "../limits.ts";
import type { RawRecord } from "../record/deframer.ts";
import type { Plaintext } from "../record/protection.ts";
import type { RecordDirection } from "../record/record_listener.ts";
import { ContentType } from "../wire/numbers.ts";
import type { ConnectionLog, LogEntry, LoggedConclusion, LoggedRecord } from "./connection_log.ts";
import { watchedClient, watchedServer } from "./watched_context.ts";

/** Bytes of the peer that are kept as they came, for a peer that does not speak TLS. */
const FIRST_BYTES = 64;

/** Records one connection. */
export class ConnectionRecorder implements ConnectionListener, ConnectionLog {
  readonly role: "client" | "server";
  readonly entries: LogEntry[] = [];
  firstBytes: Uint8Array = new Uint8Array(0);
  readonly omitted: { entries: number; bytes: number } = { entries: 0, bytes: 0 };
  client?: ClientContext;
  server?: ServerContext;
  readonly #keepsSecrets: boolean;
  readonly #start = performance.now();
  readonly #records = { sent: 0, received: 0 };
  #bytes = 0;
  /** Handshake messages of the peer that were read. */
  #messages = 0;

  /**
   * @param role The end that the connection is.
   * @param keepsSecrets Whether secrets are kept where the config has a key log.
   */
  constructor(role: "client" | "server", keepsSecrets: boolean) {
    this.role = role;
    this.#keepsSecrets = keepsSecrets;
  }

  receivedBytes(bytes: Uint8Array): void {
    if (this.firstBytes.length >= FIRST_BYTES) return;
    const more = bytes.subarray(0, FIRST_BYTES - this.firstBytes.length);
    const both = new Uint8Array(this.firstBytes.length + more.length);
    both.set(this.firstBytes);
    both.set(more, this.firstBytes.length);
    this.firstBytes = both;
  }

  beginsAsClient(context: ClientContext): ClientContext {
    this.client = context;
    return watchedClient(context, this);
  }

  beginsAsServer(context: ServerContext): ServerContext {
    this.server = context;
    return watchedServer(context, this);
  }

  receivedRecord({ payload }: RawRecord, plaintext: Plaintext | undefined, isProtected: boolean): void {
    const number = ++this.#records.received;
    if (plaintext === undefined) {
      this.#add({ type: "skipped", number, bytes: payload.length, at: this.#now() }, payload.length);
    } else {
      this.#addRecord("received", number, plaintext.type, plaintext.content, isProtected);
    }
  }

  sentRecord(type: ContentType, fragment: Uint8Array, isProtected: boolean): void {
    this.#addRecord("sent", ++this.#records.sent, type, fragment, isProtected);
  }

  readsMessage(): void {
    this.#messages++;
  }

  changedKeys(direction: RecordDirection): void {
    this.#add({ type: "keys", direction, at: this.#now() });
  }

  /** A secret was derived. @param isLogged Whether the config has a key log. */
  derivedSecret({ label, secret }: KeyLogEntry, isLogged: boolean): void {
    const isShown = isLogged && this.#keepsSecrets;
    this.#add({ type: "secret", label, ...(isShown && { secret: secret.slice() }), at: this.#now() });
  }

  innerHello(direction: RecordDirection, message: Uint8Array): void {
    const about = direction === "sent" ? "sent_inner_hello" : "received_inner_hello";
    this.concluded({ about, message: message.slice() });
  }

  /** The handshake drew a conclusion. */
  concluded(conclusion: LoggedConclusion): void {
    const { length } = messageIn(conclusion);
    if (this.#isFull(length)) return this.#omit(length);
    this.#bytes += length;
    this.#add({ type: "conclusion", ...conclusion, at: this.#now() });
  }

  established(facts: TlsConnectionFacts): void {
    this.#addAlways({ type: "established", facts, at: this.#now() });
  }

  failed(reason: unknown): void {
    // The failure of the machine is the first; a driver that gives up afterwards has nothing to add.
    if (this.entries.some(({ type }) => type === "failed")) return;
    this.#addAlways({ type: "failed", reason, messages: this.#messages, at: this.#now() });
  }

  #addRecord(
    direction: RecordDirection,
    number: number,
    contentType: ContentType,
    content: Uint8Array,
    isProtected: boolean,
  ): void {
    const record = { type: "record", direction, number, contentType, isProtected } as const;
    if (contentType === ContentType.application_data) {
      const last = this.entries.at(-1);
      if (last?.type === "record" && isContinued(last, direction)) {
        last.records++;
        last.bytes += content.length;
      } else {
        this.#add({ ...record, records: 1, bytes: content.length, at: this.#now() });
      }
      return;
    }
    if (this.#isFull(content.length)) this.#omit(content.length);
    else {
      this.#bytes += content.length;
      const bytes = content.length;
      this.#add({ ...record, content: content.slice(), records: 1, bytes, at: this.#now() });
    }
  }

  #add(entry: LogEntry, bytes = 0): void {
    if (this.#isFull(0)) this.#omit(bytes);
    else this.entries.push(entry);
  }

  /** An entry that comes once, and is what the log is read for. */
  #addAlways(entry: LogEntry): void {
    this.entries.push(entry);
  }

  #isFull(bytes: number): boolean {
    return this.omitted.entries > 0 || this.entries.length >= MAX_EXPLAINED_ENTRIES ||
      this.#bytes + bytes > MAX_EXPLAINED_BYTES;
  }

  #omit(bytes: number): void {
    this.omitted.entries++;
    this.omitted.bytes += bytes;
  }

  #now(): number {
    return performance.now() - this.#start;
  }
}

/** The message inside another one that a conclusion keeps; empty: none. */
function messageIn(conclusion: LoggedConclusion): Uint8Array {
  if ("message" in conclusion) return conclusion.message;
  return "certificate" in conclusion ? conclusion.certificate : NO_MESSAGE;
}

const NO_MESSAGE = new Uint8Array(0);

/** Whether data of that direction goes on in this entry. */
function isContinued(last: LoggedRecord, direction: RecordDirection): boolean {
  return last.contentType === ContentType.application_data && last.direction === direction;
}
