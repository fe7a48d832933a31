/**
 * The response of the client: a `Response`, with the facts about the exchange.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { Field } from "../../http/fields.ts";
import type { HttpVersion, IncomingBody } from "../../http/message.ts";
import type { ConnectionInfo } from "../connect/connection_info.ts";
import { MAX_RESERVED_RATIO } from "../defaults.ts";
import { toHeaders } from "../request/headers.ts";
import { isMaterialized, makeLazy, realResponse } from "./lazy_response.ts";

/** The parts of a {@linkcode ClientResponse}. */
export interface ResponseParts {
  /** The status code, 200 to 999. */
  readonly status: number;
  /** The reason phrase; empty in HTTP/2. */
  readonly statusText: string;
  /** The header fields, names lower-case. */
  readonly fields: readonly Field[];
  /** The content: all its bytes, its source, or `null` where the response can have none. */
  readonly body: Uint8Array | IncomingBody | null;
  /** Returns the trailer fields; the promise resolves once the content has ended. */
  readonly trailers: () => Promise<readonly Field[]>;
  /** The URL of the last request, without fragment. */
  readonly url: string;
  /** Whether a redirect led to that URL. */
  readonly redirected: boolean;
  /** The version of HTTP. */
  readonly httpVersion: HttpVersion;
  /** Returns the facts about the connection. */
  readonly connection: () => ConnectionInfo;
}

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
    makeLazy(ClientResponse, (response) => response.#build());
  }

  readonly #parts: ResponseParts;
  #body: Uint8Array | IncomingBody | null;
  #headers: Headers | undefined;
  #stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #used = false;

  /**
   * Makes a response of its parts.
   *
   * @param parts The parts.
   */
  constructor(parts: ResponseParts) {
    super(); // builds nothing: see makeLazy
    this.#parts = parts;
    this.#body = parts.body;
    if (parts.body !== null && !(parts.body instanceof Uint8Array)) {
      abandoned.register(this, parts.body, this);
    }
  }

  /** The version of HTTP of the response. */
  get httpVersion(): HttpVersion {
    return this.#parts.httpVersion;
  }

  /** The facts about the connection of the response. */
  get connection(): ConnectionInfo {
    return this.#parts.connection();
  }

  /** The trailer fields; resolves once the content was read to its end, and rejects when it is cut short. */
  get trailers(): Promise<Headers> {
    const trailers = this.#parts.trailers().then(toHeaders);
    trailers.catch(() => {}); // mark the rejection as handled: the content rejects with it too
    return trailers;
  }

  /** The status code, 200 to 999. */
  override get status(): number {
    return this.#parts.status;
  }

  /** The reason phrase; empty in HTTP/2. */
  override get statusText(): string {
    return this.#parts.statusText;
  }

  /** Whether the status is 200 to 299. */
  override get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  /** The URL of the response, after redirects, without fragment. */
  override get url(): string {
    return this.#parts.url;
  }

  /** Whether a redirect led to {@linkcode url}. */
  override get redirected(): boolean {
    return this.#parts.redirected;
  }

  /** `basic`, the type of a response that hides nothing. */
  override get type(): ResponseType {
    return "basic";
  }

  /** The header fields as received: in their order, repeated ones apart, names lower-case. */
  get fields(): readonly Field[] {
    return this.#parts.fields;
  }

  /** The header fields. */
  override get headers(): Headers {
    return this.#headers ??= toHeaders(this.#parts.fields);
  }

  /** The content as a stream of bytes; `null` where the response can have none. */
  override get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    if (this.#body === null) return null;
    if (isMaterialized(this)) return realResponse(this).body;
    if (this.#stream === undefined) {
      // A stream that was cloned meanwhile is the source of both responses; reading one does not use the other.
      const stream = toStream(
        this.#body,
        () => this.#used ||= this.#stream === stream,
        () => abandoned.unregister(this),
      );
      this.#stream = stream;
      if (this.#used) {
        // The content was read by another method: lock the stream, so that no reader finds it empty.
        this.#stream.getReader();
      }
    }
    return this.#stream;
  }

  /** Whether reading the content has begun. */
  override get bodyUsed(): boolean {
    return this.#used || (isMaterialized(this) && realResponse(this).bodyUsed);
  }

  /** All the content, in memory of its own. */
  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return toOwned(await this.#consume());
  }

  /** All the content, decoded as UTF-8. */
  override async text(): Promise<string> {
    return UTF8.decode(await this.#consume());
  }

  /** All the content, parsed as JSON. */
  // deno-lint-ignore no-explicit-any -- the type that Response.json has
  override async json(): Promise<any> {
    return JSON.parse(await this.text());
  }

  /** All the content, in a buffer of its own. */
  override async arrayBuffer(): Promise<ArrayBuffer> {
    return toOwned(await this.#consume()).buffer;
  }

  /** All the content as a `Blob` with its media type. */
  override async blob(): Promise<Blob> {
    return await this.#asResponse(await this.#consume()).blob();
  }

  /** All the content, parsed as `multipart/form-data` or `application/x-www-form-urlencoded`. */
  override async formData(): Promise<FormData> {
    return await this.#asResponse(await this.#consume()).formData();
  }

  /** A second response with the same content; both must be read or cancelled. */
  override clone(): ClientResponse {
    if (isMaterialized(this)) throw new TypeError("Cannot clone a response that was handed to the runtime");
    if (this.bodyUsed || this.#stream?.locked) throw new TypeError("Body is unusable");
    const body = this.#body;
    if (body === null || body instanceof Uint8Array) return this.#with(body?.slice() ?? null);
    const [own, copied] = (this.#stream ?? toStream(body, () => {})).tee();
    this.#stream = undefined;
    const rest = fromStream(own);
    this.#body = rest;
    // Two responses hold the content now; it is cancelled when both are.
    abandoned.unregister(this);
    abandoned.register(this, rest, this);
    return this.#with(fromStream(copied));
  }

  /** Builds the `Response` that the runtime sees. */
  #build(): Response {
    const { status, statusText } = this.#parts;
    const { body } = this; // a stream even for content at hand: see makeLazy
    return new Response(body, { status, statusText, headers: this.headers });
  }

  /** All the content, perhaps in memory that other responses share: for reading at once, not for handing out. */
  async #consume(): Promise<Uint8Array> {
    if (isMaterialized(this)) return await realResponse(this).bytes();
    if (this.bodyUsed || this.#stream?.locked) throw new TypeError("Body already consumed");
    const body = this.#body;
    if (body === null) return new Uint8Array();
    if (this.#stream !== undefined) this.#stream.getReader();
    this.#used = true;
    if (body instanceof Uint8Array) return body;
    try {
      return await collect(body);
    } finally {
      abandoned.unregister(this);
    }
  }

  #with(body: Uint8Array | IncomingBody | null): ClientResponse {
    const copy = new ClientResponse({ ...this.#parts, body });
    copy.#headers = new Headers(this.headers);
    return copy;
  }

  #asResponse(bytes: Uint8Array): Response {
    const type = this.headers.get("content-type");
    return new Response(toOwned(bytes), type === null ? {} : { headers: { "content-type": type } });
  }
}

/**
 * Cancels the content of responses that the garbage collector finds: a response that is dropped with content still to
 * come would keep its connection open.
 *
 * A response whose content has ended is unregistered: its source keeps the error that ended it, whose stack leads back to
 * the response, so the registry would keep both alive.
 */
const abandoned = new FinalizationRegistry<IncomingBody>((body) => body.cancel());

function toStream(
  body: Uint8Array | IncomingBody,
  onUse: () => void,
  onOver: () => void = () => {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  // Enqueuing transfers the memory, which a clone may share.
  let rest = body instanceof Uint8Array ? body.slice() : undefined;
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      onUse();
      let chunk: Uint8Array | undefined = rest;
      rest = undefined;
      if (!(body instanceof Uint8Array)) {
        try {
          chunk = await body.read();
        } catch (error) {
          onOver();
          throw error;
        }
      }
      if (chunk !== undefined && chunk.length > 0) {
        controller.enqueue(chunk as Uint8Array<ArrayBuffer>); // never shared memory
      } else {
        onOver();
        controller.close();
        // A waiting BYOB reader is told of the end only by this.
        controller.byobRequest?.respond(0);
      }
    },
    cancel(reason) {
      onUse();
      onOver();
      if (!(body instanceof Uint8Array)) body.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

function fromStream(stream: ReadableStream<Uint8Array>): IncomingBody {
  const reader = stream.getReader();
  return {
    async read() {
      return (await reader.read()).value;
    },
    cancel(reason) {
      reader.cancel(reason).catch(() => {}); // mark the rejection as handled
    },
  };
}

/** The same bytes, alone in their buffer. */
function toOwned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // A driver's memory is never a SharedArrayBuffer.
  return (bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice()) as Uint8Array<ArrayBuffer>;
}

async function collect(body: IncomingBody): Promise<Uint8Array> {
  const length = body.length ?? Infinity;
  const chunks: Uint8Array[] = [];
  let received = 0;
  let whole: Uint8Array | undefined;
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
    if (
      whole === undefined && chunk.length < length && received + chunk.length >= length / MAX_RESERVED_RATIO
    ) {
      // Copying each chunk as it arrives is faster than copying all at the end, when they have left the processor's cache.
      whole = new Uint8Array(length);
      let filled = 0;
      for (const earlier of chunks.splice(0)) {
        whole.set(earlier, filled);
        filled += earlier.length;
      }
    }
    // The driver checks that the content has the declared length.
    if (whole === undefined) chunks.push(chunk);
    else whole.set(chunk, received);
    received += chunk.length;
  }
  return whole ?? (chunks.length === 1 ? chunks[0] as Uint8Array : concat(chunks)); // the length was just looked at
}
