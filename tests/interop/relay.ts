/**
 * A relay between a client and a server: what passes through it can be cut off at any byte, as a failing network
 * or an attacker does it. To the client the connection then ends without what TLS says at its end.
 *
 * @module
 */

/** A relay that runs. */
export interface Relay extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** How many connections were accepted. */
  readonly connections: number;
  /** How many bytes the server sent, over all connections. */
  readonly relayed: number;
  /** From now on ends a connection when this many more bytes of the server's have passed; those after are lost. */
  cutAfter(bytes: number): void;
  /** Ends a connection, once, as soon as the client sends something, which is not passed on. */
  cutNextRequest(): void;
  /** From now on nothing passes, either way, and nothing ends: a cable that was pulled out. */
  stall(): void;
  /**
   * From now on everything passes again. Connections of which something was lost end: no network gives the rest of a
   * stream in which a piece is missing, and TLS could wait for that piece for ever.
   */
  mend(): void;
}

/** Starts a relay to a server on 127.0.0.1. */
export function startRelay(target: number): Relay {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const lossy = new Set<Deno.Conn>();
  const running = new Set<Promise<void>>();
  let connections = 0;
  let relayed = 0;
  let left = Infinity;
  let refusing = false;
  let stalled = false;

  async function relay(client: Deno.Conn): Promise<void> {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: target });
    for (const conn of [client, server]) open.add(conn);
    const lose = (): Uint8Array => {
      for (const conn of [client, server]) lossy.add(conn);
      return NOTHING;
    };
    await Promise.all([
      pump(client, server, (bytes) => {
        if (stalled) return lose();
        if (!refusing) return bytes;
        refusing = false;
        return undefined;
      }),
      pump(server, client, (bytes) => {
        if (stalled) return lose();
        const passing = bytes.subarray(0, left);
        left -= passing.length;
        relayed += passing.length;
        return passing.length < bytes.length || left === 0 ? [passing] : passing;
      }),
    ]);
    for (const conn of [client, server]) {
      open.delete(conn);
      lossy.delete(conn);
    }
  }

  const accepting = (async () => {
    for await (const conn of listener) {
      connections++;
      const done = relay(conn).finally(() => running.delete(done));
      running.add(done);
    }
  })();
  return {
    port: listener.addr.port,
    get connections() {
      return connections;
    },
    get relayed() {
      return relayed;
    },
    cutAfter: (bytes) => left = bytes,
    cutNextRequest: () => refusing = true,
    stall: () => stalled = true,
    mend() {
      left = Infinity;
      refusing = false;
      stalled = false;
      for (const conn of lossy) close(conn);
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of open) close(conn);
      await accepting.catch(() => {}); // how a listener reports that it was closed
      await Promise.all(running);
    },
  };
}

const NOTHING = new Uint8Array();

/** What may pass of some bytes: all of them; the last of them, in a list; nothing any more. */
type Judge = (bytes: Uint8Array) => Uint8Array | readonly [Uint8Array] | undefined;

/** Moves bytes until either end closes or `judge` says that it is over; then closes both. */
async function pump(from: Deno.Conn, to: Deno.Conn, judge: Judge): Promise<void> {
  const buffer = new Uint8Array(16_384);
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      const verdict = judge(buffer.subarray(0, count));
      const bytes = verdict instanceof Uint8Array ? verdict : verdict?.[0] ?? new Uint8Array();
      for (let sent = 0; sent < bytes.length;) sent += await to.write(bytes.subarray(sent));
      if (!(verdict instanceof Uint8Array)) break;
    }
  } catch { /* one of them was closed under way */ }
  close(from);
  close(to);
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch { /* it was closed before */ }
}
