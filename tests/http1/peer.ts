/**
 * The other end of a driver's connection, played by a test.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { OutgoingRequest } from "../../http/message.ts";
import type { IncomingBody, OutgoingBody } from "../../http/message.ts";
import { Http1Client, type Http1ClientOptions } from "../../http1/client/http1_client.ts";
import { type MemoryDuplex, type MemoryDuplexOptions, memoryDuplexPair } from "../support/memory_duplex.ts";
import { bytes, text } from "./wires.ts";

/** A driver, what happened to it, and the server that it talks to. */
export interface Scene {
  readonly client: Http1Client;
  readonly server: Peer;
  /** What the driver did, in order: "idle", "close", and on its duplex "ref", "unref", "write N". */
  readonly log: string[];
}

/** A server that says what a test tells it to. */
export class Peer {
  /** Its end of the connection. */
  readonly io: MemoryDuplex;
  #received = "";

  constructor(io: MemoryDuplex) {
    this.io = io;
  }

  /** Sends text, each code unit a byte. */
  async send(wire: string): Promise<void> {
    const all = bytes(wire);
    for (let sent = 0; sent < all.length;) sent += await this.io.write(all.subarray(sent));
  }

  /** Reads until `wire` has come, which must be what comes. */
  async expect(wire: string): Promise<void> {
    while (this.#received.length < wire.length) if (!await this.#fill()) break;
    assertEquals(this.#received.slice(0, wire.length), wire);
    this.#received = this.#received.slice(wire.length);
  }

  /** Reads one head, up to its empty line. */
  async head(): Promise<string> {
    for (;;) {
      const end = this.#received.indexOf("\r\n\r\n");
      if (end >= 0) {
        const head = this.#received.slice(0, end + 4);
        this.#received = this.#received.slice(end + 4);
        return head;
      }
      if (!await this.#fill()) {
        throw new Error(`the connection ended after ${JSON.stringify(this.#received)}`);
      }
    }
  }

  /** Reads to the end of the connection, however it ends. */
  async rest(): Promise<string> {
    while (await this.#fill());
    const rest = this.#received;
    this.#received = "";
    return rest;
  }

  async #fill(): Promise<boolean> {
    const buffer = new Uint8Array(65_536);
    const count = await this.io.read(buffer).catch(() => null);
    if (count !== null) this.#received += text(buffer.subarray(0, count));
    return count !== null;
  }
}

/** Sets a driver and its server up. */
export function scene(options: Http1ClientOptions = {}, duplex: MemoryDuplexOptions = {}): Scene {
  const [near, far] = memoryDuplexPair(duplex);
  const log: string[] = [];
  const client = new Http1Client({
    read: (into) => near.read(into),
    write: (bytes) => {
      log.push(`write ${bytes.length}`);
      return near.write(bytes);
    },
    close: () => near.close(),
    ref: () => log.push("ref"),
    unref: () => log.push("unref"),
  }, {
    ...options,
    onIdle: () => {
      log.push("idle");
      options.onIdle?.();
    },
    onClose: () => {
      log.push("close");
      options.onClose?.();
    },
  });
  return { client, server: new Peer(far), log };
}

/** A GET, with what a test needs said differently. */
export function get(request: Partial<OutgoingRequest> = {}): OutgoingRequest {
  return { method: "GET", scheme: "http", authority: "example.com", target: "/", fields: [], ...request };
}

/** The head that the driver writes for {@linkcode get} and {@linkcode post}, with these lines more. */
export function headOf(method: string, ...lines: string[]): string {
  return [`${method} / HTTP/1.1`, "host: example.com", ...lines, "", ""].join("\r\n");
}

/** A POST of this content. */
export function post(
  body: Uint8Array | OutgoingBody,
  fields: OutgoingRequest["fields"] = [],
): OutgoingRequest {
  return get({ method: "POST", body, fields });
}

/** Content from a list of pieces; an Error in it is thrown. What becomes of it is in `log`. */
export function source(
  pieces: readonly (string | Error)[],
  log?: string[],
  length?: number,
): OutgoingBody {
  const left = [...pieces];
  return {
    ...(length !== undefined && { length }),
    read() {
      log?.push("read");
      const piece = left.shift();
      if (piece instanceof Error) return Promise.reject(piece);
      return Promise.resolve(piece === undefined ? undefined : bytes(piece));
    },
    cancel(reason) {
      log?.push(`cancel ${reason instanceof Error ? reason.name : reason}`);
    },
  };
}

/** Reads content to its end. */
export async function collect(body: Uint8Array | IncomingBody): Promise<string> {
  if (body instanceof Uint8Array) return text(body);
  let all = "";
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) all += text(chunk);
  return all;
}

/** Lets everything happen that is only waiting for its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
