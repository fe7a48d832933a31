/**
 * The driver of a server's connection that speaks HTTP/1.1: one exchange after another over one duplex.
 *
 * The reading half is a loop of callbacks: read, deliver the events, read again. It goes on while a handler runs, up to
 * a limit, so that a client that leaves is noticed; what was read ahead belongs to the next request. The writing half is
 * {@linkcode MessageSender}. An exchange is over when its response was written and its content has ended: then the next
 * request is taken, which may have been received long before.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { closeQuietly, type Duplex } from "../../io/duplex.ts";
import { clearTimeout, setTimeout } from "../../io/timers.ts";
import { Http1Connection, Http1Error, type RequestEvent } from "../../http1/mod.ts";
import { MessageSender } from "../../http1/driver/message_sender.ts";
import { ReadMemory } from "../../http1/driver/read_memory.ts";
import { Exchange, type ExchangeListener } from "../exchange/exchange.ts";
import type { PreparedResponse } from "../exchange/prepared_response.ts";
import { RequestUrls } from "../exchange/request_url.ts";
import { dateField } from "../exchange/response_fields.ts";
import { MAX_FIRST_CONTENT_BYTES, MAX_LINGER_BYTES, MAX_LINGER_MS, MAX_READ_AHEAD_BYTES } from "../limits.ts";
import type { Upgrade } from "../exchange/upgrade.ts";
import type { Service } from "../exchange/service.ts";
import type { Watched } from "../watch.ts";
import { clientLeft, serverClosed, tooSlow } from "./closed_error.ts";
import type { ConnectionDriver } from "./connection_driver.ts";
import { LeftHandlers } from "../exchange/left_handlers.ts";
import { Http1Content } from "./http1_content.ts";
import { ExchangePaces } from "./pace.ts";
import { type PendingRead, SwitchedConnection } from "./switched_connection.ts";
import { checkHead } from "./http1_request.ts";
import { reasonPhrase } from "./reason_phrases.ts";
import { authorityOf, type ServeConnection } from "../exchange/serve_connection_info.ts";

/** Serves the requests on one connection. */
export class Http1Server implements ConnectionDriver, ExchangeListener, Watched {
  /** The deadline of what the connection waits for; 0 during an exchange, whose paces are looked at each time. */
  due: number;
  /** The handler that runs on although its client has left. */
  readonly leftHandlers: LeftHandlers = new LeftHandlers();
  readonly #io: Duplex;
  readonly #service: Service;
  readonly #connection: ServeConnection;
  readonly #onClosed: () => void;
  readonly #machine: Http1Connection;
  readonly #memory = new ReadMemory(false);
  readonly #sender: MessageSender;
  readonly #urls: RequestUrls;
  #exchange: Exchange | undefined;
  /** The content of the request while it arrives. */
  #content: Http1Content | undefined;
  /** Whether the client waits for a 100 (Continue). */
  #expectsContinue = false;
  /** Whether the response is in the machine, or its source with the sender. */
  #isResponding = false;
  #state: "open" | "lingering" | "switched" | "closed" = "open";
  /** The switch of protocols whose response is being written, and then the one that took place. */
  #upgrade: Upgrade | undefined;
  #pendingRead: PendingRead | undefined;
  #isShuttingDown = false;
  #isReading = false;
  #into: Uint8Array;
  /** Whether the deadline is that of a head, which further bytes do not move. */
  #isHeadDue = true;
  #paces: ExchangePaces | undefined;
  #writes = 0;
  #requests = 0;
  /** Whether the client sends no more. */
  #isEnded = false;
  #leaving: ReturnType<typeof setTimeout> | undefined;
  #lingered = 0;
  #linger: ReturnType<typeof setTimeout> | undefined;

  /**
   * Takes over a connection on which nothing was sent.
   *
   * @param io The connection. Only the driver uses it from now on.
   * @param service The handler, and how clients are treated.
   * @param connection The facts of the connection.
   * @param onClosed Called once, when the connection is closed.
   */
  constructor(io: Duplex, service: Service, connection: ServeConnection, onClosed: () => void) {
    this.#io = io;
    this.#service = service;
    this.#connection = connection;
    this.#onClosed = onClosed;
    this.#machine = new Http1Connection("server", service.http1);
    this.#into = this.#memory.head;
    this.#urls = new RequestUrls(connection.tls === undefined ? "http" : "https", authorityOf(connection));
    this.#sender = new MessageSender(this.#machine, io, {
      onWriting: () => this.#onWriting(),
      onFlushed: () => this.#onFlushed(),
      onWriteFailed: (cause) => this.#shut(clientLeft(cause)),
      onUploadFailed: (cause) => this.#onSourceFailed(cause),
      onTransportFailed: (cause) => this.#shut(clientLeft(cause)),
    });
    this.due = service.watch.after(service.timeouts.headers);
    service.watch.add(this);
  }

  /**
   * Begins to serve.
   *
   * @param first The bytes that were read before.
   */
  start(first: Uint8Array): void {
    if (first.length > 0) this.#receive(first, this.#memory.head);
    this.#read();
  }

  shutDown(): void {
    if (this.#state === "switched") return this.#upgrade?.onShutdown?.();
    if (this.#isShuttingDown || this.#state !== "open") return;
    this.#isShuttingDown = true;
    if (this.#exchange === undefined) this.#shut(serverClosed());
    else this.#machine.refuseKeepAlive();
  }

  close(reason: unknown): void {
    this.#shut(reason);
  }

  /** Called when the client has taken too long. */
  onDue(): void {
    if (this.#state === "lingering") return this.#shut(tooSlow("to take the response"));
    if (this.#exchange !== undefined) return this.#lookAt(this.#exchange);
    this.due = Infinity;
    // Where nothing was asked nothing is answered: a client would take it for the response to its next request.
    if (this.#machine.pendingInput === 0) this.#shut(tooSlow("to send a request"));
    else this.#refuse(408, []);
  }

  #lookAt(exchange: Exchange): void {
    const content = this.#content;
    this.#paces ??= new ExchangePaces(this.#service.watch, this.#service.timeouts);
    const lateness = this.#paces.look({
      awaitsContent: content !== undefined && (content.isWanted || this.#isSent),
      received: content?.received ?? 0,
      awaitsRoom: !this.#sender.written,
      sent: this.#writes,
    });
    if (lateness === undefined) return;
    const reason = tooSlow(lateness === "content" ? "to send the content" : "to take the response");
    if (lateness === "response" || this.#isResponding) return this.#shut(reason);
    content?.fail(reason);
    exchange.abandon(reason);
    this.#refuse(408, []);
  }

  /** Whether all of the response was written. */
  get #isSent(): boolean {
    return this.#isResponding && this.#sender.ended && this.#sender.written && !this.#machine.wantsWrite;
  }

  onInformational(status: number, fields: readonly Field[]): void {
    if (this.#exchange === undefined || this.#exchange.received.version === "HTTP/1.0") return;
    this.#machine.sendInformational({ status, statusText: reasonPhrase(status), fields });
    this.#sender.start(false);
  }

  onResponse(response: PreparedResponse): void {
    const exchange = this.#exchange;
    if (exchange === undefined || this.#isResponding) return;
    const { status, fields, content, length } = response;
    const statusText = response.statusText === "" ? reasonPhrase(status) : response.statusText;
    const endsByClosing = exchange.received.version === "HTTP/1.0" && content !== undefined &&
      length === undefined;
    if (response.closes || endsByClosing || this.#leavesTooMuch()) this.#machine.refuseKeepAlive();
    if (this.#machine.persistent) fields.push(...this.#service.keepAlive);
    else if (!endsByClosing) fields.push(CLOSE); // the machine adds it, for content that ends so
    if (content === undefined && length !== undefined) fields.push(["content-length", String(length)]);
    this.#machine.sendResponse(
      { status, statusText, fields },
      content === undefined ? 0 : length ?? "unknown",
    );
    this.#isResponding = true;
    if (content === undefined || content instanceof Uint8Array) {
      if (content !== undefined) this.#machine.sendData(content);
      this.#machine.sendEnd();
      this.#sender.take(undefined);
    } else {
      const first = content.takeFirst?.(MAX_FIRST_CONTENT_BYTES);
      if (first !== undefined) this.#machine.sendData(first);
      this.#sender.take(content);
    }
    this.#sender.start(false);
  }

  onUnanswerable(reason: unknown): void {
    this.#shut(reason);
  }

  /**
   * Whether so much of the content is unread that the connection cannot persist: what the client would have to send before
   * its next request, or does not send, because it waits for a 100 (Continue).
   */
  #leavesTooMuch(): boolean {
    const content = this.#content;
    if (content === undefined || content.isRead) return this.#expectsContinue;
    const ahead = this.#machine.contentAhead;
    return this.#expectsContinue || ahead === undefined || ahead + content.queued > MAX_READ_AHEAD_BYTES;
  }

  /** Begins a read, unless one is pending, or enough was read ahead. */
  #read(): void {
    if (this.#isReading || this.#state === "closed") return;
    const content = this.#content;
    this.#into = this.#memory.head;
    if (this.#state === "open") {
      if (this.#isEnded) return;
      if (content !== undefined) {
        if (!content.isWanted && content.queued >= MAX_READ_AHEAD_BYTES) return;
        this.#into = this.#memory.forContent(this.#machine.contentAhead);
      } else if (this.#machine.pendingInput >= MAX_READ_AHEAD_BYTES) return;
    }
    this.#isReading = true;
    try {
      const count = this.#io.read(this.#into);
      this.#pendingRead = { count, into: this.#into };
      count.then(this.#onRead, this.#onReadFailed);
    } catch (cause) {
      this.#onReadFailed(cause);
    }
  }

  readonly #onRead = (count: number | null): void => {
    this.#isReading = false;
    if (this.#state === "closed" || this.#state === "switched") return; // the tunnel has the outcome
    this.#pendingRead = undefined;
    const into = this.#into;
    if (count === null) return this.#onEnd();
    if (!(count > 0 && count <= into.length)) {
      return this.#shut(new TypeError(`The transport claims to have read ${count} bytes`));
    }
    if (this.#state === "lingering") {
      this.#lingered += count;
      // Closing now would cost the client the response; it has the rest of the time to read it.
      if (this.#lingered > MAX_LINGER_BYTES) return;
    } else {
      if (into !== this.#memory.head) this.#memory.filled(into, count);
      this.#receive(into.subarray(0, count), into);
    }
    this.#read();
  };

  readonly #onReadFailed = (cause: unknown): void => {
    this.#isReading = false;
    if (this.#state !== "closed" && this.#state !== "switched") this.#shut(clientLeft(cause));
  };

  /** The client has ended its half. */
  #onEnd(): void {
    // A response that is being written may be read yet; after it, the end is read again.
    if (this.#state === "lingering" && (!this.#sender.written || this.#machine.wantsWrite)) return;
    this.#isEnded = true;
    this.#goOnAfterEnd();
  }

  /**
   * Decides on a client that sends no more: it is taken to have left, as most clients end their half after the response
   * alone. A response that is at hand is sent all the same, once the handler had a turn to give it.
   */
  #goOnAfterEnd(): void {
    clearTimeout(this.#leaving);
    if (this.#state !== "open" || this.#content !== undefined) return this.#shut(clientLeft());
    if (this.#exchange === undefined) {
      this.#machine.receiveEnd();
      this.#advance(this.#memory.head); // refuses half a head
      if (this.#state === "open") this.#shut(clientLeft());
    } else if (!this.#service.allowHalfClose) {
      this.#leaving = setTimeout(() => {
        if (!this.#isResponding || !this.#sender.ended) this.#shut(clientLeft());
      }, 0);
    }
  }

  #receive(bytes: Uint8Array, into: Uint8Array): void {
    if (this.#exchange === undefined) this.#expectHead();
    this.#machine.receive(bytes);
    this.#advance(into);
  }

  /** Sets the deadline of a head whose first byte has come. */
  #expectHead(): void {
    if (this.#isHeadDue) return;
    this.#isHeadDue = true;
    this.due = this.#service.watch.after(this.#service.timeouts.headers);
  }

  /** Delivers the events of what was received. */
  #advance(into: Uint8Array): void {
    const machine = this.#machine;
    let head: RequestEvent | undefined;
    let pieces: Uint8Array[] | undefined;
    let trailers: readonly Field[] | undefined;
    let failure: unknown;
    try {
      for (let event = machine.next(); event !== undefined; event = machine.next()) {
        if (event.type === "request") head = event;
        else if (event.type === "data") (pieces ??= []).push(event.data);
        else if (event.type === "end_of_message") trailers = event.trailers;
      }
    } catch (error) {
      failure = error;
    }
    const chunk = pieces && this.#memory.give(pieces, into, false);
    if (head !== undefined) {
      if (failure === undefined) this.#begin(head, chunk, trailers);
    } else if (this.#content !== undefined) {
      const content = this.#content;
      if (trailers !== undefined) this.#content = undefined;
      if (chunk !== undefined) {
        content.deliver(chunk);
        this.#expectsContinue = false;
      }
      if (trailers !== undefined) content.end(trailers);
    }
    if (failure !== undefined) return this.#onBadRequest(failure);
    if (trailers !== undefined) this.#finishIfOver();
  }

  /** Begins an exchange. */
  #begin(event: RequestEvent, chunk: Uint8Array | undefined, trailers: readonly Field[] | undefined): void {
    const head = checkHead(event, this.#urls);
    if ("status" in head) return this.#refuse(head.status, head.fields);
    const { method, target, version, fields } = event;
    let body: Uint8Array | Http1Content | undefined;
    if (trailers !== undefined) {
      body = event.length === 0 ? undefined : chunk ?? new Uint8Array();
    } else {
      body = this.#content = new Http1Content({
        onWanted: () => this.#onContentWanted(),
        onUnwanted: () => this.#read(),
      }, event.length);
      if (chunk !== undefined) body.deliver(chunk);
    }
    this.#expectsContinue = head.expectsContinue && trailers === undefined && chunk === undefined;
    this.#isResponding = false;
    this.due = 0;
    this.#paces = undefined;
    const received = { method, target, url: head.url, version, fields, body, ...(trailers && { trailers }) };
    this.#exchange = new Exchange(this.#service, this.#connection, received, this);
    if (this.#isShuttingDown || ++this.#requests >= this.#service.maxRequests) {
      this.#machine.refuseKeepAlive();
    }
    this.#exchange.start();
  }

  #onContentWanted(): void {
    if (this.#state !== "open" || this.#content === undefined) return;
    if (this.#expectsContinue && this.#machine.serverState === "send_response") {
      this.#expectsContinue = false;
      this.#machine.sendInformational({ status: 100, statusText: "Continue", fields: [] });
      this.#sender.start(false);
    }
    this.#read();
  }

  /** A write begins: the client has taken what came before. */
  #onWriting(): void {
    this.#writes++;
    if (this.#state === "lingering") this.due = this.#service.watch.after(this.#service.timeouts.write);
  }

  /** The reason for which no protocol can be switched to. */
  get upgradeRefusal(): string | undefined {
    // What comes behind the head would be content for the one end, and the new protocol for the other.
    return this.#content === undefined ? undefined : "the content of the request is not read to its end";
  }

  onUpgrade(fields: Field[], upgrade: Upgrade): void {
    if (this.#exchange === undefined || this.#isResponding) return;
    const own: Field[] = fields.some(([name]) => name === "upgrade")
      ? []
      : [["upgrade", upgrade.protocol], ["connection", "Upgrade"]];
    const statusText = reasonPhrase(101);
    this.#machine.sendInformational({ status: 101, statusText, fields: [...own, ...fields] });
    this.#isResponding = true;
    this.#upgrade = upgrade;
    this.#sender.take(undefined);
    this.#sender.start(false);
  }

  /** Hands the transport over; from now on nothing of it is the server's but its end. */
  #handOver(upgrade: Upgrade): void {
    this.#state = "switched";
    this.#service.watch.delete(this);
    const pending = this.#isReading ? this.#pendingRead : undefined;
    this.#pendingRead = undefined;
    const rest = this.#machine.takeRest();
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.finish();
    upgrade.give(new SwitchedConnection(this.#io, rest, pending, () => this.#shut(serverClosed())));
    if (this.#isShuttingDown) upgrade.onShutdown?.();
  }

  /** All output was written. */
  #onFlushed(): void {
    if (this.#state === "switched") return;
    if (this.#upgrade !== undefined) return this.#handOver(this.#upgrade);
    if (this.#state === "lingering") return this.#halfClose();
    this.#finishIfOver();
  }

  /** Goes on to the next request when this exchange is over. */
  #finishIfOver(): void {
    const exchange = this.#exchange;
    if (exchange === undefined || !this.#isSent) return;
    exchange.finish();
    const content = this.#content;
    if (content !== undefined) {
      // The handler may read on. What it never began to read is kept as far as the limit, for the same reason.
      if (content.isRead || (this.#machine.persistent && !this.#leavesTooMuch())) return this.#read();
      this.#machine.refuseKeepAlive();
      content.fail(serverClosed());
      return this.#beginLinger();
    }
    this.#exchange = undefined;
    this.#isResponding = false;
    this.#memory.release();
    if (!this.#machine.reusable) return this.#beginLinger();
    this.#machine.startNextCycle();
    this.due = this.#service.watch.after(this.#service.timeouts.idle);
    this.#isHeadDue = false;
    this.#advance(this.#memory.head);
    if (this.#isEnded) return this.#goOnAfterEnd();
    if (this.#exchange === undefined && this.#machine.pendingInput > 0) this.#expectHead();
    this.#read();
  }

  /** The source of the response's content has failed: the client must see that something is missing. */
  #onSourceFailed(cause: unknown): void {
    this.#exchange?.fail(cause);
    this.#shut(cause);
  }

  /** The machine refuses what the client has sent. */
  #onBadRequest(error: unknown): void {
    this.#content?.fail(error);
    this.#content = undefined;
    this.#exchange?.abandon(error);
    if (this.#isResponding) return this.#shut(error);
    this.#refuse(error instanceof Http1Error ? error.statusHint : 400, []);
  }

  /** Responds without asking the handler, and closes the connection. */
  #refuse(status: number, fields: readonly Field[]): void {
    this.#exchange = undefined;
    this.#content?.fail(serverClosed());
    this.#content = undefined;
    try {
      const head = { status, statusText: reasonPhrase(status), fields: [...fields, dateField(), CLOSE] };
      this.#machine.sendResponse(head, 0);
      this.#machine.sendEnd();
    } catch (error) {
      return this.#shut(error);
    }
    this.#state = "lingering";
    this.#sender.take(undefined);
    this.#sender.start(false);
  }

  #beginLinger(): void {
    if (this.#state !== "open") return;
    this.#state = "lingering";
    this.#halfClose();
  }

  /**
   * Ends this half, and reads on for a while.
   *
   * "If a server performs an immediate close of a TCP connection, there is a significant risk that the client will not be
   * able to read the last HTTP response." (RFC 9112 §9.6)
   */
  #halfClose(): void {
    if (this.#linger !== undefined || this.#state !== "lingering") return;
    if (this.#io.closeWrite === undefined) return this.#shut(serverClosed());
    this.#linger = setTimeout(() => this.#shut(serverClosed()), MAX_LINGER_MS);
    this.#io.closeWrite().catch(() => this.#shut(serverClosed()));
    this.#read();
  }

  #shut(reason: unknown): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    clearTimeout(this.#linger);
    clearTimeout(this.#leaving);
    this.#service.watch.delete(this);
    this.#sender.stop(reason);
    this.#content?.fail(reason);
    this.#exchange?.abandon(reason);
    closeQuietly(this.#io);
    this.#onClosed();
  }
}

const CLOSE: Field = ["connection", "close"];
