/**
 * The HTTP/1.1 machine: one connection, seen from one of its ends.
 *
 * Bytes go in through `receive`, events come out of `next`; messages go in through `sendRequest`, `sendResponse`,
 * `sendData`, `sendEnd`, bytes come out of `output`. It has no sockets, no timers and no promises: a driver moves the
 * bytes.
 *
 * ```
 *              receive(bytes)                    next()
 *   peer ────▶ ReceiveBuffer ─▶ head | body ────▶ event ────▶ application
 *                       Lifecycle: is it legal now?
 *   peer ◀──── OutputBuffer ◀── head | body ◀──── send...() ◀─ application
 *              output()
 * ```
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import { permittedTrailers } from "../http/trailers.ts";
import type { Machine } from "../io/machine.ts";
import { plainBytes } from "../io/plain_bytes.ts";
import { BodyReader } from "./body_reader.ts";
import { Http1Error } from "./error.ts";
import type { Http1Event } from "./events.ts";
import { HeadReader } from "./head_reader.ts";
import { Lifecycle, type LifecycleEvent, type Role } from "./lifecycle.ts";
import type { ClientState, ServerState } from "./lifecycle.ts";
import { type Http1ConnectionOptions, type ResolvedHttp1Options, resolveHttp1Options } from "./limits.ts";
import { MessageWriter } from "./message_writer.ts";
import type { ContentLength } from "./outgoing_fields.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";
import type { RequestHead } from "./request_head.ts";
import type { ResponseHead } from "./response_head.ts";

/**
 * One end of a connection that speaks HTTP/1.1.
 *
 * After an error the connection has failed: `next` throws the same error at every call.
 *
 * @example Both ends of a connection, back to back
 * ```ts
 * import { Http1Connection } from "@ductile/ductile/http1";
 * import { assertEquals } from "@std/assert";
 *
 * const client = new Http1Connection("client");
 * const server = new Http1Connection("server");
 *
 * client.sendRequest({ method: "GET", target: "/greeting", authority: "example.com", fields: [] });
 * client.sendEnd();
 * server.receive(client.output() ?? new Uint8Array());
 * const request = server.next();
 * assertEquals(request?.type === "request" && request.target, "/greeting");
 * assertEquals(server.next()?.type, "end_of_message");
 *
 * server.sendResponse({ status: 200, statusText: "OK", fields: [["content-type", "text/plain"]] }, 5);
 * server.sendData(new TextEncoder().encode("hello"));
 * server.sendEnd();
 * client.receive(server.output() ?? new Uint8Array());
 * const response = client.next();
 * assertEquals(response?.type === "response" && response.status, 200);
 * const data = client.next();
 * assertEquals(data?.type === "data" && new TextDecoder().decode(data.data), "hello");
 * assertEquals(client.next()?.type, "end_of_message");
 *
 * assertEquals([client.reusable, server.reusable], [true, true]);
 * client.startNextCycle();
 * server.startNextCycle();
 * ```
 */
export class Http1Connection implements Machine<Http1Event> {
  /** The end that this machine is. */
  readonly role: Role;
  readonly #peer: Role;
  readonly #limits: ResolvedHttp1Options;
  readonly #life = new Lifecycle();
  readonly #received = new ReceiveBuffer();
  readonly #heads: HeadReader;
  readonly #body: BodyReader;
  readonly #writer = new MessageWriter();
  /** The method of the request in progress, and the protocols of its Upgrade field. */
  #method = "";
  #offered: readonly string[] = [];
  /** Bytes of the heads of the 1xx responses before the final one. */
  #informationalBytes = 0;
  #ended = false;
  /** Whether a byte of the response has come. */
  #isResponding = false;
  #failure: Http1Error | undefined;

  /**
   * Makes the machine for a connection on which nothing was sent or received.
   *
   * @param role The end that this machine is.
   * @param options Limits, and how lenient the parser is.
   * @throws {RangeError} If a limit is not a positive integer.
   */
  constructor(role: Role, options: Http1ConnectionOptions = {}) {
    this.role = role;
    this.#peer = role === "client" ? "server" : "client";
    this.#limits = resolveHttp1Options(role, options);
    this.#heads = new HeadReader(role, this.#limits);
    this.#body = new BodyReader(this.#limits);
  }

  /** The state of the client's half of the exchange. */
  get clientState(): ClientState {
    return this.#life.client;
  }

  /** The state of the server's half of the exchange. */
  get serverState(): ServerState {
    return this.#life.server;
  }

  /** Whether both messages have ended and {@linkcode startNextCycle} may be called. */
  get reusable(): boolean {
    return this.#life.reusable;
  }

  /** Whether another exchange may follow this one, by what is known so far (keep-alive, RFC 9112 §9.3). */
  get persistent(): boolean {
    return this.#life.keepAlive;
  }

  /** Whether `output` has bytes. */
  get wantsWrite(): boolean {
    return !this.#writer.output.empty;
  }

  /** Whether more bytes from the peer would bring the machine further. */
  get wantsRead(): boolean {
    if (this.#ended || this.#failure !== undefined) return false;
    const theirs = this.role === "client" ? this.#life.server : this.#life.client;
    return theirs === "idle" || theirs === "send_response" || theirs === "send_body";
  }

  /**
   * Takes bytes from the peer.
   *
   * The machine keeps a view of them until `next` returns `undefined` or throws; their memory must not change before.
   */
  receive(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#received.append(plainBytes(bytes));
  }

  /** Takes note that the peer sends no more bytes: the transport is at its end. */
  receiveEnd(): void {
    this.#ended = true;
  }

  /**
   * The next event of the bytes received so far.
   *
   * @returns The event, or `undefined` when more bytes are needed. On a server, pipelined requests wait for
   * {@linkcode startNextCycle}.
   * @throws {Http1Error} If the peer broke a rule, exceeded a limit, or ended the connection inside a message: the same
   * error at every call.
   */
  next(): Http1Event | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      const event = this.#advance();
      if (event === undefined) this.#received.keep();
      return event;
    } catch (error) {
      if (error instanceof Http1Error) {
        this.#failure = error;
        this.#received.clear();
        this.#life.move(this.#peer, "fail");
      }
      throw error;
    }
  }

  /**
   * Sends the head of a request.
   *
   * @param head The request.
   * @param content The length of the content that will follow; 0 by default. `"unknown"` sends it in chunks.
   * @throws {TypeError} If a request may not be sent now, or this one is not valid; then nothing is sent.
   */
  sendRequest(head: RequestHead, content: ContentLength = 0): void {
    this.#check("request", this.role === "client" && this.#life.client === "idle");
    const { persistent, offered } = this.#writer.request(head, content);
    this.#method = head.method;
    this.#offered = offered;
    if (offered.length > 0) this.#life.offerSwitch();
    this.#life.move("client", "request");
    if (!persistent) this.#life.refuseKeepAlive();
  }

  /**
   * Sends a 1xx response, before the final one. A 101 switches the connection to another protocol.
   *
   * @throws {TypeError} If a 1xx response may not be sent now, or this one is not valid; then nothing is sent.
   */
  sendInformational(head: ResponseHead): void {
    const switches = head.status === 101;
    const event: LifecycleEvent = switches ? "switch" : "informational";
    const legal = this.role === "server" && this.#life.server === "send_response" && head.status < 200 &&
      (!switches || (this.#life.client === "might_switch" && this.#method !== "CONNECT"));
    this.#check(event, legal);
    this.#writer.response(head, 0);
    this.#life.move("server", event);
  }

  /**
   * Sends the head of a final response. A 2xx to CONNECT makes the connection a tunnel.
   *
   * @param head The response.
   * @param content The length of the content that will follow; 0 by default. `"unknown"` sends it in chunks, or up to
   * the end of the connection to an HTTP/1.0 client.
   * @throws {TypeError} If a response may not be sent now, or this one is not valid; then nothing is sent.
   */
  sendResponse(head: ResponseHead, content: ContentLength = 0): void {
    const { server } = this.#life;
    const legal = this.role === "server" && (server === "send_response" || server === "idle");
    this.#check("response", legal && !(head.status < 200));
    const tunnels = this.#method === "CONNECT" && head.status < 300;
    if (tunnels) this.#check("switch", this.#life.client === "might_switch");
    const { persistent } = this.#writer.response(head, content);
    this.#life.move("server", tunnels ? "switch" : "response");
    if (!persistent) this.#life.refuseKeepAlive();
  }

  /**
   * Sends content.
   *
   * @param bytes Large content is not copied: its memory must not change before `output` has returned it and it is
   * written.
   * @throws {TypeError} If content may not be sent now, or is longer than the head announced.
   */
  sendData(bytes: Uint8Array): void {
    this.#check("data", this.#mySide === "send_body");
    this.#writer.data(bytes);
  }

  /**
   * Ends the message.
   *
   * @param trailers Fields to send after the content, which must be chunked then.
   * @throws {TypeError} If no message is in progress, if content is missing, or if a trailer field may not be sent.
   */
  sendEnd(trailers: readonly Field[] = []): void {
    this.#check("end", this.#mySide === "send_body");
    this.#writer.end(trailers);
    this.#life.move(this.role, "end");
    // The end of this content is the end of the connection.
    if (this.#writer.endsByClosing) this.#life.move(this.role, "close");
  }

  /** Takes note that this end closes the connection between messages. */
  sendClose(): void {
    this.#check("close", this.#life.move(this.role, "close"));
  }

  /** The bytes of content still to be sent in this message; `undefined` where the length was not announced. */
  get contentLeft(): number | undefined {
    return this.#writer.left;
  }

  /** The bytes of content still to be received in this message; `undefined` where the peer announced no length. */
  get contentAhead(): number | undefined {
    return this.#body.left;
  }

  /** The bytes that were received and not parsed yet: a head that is not complete, or pipelined requests. */
  get pendingInput(): number {
    return this.#received.length;
  }

  /**
   * The next bytes to write; call it until it returns `undefined`.
   *
   * @returns A view, valid until the next `send...`.
   */
  output(): Uint8Array | undefined {
    return this.#writer.output.take();
  }

  /**
   * Begins the next exchange on the same connection.
   *
   * @throws {TypeError} Unless {@linkcode reusable}.
   */
  startNextCycle(): void {
    if (!this.#life.reusable) throw new TypeError("Cannot start the next exchange: this one is not over");
    this.#life.restart();
    this.#writer.reset();
    this.#informationalBytes = 0;
    this.#isResponding = false;
  }

  /**
   * Ends the connection with this exchange: the messages in progress may end, and no other follows (RFC 9112 §9.3).
   */
  refuseKeepAlive(): void {
    this.#life.refuseKeepAlive();
  }

  /**
   * Takes the bytes that came after a switch of protocols, and belong to the new one: a copy, once.
   *
   * @throws {TypeError} If no protocol was switched.
   */
  takeRest(): Uint8Array {
    if (this.#life.server !== "switched") throw new TypeError("Cannot take the rest: nothing was switched");
    return this.#received.take(this.#received.length).slice();
  }

  get #mySide(): ClientState | ServerState {
    return this.role === "client" ? this.#life.client : this.#life.server;
  }

  #check(event: LifecycleEvent, legal: boolean): void {
    if (!legal) {
      throw new TypeError(`Cannot send "${event}": the ${this.role} is in state "${this.#mySide}"`);
    }
  }

  #advance(): Http1Event | undefined {
    switch (this.role === "client" ? this.#life.server : this.#life.client) {
      case "idle":
        return this.role === "client" ? this.#readIdle() : this.#readRequest();
      case "send_response":
        return this.#readResponse();
      case "send_body":
        return this.#readBody();
      case "done":
      case "must_close":
      case "might_switch":
        return this.#readAfter();
      case "switched":
      case "closed":
      case "error":
        return undefined;
    }
  }

  /**
   * "If a client receives data on a connection that doesn't have outstanding requests, the client MUST NOT consider
   * that data to be a valid response; the client SHOULD close the connection" (RFC 9112 §9.2).
   */
  #readIdle(): Http1Event | undefined {
    if (this.#received.length > 0) {
      throw new Http1Error("unexpected_bytes", "Cannot read a response: no request was sent");
    }
    return this.#readClose();
  }

  #readRequest(): Http1Event | undefined {
    const { length } = this.#received;
    if (length === 0) return this.#readClose();
    const head = this.#heads.request(this.#received);
    if (head === undefined) return this.#wait();
    this.#method = head.event.method;
    if (this.#method === "CONNECT" || head.protocols.length > 0) this.#life.offerSwitch();
    this.#writer.answers(head.event);
    this.#body.start(head.framing);
    this.#life.move("client", "request");
    if (!head.persistent) this.#life.refuseKeepAlive();
    return head.event;
  }

  #readResponse(): Http1Event | undefined {
    const { length } = this.#received;
    if (length > 0) this.#isResponding = true;
    const head = this.#heads.response(this.#received, this.#method);
    if (head === undefined) return this.#wait();
    const { event, framing, persistent, protocols } = head;
    const { status, statusText, version, fields } = event;
    if (status === 101 || (this.#method === "CONNECT" && status >= 200 && status < 300)) {
      this.#checkSwitch(status, protocols);
      this.#life.move("server", "switch");
      return { type: "switched", status, statusText, version, fields };
    }
    if (status < 200) {
      this.#countInformational(length - this.#received.length);
      this.#life.move("server", "informational");
      return { type: "informational", status, statusText, fields };
    }
    this.#body.start(framing);
    this.#life.move("server", "response");
    if (!persistent) this.#life.refuseKeepAlive();
    return event;
  }

  #countInformational(bytes: number): void {
    this.#informationalBytes += bytes;
    const { maxInformationalBytes } = this.#limits;
    if (this.#informationalBytes <= maxInformationalBytes) return;
    throw new Http1Error(
      "too_many_informational",
      `Cannot wait for the response: the 1xx responses before it have more than the ${maxInformationalBytes} bytes of maxInformationalBytes`,
    );
  }

  /**
   * "A server MUST NOT switch to a protocol that was not indicated by the client in the corresponding request's
   * Upgrade header field." (RFC 9110 §7.8)
   */
  #checkSwitch(status: number, chosen: readonly string[]): void {
    if (this.#life.client !== "might_switch") {
      throw new Http1Error("unexpected_upgrade", "Cannot switch protocols: the request does not allow it");
    }
    if (status !== 101) return; // a 2xx to CONNECT
    if (chosen.length === 0 || !chosen.every((protocol) => this.#offered.includes(protocol))) {
      throw new Http1Error("unexpected_upgrade", "Cannot switch protocols: the chosen one was not offered");
    }
  }

  #readBody(): Http1Event | undefined {
    const piece = this.#body.next(this.#received, this.#ended);
    if (piece === undefined) return undefined;
    if (piece !== "end") return { type: "data", data: piece };
    this.#life.move(this.#peer, "end");
    // A client sends no pipelined requests, so bytes after the response answer none.
    if (this.role === "client" && this.#received.length > 0) this.#life.refuseKeepAlive();
    return { type: "end_of_message", trailers: permittedTrailers(this.#body.trailers) };
  }

  /** Reads after the peer's message has ended. A client discards such bytes; a server keeps pipelined requests. */
  #readAfter(): Http1Event | undefined {
    if (this.role === "client" && this.#received.length > 0) {
      this.#received.clear();
      this.#life.refuseKeepAlive();
    }
    return this.#received.length === 0 ? this.#readClose() : undefined;
  }

  #readClose(): Http1Event | undefined {
    if (!this.#ended) return undefined;
    return this.#life.move(this.#peer, "close") ? { type: "connection_closed" } : undefined;
  }

  #wait(): undefined {
    if (!this.#ended) return undefined;
    if (this.role === "client" && !this.#isResponding) {
      throw new Http1Error("connection_closed", "Cannot read a response: the connection ended before it", {
        progress: "no_response",
      });
    }
    throw new Http1Error("truncated", "Cannot read the head to its end: the connection ended before it did");
  }
}
