/**
 * A listener in this process, with a script for each connection.
 *
 * @module
 */

/** A listener: a `Deno.TcpListener` or a `Deno.TlsListener`. */
export interface Accepting<Conn extends Deno.Conn> extends AsyncIterable<Conn> {
  /** Its address. */
  readonly addr: Deno.NetAddr;
  /** Accepts no more. */
  close(): void;
}

/** A listener whose connections are being served. */
export interface Listening extends AsyncDisposable {
  /** Its port. */
  readonly port: number;
  /** Connections that it has accepted. */
  readonly accepted: number;
  /** Those of them that are open on this side. */
  readonly open: number;
}

/**
 * Runs `script` on each connection, and closes the connection after it. What the script throws is dropped: the other
 * end may go away at any time, and it is the other end that is tested.
 */
export function serveConnections<Conn extends Deno.Conn>(
  listener: Accepting<Conn>,
  script: (conn: Conn) => Promise<void>,
): Listening {
  const open = new Map<Conn, Promise<void>>();
  let accepted = 0;
  const accepting = (async () => {
    for await (const conn of listener) {
      accepted++;
      open.set(conn, script(conn).catch(() => {}).finally(() => close(conn)));
    }
  })();
  function close(conn: Conn): void {
    if (!open.delete(conn)) return;
    conn.close();
  }
  return {
    port: listener.addr.port,
    get accepted(): number {
      return accepted;
    },
    get open(): number {
      return open.size;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      await accepting.catch(() => {}); // closing ends the loop, in some runtimes by an error
      const scripts = [...open.values()];
      for (const conn of [...open.keys()]) close(conn);
      await Promise.all(scripts);
    },
  };
}

/** Reads and drops everything until the other end closes. */
export async function drain(conn: Deno.Conn): Promise<void> {
  const into = new Uint8Array(16 * 1024);
  while (await conn.read(into) !== null);
}
