/**
 * A client machine of HTTP/2 before a served connection in memory: it sends what a test says, and notes each event.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";
import { Http2Connection } from "../../http2/connection.ts";
import type { Http2Event } from "../../http2/events.ts";
import type { Http2ConnectionOptions } from "../../http2/options.ts";
import { writeAll } from "../../io/duplex.ts";
import type { ServeHandler } from "../../server/exchange/serve_info.ts";
import { type HttpConnection, serveConnection } from "../../server/serve_connection.ts";
import type { ServeConnectionOptions } from "../../server/serve_options.ts";
import { eventually } from "../support/eventually.ts";
import { type MemoryDuplex, memoryDuplexPair } from "../support/memory_duplex.ts";

/** Options of both ends. */
export interface Http2MachineClientOptions extends ServeConnectionOptions {
  /** Most bytes that one read gives. */
  readonly chunk?: number;
  /** Whether content is consumed, so that more of it may come. Default: true. */
  readonly consumes?: boolean;
  /** Options of the client's machine. */
  readonly machine?: Http2ConnectionOptions;
}

/** The client's end. */
export class Http2MachineClient implements AsyncDisposable {
  readonly io: MemoryDuplex;
  readonly machine: Http2Connection;
  /** The server's end. */
  readonly connection: HttpConnection;
  /** One line an event, in order. */
  readonly events: string[] = [];
  /** Whether the server has closed the connection. */
  isClosed = false;
  readonly #consumes: boolean;
  readonly #running: Promise<void>;

  constructor(handler: ServeHandler, options: Http2MachineClientOptions = {}) {
    const { chunk, machine, consumes, ...served } = options;
    this.#consumes = consumes ?? true;
    this.machine = new Http2Connection("client", machine);
    const [client, server] = memoryDuplexPair(chunk === undefined ? {} : { chunk });
    this.io = client;
    this.connection = serveConnection(server, handler, served);
    this.#running = this.#run();
  }

  /** Sends a request; its stream's identifier. */
  request(method = "GET", end = true, fields: readonly Field[] = [], path = "/"): number {
    return this.machine.sendRequest({ method, scheme: "http", authority: "h", path }, fields, end);
  }

  /** Writes what the machine has to say. */
  async flush(): Promise<void> {
    const output = this.machine.output()?.slice();
    if (output !== undefined) await writeAll(this.io, output);
  }

  /** Waits for an event, or the end. */
  until(line: string): Promise<void> {
    return eventually(line, () => this.events.includes(line));
  }

  /** The content of a stream. */
  readonly content: Map<number, string> = new Map();

  async [Symbol.asyncDispose](): Promise<void> {
    this.io.close();
    await this.connection.finished;
    await this.#running;
  }

  async #run(): Promise<void> {
    const into = new Uint8Array(65_536);
    try {
      for (let count = await this.io.read(into); count !== null; count = await this.io.read(into)) {
        this.machine.receive(into.slice(0, count));
        for (let event = this.machine.next(); event !== undefined; event = this.machine.next()) {
          this.events.push(this.#describe(event));
        }
        await this.flush();
      }
    } catch {
      // The end of the connection is what the test waits for.
    }
    this.isClosed = true;
    this.events.push("closed");
  }

  #describe(event: Http2Event): string {
    switch (event.type) {
      case "response":
      case "informational": {
        const fields = event.fields.filter(([name]) => name !== "date").map(([name, value]) =>
          `${name}=${value}`
        );
        return [event.streamId, event.status, ...fields].join(" ");
      }
      case "data":
        this.content.set(
          event.streamId,
          (this.content.get(event.streamId) ?? "") + new TextDecoder().decode(event.data),
        );
        if (this.#consumes) this.machine.consume(event.streamId, event.data.length);
        return `${event.streamId} data`;
      case "end_of_message":
        return [event.streamId, "end", ...event.trailers.map(([name, value]) => `${name}=${value}`)].join(
          " ",
        );
      case "reset":
        return `${event.streamId} reset ${event.error.code}`;
      case "go_away":
        return `go_away ${event.lastStreamId} ${event.code}`;
      default:
        return event.type;
    }
  }
}
