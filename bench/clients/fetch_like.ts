/**
 * What Ductile, Deno's `fetch` and undici's `fetch` have in common, so that they are used in the same way to the letter.
 *
 * @module
 */

import { expectStatus, WrongAnswer } from "../pattern.ts";
import { type BenchClient, type UploadBody, webStream } from "./client.ts";

/** The options that the benches pass to a `fetch`. */
export interface FetchInit {
  /** The method. */
  readonly method: "PUT";
  /** The content. */
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
  /** A stream may be sent before the answer has come; the standard asks for the word. */
  readonly duplex?: "half";
}

/** The part of a `Response` that the benches use. */
export interface FetchResponse {
  /** Three digits. */
  readonly status: number;
  /** The content. */
  readonly body: AsyncIterable<Uint8Array> | null;
  /** The content as a text. */
  text(): Promise<string>;
  /** The content as a whole. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A bench client over a `fetch`. */
export class FetchLike implements BenchClient {
  readonly #origin: string;
  readonly #fetch: (url: string, init?: FetchInit) => Promise<FetchResponse>;
  readonly #close: () => void | Promise<void>;

  /** Takes the origin of all requests, the `fetch`, and what lets go of its connections. */
  constructor(
    origin: string,
    fetch: (url: string, init?: FetchInit) => Promise<FetchResponse>,
    close: () => void | Promise<void>,
  ) {
    this.#origin = origin;
    this.#fetch = fetch;
    this.#close = close;
  }

  async text(path: string): Promise<string> {
    const response = await this.#fetch(this.#origin + path);
    expectStatus(response.status);
    return await response.text();
  }

  async stream(path: string): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#fetch(this.#origin + path);
    expectStatus(response.status);
    if (response.body === null) throw new WrongAnswer("Cannot read the body: there is none");
    return response.body;
  }

  async whole(path: string): Promise<Uint8Array> {
    const response = await this.#fetch(this.#origin + path);
    expectStatus(response.status);
    return new Uint8Array(await response.arrayBuffer());
  }

  async upload(path: string, body: UploadBody): Promise<string> {
    const response = await this.#fetch(
      this.#origin + path,
      body.form === "whole"
        ? { method: "PUT", body: body.bytes }
        : { method: "PUT", body: webStream(body.pieces), duplex: "half" },
    );
    expectStatus(response.status);
    return await response.text();
  }

  close(): void | Promise<void> {
    return this.#close();
  }
}
