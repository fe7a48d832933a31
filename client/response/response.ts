/**
 * The response of the client: a `Response`, with the facts about the exchange.
 *
 * @module
 */

import { AbortCheck, Content } from "../../http/content.ts";
import type { Field } from "../../http/fields.ts";
import { makeLazy } from "../../http/lazy_object.ts";
import type { HttpVersion } from "../../http/message.ts";
import type { ConnectionInfo } from "../connection_info.ts";
import { toFetchFailure } from "../error/client_error.ts";
import { toHeaders } from "../request/headers.ts";
import type { ResponseParts } from "./response_parts.ts";

export type { ResponseParts };

const UTF8 = new TextDecoder();

/**
 * The response to a request: a `Response`, with the facts about the exchange.
 *
 * {@linkcode Client.fetch} resolves with it as soon as the head is there. The content is read from the server as the
 * caller reads it. The `headers` may be changed.
 *
 * @example
 * ```ts
 * import { Client } from "@ductile/ductile";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
 * using client = new Client();
 * const response = await client.get(`http://localhost:${server.addr.port}/`);
 * assertEquals(response.status, 200);
 * assertEquals(response.httpVersion, "HTTP/1.1");
 * assertEquals(response.connection.reused, false);
 * assertEquals(await response.text(), "hello");
 * ```
 */
export class ClientResponse extends Response {
  static {
    makeLazy(ClientResponse, new Response(), (response) => stateOf(response).real);
    Object.defineProperty(ClientResponse.prototype, Symbol.for("Deno.customInspect"), {
      value: inspectResponse,
    });
  }

  /**
   * Makes a response of its parts.
   *
   * @param parts The parts.
   */
  constructor(parts: ResponseParts) {
    super(); // builds nothing: see makeLazy
    (this as unknown as Stateful)[state] = new State(parts); // declared on no class: see `state`
  }

  /** The version of HTTP of the response; `HTTP/1.1` for a `data:` or `blob:` URL, which needs none. */
  get httpVersion(): HttpVersion {
    return stateOf(this).parts.httpVersion;
  }

  /** The facts about the connection of the response. */
  get connection(): ConnectionInfo {
    return stateOf(this).parts.connection();
  }

  /** The trailer fields; resolves once the content was read to its end, and rejects when it is cut short. */
  get trailers(): Promise<Headers> {
    const trailers = stateOf(this).parts.trailers().then(toHeaders, (error) => {
      throw toFetchFailure(error);
    });
    trailers.catch(() => {}); // mark the rejection as handled: the content rejects with it too
    return trailers;
  }

  /**
   * Asks the server to send the rest of the content sooner or later than that of other responses on the connection, by
   * PRIORITY_UPDATE (RFC 9218 §7). The first priority is the request's `priority` field. Over HTTP/1.1, and when the
   * content has ended, nothing happens.
   *
   * @param priority The value, in the form of the Priority field, such as `u=1, i`.
   * @throws {TypeError} When it is no short ASCII text.
   */
  reprioritize(priority: string): void {
    stateOf(this).parts.reprioritize?.(priority);
  }

  /** The status code, 200 to 999. */
  override get status(): number {
    return stateOf(this).parts.status;
  }

  /** The reason phrase; empty in HTTP/2. */
  override get statusText(): string {
    return stateOf(this).parts.statusText;
  }

  /** Whether the status is 200 to 299. */
  override get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  /** The URL of the response, after redirects, without fragment. */
  override get url(): string {
    return stateOf(this).parts.url;
  }

  /** Whether a redirect led to {@linkcode url}. */
  override get redirected(): boolean {
    return stateOf(this).parts.redirected;
  }

  /** `basic`, the type of a response that hides nothing. */
  override get type(): ResponseType {
    return "basic";
  }

  /** The header fields as received: in their order, repeated ones apart, names lower-case. */
  get fields(): readonly Field[] {
    return stateOf(this).parts.fields;
  }

  /** The header fields. */
  override get headers(): Headers {
    return stateOf(this).headers;
  }

  /** The content as a stream of bytes; `null` where the response can have none. */
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
  // deno-lint-ignore no-explicit-any -- the type that Response.json has
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

  /** A second response with the same content; both must be read or cancelled. */
  override clone(): ClientResponse {
    const own = stateOf(this);
    const copy = new ClientResponse({ ...own.parts, body: null });
    own.cloneInto(stateOf(copy));
    return copy;
  }
}

/**
 * The key of a response's state. A property, and not a private name, is found through a `Proxy` of the response and
 * through an object that inherits from it, as wrappers of a `fetch` make them.
 */
const state: unique symbol = Symbol("state");

interface Stateful {
  [state]?: State;
}

function stateOf(response: Response): State {
  const own = (response as Stateful)[state]; // absent where a getter is called on something else
  if (own === undefined) throw new TypeError("Illegal invocation");
  return own;
}

/** What a response holds. */
class State {
  readonly parts: ResponseParts;
  content: Content | undefined;
  #headers: Headers | undefined;
  #real: Response | undefined;

  constructor(parts: ResponseParts) {
    this.parts = parts;
    const { body, signal } = parts;
    if (body !== null) this.content = new Content(body, signal && new AbortCheck(signal), toFetchFailure);
  }

  get headers(): Headers {
    return this.#headers ??= toHeaders(this.parts.fields);
  }

  /** The `Response` that the runtime sees. */
  get real(): Response {
    return this.#real ??= this.#build();
  }

  readAll(): Uint8Array | Promise<Uint8Array> {
    return this.content?.readAll() ?? new Uint8Array();
  }

  cloneInto(copy: State): void {
    if (this.content !== undefined) [this.content, copy.content] = this.content.clone();
    copy.#headers = new Headers(this.headers);
    this.#real = undefined; // it had the content that there was before
  }

  #build(): Response {
    const { content, headers } = this;
    const { status, statusText } = this.parts;
    const init = { status, statusText, headers };
    if (content === undefined) return new Response(null, init);
    if (!content.unusable) return new Response(content.stream, init); // a stream even for bytes: see makeLazy
    // The runtime takes no stream that is in use, so it gets another in the same state.
    const stream = new ReadableStream();
    const real = new Response(stream, init);
    if (content.used) void stream.cancel();
    else stream.getReader();
    return real;
  }
}

/** What `console.log` shows: like a Response, but it reads nothing. */
function inspectResponse(
  this: ClientResponse,
  inspect: (value: unknown, options: unknown) => string,
  options: unknown,
): string {
  const { bodyUsed, headers, httpVersion, ok, redirected, status, statusText, url } = this;
  const shown = { bodyUsed, headers, httpVersion, ok, redirected, status, statusText, url };
  return `ClientResponse ${inspect(shown, options)}`;
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
