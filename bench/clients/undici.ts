/**
 * undici in Deno: its `fetch`, and its faster `request`.
 *
 * It is loaded only when it takes part, and is absent where the package cannot be had.
 *
 * @module
 */

import type { Agent } from "npm:undici@8.12.4";
import { Absent } from "../harness.ts";
import { expectStatus } from "../pattern.ts";
import type { BenchClient, ClientKind, Settings, UploadBody } from "./client.ts";
import { FetchLike } from "./fetch_like.ts";

/** Longer than any pause between two rounds, in milliseconds. */
const KEEP_ALIVE_MS = 600_000;

/** undici's `fetch`. */
export const undiciFetch: ClientKind = {
  name: "undici fetch",
  role: "peer",
  protocols: ["http/1.1", "h2"],
  uploads: true,
  async open(settings) {
    const undici = await loadUndici();
    const dispatcher = agent(undici, settings);
    return new FetchLike(
      settings.origin,
      (url, init) => undici.fetch(url, { ...init, dispatcher }),
      () => dispatcher.destroy(),
    );
  },
};

/** undici's `request`. */
export const undiciRequest: ClientKind = {
  name: "undici request",
  role: "peer",
  protocols: ["http/1.1", "h2"],
  uploads: true,
  async open(settings) {
    const undici = await loadUndici();
    return new UndiciRequest(undici, agent(undici, settings), settings.origin);
  },
};

/** The package. */
export type Undici = typeof import("npm:undici@8.12.4");

/** Loads the package; throws `Absent` where it is neither in the cache nor to be had. */
export async function loadUndici(): Promise<Undici> {
  try {
    return await import("npm:undici@8.12.4");
  } catch (error) {
    throw new Absent(`undici cannot be loaded: ${error instanceof Error ? error.message : error}`);
  }
}

function agent(undici: Undici, { protocol, caCert, width }: Settings): Agent {
  return new undici.Agent({
    connect: { ca: caCert },
    allowH2: protocol === "h2",
    connections: protocol === "h2" ? 1 : width, // one connection is the point of HTTP/2
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
}

class UndiciRequest implements BenchClient {
  readonly #undici: Undici;
  readonly #agent: Agent;
  readonly #origin: string;

  constructor(undici: Undici, agent: Agent, origin: string) {
    this.#undici = undici;
    this.#agent = agent;
    this.#origin = origin;
  }

  async text(path: string): Promise<string> {
    return await (await this.#get(path)).text();
  }

  async stream(path: string): Promise<AsyncIterable<Uint8Array>> {
    return await this.#get(path);
  }

  async whole(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#get(path)).arrayBuffer());
  }

  async upload(path: string, body: UploadBody): Promise<string> {
    const answer = await this.#undici.request(this.#origin + path, {
      method: "PUT",
      dispatcher: this.#agent,
      // @ts-expect-error: it takes any iterable, which its types do not say; a Readable it gets wrong over HTTP/2
      body: body.form === "whole" ? body.bytes : body.pieces,
    });
    expectStatus(answer.statusCode);
    return await answer.body.text();
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #get(path: string) {
    const { statusCode, body } = await this.#undici.request(this.#origin + path, { dispatcher: this.#agent });
    expectStatus(statusCode);
    return body;
  }
}
