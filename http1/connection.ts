/**
 * The HTTP/1.1 machine: one connection, seen from one of its ends.
 *
 * Bytes go in through `receive`, events come out of `next`; messages go in through `sendRequest`, `sendResponse`,
 * `sendData`, `sendEnd`, bytes come out of `output`. No sockets, no timers, no promises: who moves the bytes is
 * not its business.
 *
 * ```
 *              receive(bytes)                    next()
 *   peer ────▶ ReceiveBuffer ─▶ head | body ────▶ event ────▶ application
 *                       Lifecycle: may that be now?
 *   peer ◀──── OutputBuffer ◀── head | body ◀──── send...() ◀─ application
 *              output()
 * ```
 *
 * @module
 */

import type { Field } from "../http/fields.ts";
import { permittedTrailers } from "../http/trailers.ts";
import type { Machine } from "../io/machine.ts";
import { BodyReader } from "./body_reader.ts";
import { Http1Error } from "./error.ts";
import type { Http1Event } from "./events.ts";
import { HeadReader } from "./head_reader.ts";
import { Lifecycle, type LifecycleEvent, type Role } from "./lifecycle.ts";
import type { ClientState, ServerState } from "./lifecycle.ts";
import { type Http1Options, type ResolvedHttp1Options, resolveHttp1Options } from "./limits.ts";
import { MessageWriter } from "./message_writer.ts";
import type { ContentLength } from "./outgoing_fields.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";
import type { RequestHead } from "./request_head.ts";
import type { ResponseHead } from "./response_head.ts";

/**
 * One end of a connection that speaks HTTP/1.1.
 *
 * After an error the machine is broken: `next` throws the same error for ever.
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
  /** Which end this is. */
  readonly role: Role;
  readonly #peer: Role;
  readonly #limits: ResolvedHttp1Options;
  readonly #life = new Lifecycle();
  readonly #received = new ReceiveBuffer();
  readonly #heads: HeadReader;
  readonly #body: BodyReader;
  readonly #writer = new MessageWriter();
  /** The method of the request in progress, and the protocols that it offers to switch to. */
  #method = "";
  #offered: readonly string[] = [];
  #informational = 0;
  #ended = false;
  /** Whether a byte of the message that is awaited has come. */
  #answering = false;
  #failure: Http1Error | undefined;

  /**
   * Makes the machine for a connection on which nothing has been said.
   *
   * @param role Which end this is.
   * @param options Limits, and how strictly the peer is read.
   * @throws {RangeError} If a limit is not a positive integer.
   */
  constructor(role: Role, options: Http1Options = {}) {
    this.role = role;
    this.#peer = role === "client" ? "server" : "client";
    this.#limits = resolveHttp1Options(options);
    this.#heads = new HeadReader(role, this.#limits);
    this.#body = new BodyReader(this.#limits);
  }

  /** Where the client's half of the exchange is. */
  get clientState(): ClientState {
    return this.#life.client;
  }

  /** Where the server's half of the exchange is. */
  get serverState(): ServerState {
    return this.#life.server;
  }

  /** Whether both messages have ended and {@linkcode startNextCycle} may be called. */
  get reusable(): boolean {
    return this.#life.reusable;
  }

  /** Whether, as far as is known, another exchange may follow this one. */
  get persistent(): boolean {
    return this.#life.keepAlive;
  }

  /** Whether `output` has bytes for the peer. */
  get wantsWrite(): boolean {
    return !this.#writer.output.empty;
  }

  /** Whether more bytes from the peer would bring something about. */
  get wantsRead(): boolean {
    if (this.#ended || this.#failure !== undefined) return false;
    const theirs = this.role === "client" ? this.#life.server : this.#life.client;
    return theirs === "idle" || theirs === "send_response" || theirs === "send_body";
  }

  /**
   * Takes bytes from the peer.
   *
   * They are looked at where they lie until the call of `next` that returns `undefined` or throws; until then they
   * must not change.
   */
  receive(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#received.append(bytes);
  }

  /** Takes note that nothing more comes from the peer. */
  receiveEnd(): void {
    this.#ended = true;
  }

  /**
   * What the bytes received so far amount to.
   *
   * @returns The next event, or `undefined`: feed me. A server's machine also waits while the requests that came
   * ahead of time have to wait for {@linkcode startNextCycle}.
   * @throws {Http1Error} If the peer broke a rule, exceeded a limit, or ended the connection inside a message.
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
   * @param content How many bytes of content will follow; 0 by default. `"unknown"` sends it in chunks.
   * @throws {TypeError} If a request may not be sent now, or not this one; then nothing is sent.
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
   * Sends a 1xx response, ahead of the final one. A 101 hands the connection over to another protocol.
   *
   * @throws {TypeError} If it may not be sent now, or not this one.
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
   * @param content How many bytes of content will follow; 0 by default. `"unknown"` sends it in chunks, or up to
   * the end of the connection to a peer that knows no chunks.
   * @throws {TypeError} If a response may not be sent now, or not this one; then nothing is sent.
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
   * @param bytes Not copied when they are many: they must not change before `output` has given them out and they
   * are written.
   * @throws {TypeError} If no content may be sent now, or not so much.
   */
  sendData(bytes: Uint8Array): void {
    this.#check("data", this.#mySide === "send_body");
    this.#writer.data(bytes);
  }

  /**
   * Ends the message.
   *
   * @param trailers Fields to send behind the content, which must be chunked then.
   * @throws {TypeError} If nothing is to be ended, if content is missing, or if a trailer field may not be sent.
   */
  sendEnd(trailers: readonly Field[] = []): void {
    this.#check("end", this.#mySide === "send_body");
    this.#writer.end(trailers);
    this.#life.move(this.role, "end");
    // Content whose end is the end of the connection.
    if (this.#writer.endsByClosing) this.#life.move(this.role, "close");
  }

  /** Takes note that this end closes the connection between messages. */
  sendClose(): void {
    this.#check("close", this.#life.move(this.role, "close"));
  }

  /** How many more bytes of content the message that is sent has to have; `undefined` where that is open. */
  get contentLeft(): number | undefined {
    return this.#writer.left;
  }

  /** How many more bytes of content the message that is received will have; `undefined` where that is open. */
  get contentAhead(): number | undefined {
    return this.#body.left;
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
    this.#informational = 0;
    this.#answering = false;
  }

  /**
   * Gives this exchange's connection up after it: the message in progress may end, no other follows.
   */
  refuseKeepAlive(): void {
    this.#life.refuseKeepAlive();
  }

  /** The bytes that belong to the protocol that was switched to, a copy; once. */
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
      throw new Http1Error("unexpected_bytes", "Cannot read a response: nothing was asked");
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
    if (this.#received.length > 0) this.#answering = true;
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
      if (++this.#informational > this.#limits.maxInformational) {
        throw new Http1Error(
          "too_many_informational",
          `Cannot wait for the response: over ${this.#limits.maxInformational} informational ones came before it`,
        );
      }
      this.#life.move("server", "informational");
      return { type: "informational", status, statusText, fields };
    }
    this.#body.start(framing);
    this.#life.move("server", "response");
    if (!persistent) this.#life.refuseKeepAlive();
    return event;
  }

  /**
   * "A server MUST NOT switch to a protocol that was not indicated by the client in the corresponding request's
   * Upgrade header field." (RFC 9110 §7.8)
   */
  #checkSwitch(status: number, chosen: readonly string[]): void {
    if (this.#life.client !== "might_switch") {
      throw new Http1Error("unexpected_upgrade", "Cannot switch protocols: the request does not allow it");
    }
    if (status !== 101) return; // to CONNECT
    if (chosen.length === 0 || !chosen.every((protocol) => this.#offered.includes(protocol))) {
      throw new Http1Error("unexpected_upgrade", "Cannot switch protocols: the chosen one was not offered");
    }
  }

  #readBody(): Http1Event | undefined {
    const piece = this.#body.next(this.#received, this.#ended);
    if (piece === undefined) return undefined;
    if (piece !== "end") return { type: "data", data: piece };
    this.#life.move(this.#peer, "end");
    // There is no pipelining: what follows the response answers nothing.
    if (this.role === "client" && this.#received.length > 0) this.#life.refuseKeepAlive();
    return { type: "end_of_message", trailers: permittedTrailers(this.#body.trailers) };
  }

  /** After their message, before ours has ended. */
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
    if (this.role === "client" && !this.#answering) {
      throw new Http1Error("connection_closed", "Cannot read a response: the connection ended before it", {
        progress: "no_response",
      });
    }
    throw new Http1Error("truncated", "Cannot read the head to its end: the connection ended before it did");
  }
}
