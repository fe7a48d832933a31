/**
 * The request that a handler gets: a `Request` that is built only as far as it is used.
 *
 * Most handlers read the method, the URL and a field or two. The method is as it came, also where `new Request` would
 * change or refuse it.
 *
 * @module
 */

import { Content } from "../../http/content.ts";
import type { Field } from "../../http/fields.ts";
import { makeLazy } from "../../http/lazy_object.ts";
import type { IncomingBody } from "../../http/message.ts";
import { RequestHeaders } from "./request_headers.ts";
import type { ServeWebSocket, ServeWebSocketOptions } from "./web_socket_upgrade.ts";

const UTF8 = new TextDecoder();

/** The parts of a request. */
export interface RequestParts {
  /** The method, case as it came. */
  readonly method: string;
  /** The URL. */
  readonly url: string;
  /** The fields, names lower-case. */
  readonly fields: readonly Field[];
  /** The content, or its source; `undefined` where the request has none. */
  readonly body: Uint8Array | IncomingBody | undefined;
  /** Returns the signal of the exchange, the same every time. */
  readonly signal: () => AbortSignal;
  /** What upgrades the request, for {@linkcode upgraderOf}; absent where nothing can. */
  readonly info?: WebSocketUpgrader;
}

/** A request that a server received. */
export class ServerRequest extends Request {
  static {
    makeLazy(ServerRequest, new Request("http://localhost/"), (request) => stateOf(request).real);
    Object.defineProperty(ServerRequest.prototype, Symbol.for("Deno.customInspect"), {
      value: inspectRequest,
    });
  }

  /**
   * Makes a request of its parts.
   *
   * @param parts The parts.
   */
  constructor(parts: RequestParts) {
    super(""); // builds nothing: see makeLazy
    (this as unknown as Stateful)[state] = new State(parts); // declared on no class: see `state`
  }

  /** The method, case as it came. */
  override get method(): string {
    return stateOf(this).parts.method;
  }

  /** The URL. */
  override get url(): string {
    return stateOf(this).parts.url;
  }

  /** The header fields, which are immutable. */
  override get headers(): Headers {
    return stateOf(this).headers;
  }

  /** Signal that is aborted when the client leaves before the response was sent. */
  override get signal(): AbortSignal {
    return stateOf(this).parts.signal();
  }

  /** The content as a stream of bytes; `null` where the request has none. */
  override get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    return stateOf(this).content?.stream ?? null;
  }

  /** Whether reading the content has begun. */
  override get bodyUsed(): boolean {
    return stateOf(this).content?.used ?? false;
  }

  /** All the content, in memory of its own. */
  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return toOwned(await stateOf(this).readAll());
  }

  /** All the content, decoded as UTF-8. */
  override async text(): Promise<string> {
    return UTF8.decode(await stateOf(this).readAll());
  }

  /** All the content, parsed as JSON. */
  // deno-lint-ignore no-explicit-any -- the type that Request.json has
  override async json(): Promise<any> {
    return JSON.parse(UTF8.decode(await stateOf(this).readAll()));
  }

  /** All the content, in a buffer of its own. */
  override async arrayBuffer(): Promise<ArrayBuffer> {
    return toOwned(await stateOf(this).readAll()).buffer;
  }

  /** All the content as a `Blob` with its media type. */
  override async blob(): Promise<Blob> {
    return await asResponse(await stateOf(this).readAll(), this.headers).blob();
  }

  /** All the content, parsed as `multipart/form-data` or `application/x-www-form-urlencoded`. */
  override async formData(): Promise<FormData> {
    return await asResponse(await stateOf(this).readAll(), this.headers).formData();
  }

  /** A second request with the same content; both must be read or cancelled. */
  override clone(): ServerRequest {
    const own = stateOf(this);
    const copy = new ServerRequest({ ...own.parts, body: undefined });
    own.cloneInto(stateOf(copy));
    return copy;
  }
}

/** The part of a handler's info that upgrades its request. */
export interface WebSocketUpgrader {
  /** Accepts a WebSocket. */
  upgradeWebSocket(request: Request, options?: ServeWebSocketOptions): ServeWebSocket;
}

/** What upgrades a request of this server; `undefined` for any other request. */
export function upgraderOf(request: unknown): WebSocketUpgrader | undefined {
  return request instanceof ServerRequest ? stateOf(request).parts.info : undefined;
}

/** The key of a request's state. A property is found through a `Proxy` of the request, and by what inherits from it. */
const state: unique symbol = Symbol("state");

interface Stateful {
  [state]?: State;
}

function stateOf(request: Request): State {
  const own = (request as Stateful)[state]; // absent where a getter is called on something else
  if (own === undefined) throw new TypeError("Illegal invocation");
  return own;
}

/** What a request holds. */
class State {
  readonly parts: RequestParts;
  content: Content | undefined;
  #headers: Headers | undefined;
  #real: Request | undefined;

  constructor(parts: RequestParts) {
    this.parts = parts;
    if (parts.body !== undefined) this.content = new Content(parts.body, undefined, asItIs);
  }

  get headers(): Headers {
    return this.#headers ??= new RequestHeaders(this.parts.fields);
  }

  /** The `Request` that the runtime sees. */
  get real(): Request {
    return this.#real ??= this.#build();
  }

  readAll(): Uint8Array | Promise<Uint8Array> {
    return this.content?.readAll() ?? new Uint8Array();
  }

  cloneInto(copy: State): void {
    if (this.content !== undefined) [this.content, copy.content] = this.content.clone();
    this.#real = undefined; // it had the content that there was before
  }

  #build(): Request {
    const { content, headers } = this;
    const { method, url, signal } = this.parts;
    const init = { method, headers, signal: signal() };
    if (content === undefined) return new Request(url, init);
    if (!content.unusable) return new Request(url, { ...init, body: content.stream });
    // The runtime takes no stream that is in use, so it gets another in the same state.
    const stream = new ReadableStream();
    const real = new Request(url, { ...init, body: stream });
    if (content.used) real.body?.cancel();
    else real.body?.getReader();
    return real;
  }
}

/** What `console.log` shows: like a Request, but it reads nothing. */
function inspectRequest(
  this: ServerRequest,
  inspect: (value: unknown, options: unknown) => string,
  options: unknown,
): string {
  const { bodyUsed, headers, method, url } = this;
  return `Request ${inspect({ bodyUsed, headers, method, url }, options)}`;
}

function asItIs(error: unknown): unknown {
  return error;
}

/** The same bytes, alone in their buffer. */
function toOwned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // A driver's memory is never a SharedArrayBuffer.
  return (bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice()) as Uint8Array<ArrayBuffer>;
}

function asResponse(bytes: Uint8Array, headers: Headers): Response {
  const type = headers.get("content-type");
  return new Response(toOwned(bytes), type === null ? {} : { headers: { "content-type": type } });
}
