/**
 * The process that is the server: it prints its port, and answers each line of its standard input with a line about
 * itself, a {@linkcode Held} as JSON. It ends with its standard input.
 *
 * `/small` answers with 1 KiB, `/length` with the octets of the content that came, `/large` with 64 MiB.
 *
 * @module
 */

import { serve } from "../../../server/mod.ts";
import { heapInUse } from "../../fuzz/support/heap.ts";
import { serverTls } from "./transports.ts";

/** What the server holds. */
export interface Held {
  /** Bytes in use, after garbage was collected. */
  readonly bytes: number;
  /** Bytes of resident memory; the most of any second since the last line. */
  readonly resident: number;
  /** Open connections; 0 where that is not to be seen. */
  readonly connections: number;
  /** Handlers that have not returned. */
  readonly handlers: number;
  /** Failures that `onError` was told of, which are those of clients that left, by name. */
  readonly errors: Readonly<Record<string, number>>;
}

const SMALL = "0123456789abcdef".repeat(64);
const PIECE = new Uint8Array(65_536);
const LARGE_PIECES = 1024;

/** The state of a listener in `/proc/net/tcp`. */
const LISTEN = "0A";

let handlers = 0;
let resident = 0;
const errors: Record<string, number> = {};

async function respond(request: Request): Promise<Response> {
  handlers++;
  try {
    const { pathname } = new URL(request.url);
    if (pathname === "/length") return new Response(`${(await request.bytes()).length}`);
    return new Response(pathname === "/large" ? large() : SMALL);
  } finally {
    handlers--;
  }
}

function large(): ReadableStream<Uint8Array> {
  let pieces = 0;
  return new ReadableStream({
    pull(controller) {
      if (pieces++ < LARGE_PIECES) controller.enqueue(PIECE);
      else controller.close();
    },
  });
}

if (import.meta.main) {
  const [milliseconds = 3000, transport, certificates] = Deno.args.map((text) => JSON.parse(text));
  const tls = serverTls(transport, certificates);
  const server = serve({
    hostname: "127.0.0.1",
    port: 0,
    ...(tls && { tls }),
    onListen() {},
    timeouts: {
      handshake: 3 * milliseconds, // Ductile's TLS is at work for all clients at once
      headers: milliseconds,
      body: milliseconds,
      write: milliseconds,
      idle: milliseconds,
    },
    onError(error) {
      const name = error instanceof Error ? error.name : "no error";
      errors[name] = (errors[name] ?? 0) + 1;
      return new Response(null, { status: 500 });
    },
  }, respond);
  const look = () => resident = Math.max(resident, Deno.memoryUsage().rss);
  setInterval(look, 1000);
  say(`${server.addr.port}`);
  for await (const _ of Deno.stdin.readable) {
    look();
    const connections = openConnections(server.addr.port);
    const held: Held = { bytes: await heapInUse(), resident, connections, handlers, errors };
    resident = 0;
    say(JSON.stringify(held));
  }
  Deno.exit(0);
}

/** Connections of a port that are open at this end. */
function openConnections(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  try {
    return Deno.readTextFileSync("/proc/self/net/tcp").split("\n").filter((line) => {
      // Its fields: a number, local address, remote address, state, queues, timers, retries, user, timeouts, inode.
      const fields = line.trim().split(/ +/);
      return fields[1]?.endsWith(local) && fields[3] !== LISTEN && fields[9] !== "0";
    }).length;
  } catch {
    return 0;
  }
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
