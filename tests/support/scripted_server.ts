/**
 * A server that says, on each connection, exactly what a test has written down: for answers that no real server
 * gives.
 *
 * @module
 */

/** One connection, from the server's side. */
export interface Peer {
  /** Which connection it is, from 0. */
  readonly index: number;
  /** Reads one request head, up to its empty line; `undefined` at the end of the connection. */
  readHead(): Promise<string | undefined>;
  /** Reads this many bytes of content. */
  readBytes(count: number): Promise<string>;
  /** Sends text, each code unit a byte. */
  send(text: string): Promise<void>;
  /** Waits until the client ends the connection. */
  untilClosed(): Promise<void>;
  /** Closes the connection; returning from the script does so too. */
  close(): void;
}

/** A running scripted server. */
export interface ScriptedServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:12345/`. */
  readonly url: string;
  /** The port. */
  readonly port: number;
  /** Connections that were accepted. */
  readonly connections: number;
}

/** Starts a server on loopback that runs `script` on each connection. */
export function scriptedServer(script: (peer: Peer) => Promise<void>): ScriptedServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const running = new Set<Promise<void>>();
  const open = new Set<Deno.Conn>();
  let connections = 0;
  const accepting = (async () => {
    for await (const conn of listener) {
      open.add(conn);
      const done = run(conn, connections++, script).finally(() => {
        running.delete(done);
        open.delete(conn);
      });
      running.add(done);
    }
  })();
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of open) close(conn);
      await accepting.catch(() => {}); // how a listener reports that it was closed
      await Promise.all(running);
    },
  };
}

async function run(conn: Deno.Conn, index: number, script: (peer: Peer) => Promise<void>): Promise<void> {
  let received = "";
  const fill = async (): Promise<boolean> => {
    const buffer = new Uint8Array(65_536);
    const count = await conn.read(buffer).catch(() => null); // the client may reset what it gives up
    if (count === null) return false;
    received += String.fromCharCode(...buffer.subarray(0, count));
    return true;
  };
  const take = (length: number): string => {
    const taken = received.slice(0, length);
    received = received.slice(length);
    return taken;
  };
  const peer: Peer = {
    index,
    async readHead() {
      for (;;) {
        const end = received.indexOf("\r\n\r\n");
        if (end >= 0) return take(end + 4);
        if (!await fill()) return undefined;
      }
    },
    async readBytes(count) {
      while (received.length < count && await fill());
      return take(count);
    },
    async send(text) {
      const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
      for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
    },
    async untilClosed() {
      while (await fill());
    },
    close: () => close(conn),
  };
  try {
    await script(peer);
  } finally {
    close(conn);
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch { /* it was closed before */ }
}
