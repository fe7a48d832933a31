/**
 * A served connection in memory, and what its client reads.
 *
 * @module
 */

import { serveConnection } from "../../server/serve_connection.ts";
import type { HttpConnection } from "../../server/serve_connection.ts";
import type { ServeHandler } from "../../server/exchange/serve_info.ts";
import type { ServeConnectionOptions } from "../../server/serve_options.ts";
import { writeAll } from "../../io/duplex.ts";
import { type MemoryDuplex, type MemoryDuplexOptions, memoryDuplexPair } from "../support/memory_duplex.ts";

/** The client's end. */
export interface RawClient extends AsyncDisposable {
  /** The transport. */
  readonly io: MemoryDuplex;
  /** The server's end. */
  readonly connection: HttpConnection;
  /** Sends text. */
  send(text: string): Promise<void>;
  /** Reads so many characters, without those of Date fields; fewer where the connection ends before. */
  receive(length: number): Promise<string>;
}

/** Serves one end of a pair. */
export function connectRaw(
  handler: ServeHandler,
  options: ServeConnectionOptions & MemoryDuplexOptions = {},
): RawClient {
  const { chunk, capacity, ...served } = options;
  const [client, server] = memoryDuplexPair({ ...(chunk && { chunk }), ...(capacity && { capacity }) });
  const connection = serveConnection(server, handler, served);
  let received = "";
  return {
    io: client,
    connection,
    send: (text) => writeAll(client, Uint8Array.from(text, (char) => char.charCodeAt(0))),
    async receive(length) {
      const into = new Uint8Array(65_536);
      let text = withoutDates(received);
      while (text.replace(/date: [^\r]*\r?$/, "").length < length) {
        const count = await client.read(into);
        if (count === null) break;
        received += String.fromCharCode(...into.subarray(0, count));
        text = withoutDates(received);
      }
      received = text.slice(length);
      return text.slice(0, length);
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await connection.finished;
    },
  };
}

function withoutDates(text: string): string {
  return text.replaceAll(/date: [^\r]*\r\n/g, "");
}

/** Keeps the process alive while a test waits for the server's own timers, which do not. */
export function keptAlive(): Disposable {
  const timer = setInterval(() => {}, 1000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** The fields by which a response says that the connection persists. */
export const KEPT = "connection: keep-alive\r\nkeep-alive: timeout=70\r\n";
